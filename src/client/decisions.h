// Decisions that were, made again (docs/consent.md). Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/audit.h"
#include "galen/decisions.h"
#include "modules/audit/entries.h"

#include <optional>
#include <vector>

namespace galen::client {

/// The decisions of a proven entry, with what a node says of each made again: that alone is the
/// node's word. kCorrupt when it tells other ones than the entry holds.
[[nodiscard]] Result<std::vector<ExplainedDecision>> explained_decisions(
    const audit::AccessEntry& entry, const ExplainAnswer& answer);

/// A past access: its entry, read from the log (log_reading.h) and proven to stand there, its
/// decision made again where that can be proven, and, for the custodian, the grants that decided,
/// each from a verified proof. kNotFound, kCorrupt.
[[nodiscard]] Result<ExplainView> explain(Session& session, const ExplainOptions& options);
/// The same of every access that a block put into the patient's log, none of them left out; acts
/// and readings decide nothing and are not among them.
[[nodiscard]] Result<std::vector<ExplainView>> explain_block(Session& session,
                                                             const ExplainBlockOptions& options);

}  // namespace galen::client
