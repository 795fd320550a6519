// Descriptions of values that stand in operations of several families; included by their .cpp files
// only. FROZEN (docs/formats.md). Thread rule: functions of their arguments.
#pragma once

#include "ledger/audit_operations.h"
#include "ledger/erasure_operations.h"
#include "ledger/field_list.h"
#include "ledger/identity_operations.h"

namespace galen::ledger::fields {

template <class C>
void describe(C& c, Of<C, PersonKeys>& v) {
  c(v.signing_key, v.agreement_key, v.signing_possession, v.agreement_possession);
}

template <class C>
void describe(C& c, Of<C, AccessRequest>& v) {
  c(v.request, v.person, v.organisation, v.patient);
  c.sorted(v.records, limits::kMaxRecordsPerAccess, "record ids");
  c.check(!v.records.empty(), "an access request without records");
  c.code(v.purpose, limits::kMaxCodeBytes)(v.action, v.recipient_key, v.project, v.expiry);
}

template <class C>
void describe(C& c, Of<C, Retained>& v) {
  c(v.item, v.reason, v.until);
}

}  // namespace galen::ledger::fields
