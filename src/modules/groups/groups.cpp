#include "modules/groups/groups.h"

#include "base/limits.h"
#include "modules/identity/authorisation.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"

#include <algorithm>

namespace galen::groups {

namespace {

using execution::OperationContext;
using execution::OrganisationEntry;
using execution::StateOverlay;
using execution::StateReader;
using identity::PractitionerEntry;
using ledger::AuthorisationRole;
using ledger::OperationResult;
using ledger::ResultCode;

bool exist(const StateReader& state, const std::vector<AccountId>& organisations) {
  return std::all_of(organisations.begin(), organisations.end(), [&state](const AccountId& id) {
    return OrganisationEntry::load(state, id).has_value();
  });
}

/// What both changes of a group check: it exists, goes on, and the submitter leads it to its next
/// version. The entry is there when the code is kOk.
ResultCode check_change(const OperationContext& context,
                        const StateReader& state,
                        const std::optional<GroupEntry>& group,
                        std::uint32_t next_version) {
  if (const auto code = identity::check_organisation(state, context.submitter);
      code != ResultCode::kOk) {
    return code;
  }
  if (!group) return ResultCode::kUnknownGroup;
  if (group->steward != context.submitter) return ResultCode::kNotAuthorised;
  if (next_version - 1 != group->version) return ResultCode::kWrongVersion;
  return group->has_ended(context.block.time) ? ResultCode::kInvalidWindow : ResultCode::kOk;
}

/// From this version on a member. False when there is no room for it.
bool join(MemberSpans& spans, std::uint32_t version) {
  if (spans.size() >= kMaxSpansPerMember) return false;
  spans.push_back(MemberSpan{version, std::nullopt});
  return true;
}

void leave(MemberSpans& spans, std::uint32_t version) {
  spans.back().left = version;
}

bool is_too_large(const GroupEntry& group) {
  std::size_t spans = 0;
  for (const auto& [id, of_one] : group.organisations) spans += of_one.size();
  return spans > kMaxSpansPerGroup ||
         group.members(group.version).size() > limits::kMaxGroupOrganisations;
}

void put(const OperationContext& context,
         StateOverlay& state,
         const AccountId& id,
         const GroupEntry& group) {
  identity::put_entry(context, state, GroupEntry::key(id), group.encode());
}

ResultCode change_organisations(const StateReader& state,
                                const ledger::UpdateGroup& operation,
                                GroupEntry& group) {
  for (const AccountId& id : operation.removed) {
    if (!group.has(id, operation.version - 1)) return ResultCode::kUnknownOrganisation;
    leave(group.organisations[id], operation.version);
  }
  if (!exist(state, operation.added)) return ResultCode::kUnknownOrganisation;
  for (const AccountId& id : operation.added) {
    if (group.has(id, operation.version - 1)) return ResultCode::kAlreadyExists;
    if (!join(group.organisations[id], operation.version)) return ResultCode::kTooManyMembers;
  }
  group.keep_version();
  group.version = operation.version;
  return is_too_large(group) ? ResultCode::kTooManyMembers : ResultCode::kOk;
}

/// An end only ever comes nearer: a grant to the group never lasts longer than was said when it was
/// given.
bool may_end(const GroupEntry& group, TimeMs ends, TimeMs now) {
  return ends > now && (!group.ends || ends <= *group.ends);
}

/// The organisation of the person agrees: by submitting, or by its signature.
ResultCode check_consent_of(const OperationContext& context,
                            const StateReader& state,
                            const AccountId& organisation) {
  const auto& authorisations = context.body.authorisations;
  if (organisation == context.submitter) {
    return authorisations.empty() ? ResultCode::kOk : ResultCode::kBadAuthorisation;
  }
  if (authorisations.size() != 1 ||
      authorisations.front().role != AuthorisationRole::kOrganisation) {
    return ResultCode::kBadAuthorisation;
  }
  if (authorisations.front().account != organisation) return ResultCode::kNotAuthorised;
  const auto entry = OrganisationEntry::load(state, organisation);
  if (!entry) return ResultCode::kUnknownOrganisation;
  if (!entry->active) return ResultCode::kOrganisationInactive;
  return identity::check_authorisation(identity::signed_operation(context),
                                       authorisations.front(),
                                       entry->signing_keys,
                                       context.signatures);
}

ResultCode check_person(const OperationContext& context,
                        const StateReader& state,
                        const ledger::ChangeMembership& operation) {
  const auto person = PractitionerEntry::load(state, operation.practitioner);
  if (!person) return ResultCode::kUnknownPractitioner;
  if (operation.member && !person->active) return ResultCode::kAccountInactive;
  // Nobody is kept in a group by an employer who does not answer.
  if (!operation.member && context.body.authorisations.empty()) return ResultCode::kOk;
  return check_consent_of(context, state, person->organisation);
}

}  // namespace

OperationResult execute(const OperationContext& context,
                        const ledger::DefineGroup& operation,
                        StateOverlay& state) {
  if (const auto code = identity::check_organisation(state, context.submitter);
      code != ResultCode::kOk) {
    return {code, {}};
  }
  if (!context.body.authorisations.empty()) return {ResultCode::kBadAuthorisation, {}};
  if (operation.group != ledger::group_id(context.block.chain, context.submitter, operation.seed)) {
    return {ResultCode::kBadIdentifier, {}};
  }
  if (GroupEntry::load(state, operation.group)) return {ResultCode::kAlreadyExists, {}};
  if (!exist(state, operation.organisations)) return {ResultCode::kUnknownOrganisation, {}};
  GroupEntry group;
  group.steward = context.submitter;
  group.kind = operation.kind;
  group.name = operation.name;
  group.document = operation.document;
  group.height = context.block.height;
  group.ends = operation.ends;
  if (group.has_ended(context.block.time)) return {ResultCode::kInvalidWindow, {}};
  for (const AccountId& id : operation.organisations) {
    group.organisations[id] = {MemberSpan{group.version, std::nullopt}};
  }
  put(context, state, operation.group, group);
  return {};
}

OperationResult execute(const OperationContext& context,
                        const ledger::UpdateGroup& operation,
                        StateOverlay& state) {
  auto group = GroupEntry::load(state, operation.group);
  ResultCode code = check_change(context, state, group, operation.version);
  if (code != ResultCode::kOk) return {code, {}};
  if (!context.body.authorisations.empty()) return {ResultCode::kBadAuthorisation, {}};
  if (operation.ends && !may_end(*group, *operation.ends, context.block.time)) {
    return {ResultCode::kInvalidWindow, {}};
  }
  code = change_organisations(state, operation, *group);
  if (code != ResultCode::kOk) return {code, {}};
  if (operation.ends) group->ends = operation.ends;
  if (operation.document) group->document = *operation.document;
  group->height = context.block.height;
  put(context, state, operation.group, *group);
  return {};
}

OperationResult execute(const OperationContext& context,
                        const ledger::ChangeMembership& operation,
                        StateOverlay& state) {
  auto group = GroupEntry::load(state, operation.group);
  ResultCode code = check_change(context, state, group, operation.version);
  if (code == ResultCode::kOk) code = check_person(context, state, operation);
  if (code != ResultCode::kOk) return {code, {}};
  auto membership = MembershipEntry::load(state, operation.practitioner, operation.group);
  const bool was_member = is_member(membership.spans, group->version);
  if (was_member == operation.member) {
    return {operation.member ? ResultCode::kAlreadyExists : ResultCode::kUnknownAccount, {}};
  }
  if (!operation.member) {
    leave(membership.spans, operation.version);
  } else if (!join(membership.spans, operation.version)) {
    return {ResultCode::kTooManyMembers, {}};
  }
  group->keep_version();
  group->version = operation.version;
  group->height = context.block.height;
  identity::put_entry(context,
                      state,
                      MembershipEntry::key(operation.practitioner, operation.group),
                      membership.encode());
  put(context, state, operation.group, *group);
  return {};
}

}  // namespace galen::groups
