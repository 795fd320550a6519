// The erase job: what remains to be done after an order's block is applied (PRIVACY.md 15). Both
// phases may be cut off at any point and done again. Thread rule: one thread at a time, beside the
// one that applies.
#pragma once

#include "base/result.h"
#include "storage/erasure_row.h"
#include "storage/store.h"

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>

namespace galen::storage {

class Eraser {
 public:
  /// `applying` is held by who applies a block, which may rewrite locators too; `renew_snapshot`
  /// lets go of the state of before, and takes it. Both and the store outlive this.
  Eraser(Store& store, std::mutex& applying, std::function<void()> renew_snapshot)
      : store_(store), applying_(applying), renew_snapshot_(std::move(renew_snapshot)) {}

  /// Hides or, after a restored keyring, destroys again what orders took, and compacts the keyring
  /// when that is due. At open. How many destroyed keys no order here explains.
  /// kFailedPrecondition: as erase_keys; kCorrupt, kIo.
  [[nodiscard]] Result<std::uint64_t> resume();

  /// Every order this node knows of. kCorrupt, kIo.
  [[nodiscard]] Result<std::map<OrderId, ErasureRow>> list() const;

  /// Phase keys: nothing sealed under the subject's key can be read again, and bytes of destroyed
  /// keys are in no file of the keyring; no log holds rows of the order's block or before.
  /// kFailedPrecondition: something still uses a table of the keyring, again later; kNotFound,
  /// kCorrupt, kIo.
  [[nodiscard]] Status erase_keys(const OrderId& order, const WallClock& now);

  /// Phase bytes: rows, locators and what compaction left of them. Payload files are the caller's,
  /// before. kFailedPrecondition: keys first, or a reader still looks at the state or the tables of
  /// before (again later); kNotFound, kCorrupt, kIo. `now` is asked when everything is done.
  [[nodiscard]] Status erase_bytes(const OrderId& order, const WallClock& now);

 private:
  [[nodiscard]] Result<ErasureRow> row_of(const OrderId& order) const;
  [[nodiscard]] Status put(const OrderId& order, const ErasureRow& row);
  [[nodiscard]] Status delete_rows(const ErasureRow& row);
  /// Returns how many.
  [[nodiscard]] Result<std::size_t> delete_some_bodies(const ErasureRow& row);
  [[nodiscard]] Status compact(const ErasureRow& row);
  /// When it is due.
  [[nodiscard]] Status compact_keyring();
  [[nodiscard]] Status require_no_older_reader();

  Store& store_;
  std::mutex& applying_;
  std::function<void()> renew_snapshot_;
};

}  // namespace galen::storage
