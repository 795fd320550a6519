// Decisions that are not yet, and decisions that were (docs/consent.md). Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/types.h"

namespace galen::client {

/// What terms would change for the persons and organisations named. Opens nothing.
/// kInvalidArgument, kNotFound.
[[nodiscard]] Result<SimulateView> simulate(Session& session, const SimulateOptions& options);

/// A past access: its entry, its decision made again where that can be proven, and the grants that
/// decided, each from a verified proof. kNotFound, kCorrupt.
[[nodiscard]] Result<ExplainView> explain(Session& session,
                                          const std::string& tx_id,
                                          std::uint32_t operation);

}  // namespace galen::client
