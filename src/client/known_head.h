// How new a block other nodes can prove: against a node that answers from an old state. Thread rule:
// one thread.
#pragma once

#include "client/session.h"

namespace galen::client {

/// The greatest height of which a node other than `but` shows a certified block; 0 when none does. Nodes
/// that do not answer soon are passed over.
[[nodiscard]] Height newest_proven_head(const Session& session, const NodeApi& but, Deadline until);

}  // namespace galen::client
