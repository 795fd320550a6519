#include "ledger/audit_operations.h"

#include "ledger/field_list.h"
#include "ledger/shared_fields.h"

namespace galen::ledger {

namespace fields {

template <class C>
void describe(C& c, Of<C, LogAccess>& v) {
  c(v.request);
}

template <class C>
void describe(C& c, Of<C, LogAuditRead>& v) {
  c(v.request, v.log, v.person, v.organisation).code(v.purpose, limits::kMaxCodeBytes);
  c(v.from, v.to, v.expiry);
}

template <class C>
void describe(C& c, Of<C, LogAdministration>& v) {
  c(v.request, v.log, v.person, v.organisation, v.act).code(v.purpose, limits::kMaxCodeBytes);
  c.sorted(v.records, limits::kMaxRecordsInScope, "record ids");
  c(v.recipient, v.time);
}

GALEN_OPERATION_CODEC(LogAccess);
GALEN_OPERATION_CODEC(LogAuditRead);
GALEN_OPERATION_CODEC(LogAdministration);

}  // namespace fields

}  // namespace galen::ledger
