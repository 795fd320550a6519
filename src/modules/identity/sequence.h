// The sequence numbers of persons' signatures: they rise per (patient or subject, account) and
// survive a change of keys, so no old signature counts twice (PRIVACY.md 8). FROZEN
// (docs/formats.md). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"

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

}  // namespace galen::identity
