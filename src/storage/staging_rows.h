// Rows of the staging column: what a node gathers before it takes over another state
// (docs/adr/0011). Parts of trees by place and hash, sealed as the ledger's rows are; a redo log of
// plain rows; and the row that says the log is to be carried out. FROZEN (docs/formats.md, "Stored
// rows"). Thread rule: values.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "execution/state_tree.h"
#include "ledger/state_key.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace galen::storage {

// The redo log: one row for each row of another column.
[[nodiscard]] Bytes redo_prefix();
[[nodiscard]] Bytes redo_prefix(std::size_t column);
[[nodiscard]] Bytes redo_key(std::size_t column, BytesView key);
[[nodiscard]] Bytes redo_put(BytesView value);
[[nodiscard]] Bytes redo_remove();

struct Redo {
  std::size_t column = 0;
  Bytes key;
  std::optional<Bytes> value;  ///< nothing = remove
};

/// kCorrupt.
[[nodiscard]] Result<Redo> decode_redo(BytesView key, BytesView value);

/// `handle` of the subject's compartment; empty for the main tree.
[[nodiscard]] Bytes staged_page_key(BytesView handle,
                                    const execution::PageId& at,
                                    const Digest& hash);
[[nodiscard]] Bytes staged_value_key(BytesView handle, const Digest& leaf);

/// A leaf's key and value before sealing.
struct StagedValue {
  ledger::KeyKind kind = ledger::KeyKind::kParameters;
  Bytes id;
  Digest s;
  Bytes value;
};

[[nodiscard]] Bytes encode(const StagedValue& value);
/// kCorrupt.
[[nodiscard]] Result<StagedValue> decode_staged_value(BytesView bytes);

/// The log is complete and leads to this height.
struct SwitchRow {
  Height height;
  std::uint64_t journal_sequence = 0;
};

[[nodiscard]] Bytes switch_key();
[[nodiscard]] Bytes encode(const SwitchRow& row);
/// kCorrupt.
[[nodiscard]] Result<SwitchRow> decode_switch_row(BytesView bytes);

}  // namespace galen::storage
