#include "ledger/recovery_operations.h"

#include "crypto/digest.h"
#include "ledger/field_list.h"
#include "ledger/shared_fields.h"

#include <algorithm>

namespace galen::ledger {

namespace fields {

template <class C>
void describe(C& c, Of<C, GuardianKey>& v) {
  c(v.key, v.possession);
}

template <class C>
void describe(C& c, Of<C, Guardian>& v) {
  c(v.account, v.key);
}

template <class C>
void describe(C& c, Of<C, SetRecovery>& v) {
  c(v.account).sorted(v.guardians, limits::kMaxGuardians, "guardians");
  c(v.threshold, v.cooling_off_ms);
  const auto same = [](const Guardian& a, const Guardian& b) { return a.account == b.account; };
  const auto twice = std::adjacent_find(v.guardians.begin(), v.guardians.end(), same);
  c.check(twice == v.guardians.end(), "guardians with one account twice");
  c.check(v.guardians.empty() == (v.threshold == 0), "a threshold without guardians, or none");
  c.check(v.threshold <= std::min(v.guardians.size(), limits::kMaxRecoveryThreshold),
          "a threshold above the limit or the guardians");
  c.check(v.cooling_off_ms <= limits::kMaxCoolingOffMs, "a cooling-off time above the limit");
}

template <class C>
void describe(C& c, Of<C, RequestRecovery>& v) {
  c(v.account, v.recovery, v.keys, v.held_by);
}

template <class C>
void describe(C& c, Of<C, VetoRecovery>& v) {
  c(v.account, v.recovery);
}

template <class C>
void describe(C& c, Of<C, CompleteRecovery>& v) {
  c(v.account, v.recovery);
}

GALEN_OPERATION_CODEC(SetRecovery);
GALEN_OPERATION_CODEC(RequestRecovery);
GALEN_OPERATION_CODEC(VetoRecovery);
GALEN_OPERATION_CODEC(CompleteRecovery);

}  // namespace fields

AccountId guardian_id(const ChainId& chain, const AccountId& account, const PublicKey& key) {
  return id_cast<AccountId>(crypto::tagged("guardian", chain, account, key));
}

}  // namespace galen::ledger
