// A grant or denial of the ledger as a FHIR R4 Consent: the inverse of fhir/consent.h (table in
// docs/consent.md "Export"). What R4 cannot say stands in modifier extensions; translate_consent
// reads both, and gives the same terms. Thread rule: pure function.
#pragma once

#include "ledger/operation.h"

#include <cstdint>
#include <optional>
#include <string>

namespace galen::fhir {

/// Terms and what the ledger knows about them. FHIR's status is inactive exactly when `ended` is
/// set.
struct GivenGrant {
  GrantId id;
  ledger::Effect effect = ledger::Effect::kPermit;
  ledger::GrantTerms terms;
  std::string ended;  ///< "revoked", "superseded" or "expired"
  std::optional<TimeMs> ended_at{};
  ledger::AuthorisationRole grantor_role = ledger::AuthorisationRole::kPatient;
  AccountId grantor;
  std::uint64_t sequence = 0;
  AccountId submitter;
  TimeMs given;   ///< block time
  Height height;  ///< of that block
  std::optional<std::uint32_t> uses_left{};
  std::optional<std::uint32_t> group_version{};
};

/// The resource as JSON on one line.
[[nodiscard]] std::string consent_resource(const GivenGrant& grant);

}  // namespace galen::fhir
