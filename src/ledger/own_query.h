// What a patient asks about himself by his signature alone, uncommitted. Thread rule: pure.
#pragma once

#include "ledger/audit_operations.h"

#include <cstdint>

namespace galen::ledger {

enum class OwnQuery : std::uint8_t {
  kGrants = 1,
  kEvents = 2,
  kProofs = 3,
  kAccount = 4,
  kEmergencies = 5,
};

/// In place of records in the request he signs, with action DISCOVER: what is signed for one query
/// serves no other, and committed as an access it asks for a record that nobody has. `about`: what
/// a proof is of (state key, or patient for holds); empty for the others.
[[nodiscard]] RecordId record_of(OwnQuery query, BytesView about = {});

[[nodiscard]] bool asks(const AccessRequest& request, OwnQuery query, BytesView about = {});

}  // namespace galen::ledger
