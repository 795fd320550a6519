// Groups and projects (docs/consent.md). Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/groups.h"
#include "galen/types.h"

namespace galen::client {

// What changes something: kInvalidArgument, kIo; as Session::transact_one.
[[nodiscard]] Result<Registered> define_group(Session& session, const GroupOptions& options);
[[nodiscard]] Result<Committed> update_group(Session& session, const GroupOptions& options);
[[nodiscard]] Result<Committed> change_membership(Session& session,
                                                  const MembershipOptions& options);

/// From a verified proof; of a person's membership when one is named. kNotFound, kCorrupt.
[[nodiscard]] Result<GroupView> show_group(Session& session,
                                           const std::string& group,
                                           const std::string& person);
[[nodiscard]] Result<std::vector<GroupView>> list_groups(Session& session);

}  // namespace galen::client
