// What became of a grant: the grants it replaced and those that replaced it, each proven. Thread
// rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/grant_history.h"

namespace galen::client {

/// Every grant or denial that is connected with the given one by supersession, in the order they
/// were given. To a patient who asks himself no absence is proven: that one ended with its proxy is
/// then the node's word. kNotFound; kCorrupt when a superseded one has no successor; kUnavailable
/// when a node does not show who ended one.
[[nodiscard]] Result<std::vector<GrantVersionView>> grant_history(
    Session& session, const GrantHistoryOptions& options);

}  // namespace galen::client
