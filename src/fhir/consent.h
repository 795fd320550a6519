// A FHIR R4 Consent as the flat grants and denials of the ledger (HEALTH.md 1.4, 1.4b; table in
// docs/consent.md). Nothing is dropped in silence: what has no place in a grant is an error, what
// says nothing about access is noted. Thread rule: pure functions.
#pragma once

#include "fhir/issue.h"
#include "fhir/references.h"
#include "fhir/vocabulary.h"
#include "ledger/operation.h"

#include <string>
#include <string_view>
#include <vector>

namespace galen::fhir {

/// Patient, superseded grants and what was acknowledged are left to whoever signs, and the policy
/// where the consent names none of the consortium's (zero). `valid_from` is 0 without a start, and
/// a permit without an end is open-ended, which the ledger does not accept.
struct FlatGrant {
  ledger::Effect effect = ledger::Effect::kPermit;
  ledger::GrantTerms terms;
  std::string path;  ///< of its provision
  friend bool operator==(const FlatGrant&, const FlatGrant&) = default;
};

struct Translation {
  std::vector<FlatGrant> grants;  ///< empty when something failed
  bool replaces_others = false;   ///< the patient's other grants end with these
  std::string patient;            ///< "Patient/id" as written
  std::vector<Issue> issues;      ///< errors, or warnings and notes

  [[nodiscard]] bool ok() const { return !grants.empty(); }
};

inline constexpr std::size_t kMaxConsentGrants = 64;

/// Either at least one grant, or at least one issue of severity error.
[[nodiscard]] Translation translate_consent(std::string_view text,
                                            const Vocabulary& vocabulary,
                                            const References& references);

}  // namespace galen::fhir
