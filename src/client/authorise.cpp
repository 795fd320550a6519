#include "client/authorise.h"

#include "base/hex.h"
#include "client/key_file.h"
#include "client/text_forms.h"

namespace galen::client {

namespace {

std::uint64_t sequence_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

ledger::Authorisation sign(const Session& session,
                           const ledger::Operation& operation,
                           ledger::AuthorisationRole role,
                           const Signer& signer,
                           const AccountId& submitter,
                           std::uint64_t validity_ms) {
  ledger::Authorisation authorisation;
  authorisation.role = role;
  authorisation.account = signer.account;
  authorisation.key_index = signer.key_index;
  authorisation.submitter = submitter;
  authorisation.sequence = sequence_now();
  authorisation.not_after = TimeMs{session.now().value + validity_ms};
  const Bytes statement = ledger::authorisation_statement(session.chain(),
                                                          authorisation,
                                                          ledger::subject_of(operation),
                                                          ledger::type_of(operation),
                                                          ledger::encode(operation));
  authorisation.signature = signer.key.sign(statement);
  return authorisation;
}

}  // namespace

Result<Signer> find_signer(const Session& session,
                           const AccountId& person,
                           const std::string& key_file) {
  if (!key_file.empty()) {
    GALEN_TRY(auto indexed, read_indexed_key_file(key_file));
    return Signer{person, std::move(indexed.key), indexed.index};
  }
  auto known = session.people().load(person);
  if (known && known->signing_key) return Signer{person, *known->signing_key, known->signing_index};
  if (!known && known.error().code != ErrorCode::kNotFound) return tl::unexpected(known.error());
  return fail(ErrorCode::kConfig,
              "the profile holds no signing key of " + to_hex(person).substr(0, 12) +
                  "...; give the person's own key with --key FILE");
}

Authorised authorise(const Session& session,
                     const ledger::Operation& operation,
                     ledger::AuthorisationRole role,
                     const Signer& signer,
                     std::uint64_t validity_ms) {
  return Authorised{
      operation, {sign(session, operation, role, signer, session.organisation().id, validity_ms)}};
}

ledger::Authorisation approve(const Session& session,
                              const ledger::Operation& operation,
                              ledger::AuthorisationRole role,
                              const Signer& signer,
                              std::chrono::milliseconds validity) {
  const auto validity_ms = static_cast<std::uint64_t>(validity.count());
  return sign(session, operation, role, signer, AccountId{}, validity_ms);
}

Result<AccountId> practitioner_or_default(const Session& session, const std::string& text) {
  if (!text.empty()) return parse_id<AccountId>(text, "--as");
  GALEN_TRY(const auto ids, session.people().list(PersonKind::kPractitioner));
  if (ids.size() == 1) return ids.front();
  if (ids.empty()) {
    return fail(ErrorCode::kConfig,
                "the profile has no practitioner; run 'galen practitioner register' first");
  }
  return fail(ErrorCode::kInvalidArgument,
              "the profile has " + std::to_string(ids.size()) +
                  " practitioners; say which one with --as ID");
}

}  // namespace galen::client
