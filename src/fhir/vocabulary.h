// Codes of FHIR consents that have a place in a grant (HEALTH.md 1.2; docs/consent.md). Pinned to
// R4 4.0.1: what is not listed is refused, never guessed. Thread rule: immutable, any thread.
#pragma once

#include "ledger/codes.h"
#include "modules/policy/terminology.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace galen::fhir {

struct Coding {
  std::string system;
  std::string code;
  std::string path;
};

/// The purposes a translation knows.
struct Vocabulary {
  const policy::Terminology& terminology;
  /// Codes of the consortium's own, from whatever code system; normally none: the ledger accepts
  /// the pinned table only.
  std::set<std::string, std::less<>> local_purposes;
};

[[nodiscard]] bool is_purpose(const Vocabulary& vocabulary, const Coding& coding);
/// A role in which an actor receives data: IRCP, PRCP.
[[nodiscard]] bool is_recipient(const Coding& role);
[[nodiscard]] bool is_access_action(const Coding& action);
[[nodiscard]] bool is_privacy_scope(const Coding& scope);
/// Categories that say "a privacy consent" and nothing about its content.
[[nodiscard]] bool is_plain_category(const Coding& category);
[[nodiscard]] std::optional<ledger::Confidentiality> confidentiality_of(const Coding& label);
/// The sensitivity with all codes below it in v3-ActCode 2018-08-12; empty for other codes.
[[nodiscard]] std::vector<std::string> sensitivities_of(const Coding& label);
[[nodiscard]] std::vector<std::string> sensitivities_of(std::string_view code);
/// All of them.
[[nodiscard]] std::vector<std::string> all_sensitivities();
/// Resource types that fill exactly one class, and the classes by their own names.
[[nodiscard]] std::optional<ledger::RecordClass> class_of(const Coding& coding);

/// Code system of the record classes' own names (LAB, NOTE, ...).
inline constexpr std::string_view kClassSystem = "urn:galen:record-class";

}  // namespace galen::fhir
