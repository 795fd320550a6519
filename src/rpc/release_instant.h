// The time of a decision made outside a block (TIM-5). Thread rule: pure function.
#pragma once

#include "modules/policy/facts.h"
#include "storage/database.h"

#include <algorithm>

namespace galen::rpc {

/// Permits must have started by the head's block time and must not have ended by the greater of
/// that and the local clock: neither an idle chain nor a clock that is behind keeps an expired
/// permit alive.
[[nodiscard]] inline policy::Instant release_instant(const storage::Head& head, TimeMs now) {
  return {std::min(head.header.time, now), std::max(head.header.time, now)};
}

}  // namespace galen::rpc
