#include "ledger/relation_operations.h"

#include "crypto/digest.h"
#include "ledger/field_list.h"
#include "ledger/shared_fields.h"

namespace galen::ledger {

namespace fields {

namespace {

constexpr const char* kUnsortedPatients = "patients of a link unsorted or twice the same";

}  // namespace

template <class C>
void describe(C& c, Of<C, AuthorizeProxy>& v) {
  c(v.patient, v.proxy, v.keys, v.kind);
  c.codes(v.purposes, limits::kMaxPurposes, limits::kMaxCodeBytes);
  c.check(!v.purposes.empty(), "a proxy without purposes");
  c(v.may_grant, v.from, v.to);
  c.codes(v.excluded_labels, limits::kMaxLabels, limits::kMaxLabelBytes);
  c(v.labels_key_id, v.attested_by);
}

template <class C>
void describe(C& c, Of<C, RevokeProxy>& v) {
  c(v.patient, v.proxy, v.reason);
}

template <class C>
void describe(C& c, Of<C, LinkPatient>& v) {
  c(v.patient, v.other).check(v.patient < v.other, kUnsortedPatients);
}

template <class C>
void describe(C& c, Of<C, UnlinkPatient>& v) {
  c(v.patient, v.other, v.reason).check(v.patient < v.other, kUnsortedPatients);
}

GALEN_OPERATION_CODEC(AuthorizeProxy);
GALEN_OPERATION_CODEC(RevokeProxy);
GALEN_OPERATION_CODEC(LinkPatient);
GALEN_OPERATION_CODEC(UnlinkPatient);

}  // namespace fields

AccountId proxy_id(const ChainId& chain, const PatientId& patient, const PublicKey& signing_key) {
  return id_cast<AccountId>(crypto::tagged("proxy", chain, patient, signing_key));
}

}  // namespace galen::ledger
