// What the consensus core did, for the node's log. Thread rule: the strand's.
#pragma once

#include "pbft/output.h"

namespace galen::node {

/// Votes and blocks at debug level, what happens rarely at info, lost memory as an error.
void log_trace(const pbft::TraceRecord& record);

}  // namespace galen::node
