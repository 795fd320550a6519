// Does one grant fit one request, and if not, which field fails first (HEALTH.md 1.4b, PRIVACY.md
// 34, 35). Thread rule: pure functions.
#pragma once

#include "modules/policy/consent_index.h"
#include "modules/policy/facts.h"
#include "modules/policy/reason.h"
#include "modules/policy/terminology.h"

#include <optional>

namespace galen::policy {

/// One access to one record.
struct Access {
  const Requester& requester;
  const RecordFacts& record;
  const Request& request;
};

/// An access as the grants of one index and effect are compared with it; not owned.
struct Question {
  /// `covered` says which purposes of a grant cover others: permit_covers or deny_covers.
  Question(const Access& asked, const ConsentIndex& index, const PurposeTable& covered);

  const Access& access;
  const PurposeTable& covers;
  NameMask purposes;  ///< those that cover the one asked for
  NameMask regions;   ///< the requester's
  ledger::ActionSet action;
  ledger::ClassSet record_class;
};

/// The first field of a permit that fails, in the order grantee, status, window, purpose, action,
/// jurisdiction, data, class, data period, confidentiality, label, uses; nullopt when all match.
/// REQUIRES, here and below: a candidate of the question's index for its requester.
[[nodiscard]] std::optional<Reason> permit_mismatch(const IndexedGrant& grant,
                                                    const Question& question);

/// How many fields precede `mismatch`: the permit with the greatest distance is the nearest miss.
[[nodiscard]] int matched_fields(Reason mismatch);

/// Whether a deny matches.
[[nodiscard]] bool deny_matches(const IndexedGrant& grant, const Question& question);

/// Whether it matches in an emergency, if it forbids break-glass: its purposes are ignored
/// (PRIVACY.md 31), and who may not read may not get the same bytes under the name of a copy.
[[nodiscard]] bool deny_forbids(const IndexedGrant& grant, const Question& question);

}  // namespace galen::policy
