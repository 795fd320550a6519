#include "ledger/identity_operations.h"

#include "ledger/field_list.h"

namespace galen::ledger {

namespace fields {

namespace {

constexpr const char* kMisplacedKey = "a key with an index, or without the one it replaces";

/// Only signing keys have places, and only they stand beside others.
bool fits(KeyUse use, const NewKey& key) {
  return use == KeyUse::kSigning || (key.index == 0 && key.replaces);
}

}  // namespace

template <class C>
void describe(C& c, Of<C, NewKey>& v) {
  c(v.key, v.index, v.replaces, v.possession);
}

template <class C>
void describe(C& c, Of<C, RegisterPractitioner>& v) {
  c(v.practitioner, v.seed, v.role, v.emergency_privilege);
  c(v.signing_key, v.agreement_key, v.signing_possession, v.agreement_possession);
}

template <class C>
void describe(C& c, Of<C, RegisterPatient>& v) {
  c(v.patient, v.seed, v.signing_key, v.agreement_key, v.held_by);
  c(v.signing_possession, v.agreement_possession);
}

template <class C>
void describe(C& c, Of<C, RotateKey>& v) {
  c(v.organisation, v.use, v.key);
  const bool of_organisation =
      v.use == KeyUse::kSigning || v.use == KeyUse::kAgreement || v.use == KeyUse::kTls;
  c.check(of_organisation, "a use of a key that organisations do not have");
  c.check(fits(v.use, v.key), kMisplacedKey);
}

template <class C>
void describe(C& c, Of<C, Suspend>& v) {
  c(v.organisation, v.status, v.reason, v.change, v.ballot_ends);
}

template <class C>
void describe(C& c, Of<C, RotatePersonKey>& v) {
  c(v.account, v.signing, v.agreement, v.held_by);
  c.check(v.signing || v.agreement, "a rotation without a key");
  c.check(!v.agreement || fits(KeyUse::kAgreement, *v.agreement), kMisplacedKey);
}

template <class C>
void describe(C& c, Of<C, SuspendPractitioner>& v) {
  c(v.practitioner, v.status, v.reason);
}

GALEN_OPERATION_CODEC(RegisterPractitioner);
GALEN_OPERATION_CODEC(RegisterPatient);
GALEN_OPERATION_CODEC(RotateKey);
GALEN_OPERATION_CODEC(Suspend);
GALEN_OPERATION_CODEC(RotatePersonKey);
GALEN_OPERATION_CODEC(SuspendPractitioner);

}  // namespace fields

}  // namespace galen::ledger
