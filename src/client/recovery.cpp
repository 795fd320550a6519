// Recovery of accounts, with the guardians present: set, request, veto, complete, status.
#include "base/hex.h"
#include "base/limits.h"
#include "client/authorise.h"
#include "client/failure.h"
#include "client/identity.h"
#include "client/key_file.h"
#include "client/registration.h"
#include "client/text_forms.h"
#include "galen/identity.h"
#include "modules/identity/people.h"
#include "modules/identity/recovery_entries.h"

#include <algorithm>

namespace galen::client {

namespace {

using crypto::PrivateKey;
using identity::RecoveryEntry;
using identity::RecoveryRequestEntry;
using ledger::AuthorisationRole;
using ledger::KeyKind;
using ledger::KeyUse;

constexpr auto kApproval = std::chrono::minutes(10);
constexpr std::uint64_t kHourMs = 3'600'000;

Signature possession(KeyUse use, const AccountId& account, const PrivateKey& key) {
  return key.sign(ledger::possession_statement(use, account, key.public_key()));
}

/// Guardians' keys under the ids made for this account.
Result<std::vector<Signer>> guardians_of(const Session& session,
                                         const AccountId& account,
                                         const std::vector<std::string>& files) {
  std::vector<Signer> signers;
  for (const auto& file : files) {
    GALEN_TRY(auto key, read_key_file(file));
    const AccountId id = ledger::guardian_id(session.chain(), account, key.public_key());
    signers.push_back(Signer{id, std::move(key), 0});
  }
  return signers;
}

/// The role in which the account's own key signs: the own node says whether it is a patient's. Who
/// is not of this organisation and brings a key is a patient of another: to him any member is a way
/// to the ledger.
Result<AuthorisationRole> own_role(Session& session, const AccountId& account) {
  const auto items = load_account(session, account);
  if (!items && items.error().code == ErrorCode::kNotFound) return AuthorisationRole::kPatient;
  if (!items) return tl::unexpected(items.error());
  GALEN_TRY(const auto patient, find_entry<identity::PatientEntry>(*items, KeyKind::kPatient));
  return patient ? AuthorisationRole::kPatient : AuthorisationRole::kRequester;
}

/// Signed by the account's own key when that is given; else submitted by who holds it.
Result<Authorised> by_owner(Session& session,
                            const ledger::Operation& operation,
                            const AccountId& account,
                            const std::string& key_file) {
  if (key_file.empty()) return Authorised{operation, {}};
  GALEN_TRY(const auto role, own_role(session, account));
  GALEN_TRY(const Signer signer, find_signer(session, account, key_file));
  return authorise(session, operation, role, signer);
}

Result<Committed> commit(Session& session, const Authorised& authorised) {
  GALEN_TRY(const auto receipted, session.transact_one(authorised));
  return to_committed(receipted);
}

Result<Committed> set_recovery(Session& session, const SetRecoveryOptions& options) {
  ledger::SetRecovery operation;
  GALEN_TRY(operation.account, parse_id<AccountId>(options.account, "account"));
  GALEN_TRY(const auto persons,
            guardians_of(session, operation.account, options.guardian_key_files));
  for (const Signer& person : persons) {
    operation.guardians.push_back(
        {person.account,
         ledger::GuardianKey{person.key.public_key(),
                             possession(KeyUse::kSigning, person.account, person.key)}});
  }
  for (const auto& name : options.guardian_organisations) {
    const auto* member = session.find_organisation(name);
    if (member == nullptr) {
      return fail(ErrorCode::kInvalidArgument, "no organisation '" + name + "'");
    }
    operation.guardians.push_back({member->id, std::nullopt});
  }
  sort_unique(operation.guardians);
  const bool none = operation.guardians.empty();
  if (!none && (options.threshold == 0 || options.threshold > operation.guardians.size())) {
    return fail(ErrorCode::kInvalidArgument, "--threshold: between 1 and the number of guardians");
  }
  operation.threshold = none ? std::uint8_t{0} : static_cast<std::uint8_t>(options.threshold);
  operation.cooling_off_ms = options.cooling_off_hours * kHourMs;
  GALEN_TRY(const auto authorised,
            by_owner(session, operation, operation.account, options.key_file));
  return commit(session, authorised);
}

/// New keys: the person's own files, or fresh ones beside the present ones of the profile.
Result<Person> new_keys(Session& session,
                        const AccountId& account,
                        const RequestRecoveryOptions& options) {
  Person person;
  person.id = account;
  if (!options.signing_key_file.empty()) {
    GALEN_TRY(person.signing_key, read_key_file(options.signing_key_file));
    GALEN_TRY(person.agreement_key, read_key_file(options.agreement_key_file));
    return person;
  }
  GALEN_TRY_STATUS(session.people().load(account));
  GALEN_TRY(const auto items, load_account(session, account));
  GALEN_TRY(const auto patient, find_entry<identity::PatientEntry>(items, KeyKind::kPatient));
  GALEN_TRY(const auto practitioner,
            find_entry<identity::PractitionerEntry>(items, KeyKind::kPractitioner));
  if (!patient && !practitioner) return fail(ErrorCode::kNotFound, "no such account");
  const std::size_t places =
      patient ? patient->signing_keys.size() : practitioner->signing_keys.size();
  person.signing_index =
      places < limits::kMaxKeysPerAccount ? static_cast<std::uint16_t>(places) : std::uint16_t{0};
  person.signing_key = PrivateKey::generate();
  person.agreement_key = PrivateKey::generate();
  GALEN_TRY_STATUS(session.people().stage_keys(person));
  return person;
}

/// Who will hold a patient's new keys: the profile, or who brought their files. Nothing is said of
/// others' patients, nor of practitioners.
std::optional<ledger::KeyHolder> holder_of(Session& session,
                                           const AccountId& account,
                                           bool brought) {
  const auto items = load_account(session, account);
  if (!items) return std::nullopt;
  const auto patient = find_entry<identity::PatientEntry>(*items, KeyKind::kPatient);
  if (!patient || !*patient) return std::nullopt;
  return brought ? ledger::KeyHolder::kPatient : ledger::KeyHolder::kCustodian;
}

Result<Registered> request_recovery(Session& session, const RequestRecoveryOptions& options) {
  if (options.signing_key_file.empty() != options.agreement_key_file.empty()) {
    return fail(ErrorCode::kInvalidArgument, "give both --key FILE and --agreement-key FILE");
  }
  ledger::RequestRecovery operation;
  GALEN_TRY(operation.account, parse_id<AccountId>(options.account, "account"));
  operation.recovery = session.random().next<RecoveryId>();
  GALEN_TRY(const Person person, new_keys(session, operation.account, options));
  operation.keys = {person.signing_key->public_key(),
                    person.agreement_key->public_key(),
                    possession(KeyUse::kSigning, operation.account, *person.signing_key),
                    possession(KeyUse::kAgreement, operation.account, *person.agreement_key)};
  operation.held_by = holder_of(session, operation.account, !options.signing_key_file.empty());
  GALEN_TRY(auto signers, guardians_of(session, operation.account, options.guardian_key_files));
  if (options.as_organisation) {
    signers.push_back(
        Signer{session.organisation().id, session.signing_key(), session.signing_index()});
  }
  Authorised authorised{operation, {}};
  for (const Signer& signer : signers) {
    authorised.authorisations.push_back(
        approve(session, operation, AuthorisationRole::kGuardian, signer, kApproval));
  }
  const auto receipted = session.transact_one(authorised);
  if (receipted) return Registered{to_hex(operation.recovery), to_committed(*receipted)};
  const bool refused = !Session::is_transient(receipted.error());
  if (refused && options.signing_key_file.empty()) {
    session.people().discard_keys(operation.account);
  }
  return tl::unexpected(receipted.error());
}

/// The id given, or that of the last request the own node knows.
Result<RecoveryId> recovery_id(Session& session,
                               const AccountId& account,
                               const std::string& text) {
  if (!text.empty()) return parse_id<RecoveryId>(text, "--recovery");
  GALEN_TRY(const auto items, load_account(session, account));
  GALEN_TRY(const auto last, find_entry<RecoveryRequestEntry>(items, KeyKind::kRecoveryRequest));
  if (!last) return fail(ErrorCode::kNotFound, "no recovery of this account was asked for");
  return last->request.recovery;
}

Result<Committed> veto_recovery(Session& session, const RecoveryOptions& options) {
  ledger::VetoRecovery operation;
  GALEN_TRY(operation.account, parse_id<AccountId>(options.account, "account"));
  GALEN_TRY(operation.recovery, recovery_id(session, operation.account, options.recovery));
  GALEN_TRY(const auto authorised,
            by_owner(session, operation, operation.account, options.key_file));
  GALEN_TRY(auto committed, commit(session, authorised));
  session.people().discard_keys(operation.account);
  return committed;
}

Result<Committed> complete_recovery(Session& session, const RecoveryOptions& options) {
  ledger::CompleteRecovery operation;
  GALEN_TRY(operation.account, parse_id<AccountId>(options.account, "account"));
  GALEN_TRY(operation.recovery, recovery_id(session, operation.account, options.recovery));
  GALEN_TRY(auto committed, commit(session, {operation, {}}));
  GALEN_TRY_STATUS(session.people().promote_keys(operation.account));
  return committed;
}

std::string status_text(identity::RecoveryStatus status) {
  switch (status) {
    case identity::RecoveryStatus::kOpen: return "open";
    case identity::RecoveryStatus::kVetoed: return "vetoed";
    case identity::RecoveryStatus::kCompleted: return "completed";
  }
  return "?";
}

}  // namespace

Result<RecoveryView> recovery_view(Session& session, const std::vector<StateItem>& items) {
  GALEN_TRY(const auto set, find_entry<RecoveryEntry>(items, KeyKind::kRecovery));
  GALEN_TRY(const auto last, find_entry<RecoveryRequestEntry>(items, KeyKind::kRecoveryRequest));
  RecoveryView view;
  view.status = "none";
  if (set) {
    view.threshold = set->set.threshold;
    view.cooling_off_ms = set->set.cooling_off_ms;
    for (const auto& guardian : set->set.guardians) {
      view.guardians.push_back(session.organisation_name(guardian.account));
    }
  }
  if (last) {
    view.recovery = to_hex(last->request.recovery);
    view.status = status_text(last->status);
    view.requested_ms = last->requested.value;
    view.ready_ms = last->ready.value;
  }
  return view;
}

Outcome<Committed> Identity::set_recovery(const SetRecoveryOptions& options) {
  return outcome_of("recovery set", [&] { return client::set_recovery(*session_, options); });
}

Outcome<Registered> Identity::request_recovery(const RequestRecoveryOptions& options) {
  return outcome_of("recovery request",
                    [&] { return client::request_recovery(*session_, options); });
}

Outcome<Committed> Identity::veto_recovery(const RecoveryOptions& options) {
  return outcome_of("recovery veto", [&] { return client::veto_recovery(*session_, options); });
}

Outcome<Committed> Identity::complete_recovery(const RecoveryOptions& options) {
  return outcome_of("recovery complete",
                    [&] { return client::complete_recovery(*session_, options); });
}

Outcome<RecoveryView> Identity::recovery(const PersonQuery& query) {
  return outcome_of("recovery status", [&]() -> Result<RecoveryView> {
    GALEN_TRY(const auto items, load_person(*session_, query));
    return recovery_view(*session_, items);
  });
}

}  // namespace galen::client
