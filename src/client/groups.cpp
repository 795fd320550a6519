#include "client/groups.h"

#include "base/hex.h"
#include "base/limits.h"
#include "client/authorise.h"
#include "client/key_file.h"
#include "client/registration.h"
#include "client/state_query.h"
#include "client/text_forms.h"
#include "ledger/fields.h"
#include "modules/groups/groups.h"

namespace galen::client {

namespace {

using groups::GroupEntry;

Result<std::vector<AccountId>> organisation_ids(const Session& session,
                                                const std::vector<std::string>& names,
                                                const std::string& option) {
  std::vector<AccountId> ids;
  for (const std::string& name : names) {
    const auto* organisation = session.find_organisation(name);
    if (organisation == nullptr) {
      return fail(ErrorCode::kInvalidArgument, option + ": '" + name + "' is no member");
    }
    ids.push_back(organisation->id);
  }
  sort_unique(ids);
  return ids;
}

Result<std::optional<TimeMs>> end_of(const Session& session, const std::string& text) {
  if (text.empty()) return std::optional<TimeMs>();
  GALEN_TRY(const auto ends, parse_time(text, session.now(), "--ends"));
  return std::optional(ends);
}

struct Found {
  AccountId id;
  GroupEntry entry;
};

Result<Found> load_group(Session& session, const std::string& text) {
  GALEN_TRY(const auto id, parse_id<AccountId>(text, "group id"));
  GALEN_TRY(const auto proven, find_state(session, GroupEntry::key(id)));
  if (!proven) return fail(ErrorCode::kNotFound, "no such group");
  GALEN_TRY(auto entry, GroupEntry::decode(proven->state.value));
  return Found{id, std::move(entry)};
}

GroupView to_view(const Session& session, const AccountId& id, const GroupEntry& entry) {
  GroupView view;
  view.group = to_hex(id);
  view.kind = name(entry.kind);
  view.name = entry.name;
  view.steward = session.organisation_name(entry.steward);
  view.version = entry.version;
  view.document = to_hex(entry.document);
  view.height = entry.height.value;
  if (entry.ends) view.ends_ms = entry.ends->value;
  for (const AccountId& member : entry.members(entry.version)) {
    view.organisations.push_back(session.organisation_name(member));
  }
  return view;
}

}  // namespace

Result<Registered> define_group(Session& session, const GroupOptions& options) {
  ledger::DefineGroup operation;
  operation.seed = session.random().next<Random32>();
  operation.group = ledger::group_id(session.chain(), session.organisation().id, operation.seed);
  GALEN_TRY(operation.kind, parse_code<ledger::GroupKind>(options.kind, "--kind"));
  if (!ledger::fields::is_name(options.name)) {
    return fail(ErrorCode::kInvalidArgument,
                "--name: 1 to " + std::to_string(limits::kMaxNameBytes) +
                    " of a-z, 0-9 and -, not '" + options.name + "'");
  }
  operation.name = options.name;
  GALEN_TRY(operation.document, document_commitment(options.document_commitment, session.random()));
  GALEN_TRY(operation.organisations,
            organisation_ids(session, options.organisations, "--organisation"));
  GALEN_TRY(operation.ends, end_of(session, options.ends));
  GALEN_TRY(const auto receipted, session.transact_one({operation, {}}));
  return Registered{to_hex(operation.group), to_committed(receipted)};
}

Result<Committed> update_group(Session& session, const GroupOptions& options) {
  GALEN_TRY(const auto found, load_group(session, options.group));
  ledger::UpdateGroup operation;
  operation.group = found.id;
  operation.version = found.entry.version + 1;
  GALEN_TRY(operation.added, organisation_ids(session, options.organisations, "--organisation"));
  GALEN_TRY(operation.removed, organisation_ids(session, options.removed, "--remove"));
  if (!options.document_commitment.empty()) {
    GALEN_TRY(operation.document,
              document_commitment(options.document_commitment, session.random()));
  }
  GALEN_TRY(operation.ends, end_of(session, options.ends));
  GALEN_TRY(const auto receipted, session.transact_one({operation, {}}));
  return to_committed(receipted);
}

Result<Committed> change_membership(Session& session, const MembershipOptions& options) {
  GALEN_TRY(const auto found, load_group(session, options.group));
  ledger::ChangeMembership operation;
  GALEN_TRY(operation.practitioner, parse_id<AccountId>(options.practitioner, "practitioner id"));
  operation.group = found.id;
  operation.version = found.entry.version + 1;
  operation.member = options.member;
  Authorised change{operation, {}};
  if (!options.organisation.empty()) {
    GALEN_TRY(const auto ids, organisation_ids(session, {options.organisation}, "--organisation"));
    GALEN_TRY(auto key, read_key_file(options.key_file));
    change = authorise(session,
                       operation,
                       ledger::AuthorisationRole::kOrganisation,
                       Signer{ids.front(), std::move(key)});
  }
  GALEN_TRY(const auto receipted, session.transact_one(change));
  return to_committed(receipted);
}

Result<GroupView> show_group(Session& session,
                             const std::string& group,
                             const std::string& person) {
  GALEN_TRY(const auto found, load_group(session, group));
  GroupView view = to_view(session, found.id, found.entry);
  if (person.empty()) return view;
  GALEN_TRY(const auto id, parse_id<AccountId>(person, "--member"));
  GALEN_TRY(const auto proven, prove_state(session, groups::MembershipEntry::key(id, found.id)));
  view.is_member = false;
  if (proven.proof.header.height < found.entry.height) {
    return fail(ErrorCode::kUnavailable,
                "a node shows an older state than that of the group; ask again");
  }
  if (!proven.state.present) return view;
  GALEN_TRY(const auto membership, groups::MembershipEntry::decode(proven.state.value));
  view.is_member = groups::is_member(membership.spans, found.entry.version);
  return view;
}

Result<std::vector<GroupView>> list_groups(Session& session) {
  std::vector<GroupView> views;
  Bytes token;
  do {
    GALEN_TRY(const Page page, session.ask([&](NodeApi& node, Deadline until) {
      return node.groups(token, until);
    }));
    for (std::size_t i = 0; i < page.entries.size(); ++i) {
      if (page.ids[i].size() != AccountId::kSize) {
        return fail(ErrorCode::kMalformed, "the node's answer has a wrong group id");
      }
      GALEN_TRY(const auto entry, GroupEntry::decode(page.entries[i]));
      views.push_back(to_view(session, AccountId::from(page.ids[i]), entry));
    }
    token = page.token;
  } while (!token.empty());
  return views;
}

}  // namespace galen::client
