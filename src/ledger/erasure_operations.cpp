#include "ledger/erasure_operations.h"

#include "crypto/digest.h"
#include "ledger/shared_fields.h"

namespace galen::ledger {

namespace fields {

template <class C>
void describe(C& c, Of<C, RequestErasure>& v) {
  c(v.request, v.seed, v.patient, v.scope, v.record, v.basis);
  c.check((v.scope == ErasureScope::kRecord) == v.record.has_value(),
          "a record that does not fit the scope");
}

template <class C>
void describe(C& c, Of<C, WithdrawErasure>& v) {
  c(v.request, v.patient);
}

template <class C>
void describe(C& c, Of<C, ErasePatient>& v) {
  c(v.request, v.path, v.scope, v.basis, v.operations, v.audit_until);
  c.check(v.scope != ErasureScope::kRecord, "a patient's erasure with the scope of a record");
  c.check(v.scope == ErasureScope::kPatient || v.audit_until.value == 0,
          "a retention of what is erased");
}

template <class C>
void describe(C& c, Of<C, EraseRecord>& v) {
  c(v.request, v.path, v.record, v.basis, v.operations);
}

template <class C>
void describe(C& c, Of<C, AttestErasure>& v) {
  c(v.order, v.operation, v.node, v.phase);
  c.sorted(v.retained, limits::kMaxRetainedItems, "retained items");
  c(v.time);
}

template <class C>
void describe(C& c, Of<C, PlaceHold>& v) {
  c(v.hold, v.seed, v.patient, v.scope);
  c.sorted(v.records, limits::kMaxRecordsInScope, "record ids");
  c.check((v.scope == HoldScope::kRecords) != v.records.empty(),
          "records that do not fit the scope");
  c(v.basis, v.authority, v.document, v.until);
}

template <class C>
void describe(C& c, Of<C, LiftHold>& v) {
  c(v.patient, v.hold);
}

GALEN_OPERATION_CODEC(RequestErasure);
GALEN_OPERATION_CODEC(WithdrawErasure);
GALEN_OPERATION_CODEC(ErasePatient);
GALEN_OPERATION_CODEC(EraseRecord);
GALEN_OPERATION_CODEC(AttestErasure);
GALEN_OPERATION_CODEC(PlaceHold);
GALEN_OPERATION_CODEC(LiftHold);

}  // namespace fields

SubjectPath subject_path(const PatientId& subject) {
  return id_cast<SubjectPath>(crypto::tagged("subject", subject));
}

RecordPath record_path(const RecordId& record) {
  return id_cast<RecordPath>(crypto::tagged("record", record));
}

ErasureId erasure_id(const ChainId& chain, const AccountId& organisation, const Random32& seed) {
  return id_cast<ErasureId>(crypto::tagged("erasure", chain, organisation, seed));
}

HoldId hold_id(const ChainId& chain, const AccountId& organisation, const Random32& seed) {
  return id_cast<HoldId>(crypto::tagged("hold", chain, organisation, seed));
}

}  // namespace galen::ledger
