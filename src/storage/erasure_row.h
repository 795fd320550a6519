// What a node has to do, and has done, about one erasure order: one row of the default column,
// written in the batch of the order's block, so that a crash resumes it (PRIVACY.md 15). Names no
// person: handle, key name and file names are random or hashes, and go when the work is done.
// FROZEN (docs/formats.md, "Stored rows"). Thread rule: values.
#pragma once

#include "base/result.h"
#include "ledger/erasure_operations.h"
#include "storage/subject_keys.h"

#include <functional>
#include <optional>
#include <vector>

namespace galen::storage {

/// Where the order stands.
struct OrderId {
  TxId transaction;
  std::uint16_t operation = 0;
  friend auto operator<=>(const OrderId&, const OrderId&) = default;
};

/// Asked at the moment that is written down.
using WallClock = std::function<TimeMs()>;

enum class ErasureStep : std::uint8_t { kOrdered = 0, kKeysGone = 1, kBytesGone = 2 };

/// An object and its envelopes, as payload/object_store.h names them.
struct PayloadFile {
  PayloadAddress address;
  Digest envelopes;
  friend auto operator<=>(const PayloadFile&, const PayloadFile&) = default;
};

struct ErasureRow {
  ErasureStep step = ErasureStep::kOrdered;
  ledger::ErasureScope scope = ledger::ErasureScope::kPatient;
  SubjectPath path;
  Height height;                 ///< of the order
  TimeMs audit_until;            ///< as ordered
  std::uint64_t operations = 0;  ///< bodies that this node took away
  TimeMs keys_gone;              ///< by this node's clock; zero before
  TimeMs bytes_gone;
  KeyName name;                ///< zero when the node had no key, and afterwards
  Handle handle;               ///< likewise
  std::vector<Handle> shared;  ///< of the others of his links, whose rows went; sorted; likewise
  std::vector<PayloadFile> files;  ///< sorted; empty afterwards
  friend bool operator==(const ErasureRow&, const ErasureRow&) = default;
};

[[nodiscard]] Bytes erasure_prefix();
[[nodiscard]] Bytes erasure_key(const OrderId& order);
/// kCorrupt.
[[nodiscard]] Result<OrderId> decode_erasure_key(BytesView key);
[[nodiscard]] Bytes encode(const ErasureRow& row);
/// kCorrupt.
[[nodiscard]] Result<ErasureRow> decode_erasure_row(BytesView bytes);

}  // namespace galen::storage
