#include "modules/consent/grantees.h"

#include "modules/groups/members.h"
#include "modules/identity/people.h"

#include <algorithm>

namespace galen::consent {

namespace {

using execution::StateReader;
using groups::GroupEntry;
using groups::GroupView;
using identity::PractitionerEntry;
using ledger::GranteeKind;

bool is_group(const GranteeAt& a) {
  return a.grantee.kind == GranteeKind::kGroup || a.grantee.kind == GranteeKind::kProject;
}

std::optional<AccountId> employer(const StateReader& state, const GranteeAt& person) {
  const auto entry = PractitionerEntry::load(state, person.grantee.id);
  return entry ? std::optional(entry->organisation) : std::nullopt;
}

bool share_an_organisation(const StateReader& state, const GroupView& a, const GroupView& b) {
  const auto group = GroupEntry::load(state, a.group);
  const auto other = GroupEntry::load(state, b.group);
  if (!group || !other) return false;
  const auto members = group->members(a.version.value_or(group->version));
  const std::uint32_t version = b.version.value_or(other->version);
  return std::any_of(
      members.begin(), members.end(), [&](const AccountId& id) { return other->has(id, version); });
}

bool group_overlaps(const StateReader& state, const GranteeAt& group, const GranteeAt& other) {
  const GroupView view{group.grantee.id, group.version};
  if (is_group(other)) {
    return share_an_organisation(state, view, {other.grantee.id, other.version});
  }
  if (other.grantee.kind == GranteeKind::kOrganisation) {
    return groups::has_organisation(state, view, other.grantee.id);
  }
  if (groups::has_person(state, view, other.grantee.id)) return true;
  const auto organisation = employer(state, other);
  return organisation && groups::has_organisation(state, view, *organisation);
}

bool works_for(const StateReader& state, const GranteeAt& person, const GranteeAt& organisation) {
  return person.grantee.kind == GranteeKind::kPractitioner &&
         organisation.grantee.kind == GranteeKind::kOrganisation &&
         employer(state, person) == organisation.grantee.id;
}

}  // namespace

bool grantees_overlap(const StateReader& state, const GranteeAt& a, const GranteeAt& b) {
  if (a.grantee.kind == GranteeKind::kAny || b.grantee.kind == GranteeKind::kAny) return true;
  if (a.grantee == b.grantee) return true;
  if (is_group(a)) return group_overlaps(state, a, b);
  if (is_group(b)) return group_overlaps(state, b, a);
  return works_for(state, a, b) || works_for(state, b, a);
}

}  // namespace galen::consent
