// What a node needs to make an access statement (statement.h) from its state: the stretch of the
// log that answers for a range, and the Merkle path of that stretch. Thread rule: as the state's.
#pragma once

#include "modules/audit/statement.h"

namespace galen::audit {

/// Entries first .. last - 1.
struct LogStretch {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  friend bool operator==(const LogStretch&, const LogStretch&) = default;
};

/// The entries of the range. Reads O(log n) entries. kNotFound for a log that is erased under the
/// reader. REQUIRES: range.is_valid().
[[nodiscard]] Result<LogStretch> find_entries(const execution::StateReader& state,
                                              const PatientId& log,
                                              const StatementRange& range);

/// The entries of the range with a neighbour on each side where there is one; empty without any
/// entry. Reads O(log n) entries. kTooLarge above kMaxStatementEntries, kNotFound for a log that is
/// erased under the reader. REQUIRES: range.is_valid().
[[nodiscard]] Result<LogStretch> find_stretch(const execution::StateReader& state,
                                              const PatientId& log,
                                              const StatementRange& range);

/// crypto::merkle_range_path of the stretch. Reads what the log's frontier does not tell: at most
/// as many entries as the perfect subtrees have that the stretch touches. kNotFound as above.
/// REQUIRES: not empty, within the log.
[[nodiscard]] Result<std::vector<Digest>> stretch_path(const execution::StateReader& state,
                                                       const PatientId& log,
                                                       const LogStretch& stretch);

}  // namespace galen::audit
