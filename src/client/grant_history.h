// What became of a grant: the grants it replaced and those that replaced it, each proven. Thread
// rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/grant_history.h"

namespace galen::client {

/// Every grant or denial that is connected with the given one by supersession, in the order they
/// were given. kNotFound; kCorrupt when a superseded one has no successor.
[[nodiscard]] Result<std::vector<GrantVersionView>> grant_history(
    Session& session, const GrantHistoryOptions& options);

}  // namespace galen::client
