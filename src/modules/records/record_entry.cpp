// The state value of a record.
#include "base/limits.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"
#include "modules/records/records.h"

#include <algorithm>
#include <string>

namespace galen::records {

namespace {

using execution::StateReader;
using ledger::KeyKind;
using ledger::RecordChange;
using ledger::RecordStatus;
using ledger::StateKey;

/// The encoding of an entry that has links to other versions, or was retracted.
constexpr std::uint16_t kLinkedVersion = 2;

// An option is a boolean before its value.

void write(codec::Writer& w, const std::optional<RecordOrigin>& origin) {
  w.boolean(origin.has_value());
  if (!origin) return;
  w.raw(origin->replaces).enumeration(origin->reason).boolean(origin->label_reason.has_value());
  if (origin->label_reason) w.enumeration(*origin->label_reason);
  w.count(origin->earlier.size());
  for (const RecordId& record : origin->earlier) w.raw(record);
}

void write(codec::Writer& w, const std::optional<RecordSuccession>& succeeded) {
  w.boolean(succeeded.has_value());
  if (succeeded) w.raw(succeeded->by).counter(succeeded->time).counter(succeeded->height);
}

void write(codec::Writer& w, const std::optional<RecordRetraction>& retracted) {
  w.boolean(retracted.has_value());
  if (!retracted) return;
  w.enumeration(retracted->reason).counter(retracted->time).counter(retracted->height);
}

void read(codec::Reader& r, std::optional<RecordOrigin>& origin) {
  if (!r.boolean()) return;
  origin.emplace();
  origin->replaces = r.fixed<RecordId>();
  origin->reason = identity::read_code<RecordChange>(r);
  if (r.boolean()) origin->label_reason = identity::read_code<RecordChange>(r);
  const std::size_t count = r.count(limits::kMaxRecordVersions);
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    origin->earlier.push_back(r.fixed<RecordId>());
  }
}

void read(codec::Reader& r, std::optional<RecordSuccession>& succeeded) {
  if (!r.boolean()) return;
  succeeded.emplace();
  succeeded->by = r.fixed<RecordId>();
  succeeded->time = r.counter<TimeMs>();
  succeeded->height = r.counter<Height>();
}

void read(codec::Reader& r, std::optional<RecordRetraction>& retracted) {
  if (!r.boolean()) return;
  retracted.emplace();
  retracted->reason = identity::read_code<RecordChange>(r);
  retracted->time = r.counter<TimeMs>();
  retracted->height = r.counter<Height>();
}

bool has_links(const RecordEntry& entry) {
  return entry.origin || entry.succeeded || entry.retracted;
}

/// The status that the links of an entry mean.
RecordStatus linked_status(const RecordEntry& entry) {
  if (entry.retracted) return RecordStatus::kEnteredInError;
  return entry.succeeded ? RecordStatus::kSuperseded : RecordStatus::kCurrent;
}

}  // namespace

Bytes RecordEntry::encode() const {
  const bool linked = has_links(*this);
  codec::Writer w;
  w.u16(linked ? kLinkedVersion : identity::kEntryVersion).raw(custodian).enumeration(status);
  w.counter(appended).counter(height);
  if (linked) {
    write(w, origin);
    write(w, succeeded);
    write(w, retracted);
  }
  w.bytes(ledger::encode(ledger::Operation(record)));
  return std::move(w).take();
}

Result<RecordEntry> RecordEntry::decode(BytesView bytes) {
  codec::Reader r(bytes, "record entry");
  const bool linked = identity::read_entry_version(r, kLinkedVersion);
  RecordEntry entry;
  entry.custodian = r.fixed<AccountId>();
  entry.status = identity::read_code<ledger::RecordStatus>(r);
  entry.appended = r.counter<TimeMs>();
  entry.height = r.counter<Height>();
  if (linked) {
    read(r, entry.origin);
    read(r, entry.succeeded);
    read(r, entry.retracted);
  }
  const BytesView operation_bytes = r.bytes(limits::kMaxOperationBytes);
  GALEN_TRY_STATUS(r.finish());
  GALEN_TRY(auto operation, ledger::decode_operation(operation_bytes));
  auto* record = std::get_if<ledger::AppendRecord>(&operation);
  if (record == nullptr) return fail(ErrorCode::kMalformed, "record entry: not of an AppendRecord");
  entry.record = std::move(*record);
  if (linked && (!has_links(entry) || entry.status != linked_status(entry))) {
    return fail(ErrorCode::kMalformed, "record entry: status and links do not agree");
  }
  return entry;
}

StateKey RecordEntry::key(const PatientId& patient, const RecordId& record) {
  return StateKey::clinical(patient, KeyKind::kRecord, record);
}

std::optional<RecordEntry> RecordEntry::load(const StateReader& state,
                                             const PatientId& patient,
                                             const RecordId& record) {
  if (identity::is_erased(state, record)) return std::nullopt;
  return identity::load_entry<RecordEntry>(state, key(patient, record));
}

policy::RecordFacts RecordEntry::facts() const {
  policy::RecordFacts facts;
  facts.id = record.record;
  facts.custodian = custodian;
  facts.authors = record.authors;
  facts.related = record.related;
  facts.record_class = record.record_class;
  facts.confidentiality = record.confidentiality;
  facts.labels = record.labels;
  facts.labels_key_id = record.labels_key_id;
  facts.service_date = record.service_date;
  facts.status = status;
  facts.withhold_from_patient = record.withhold_from_patient;
  if (origin) {
    facts.predecessors = origin->earlier;
    facts.predecessors.push_back(origin->replaces);
    std::sort(facts.predecessors.begin(), facts.predecessors.end());
  }
  return facts;
}

RecordStatus RecordEntry::status_at(Height at) const {
  if (!has_links(*this)) return status;
  if (retracted && retracted->height <= at) return RecordStatus::kEnteredInError;
  return succeeded && succeeded->height <= at ? RecordStatus::kSuperseded : RecordStatus::kCurrent;
}

RecordEntry RecordEntry::as_of(Height at) const {
  RecordEntry then = *this;
  then.status = status_at(at);
  if (succeeded && at < succeeded->height) then.succeeded.reset();
  if (retracted && at < retracted->height) then.retracted.reset();
  return then;
}

std::map<RecordId, RecordEntry> list_records(const StateReader& state, const PatientId& patient) {
  std::map<RecordId, RecordEntry> entries;
  const ledger::TreeId tree{ledger::TreeKind::kClinical, patient};
  state.scan(tree, KeyKind::kRecord, [&entries](BytesView id, BytesView value) {
    auto entry = RecordEntry::decode(value);
    CHECK(entry.has_value(), "a record entry that does not decode");
    entries.emplace(RecordId::from(id), *std::move(entry));
    return true;
  });
  return entries;
}

}  // namespace galen::records
