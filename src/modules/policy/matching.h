// Does one grant fit one request, and if not, which field fails first (HEALTH.md 1.4b, PRIVACY.md
// 34, 35). Thread rule: pure functions.
#pragma once

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

/// The first field of a permit that fails, in the order grantee, status, window, purpose, action,
/// jurisdiction, data, class, data period, confidentiality, label, uses; nullopt when all match.
[[nodiscard]] std::optional<Reason> permit_mismatch(const GrantFacts& grant,
                                                    const Access& access,
                                                    const Terminology& terminology);

/// How many fields precede `mismatch`: the permit with the greatest distance is the nearest miss.
[[nodiscard]] int matched_fields(Reason mismatch);

enum class PurposeMatching : bool { kOn, kIgnored };

/// Whether a deny matches. kIgnored is for break-glass (PRIVACY.md 31).
[[nodiscard]] bool deny_matches(const GrantFacts& grant,
                                const Access& access,
                                const Terminology& terminology,
                                PurposeMatching purposes = PurposeMatching::kOn);

}  // namespace galen::policy
