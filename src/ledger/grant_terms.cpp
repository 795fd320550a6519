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

bool read_flag(Reader& r) {
  return r.boolean();
}

template <class T>
T read_fixed(Reader& r) {
  return r.fixed<T>();
}

std::optional<CalendarDate> read_optional_date(Reader& r) {
  return read_optional<CalendarDate>(r, read_date);
}

std::optional<TimeMs> read_optional_time(Reader& r) {
  return read_optional<TimeMs>(r, read_time);
}

std::optional<std::uint32_t> read_optional_u32(Reader& r) {
  return read_optional<std::uint32_t>(r, read_u32);
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

std::vector<std::string> read_purposes(Reader& r) {
  return read_codes(r, limits::kMaxPurposes, limits::kMaxCodeBytes);
}

std::vector<std::string> read_labels(Reader& r) {
  return read_codes(r, limits::kMaxLabels, limits::kMaxLabelBytes);
}

std::vector<DataLimit> read_data(Reader& r) {
  return read_sorted<DataLimit>(r, limits::kMaxDataLimits, "data limits", read_data_limit);
}

std::vector<std::string> read_regions(Reader& r) {
  return read_sorted<std::string>(r, limits::kMaxRegions, "regions", read_region);
}

std::vector<GrantId> read_supersedes(Reader& r) {
  return read_sorted_ids<GrantId>(r, limits::kMaxSupersedes, "superseded grants");
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

// Each by its name in GrantTerms: several read alike, and who sent the terms has to know which one
// was wrong.
GrantTerms read_grant_terms(Reader& r) {
  GrantTerms t;
  t.patient = read_field(r, "patient", read_fixed<PatientId>);
  t.grantee = read_field(r, "grantee", read_grantee);
  t.purposes = read_field(r, "purposes", read_purposes);
  t.actions = read_field(r, "actions", read_actions);
  t.classes = read_field(r, "classes", read_classes);
  t.confidentiality = read_field(r, "confidentiality", read_enumeration<Confidentiality>);
  t.labels = read_field(r, "labels", read_labels);
  t.data_from = read_field(r, "data_from", read_optional_date);
  t.data_to = read_field(r, "data_to", read_optional_date);
  t.data = read_field(r, "data", read_data);
  t.regions = read_field(r, "regions", read_regions);
  t.valid_from = read_field(r, "valid_from", read_time);
  t.valid_to = read_field(r, "valid_to", read_optional_time);
  t.erase_at = read_field(r, "erase_at", read_optional_time);
  t.emergency_override = read_field(r, "emergency_override", read_enumeration<EmergencyOverride>);
  t.policy = read_field(r, "policy", read_fixed<Digest>);
  t.terms_commitment = read_field(r, "terms_commitment", read_fixed<Digest>);
  t.supersedes = read_field(r, "supersedes", read_supersedes);
  t.max_uses = read_field(r, "max_uses", read_optional_u32);
  t.acknowledge_shadowed = read_field(r, "acknowledge_shadowed", read_flag);
  t.follow = read_field(r, "follow", read_flag);
  t.labels_key_id = read_field(r, "labels_key_id", read_optional_u32);
  if (t.names_group()) t.group_version = read_field(r, "group_version", read_optional_u32);
  return t;
}

}  // namespace galen::ledger::fields
