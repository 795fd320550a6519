#include "modules/identity/authorities.h"

#include "modules/identity/authorisation.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"
#include "modules/identity/proxies.h"
#include "modules/identity/recovery_entries.h"
#include "modules/identity/sequence.h"

#include <algorithm>

namespace galen::identity {

namespace {

using execution::StateReader;
using ledger::AuthorisationRole;
using ledger::ResultCode;
using Keys = tl::expected<std::vector<PublicKey>, ResultCode>;

Keys organisation_keys(const StateReader& state, const AccountId& organisation) {
  auto entry = execution::OrganisationEntry::load(state, organisation);
  if (!entry) return tl::unexpected(ResultCode::kUnknownOrganisation);
  if (!entry->active) return tl::unexpected(ResultCode::kOrganisationInactive);
  return std::move(entry->signing_keys);
}

Keys practitioner_keys(const StateReader& state, const AccountId& account) {
  auto entry = PractitionerEntry::load(state, account);
  if (!entry) return tl::unexpected(ResultCode::kUnknownAccount);
  if (!entry->active) return tl::unexpected(ResultCode::kAccountInactive);
  return std::move(entry->signing_keys);
}

Keys guardian_keys(const StateReader& state, const PatientId& subject, const AccountId& account) {
  const auto recovery = RecoveryEntry::load(state, id_cast<AccountId>(subject));
  if (!recovery) return tl::unexpected(ResultCode::kNotAuthorised);
  for (const ledger::Guardian& guardian : recovery->set.guardians) {
    if (guardian.account != account) continue;
    if (!guardian.key) return organisation_keys(state, account);
    return std::vector<PublicKey>{guardian.key->key};
  }
  return tl::unexpected(ResultCode::kNotAuthorised);
}

/// Patients and persons sign for themselves only; a link is about two patients.
bool speaks_here(const execution::OperationContext& context, const ledger::Authorisation& one) {
  if (one.role != AuthorisationRole::kPatient && one.role != AuthorisationRole::kRequester) {
    return true;
  }
  const auto subject = id_cast<PatientId>(one.account);
  return subject == context.operation.subject ||
         subject == ledger::other_subject_of(context.operation.value);
}

}  // namespace

Keys signing_keys_of(const StateReader& state,
                     const PatientId& subject,
                     const ledger::Authorisation& authorisation) {
  const AccountId& account = authorisation.account;
  switch (authorisation.role) {
    case AuthorisationRole::kPatient: {
      auto entry = PatientEntry::load(state, id_cast<PatientId>(account));
      if (!entry) return tl::unexpected(ResultCode::kUnknownPatient);
      return std::move(entry->signing_keys);
    }
    case AuthorisationRole::kProxy: {
      const auto entry = ProxyEntry::load(state, subject, account);
      if (!entry) return tl::unexpected(ResultCode::kUnknownProxy);
      return std::vector<PublicKey>{entry->terms.keys.signing_key};
    }
    case AuthorisationRole::kRequester: return practitioner_keys(state, account);
    case AuthorisationRole::kCustodian:
    case AuthorisationRole::kOrganisation: return organisation_keys(state, account);
    case AuthorisationRole::kGuardian: return guardian_keys(state, subject, account);
  }
  return tl::unexpected(ResultCode::kBadAuthorisation);
}

tl::expected<Authorities, ResultCode> Authorities::load(
    const execution::OperationContext& context,
    const StateReader& state,
    std::initializer_list<AuthorisationRole> roles) {
  const ResultCode submitter = check_organisation(state, context.submitter);
  if (submitter != ResultCode::kOk) return tl::unexpected(submitter);
  Authorities found;
  found.submitter_ = context.submitter;
  const SignedOperation signed_by = signed_operation(context);
  for (const ledger::Authorisation& one : context.body.authorisations) {
    const bool expected = std::find(roles.begin(), roles.end(), one.role) != roles.end();
    if (!expected || !found.parties_.emplace(one.role, one.account).second) {
      return tl::unexpected(ResultCode::kBadAuthorisation);
    }
    if (!speaks_here(context, one)) return tl::unexpected(ResultCode::kNotAuthorised);
    const auto keys = signing_keys_of(state, context.operation.subject, one);
    if (!keys) return tl::unexpected(keys.error());
    const ResultCode code = check_authorisation(signed_by, one, *keys, context.signatures);
    if (code != ResultCode::kOk) return tl::unexpected(code);
  }
  return found;
}

std::set<AccountId> Authorities::in_role(AuthorisationRole role) const {
  std::set<AccountId> accounts;
  for (const auto& [one, account] : parties_) {
    if (one == role) accounts.insert(account);
  }
  return accounts;
}

ResultCode Authorities::use_sequences(const execution::OperationContext& context,
                                      execution::StateOverlay& state) const {
  const PatientId& subject = context.operation.subject;
  CHECK(!subject.is_zero(), "sequence numbers belong to a subject");
  for (const ledger::Authorisation& one : context.body.authorisations) {
    const auto code = check_sequence(state, subject, one, context.block.time);
    if (code != ResultCode::kOk) return code;
  }
  for (const ledger::Authorisation& one : context.body.authorisations) {
    put_entry(context,
              state,
              SequenceEntry::key(subject, one.account),
              SequenceEntry{one.sequence}.encode());
  }
  return ResultCode::kOk;
}

}  // namespace galen::identity
