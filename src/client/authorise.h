// Persons' signatures over single operations (PRIVACY.md 7, 8), and finding the keys for them.
// Thread rule: one thread.
#pragma once

#include "client/session.h"

#include <string>

namespace galen::client {

/// A person with the signing key in hand.
struct Signer {
  AccountId account;  ///< for a patient: the patient id
  crypto::PrivateKey key;
  std::uint16_t key_index = 0;
};

/// The key from `key_file`, or from the people directory when that is empty. kConfig, kNotFound.
[[nodiscard]] Result<Signer> find_signer(const Session& session,
                                         const AccountId& person,
                                         const std::string& key_file);

inline constexpr std::uint64_t kAuthorisationMs = 2 * 60 * 1000;

/// The operation with one authorisation, valid for two minutes unless said otherwise, for this
/// client's organisation as submitter. The sequence number is the time in microseconds, so it rises
/// without being stored.
[[nodiscard]] Authorised authorise(const Session& session,
                                   const ledger::Operation& operation,
                                   ledger::AuthorisationRole role,
                                   const Signer& signer,
                                   std::uint64_t validity_ms = kAuthorisationMs);

/// A further signature over an operation, for any submitter and as long as `validity`.
[[nodiscard]] ledger::Authorisation approve(const Session& session,
                                            const ledger::Operation& operation,
                                            ledger::AuthorisationRole role,
                                            const Signer& signer,
                                            std::chrono::milliseconds validity);

/// The only practitioner of the profile when `text` is empty. kInvalidArgument, kConfig.
[[nodiscard]] Result<AccountId> practitioner_or_default(const Session& session,
                                                        const std::string& text);

}  // namespace galen::client
