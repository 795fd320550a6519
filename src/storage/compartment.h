// A subject's data lives in two compartments with keys of their own, so that the clinical one can
// be erased while the audit one is kept (PRIVACY.md 14, 20). Thread rule: values.
#pragma once

#include "ledger/codes.h"
#include "ledger/operation.h"
#include "ledger/state_key.h"

#include <cstdint>

namespace galen::storage {

/// Part of keyring row names. FROZEN (docs/formats.md, "Stored rows").
enum class Compartment : std::uint8_t { kClinical = 1, kAudit = 2 };

/// REQUIRES: not the main tree.
[[nodiscard]] inline Compartment compartment_of(ledger::TreeKind tree) {
  return tree == ledger::TreeKind::kAudit ? Compartment::kAudit : Compartment::kClinical;
}

[[nodiscard]] inline Compartment compartment_of(ledger::OperationType type) {
  return ledger::in_audit_compartment(type) ? Compartment::kAudit : Compartment::kClinical;
}

}  // namespace galen::storage
