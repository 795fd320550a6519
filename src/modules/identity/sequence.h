// The sequence numbers of persons' signatures: they rise per (patient or subject, account) and
// survive a change of keys, so no old signature counts twice (PRIVACY.md 8). FROZEN
// (docs/formats.md). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/receipt.h"
#include "ledger/transaction.h"

namespace galen::identity {

/// kSequence, id = account: the highest sequence number the account used for the subject.
struct SequenceEntry {
  std::uint64_t last = 0;
  friend bool operator==(const SequenceEntry&, const SequenceEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<SequenceEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const PatientId& subject, const AccountId& account);
  /// 0 before the first.
  [[nodiscard]] static std::uint64_t load(const execution::StateReader& state,
                                          const PatientId& subject,
                                          const AccountId& account);
};

/// How far a sequence number, taken as microseconds, may be ahead of its block.
inline constexpr std::uint64_t kMaxSequenceLeadMs = 24ULL * 60 * 60 * 1000;

/// Whether this may be the next number of the account for the subject in a block of this time. kOk,
/// kSequenceUsed (not above the last), kBadAuthorisation (too far ahead: or who holds somebody's
/// key for him could use up all numbers, and leave him silent when he has it).
[[nodiscard]] ledger::ResultCode check_sequence(const execution::StateReader& state,
                                                const PatientId& subject,
                                                const ledger::Authorisation& authorisation,
                                                TimeMs block_time);

}  // namespace galen::identity
