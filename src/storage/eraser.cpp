#include "storage/eraser.h"

#include "storage/erasure_batch.h"
#include "storage/rows.h"

#include <utility>

namespace galen::storage {

namespace {

using ledger::ErasureScope;

/// Bodies deleted in one batch: blocks are applied in between, whatever the subject has.
constexpr std::size_t kBodiesPerBatch = 128;

constexpr std::size_t column(Column c) {
  return static_cast<std::size_t>(c);
}

bool has_own_key(const ErasureRow& row) {
  return row.scope != ErasureScope::kRecord && !row.name.is_zero();
}

}  // namespace

Result<std::map<OrderId, ErasureRow>> Eraser::list() const {
  std::map<OrderId, ErasureRow> rows;
  Status status;
  const auto read = [&](BytesView key, BytesView value) -> Status {
    GALEN_TRY(const OrderId order, decode_erasure_key(key));
    GALEN_TRY(rows[order], decode_erasure_row(value));
    return {};
  };
  GALEN_TRY_STATUS(store_.ledger->scan(
      column(Column::kMeta), erasure_prefix(), [&](BytesView key, BytesView value) {
        status = read(key, value);
        return status.has_value();
      }));
  GALEN_TRY_STATUS(status);
  return rows;
}

Result<std::uint64_t> Eraser::resume() {
  GALEN_TRY(const auto rows, list());
  GALEN_TRY(auto unexplained, store_.keyring->destroyed());
  for (const auto& [order, row] : rows) {
    if (row.scope == ErasureScope::kRecord) continue;
    const bool audit = row.scope == ErasureScope::kAudit;
    const KeyName name =
        store_.keyring->name_of(row.path, audit ? Compartment::kAudit : Compartment::kClinical);
    unexplained.erase(Keyring::note_of(name));
    if (row.step == ErasureStep::kOrdered) {
      store_.keyring->conceal(name, 0);
    } else {
      // A keyring restored from a backup brings back what was destroyed.
      GALEN_TRY(const bool came_back, store_.keyring->destroy(name));
      static_cast<void>(came_back);  // or went in a start that was cut off
    }
  }
  // Nothing is served before its bytes are gone, too.
  GALEN_TRY_STATUS(compact_keyring());
  return static_cast<std::uint64_t>(unexplained.size());
}

Result<ErasureRow> Eraser::row_of(const OrderId& order) const {
  GALEN_TRY(const auto stored, store_.get(Column::kMeta, erasure_key(order)));
  if (!stored) return fail(ErrorCode::kNotFound, "no such erasure order on this node");
  return decode_erasure_row(*stored);
}

Status Eraser::put(const OrderId& order, const ErasureRow& row) {
  Batch batch(*store_.ledger);
  batch.put(column(Column::kMeta), erasure_key(order), encode(row));
  return store_.ledger->write(batch);
}

/// The keyring remembers: who destroyed the key may have been cut off, and what was destroyed is
/// not destroyed again.
Status Eraser::compact_keyring() {
  GALEN_TRY(const bool due, store_.keyring->needs_compaction());
  if (!due) return {};
  return store_.keyring->compact();
}

Status Eraser::erase_keys(const OrderId& order, const WallClock& now) {
  GALEN_TRY(ErasureRow row, row_of(order));
  if (row.step != ErasureStep::kOrdered) return {};
  if (has_own_key(row)) {
    GALEN_TRY(const bool was_there, store_.keyring->destroy(row.name));
    static_cast<void>(was_there);  // or destroyed by an attempt before this one
  }
  GALEN_TRY_STATUS(compact_keyring());
  store_.ledger->drop_caches();
  GALEN_TRY_STATUS(store_.ledger->flush());
  row.step = ErasureStep::kKeysGone;
  row.keys_gone = now();
  return put(order, row);
}

Result<std::size_t> Eraser::delete_some_bodies(const ErasureRow& row) {
  // A block with a record's order rewrites locators as well: neither may undo the other.
  const std::lock_guard lock(applying_);
  std::vector<Bytes> keys;
  GALEN_TRY_STATUS(
      store_.ledger->scan(column(Column::kBodies), row.handle, [&](BytesView key, BytesView) {
        keys.push_back(to_bytes(key));
        return keys.size() < kBodiesPerBatch;
      }));
  Batch batch(*store_.ledger);
  LocatorChanges locators(store_);
  for (const Bytes& key : keys) {
    GALEN_TRY_STATUS(locators.zero(key));
    batch.remove(column(Column::kBodies), key);
  }
  locators.add_rows(batch);
  GALEN_TRY_STATUS(store_.ledger->write(batch));
  return keys.size();
}

Status Eraser::delete_rows(const ErasureRow& row) {
  std::size_t deleted = kBodiesPerBatch;
  while (deleted == kBodiesPerBatch) {
    GALEN_TRY(deleted, delete_some_bodies(row));
  }
  Batch batch(*store_.ledger);
  batch.remove_prefix(column(Column::kSubjects), row.handle);
  batch.remove_prefix(column(Column::kBodies), row.handle);
  return store_.ledger->write(batch);
}

Status Eraser::compact(const ErasureRow& row) {
  Rocks& ledger = *store_.ledger;
  GALEN_TRY_STATUS(ledger.flush());
  if (!row.handle.is_zero()) {
    GALEN_TRY_STATUS(ledger.compact(column(Column::kSubjects), row.handle));
    GALEN_TRY_STATUS(ledger.compact(column(Column::kBodies), row.handle));
    // The other's state named him too: his entry of the link.
    for (const Handle& other : row.shared) {
      GALEN_TRY_STATUS(ledger.compact(column(Column::kSubjects), other));
      GALEN_TRY_STATUS(ledger.compact(column(Column::kBodies), other));
    }
    GALEN_TRY_STATUS(ledger.compact(column(Column::kBlocks), locators_prefix()));
    GALEN_TRY_STATUS(ledger.compact(column(Column::kStaging), {}));
  }
  return ledger.drop_obsolete_files();
}

/// Compaction drops nothing that a reader may still ask for.
Status Eraser::require_no_older_reader() {
  const std::uint64_t written = store_.ledger->sequence();
  renew_snapshot_();
  if (!store_.ledger->has_snapshot_before(written)) return {};
  return fail(ErrorCode::kFailedPrecondition, "a reader still holds the state of before");
}

Status Eraser::erase_bytes(const OrderId& order, const WallClock& now) {
  GALEN_TRY(ErasureRow row, row_of(order));
  if (row.step == ErasureStep::kBytesGone) return {};
  if (row.step == ErasureStep::kOrdered) {
    return fail(ErrorCode::kFailedPrecondition, "the keys go before the bytes");
  }
  if (has_own_key(row)) GALEN_TRY_STATUS(delete_rows(row));
  GALEN_TRY_STATUS(require_no_older_reader());
  GALEN_TRY(auto before, store_.ledger->tables());
  GALEN_TRY_STATUS(compact(row));
  // What the row itself says of the patient goes before it says that everything has.
  row.name = {};
  row.handle = {};
  row.shared.clear();
  row.files.clear();
  GALEN_TRY_STATUS(put(order, row));
  // Who began to read meanwhile holds the row's old version; the next attempt has only this left to
  // do.
  GALEN_TRY_STATUS(require_no_older_reader());
  GALEN_TRY_STATUS(store_.ledger->flush());
  GALEN_TRY(const auto with_row, store_.ledger->tables());
  before.insert(with_row.begin(), with_row.end());
  GALEN_TRY_STATUS(store_.ledger->compact(column(Column::kMeta), erasure_prefix()));
  GALEN_TRY_STATUS(store_.ledger->require_gone(before));
  row.step = ErasureStep::kBytesGone;
  row.bytes_gone = now();
  return put(order, row);
}

}  // namespace galen::storage
