// Whether two grantees have somebody in common, as far as the state can tell: for the shadowing
// rule (PRIVACY.md 32, docs/consent.md). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/consent_operations.h"

#include <cstdint>
#include <optional>

namespace galen::consent {

/// A grantee; of a group the version that counts, nullopt for the present one.
struct GranteeAt {
  ledger::Grantee grantee;
  std::optional<std::uint32_t> version{};
  friend auto operator<=>(const GranteeAt&, const GranteeAt&) = default;
};

/// ANY with everybody; equals; a person with his organisation; a group with its organisations, its
/// persons and their organisation's other groups. The persons of a group cannot be listed, so a
/// group of persons and the organisation they work for are not found to overlap.
[[nodiscard]] bool grantees_overlap(const execution::StateReader& state,
                                    const GranteeAt& a,
                                    const GranteeAt& b);

}  // namespace galen::consent
