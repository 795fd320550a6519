#include "ledger/grant_terms.h"

#include "base/limits.h"
#include "ledger/fields.h"

namespace galen::ledger::fields {

namespace {

using codec::Reader;
using codec::Writer;

void write_u32(Writer& w, std::uint32_t value) {
  w.u32(value);
}

void write_date(Writer& w, const CalendarDate& date) {
  w.i32(date.days);
}

void write_time(Writer& w, const TimeMs& time) {
  w.counter(time);
}

CalendarDate read_date(Reader& r) {
  return CalendarDate{r.i32()};
}

TimeMs read_time(Reader& r) {
  return r.counter<TimeMs>();
}

std::uint32_t read_u32(Reader& r) {
  return r.u32();
}

Grantee read_grantee(Reader& r) {
  Grantee grantee;
  grantee.kind = read_enumeration<GranteeKind>(r);
  grantee.id = r.fixed<AccountId>();
  if (grantee.kind == GranteeKind::kAny && !grantee.id.is_zero()) {
    r.fail_with("a grantee ANY with an id");
  }
  return grantee;
}

DataLimit read_data_limit(Reader& r) {
  DataLimit limit;
  limit.meaning = read_enumeration<DataMeaning>(r);
  limit.id = r.fixed<Random32>();
  return limit;
}

void write_data(Writer& w, const std::vector<DataLimit>& data) {
  w.count(data.size());
  for (const DataLimit& limit : data) w.enumeration(limit.meaning).raw(limit.id);
}

}  // namespace

void write(Writer& w, const GrantTerms& t) {
  w.raw(t.patient).enumeration(t.grantee.kind).raw(t.grantee.id);
  write_texts(w, t.purposes);
  w.u8(t.actions).u16(t.classes).enumeration(t.confidentiality);
  write_texts(w, t.labels);
  write_optional(w, t.data_from, write_date);
  write_optional(w, t.data_to, write_date);
  write_data(w, t.data);
  write_texts(w, t.regions);
  w.counter(t.valid_from);
  write_optional(w, t.valid_to, write_time);
  write_optional(w, t.erase_at, write_time);
  w.enumeration(t.emergency_override).raw(t.policy).raw(t.terms_commitment);
  write_ids(w, t.supersedes);
  write_optional(w, t.max_uses, write_u32);
  w.boolean(t.acknowledge_shadowed).boolean(t.follow);
  write_optional(w, t.labels_key_id, write_u32);
  if (t.names_group()) write_optional(w, t.group_version, write_u32);
}

GrantTerms read_grant_terms(Reader& r) {
  GrantTerms t;
  t.patient = r.fixed<PatientId>();
  t.grantee = read_grantee(r);
  t.purposes = read_codes(r, limits::kMaxPurposes, limits::kMaxCodeBytes);
  t.actions = read_actions(r);
  t.classes = read_classes(r);
  t.confidentiality = read_enumeration<Confidentiality>(r);
  t.labels = read_codes(r, limits::kMaxLabels, limits::kMaxLabelBytes);
  t.data_from = read_optional<CalendarDate>(r, read_date);
  t.data_to = read_optional<CalendarDate>(r, read_date);
  t.data = read_sorted<DataLimit>(r, limits::kMaxDataLimits, "data limits", read_data_limit);
  t.regions = read_sorted<std::string>(r, limits::kMaxRegions, "regions", read_region);
  t.valid_from = r.counter<TimeMs>();
  t.valid_to = read_optional<TimeMs>(r, read_time);
  t.erase_at = read_optional<TimeMs>(r, read_time);
  t.emergency_override = read_enumeration<EmergencyOverride>(r);
  t.policy = r.fixed<Digest>();
  t.terms_commitment = r.fixed<Digest>();
  t.supersedes = read_sorted_ids<GrantId>(r, limits::kMaxSupersedes, "superseded grants");
  t.max_uses = read_optional<std::uint32_t>(r, read_u32);
  t.acknowledge_shadowed = r.boolean();
  t.follow = r.boolean();
  t.labels_key_id = read_optional<std::uint32_t>(r, read_u32);
  if (t.names_group()) t.group_version = read_optional<std::uint32_t>(r, read_u32);
  return t;
}

}  // namespace galen::ledger::fields
