#include "client/consent_views.h"

#include "base/hex.h"
#include "client/consent.h"
#include "client/text_forms.h"

#include <utility>

namespace galen::client {

Result<AccountId> parse_subject(const std::string& text) {
  auto person = parse_id<AccountId>(text, "--for");
  if (person) return person;
  return fail(ErrorCode::kInvalidArgument,
              "--for: '" + text + "' is no member organisation or practitioner id");
}

namespace {

const std::string kGroupPrefix = "group:";
const std::string kProjectPrefix = "project:";

std::string status_text(policy::GrantStatus status) {
  switch (status) {
    case policy::GrantStatus::kActive: return "active";
    case policy::GrantStatus::kRevoked: return "revoked";
    case policy::GrantStatus::kSuperseded: return "superseded";
  }
  return "?";
}

/// What only stands there once it was given.
void add_frame(const consent::GrantEntry& entry, GrantView& view) {
  view.given_by = name(entry.grantor.role);
  if (entry.grantor.role == ledger::AuthorisationRole::kProxy) {
    view.proxy = to_hex(entry.grantor.account);
  }
  view.sequence = entry.sequence;
  view.policy = to_hex(entry.terms.policy);
  if (!entry.terms.terms_commitment.is_zero()) {
    view.terms_commitment = to_hex(entry.terms.terms_commitment);
  }
  view.acknowledge_shadowed = entry.terms.acknowledge_shadowed;
}

}  // namespace

std::string grantee_text(const Session& session, const ledger::Grantee& grantee) {
  if (grantee.kind == ledger::GranteeKind::kAny) return "*";
  if (grantee.kind == ledger::GranteeKind::kGroup) return kGroupPrefix + to_hex(grantee.id);
  if (grantee.kind == ledger::GranteeKind::kProject) return kProjectPrefix + to_hex(grantee.id);
  return session.organisation_name(grantee.id);
}

GrantView to_view(Session& session,
                  const GrantId& id,
                  const consent::GrantEntry& entry,
                  TimeMs now) {
  GrantView view = terms_view(session, entry.effect, entry.terms);
  view.grant = to_hex(id);
  add_frame(entry, view);
  view.status = status_text(entry.status);
  if (entry.status == policy::GrantStatus::kActive && entry.terms.valid_to &&
      *entry.terms.valid_to <= now) {
    view.status = "expired";
  }
  view.uses_left = entry.uses_left;
  if (entry.ended_at) view.ended_ms = entry.ended_at->value;
  view.follow = entry.terms.follow;
  view.group_version = entry.group_version;
  return view;
}

CheckView to_view(const CheckAnswer& answer) {
  return {answer.record.is_zero() ? "" : to_hex(answer.record),
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
