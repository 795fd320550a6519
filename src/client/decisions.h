// Decisions that are not yet, and decisions that were (docs/consent.md). Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/audit.h"
#include "galen/types.h"

namespace galen::client {

/// What terms would change for the persons and organisations named. Opens nothing.
/// kInvalidArgument, kNotFound.
[[nodiscard]] Result<SimulateView> simulate(Session& session, const SimulateOptions& options);

/// A past access: its entry, read from the log (log_reading.h) and proven to stand there, its
/// decision made again where that can be proven, and, for the custodian, the grants that decided,
/// each from a verified proof. kNotFound, kCorrupt.
[[nodiscard]] Result<ExplainView> explain(Session& session, const ExplainOptions& options);
/// The same of every access that a block put into the patient's log, none of them left out; acts
/// and readings decide nothing and are not among them.
[[nodiscard]] Result<std::vector<ExplainView>> explain_block(Session& session,
                                                             const ExplainBlockOptions& options);

}  // namespace galen::client
