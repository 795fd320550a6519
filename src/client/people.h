// The natural persons whose keys a hospital keeps for them on this machine: patients and
// practitioners. People files hold ids, roles and keys, never a name (docs/cli.md "People").
// Thread rule: one thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "crypto/keys.h"

#include <optional>
#include <string>
#include <vector>

namespace galen::client {

enum class PersonKind : std::uint8_t { kPatient, kPractitioner, kProxy };

struct Person {
  AccountId id;  ///< for a patient: the patient id
  PersonKind kind = PersonKind::kPatient;
  std::string role;  ///< practitioners: ledger name of the role
  std::optional<crypto::PrivateKey> signing_key;
  std::uint16_t signing_index = 0;  ///< key index of the signing key on the chain
  std::optional<crypto::PrivateKey> agreement_key;
};

/// <id>.toml, <id>.signing.pem, <id>.agreement.pem in one private directory.
class PeopleDirectory {
 public:
  explicit PeopleDirectory(std::string path) : path_(std::move(path)) {}

  /// Stores a person; keys that are absent stay with their owner. kAlreadyExists, kIo, kConfig.
  [[nodiscard]] Status add(const Person& person) const;
  /// Forgets a person whose registration was refused.
  void remove(const AccountId& id) const;
  /// Writes new keys of a person beside his present ones, so that they are durable before the
  /// ledger knows them. kIo.
  [[nodiscard]] Status stage_keys(const Person& person) const;
  /// Puts staged keys in the place of the present ones. kIo.
  [[nodiscard]] Status promote_keys(const AccountId& id) const;
  /// Forgets staged keys.
  void discard_keys(const AccountId& id) const;
  /// kNotFound, kConfig.
  [[nodiscard]] Result<Person> load(const AccountId& id) const;
  /// Sorted ids of one kind. A missing directory is an empty one. kConfig.
  [[nodiscard]] Result<std::vector<AccountId>> list(PersonKind kind) const;

 private:
  [[nodiscard]] std::string file(const AccountId& id, const char* ending) const;
  std::string path_;
};

}  // namespace galen::client
