// Access statement: the entries of one access log in a range of block times or heights, with what
// proves offline that none is missing (PRIVACY.md 36; docs/formats.md "Access statements"). Entries
// stand in block order, so a range is a stretch of the log; the entries before and after it belong
// to the statement and show where it ends. FROZEN. Thread rule: values.
#pragma once

#include "ledger/proof.h"
#include "modules/audit/entries.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace galen::audit {

/// More are asked for in several ranges.
inline constexpr std::size_t kMaxStatementEntries = 100'000;

enum class RangeUnit : std::uint8_t {
  kTime = 1,    ///< block time, milliseconds since 1970-01-01T00:00:00Z
  kHeight = 2,  ///< commit height
};

/// [from, to); without an end, everything up to the statement's block.
struct StatementRange {
  RangeUnit unit = RangeUnit::kTime;
  std::uint64_t from = 0;
  std::optional<std::uint64_t> to;
  friend bool operator==(const StatementRange&, const StatementRange&) = default;

  /// Not empty, and no number above kMaxCounter.
  [[nodiscard]] bool is_valid() const;
  [[nodiscard]] bool is_before(
      const AccessEntry& entry) const;                          ///< the entry lies before the range
  [[nodiscard]] bool is_after(const AccessEntry& entry) const;  ///< the entry lies after the range
};

struct Statement {
  StatementRange range;
  ledger::StateProof state;    ///< of the log's access range; chain, block and patient stand there
  std::uint64_t first = 0;     ///< index of the first entry below
  std::vector<Bytes> entries;  ///< as stored: the range's, and the neighbours on both sides
  std::vector<Digest> path;    ///< crypto/merkle_range.h
  friend bool operator==(const Statement&, const Statement&) = default;
};

[[nodiscard]] Bytes encode(const Statement& statement);
/// kMalformed, kTooLarge.
[[nodiscard]] Result<Statement> decode_statement(BytesView bytes);

struct StatementEntry {
  std::uint64_t index = 0;  ///< in the log
  AccessEntry entry;
  friend bool operator==(const StatementEntry&, const StatementEntry&) = default;
};

/// What a verified statement says.
struct ProvenStatement {
  PatientId log;
  Height height;  ///< of the certified block: later entries are not in the statement
  TimeMs time;
  std::uint64_t log_size = 0;           ///< entries in the whole log; 0: there never was an access
  std::vector<StatementEntry> entries;  ///< all of the range, neighbours left out
  bool may_grow = false;                ///< blocks after this one may add entries to the range
};

/// Checks the state proof, that the entries are this stretch of the log, and that they are all of
/// the range: exactly one neighbour on a side where the log goes on. kWrongChain, kUnauthenticated
/// with the step that failed. REQUIRES: validate(genesis) succeeded.
[[nodiscard]] Result<ProvenStatement> verify(const Statement& statement,
                                             const ledger::Genesis& genesis);

}  // namespace galen::audit
