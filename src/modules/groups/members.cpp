#include "modules/groups/members.h"

namespace galen::groups {

using execution::StateReader;

bool has_organisation(const StateReader& state,
                      const GroupView& view,
                      const AccountId& organisation) {
  const auto group = GroupEntry::load(state, view.group);
  return group && group->has(organisation, view.version.value_or(group->version));
}

bool has_person(const StateReader& state, const GroupView& view, const AccountId& person) {
  const auto group = GroupEntry::load(state, view.group);
  if (!group) return false;
  const auto membership = MembershipEntry::load(state, person, view.group);
  return is_member(membership.spans, view.version.value_or(group->version));
}

std::vector<AccountId> members_among(const StateReader& state,
                                     const GroupView& view,
                                     ledger::Effect effect,
                                     const policy::Requester& requester,
                                     const policy::Instant& at) {
  const auto group = GroupEntry::load(state, view.group);
  if (!group) return {};
  return members_then(state, view, *group, group->present(), effect, requester, at);
}

std::vector<AccountId> members_then(const StateReader& state,
                                    const GroupView& view,
                                    const GroupEntry& group,
                                    const GroupVersion& present,
                                    ledger::Effect effect,
                                    const policy::Requester& requester,
                                    const policy::Instant& at) {
  if (effect == ledger::Effect::kPermit && present.has_ended(at.latest)) return {};
  const std::uint32_t version = view.version.value_or(present.version);
  std::vector<AccountId> members;
  if (group.has(requester.organisation, version)) members.push_back(requester.organisation);
  const auto membership = MembershipEntry::load(state, requester.person, view.group);
  if (is_member(membership.spans, version)) members.push_back(requester.person);
  return members;
}

}  // namespace galen::groups
