#include "ledger/consent_operations.h"

#include "ledger/field_list.h"

namespace galen::ledger {

namespace fields {

template <class C>
void describe(C& c, Of<C, GrantAccess>& v) {
  c.terms(v.terms);
}

template <class C>
void describe(C& c, Of<C, DenyAccess>& v) {
  c.terms(v.terms);
}

template <class C>
void describe(C& c, Of<C, RevokeAccess>& v) {
  c(v.patient, v.grant, v.reason);
}

GALEN_OPERATION_CODEC(GrantAccess);
GALEN_OPERATION_CODEC(DenyAccess);
GALEN_OPERATION_CODEC(RevokeAccess);

}  // namespace fields

}  // namespace galen::ledger
