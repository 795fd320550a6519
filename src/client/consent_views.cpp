#include "client/consent_views.h"

#include "base/hex.h"
#include "client/text_forms.h"

#include <utility>

namespace galen::client {

namespace {

const std::string kGroupPrefix = "group:";
const std::string kProjectPrefix = "project:";

std::string status_text(policy::GrantStatus status) {
  switch (status) {
    case policy::GrantStatus::kActive:
      return "active";
    case policy::GrantStatus::kRevoked:
      return "revoked";
    case policy::GrantStatus::kSuperseded:
      return "superseded";
  }
  return "?";
}

}  // namespace

std::string grantee_text(const Session& session, const ledger::Grantee& grantee) {
  if (grantee.kind == ledger::GranteeKind::kAny) return "*";
  if (grantee.kind == ledger::GranteeKind::kGroup) return kGroupPrefix + to_hex(grantee.id);
  if (grantee.kind == ledger::GranteeKind::kProject) return kProjectPrefix + to_hex(grantee.id);
  return session.organisation_name(grantee.id);
}

GrantView to_view(const Session& session, const GrantId& id, const consent::GrantEntry& entry) {
  const ledger::GrantTerms& terms = entry.terms;
  GrantView view;
  view.grant = to_hex(id);
  view.permit = entry.effect == ledger::Effect::kPermit;
  view.status = status_text(entry.status);
  if (entry.status == policy::GrantStatus::kActive && terms.valid_to &&
      *terms.valid_to <= session.now()) {
    view.status = "expired";
  }
  view.grantee = grantee_text(session, terms.grantee);
  view.purposes = terms.purposes;
  view.actions = mask_names(terms.actions, ledger::Action::kRedisclose);
  view.classes = mask_names(terms.classes, ledger::RecordClass::kOther);
  view.confidentiality = name(terms.confidentiality);
  view.labels = terms.labels;
  view.from_ms = terms.valid_from.value;
  if (terms.valid_to) view.until_ms = terms.valid_to->value;
  if (entry.ended_at) view.ended_ms = entry.ended_at->value;
  view.max_uses = terms.max_uses;
  view.follow = terms.follow;
  view.group_version = entry.group_version;
  return view;
}

AccessView to_view(const Session& session, std::uint64_t index, const audit::AccessEntry& entry) {
  AccessView view;
  view.index = index;
  view.time_ms = entry.time.value;
  view.height = entry.height.value;
  view.organisation = session.organisation_name(entry.submitter);
  view.person = to_hex(entry.request.person);
  view.role = entry.role ? std::string(name(*entry.role)) : "unknown";
  view.purpose = entry.request.purpose;
  view.action = name(entry.request.action);
  for (const auto& decision : entry.decisions) {
    view.decisions.push_back({to_hex(decision.record),
                              decision.permit(),
                              std::string(policy::name(decision.reason)),
                              decision.grant ? to_hex(*decision.grant) : ""});
  }
  return view;
}

CheckView to_view(const CheckAnswer& answer) {
  return {to_hex(answer.record),
          answer.permit,
          answer.reason,
          to_hex(answer.grant),
          answer.obligations};
}

Result<ledger::Grantee> parse_grantee(const Session& session, const std::string& text) {
  if (text == "*") return ledger::Grantee{ledger::GranteeKind::kAny, AccountId{}};
  if (const auto* organisation = session.find_organisation(text)) {
    return ledger::Grantee{ledger::GranteeKind::kOrganisation, organisation->id};
  }
  for (const auto& [prefix, kind] : {std::pair(kGroupPrefix, ledger::GranteeKind::kGroup),
                                     std::pair(kProjectPrefix, ledger::GranteeKind::kProject)}) {
    if (!text.starts_with(prefix)) continue;
    GALEN_TRY(const auto group, parse_id<AccountId>(text.substr(prefix.size()), "--to"));
    return ledger::Grantee{kind, group};
  }
  const auto id = fixed_from_hex<AccountId>(text, "--to");
  if (!id) {
    return fail(
        ErrorCode::kInvalidArgument,
        "--to: '" + text + "' is no member organisation, practitioner id, group:ID or project:ID");
  }
  const bool is_organisation = session.find_organisation(*id) != nullptr;
  return ledger::Grantee{
      is_organisation ? ledger::GranteeKind::kOrganisation : ledger::GranteeKind::kPractitioner,
      *id};
}

}  // namespace galen::client
