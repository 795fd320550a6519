// State values of recovery: who may give an account new keys, and the last request to do so
// (docs/formats.md, FROZEN). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/recovery_operations.h"

#include <optional>

namespace galen::identity {

/// kRecovery, id = account; clinical tree of the account.
struct RecoveryEntry {
  ledger::SetRecovery set;
  TimeMs time;    ///< block time
  Height height;  ///< of that block
  friend bool operator==(const RecoveryEntry&, const RecoveryEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed, kTooLarge.
  [[nodiscard]] static Result<RecoveryEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const AccountId& account);
  [[nodiscard]] static std::optional<RecoveryEntry> load(const execution::StateReader& state,
                                                         const AccountId& account);
};

/// FROZEN.
enum class RecoveryStatus : std::uint8_t { kOpen = 1, kVetoed = 2, kCompleted = 3 };

/// kRecoveryRequest, id = account; clinical tree of the account.
struct RecoveryRequestEntry {
  ledger::RequestRecovery request;
  RecoveryStatus status = RecoveryStatus::kOpen;
  TimeMs requested;  ///< block time
  TimeMs ready;      ///< block time from which it may be completed
  Height height;     ///< of the request's block
  friend bool operator==(const RecoveryRequestEntry&, const RecoveryRequestEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed, kTooLarge.
  [[nodiscard]] static Result<RecoveryRequestEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const AccountId& account);
  [[nodiscard]] static std::optional<RecoveryRequestEntry> load(const execution::StateReader& state,
                                                                const AccountId& account);
};

}  // namespace galen::identity
