#include "modules/records/records.h"

#include "base/limits.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"

namespace galen::records {

namespace {

using execution::OperationContext;
using execution::StateOverlay;
using execution::StateReader;
using identity::PatientEntry;
using ledger::KeyKind;
using ledger::ResultCode;
using ledger::StateKey;

ResultCode check(const OperationContext& context,
                 const ledger::AppendRecord& operation,
                 const StateReader& state) {
  if (const auto code = identity::check_organisation(state, context.submitter);
      code != ResultCode::kOk) {
    return code;
  }
  if (!context.body.authorisations.empty()) return ResultCode::kBadAuthorisation;
  if (const auto code = identity::check_patient(state, operation.patient);
      code != ResultCode::kOk) {
    return code;
  }
  if (PatientEntry::load(state, operation.patient)->custodian != context.submitter) {
    return ResultCode::kNotCustodian;
  }
  if (operation.record !=
      ledger::record_id(context.block.chain, context.submitter, operation.seed)) {
    return ResultCode::kBadIdentifier;
  }
  if (identity::is_erased(state, operation.record)) return ResultCode::kErased;
  const bool known = state.get(RecordEntry::key(operation.patient, operation.record)).has_value();
  return known ? ResultCode::kAlreadyExists : ResultCode::kOk;
}

}  // namespace

Bytes RecordEntry::encode() const {
  codec::Writer w;
  w.u16(identity::kEntryVersion).raw(custodian).enumeration(status);
  w.counter(appended).counter(height).bytes(ledger::encode(ledger::Operation(record)));
  return std::move(w).take();
}

Result<RecordEntry> RecordEntry::decode(BytesView bytes) {
  codec::Reader r(bytes, "record entry");
  identity::read_entry_version(r);
  RecordEntry entry;
  entry.custodian = r.fixed<AccountId>();
  entry.status = identity::read_code<ledger::RecordStatus>(r);
  entry.appended = r.counter<TimeMs>();
  entry.height = r.counter<Height>();
  const BytesView operation_bytes = r.bytes(limits::kMaxOperationBytes);
  GALEN_TRY_STATUS(r.finish());
  GALEN_TRY(auto operation, ledger::decode_operation(operation_bytes));
  auto* record = std::get_if<ledger::AppendRecord>(&operation);
  if (record == nullptr) return fail(ErrorCode::kMalformed, "record entry: not of an AppendRecord");
  entry.record = std::move(*record);
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
  return facts;
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

ledger::OperationResult execute(const OperationContext& context,
                                const ledger::AppendRecord& operation,
                                StateOverlay& state) {
  if (const auto code = check(context, operation, state); code != ResultCode::kOk) {
    return {code, {}};
  }
  RecordEntry entry;
  entry.record = operation;
  entry.custodian = context.submitter;
  entry.appended = context.block.time;
  entry.height = context.block.height;
  identity::put_entry(
      context, state, RecordEntry::key(operation.patient, operation.record), entry.encode());
  return {};
}

}  // namespace galen::records
