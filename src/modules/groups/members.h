// Who of the two that ask - a person and his organisation - belongs to a group, as decide() and the
// shadowing rule want to know it. Thread rule: as the state's.
#pragma once

#include "modules/groups/groups.h"
#include "modules/policy/facts.h"

namespace galen::groups {

/// A group as a grant names it.
struct GroupView {
  AccountId group;
  std::optional<std::uint32_t> version{};  ///< frozen at this one; nullopt: follows the present
};

/// Whether an organisation is a member. False for an unknown group.
[[nodiscard]] bool has_organisation(const execution::StateReader& state,
                                    const GroupView& view,
                                    const AccountId& organisation);

/// Whether a person is one himself. False for an unknown group.
[[nodiscard]] bool has_person(const execution::StateReader& state,
                              const GroupView& view,
                              const AccountId& person);

/// For GrantFacts::members: those of requester and organisation that are members. The end of a
/// group ends permits only, so that a steward cannot end what a patient denied.
[[nodiscard]] std::vector<AccountId> members_among(const execution::StateReader& state,
                                                   const GroupView& view,
                                                   ledger::Effect effect,
                                                   const policy::Requester& requester,
                                                   const policy::Instant& at);

/// The same when this version of the group, which the view names, was the present one.
[[nodiscard]] std::vector<AccountId> members_then(const execution::StateReader& state,
                                                  const GroupView& view,
                                                  const GroupEntry& group,
                                                  const GroupVersion& present,
                                                  ledger::Effect effect,
                                                  const policy::Requester& requester,
                                                  const policy::Instant& at);

}  // namespace galen::groups
