#include "modules/records/records.h"

#include "base/limits.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"

#include <algorithm>

namespace galen::records {

namespace {

using execution::OperationContext;
using execution::StateOverlay;
using execution::StateReader;
using identity::PatientEntry;
using ledger::RecordChange;
using ledger::RecordStatus;
using ledger::ResultCode;

/// That the submitter is the patient's custodian: only he changes the index.
ResultCode check_custodian(const OperationContext& context,
                           const PatientId& patient,
                           const StateReader& state) {
  if (const auto code = identity::check_organisation(state, context.submitter);
      code != ResultCode::kOk) {
    return code;
  }
  if (!context.body.authorisations.empty()) return ResultCode::kBadAuthorisation;
  if (const auto code = identity::check_patient(state, patient); code != ResultCode::kOk) {
    return code;
  }
  const bool own = PatientEntry::load(state, patient)->custodian == context.submitter;
  return own ? ResultCode::kOk : ResultCode::kNotCustodian;
}

ResultCode check(const OperationContext& context,
                 const ledger::AppendRecord& operation,
                 const StateReader& state) {
  if (const auto code = check_custodian(context, operation.patient, state);
      code != ResultCode::kOk) {
    return code;
  }
  if (operation.record !=
      ledger::record_id(context.block.chain, context.submitter, operation.seed)) {
    return ResultCode::kBadIdentifier;
  }
  if (identity::is_erased(state, operation.record)) return ResultCode::kErased;
  const bool known = state.get(RecordEntry::key(operation.patient, operation.record)).has_value();
  return known ? ResultCode::kAlreadyExists : ResultCode::kOk;
}

RecordEntry new_entry(const OperationContext& context, const ledger::AppendRecord& record) {
  RecordEntry entry;
  entry.record = record;
  entry.custodian = context.submitter;
  entry.appended = context.block.time;
  entry.height = context.block.height;
  return entry;
}

void put(const OperationContext& context, StateOverlay& state, const RecordEntry& entry) {
  const auto key = RecordEntry::key(entry.record.patient, entry.record.record);
  identity::put_entry(context, state, key, entry.encode());
}

/// Whether `next` carries a label that `old` lacks. Labels under different keys cannot be compared,
/// so all of them count as new.
bool adds_labels(const ledger::AppendRecord& old, const ledger::AppendRecord& next) {
  if (next.labels.empty()) return false;
  return old.labels_key_id != next.labels_key_id ||
         !std::includes(
             old.labels.begin(), old.labels.end(), next.labels.begin(), next.labels.end());
}

bool is_reason_to_replace(RecordChange reason) {
  return reason != RecordChange::kWrongPatient && reason != RecordChange::kDuplicate;
}

bool is_reason_to_retract(RecordChange reason) {
  return reason != RecordChange::kNewVersion && reason != RecordChange::kRelabelled;
}

ResultCode missing(const StateReader& state, const RecordId& record) {
  return identity::is_erased(state, record) ? ResultCode::kErased : ResultCode::kUnknownRecord;
}

ResultCode check_replacement(const ledger::ReplaceRecord& operation, const RecordEntry& old) {
  if (old.status != RecordStatus::kCurrent) return ResultCode::kNotCurrent;
  if (old.origin && old.origin->earlier.size() + 2 >= limits::kMaxRecordVersions) {
    return ResultCode::kTooManyVersions;
  }
  const bool labels_explained =
      adds_labels(old.record, operation.next) == operation.label_reason.has_value();
  return labels_explained && is_reason_to_replace(operation.reason) ? ResultCode::kOk
                                                                    : ResultCode::kInvalidReason;
}

}  // namespace

ledger::OperationResult execute(const OperationContext& context,
                                const ledger::AppendRecord& operation,
                                StateOverlay& state) {
  if (const auto code = check(context, operation, state); code != ResultCode::kOk) {
    return {code, {}};
  }
  put(context, state, new_entry(context, operation));
  return {};
}

ledger::OperationResult execute(const OperationContext& context,
                                const ledger::ReplaceRecord& operation,
                                StateOverlay& state) {
  if (const auto code = check(context, operation.next, state); code != ResultCode::kOk) {
    return {code, {}};
  }
  auto old = RecordEntry::load(state, operation.next.patient, operation.replaces);
  if (!old) return {missing(state, operation.replaces), {}};
  if (const auto code = check_replacement(operation, *old); code != ResultCode::kOk) {
    return {code, {}};
  }
  old->status = RecordStatus::kSuperseded;
  old->succeeded =
      RecordSuccession{operation.next.record, context.block.time, context.block.height};
  put(context, state, *old);
  RecordEntry next = new_entry(context, operation.next);
  next.origin = RecordOrigin{operation.replaces, operation.reason, operation.label_reason, {}};
  if (old->origin) {
    next.origin->earlier = old->origin->earlier;
    next.origin->earlier.push_back(old->origin->replaces);
  }
  put(context, state, next);
  return {};
}

ledger::OperationResult execute(const OperationContext& context,
                                const ledger::RetractRecord& operation,
                                StateOverlay& state) {
  if (const auto code = check_custodian(context, operation.patient, state);
      code != ResultCode::kOk) {
    return {code, {}};
  }
  auto entry = RecordEntry::load(state, operation.patient, operation.record);
  if (!entry) return {missing(state, operation.record), {}};
  if (entry->status == RecordStatus::kEnteredInError) return {ResultCode::kNotCurrent, {}};
  if (!is_reason_to_retract(operation.reason)) return {ResultCode::kInvalidReason, {}};
  entry->status = RecordStatus::kEnteredInError;
  entry->retracted = RecordRetraction{operation.reason, context.block.time, context.block.height};
  put(context, state, *entry);
  return {};
}

}  // namespace galen::records
