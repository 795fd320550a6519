#include "client/identity.h"

#include "base/hex.h"
#include "base/limits.h"
#include "client/access_query.h"
#include "client/authorise.h"
#include "client/failure.h"
#include "client/key_file.h"
#include "client/registration.h"
#include "client/text_forms.h"
#include "execution/executor.h"
#include "galen/identity.h"
#include "modules/identity/people.h"
#include "modules/identity/suspension.h"

#include <algorithm>
#include <cstdio>

namespace galen::client {

namespace {

std::string verb_of(const StandingOptions& options) {
  return options.status == "active" ? "reinstate" : "suspend";
}

using crypto::PrivateKey;
using ledger::KeyUse;

Signature possession(KeyUse use, const AccountId& account, const PrivateKey& key) {
  return key.sign(ledger::possession_statement(use, account, key.public_key()));
}

ledger::NewKey new_key(KeyUse use,
                       const AccountId& account,
                       const IndexedKey& key,
                       const PublicKey& replaces) {
  return {key.key.public_key(), key.index, replaces, possession(use, account, key.key)};
}

/// The ledger rejected it. Any other error may come after the commit, even a refusal of this
/// caller, whose key may be the one that just ended: then the new private key stays.
bool did_not_happen(const Error& error) {
  return error.code == ErrorCode::kFailedPrecondition;
}

/// What the ledger has of a person's keys.
struct PersonState {
  std::vector<PublicKey> signing_keys;
  PublicKey agreement_key;
  bool is_patient = false;
};

Result<PersonState> person_state(Session& session, const AccountId& id) {
  GALEN_TRY(const auto items, load_account(session, id));
  GALEN_TRY(const auto patient,
            find_entry<identity::PatientEntry>(items, ledger::KeyKind::kPatient));
  if (patient) return PersonState{patient->signing_keys, patient->agreement_key, true};
  GALEN_TRY(const auto practitioner,
            find_entry<identity::PractitionerEntry>(items, ledger::KeyKind::kPractitioner));
  if (practitioner) {
    return PersonState{practitioner->signing_keys, practitioner->agreement_key, false};
  }
  return fail(ErrorCode::kNotFound, "no such patient or practitioner of this organisation");
}

Result<PublicKey> present_key(const PersonState& state, std::uint16_t index) {
  if (index < state.signing_keys.size() && !state.signing_keys[index].is_zero()) {
    return state.signing_keys[index];
  }
  return fail(ErrorCode::kFailedPrecondition,
              "the signing key at hand, index " + std::to_string(index) +
                  ", is not one of the account's present keys");
}

/// A rotation on its way: the person with the new keys, and the operation.
struct Rotation {
  Person person;
  ledger::RotatePersonKey operation;
};

Result<Rotation> make_rotation(const PersonState& state,
                               const AccountId& id,
                               const std::string& use,
                               std::uint16_t present_index) {
  Rotation rotation;
  rotation.person.id = id;
  rotation.operation.account = id;
  const IndexedKey next{PrivateKey::generate(), free_index(state.signing_keys)};
  if (use == "agreement") {
    rotation.person.agreement_key = next.key;
    rotation.operation.agreement =
        new_key(KeyUse::kAgreement, id, {next.key, 0}, state.agreement_key);
    return rotation;
  }
  if (use != "signing") {
    return fail(ErrorCode::kInvalidArgument, "--use: signing or agreement, not '" + use + "'");
  }
  GALEN_TRY(const PublicKey present, present_key(state, present_index));
  rotation.person.signing_key = next.key;
  rotation.person.signing_index = next.index;
  rotation.operation.signing = new_key(KeyUse::kSigning, id, next, present);
  return rotation;
}

RotatedKey to_view(const Rotation& rotation, const std::string& file, const Receipted& receipted) {
  const bool signing = rotation.operation.signing.has_value();
  const ledger::NewKey& key = signing ? *rotation.operation.signing : *rotation.operation.agreement;
  return {to_hex(rotation.person.id), to_hex(key.key), key.index, file, to_committed(receipted)};
}

/// Keys of this profile, changed by the organisation that holds them.
Result<RotatedKey> rotate_held(Session& session, const RotatePersonOptions& options) {
  GALEN_TRY(const auto id, parse_id<AccountId>(options.account, "account"));
  GALEN_TRY(const Person present, session.people().load(id));
  GALEN_TRY(const PersonState state, person_state(session, id));
  GALEN_TRY(const auto rotation, make_rotation(state, id, options.use, present.signing_index));
  GALEN_TRY_STATUS(session.people().stage_keys(rotation.person));
  const auto receipted = session.transact_one({rotation.operation, {}});
  if (!receipted) {
    if (did_not_happen(receipted.error())) session.people().discard_keys(id);
    return tl::unexpected(receipted.error());
  }
  GALEN_TRY_STATUS(session.people().promote_keys(id));
  return to_view(rotation, "", *receipted);
}

/// Keys that the person holds: his present one signs, the new one goes to a file of his.
Result<RotatedKey> rotate_own(Session& session, const RotatePersonOptions& options) {
  if (options.out.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--key FILE needs --out FILE for the new key");
  }
  GALEN_TRY(const auto id, parse_id<AccountId>(options.account, "account"));
  GALEN_TRY(const Signer signer, find_signer(session, id, options.key_file));
  GALEN_TRY(const PersonState state, person_state(session, id));
  GALEN_TRY(auto rotation, make_rotation(state, id, options.use, signer.key_index));
  // From now on he holds it himself.
  const bool takes_it = state.is_patient && rotation.operation.signing;
  if (takes_it) rotation.operation.held_by = ledger::KeyHolder::kPatient;
  const Person& next = rotation.person;
  const std::string text = next.signing_key
                               ? indexed_key_text({*next.signing_key, next.signing_index})
                               : next.agreement_key->to_pem();
  GALEN_TRY_STATUS(create_output_file(options.out, text));
  const auto role = state.is_patient ? ledger::AuthorisationRole::kPatient
                                     : ledger::AuthorisationRole::kRequester;
  const auto receipted = session.transact_one(authorise(session, rotation.operation, role, signer));
  if (receipted) return to_view(rotation, options.out, *receipted);
  if (did_not_happen(receipted.error())) std::remove(options.out.c_str());
  return tl::unexpected(receipted.error());
}

Result<execution::OrganisationEntry> own_entry(Session& session) {
  GALEN_TRY(const auto items, load_account(session, session.organisation().id));
  GALEN_TRY(auto entry,
            find_entry<execution::OrganisationEntry>(items, ledger::KeyKind::kOrganisation));
  if (!entry) return fail(ErrorCode::kMalformed, "the node knows nothing of this organisation");
  return *std::move(entry);
}

Result<RotatedKey> rotate_organisation(Session& session, const RotateOrganisationOptions& options) {
  if (options.key_file.empty() == options.out.empty()) {
    return fail(ErrorCode::kInvalidArgument, "give the new key with --key FILE, or --out FILE");
  }
  const bool signing = options.use == "signing";
  const bool tls = options.use == "tls";
  if (!signing && !tls && options.use != "agreement") {
    return fail(ErrorCode::kInvalidArgument,
                "--use: signing, tls or agreement, not '" + options.use + "'");
  }
  if (tls && options.key_file.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "--use tls: name the key of a certificate that is there already with --key FILE; "
                "without one this client could not connect any more");
  }
  const AccountId& id = session.organisation().id;
  GALEN_TRY(const auto entry, own_entry(session));
  IndexedKey next{PrivateKey::generate(),
                  signing ? free_index(entry.signing_keys) : std::uint16_t{0}};
  if (!options.key_file.empty()) {
    GALEN_TRY(next.key, read_key_file(options.key_file));
  } else {
    GALEN_TRY_STATUS(create_output_file(options.out, indexed_key_text(next)));
  }
  const PublicKey present =
      signing ? session.signing_key().public_key() : (tls ? entry.tls_key : entry.agreement_key);
  const KeyUse use = signing ? KeyUse::kSigning : (tls ? KeyUse::kTls : KeyUse::kAgreement);
  const ledger::RotateKey operation{id, use, new_key(use, id, next, present)};
  const auto receipted = session.transact_one({operation, {}});
  const std::string file = options.out.empty() ? options.key_file : options.out;
  if (receipted) {
    return RotatedKey{
        to_hex(id), to_hex(operation.key.key), next.index, file, to_committed(*receipted)};
  }
  if (did_not_happen(receipted.error()) && !options.out.empty()) std::remove(options.out.c_str());
  return tl::unexpected(receipted.error());
}

Result<Committed> set_practitioner(Session& session, const StandingOptions& options) {
  ledger::SuspendPractitioner operation;
  GALEN_TRY(operation.practitioner, parse_id<AccountId>(options.account, "practitioner"));
  GALEN_TRY(operation.status, parse_code<ledger::AccountStatus>(options.status, "status"));
  GALEN_TRY(operation.reason, parse_code<ledger::SuspensionReason>(options.reason, "--reason"));
  GALEN_TRY(const auto receipted, session.transact_one({operation, {}}));
  return to_committed(receipted);
}

/// Only equal votes count together, so without --until all of one week end on the same day.
Result<TimeMs> ballot_end(const Session& session, const std::string& until) {
  if (!until.empty()) return parse_time(until, session.now(), "--until");
  constexpr std::uint64_t kWeekMs = std::uint64_t{7} * 24 * 60 * 60 * 1000;
  return TimeMs{(session.now().value / kWeekMs + 2) * kWeekMs};
}

Result<BallotView> set_organisation(Session& session, const StandingOptions& options) {
  ledger::Suspend operation;
  const auto* member = session.find_organisation(options.account);
  if (member == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "no organisation '" + options.account + "'");
  }
  operation.organisation = member->id;
  GALEN_TRY(operation.status, parse_code<ledger::AccountStatus>(options.status, "status"));
  GALEN_TRY(operation.reason, parse_code<ledger::SuspensionReason>(options.reason, "--reason"));
  GALEN_TRY(operation.ballot_ends, ballot_end(session, options.until));
  GALEN_TRY(const auto items, load_account(session, member->id));
  GALEN_TRY(const auto ballot, find_entry<identity::BallotEntry>(items, ledger::KeyKind::kBallot));
  operation.change = ballot ? ballot->changes : 0;
  GALEN_TRY(const auto receipted, session.transact_one({operation, {}}));
  if (receipted.results.empty()) {
    return fail(ErrorCode::kMalformed, "the node's answer has no result of the ballot");
  }
  GALEN_TRY(const auto outcome, identity::BallotOutcome::decode(receipted.results.front().detail));
  return BallotView{outcome.in_force, outcome.votes, outcome.needed, to_committed(receipted)};
}

}  // namespace

Result<std::vector<StateItem>> load_account(Session& session,
                                            const AccountId& id,
                                            const OwnRequest& own) {
  return session.ask([&](NodeApi& node, Deadline until) { return node.account(id, own, until); });
}

Result<std::vector<StateItem>> load_person(Session& session, const PersonQuery& query) {
  GALEN_TRY(const auto id, parse_id<AccountId>(query.person, "id"));
  GALEN_TRY(const auto own, own_request(session, query, ledger::OwnQuery::kAccount));
  return load_account(session, id, own);
}

std::uint16_t free_index(const std::vector<PublicKey>& keys) {
  if (keys.size() < limits::kMaxKeysPerAccount) return static_cast<std::uint16_t>(keys.size());
  const auto retired = std::find(keys.begin(), keys.end(), PublicKey{});
  return static_cast<std::uint16_t>(retired - keys.begin());
}

Outcome<RotatedKey> Identity::rotate_person(const RotatePersonOptions& options) {
  return outcome_of("rotate-key", [&] {
    return options.key_file.empty() ? rotate_held(*session_, options)
                                    : rotate_own(*session_, options);
  });
}

Outcome<RotatedKey> Identity::rotate_organisation(const RotateOrganisationOptions& options) {
  return outcome_of("organisation rotate-key",
                    [&] { return client::rotate_organisation(*session_, options); });
}

Outcome<Committed> Identity::set_practitioner(const StandingOptions& options) {
  return outcome_of("practitioner " + verb_of(options),
                    [&] { return client::set_practitioner(*session_, options); });
}

Outcome<BallotView> Identity::set_organisation(const StandingOptions& options) {
  return outcome_of("organisation " + verb_of(options),
                    [&] { return client::set_organisation(*session_, options); });
}

}  // namespace galen::client
