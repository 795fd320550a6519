// A person who lost his keys gets new ones when m of his n guardians agree, unless vetoed within a
// cooling-off time. Guardians are named in the account's own subtree, under ids made for it, so
// they go with it and cannot be linked across accounts. FROZEN (docs/formats.md). Thread rule:
// values.
#pragma once

#include "base/ids.h"
#include "ledger/codes.h"
#include "ledger/identity_operations.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace galen::ledger {

/// A natural guardian's signing key; his account is guardian_id(chain, the account, key).
struct GuardianKey {
  PublicKey key;
  Signature possession;  ///< over possession_statement(kSigning, guardian's account, key)
  friend auto operator<=>(const GuardianKey&, const GuardianKey&) = default;
};

struct Guardian {
  AccountId account;
  std::optional<GuardianKey> key;  ///< absent: an organisation, which signs with its own keys
  friend auto operator<=>(const Guardian&, const Guardian&) = default;
};

/// Names the guardians, in place of those before; none ends recovery. Authorised by the account's
/// own key, or submitted by the organisation that holds its keys.
struct SetRecovery {
  static constexpr OperationType kType = OperationType::kSetRecovery;
  AccountId account;                ///< a patient, practitioner or device: the subject
  std::vector<Guardian> guardians;  ///< sorted, no account twice
  std::uint8_t threshold = 0;       ///< 1 .. guardians; 0 without guardians
  std::uint64_t cooling_off_ms = 0;

  [[nodiscard]] PatientId subject() const { return id_cast<PatientId>(account); }

  friend bool operator==(const SetRecovery&, const SetRecovery&) = default;
};

/// Asks for new keys. Authorised (kGuardian) by at least `threshold` guardians; the cooling-off
/// time runs from the block's time. One request at a time.
struct RequestRecovery {
  static constexpr OperationType kType = OperationType::kRequestRecovery;
  AccountId account;
  RecoveryId recovery;               ///< random
  PersonKeys keys;                   ///< in place of all present ones
  std::optional<KeyHolder> held_by;  ///< of a patient

  [[nodiscard]] PatientId subject() const { return id_cast<PatientId>(account); }

  friend bool operator==(const RequestRecovery&, const RequestRecovery&) = default;
};

/// Ends a request before it is completed. Authorised by the account's present key (kPatient or
/// kRequester), or submitted by its custodian or organisation.
struct VetoRecovery {
  static constexpr OperationType kType = OperationType::kVetoRecovery;
  AccountId account;
  RecoveryId recovery;

  [[nodiscard]] PatientId subject() const { return id_cast<PatientId>(account); }

  friend bool operator==(const VetoRecovery&, const VetoRecovery&) = default;
};

/// Puts the new keys in force once the cooling-off time is over (block time). Any organisation
/// submits it; nobody signs, the guardians did.
struct CompleteRecovery {
  static constexpr OperationType kType = OperationType::kCompleteRecovery;
  AccountId account;
  RecoveryId recovery;

  [[nodiscard]] PatientId subject() const { return id_cast<PatientId>(account); }

  friend bool operator==(const CompleteRecovery&, const CompleteRecovery&) = default;
};

/// H("guardian" || chain || account || key): one key guards two accounts under two ids.
[[nodiscard]] AccountId guardian_id(const ChainId& chain,
                                    const AccountId& account,
                                    const PublicKey& key);

}  // namespace galen::ledger
