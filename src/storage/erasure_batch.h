// What erasure orders of a block mean for its batch: which bodies are not stored at all, which rows
// of earlier blocks go at once, and the row that makes the rest happen (PRIVACY.md 12-15). Thread
// rule: one thread, the one that applies; lives for one block.
#pragma once

#include "base/result.h"
#include "ledger/erasure_entries.h"
#include "storage/body_rows.h"
#include "storage/database.h"
#include "storage/erasure_row.h"
#include "storage/rows.h"
#include "storage/store.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace galen::storage {

/// Locator of a body that came after its subject or record was erased: it was never stored and no
/// order counts it.
[[nodiscard]] KeyName late_locator();

/// Rows of locators in which bodies of earlier blocks are named erased: one row a block, however
/// many bodies of it go, for a batch keeps the last writing of a row only.
class LocatorChanges {
 public:
  /// The store outlives this.
  explicit LocatorChanges(const Store& store) : store_(store) {}

  /// kCorrupt, kIo.
  [[nodiscard]] Status zero(const Bytes& body_key);
  void add_rows(Batch& batch) const;

 private:
  const Store& store_;
  std::map<Height, Locators> changed_;
};

/// An erasure order as it stands in a block.
struct StandingOrder {
  OrderId id;
  Height height;
  std::uint32_t index = 0;  ///< of its transaction
  SubjectPath path;
  ledger::ErasureScope scope = ledger::ErasureScope::kPatient;
  std::optional<RecordPath> record;
  TimeMs audit_until;

  [[nodiscard]] Compartment compartment() const;
  /// Whether it takes this operation, when it stands before.
  [[nodiscard]] bool is_about(const ledger::Operation& operation) const;
};

/// Those of a block that were carried out, in order.
[[nodiscard]] std::vector<StandingOrder> orders_in(const CommitBatch& block);

/// The row that makes the job of an order run, before anything is counted into it.
[[nodiscard]] ErasureRow row_of(const StandingOrder& order);
/// Counts an operation that goes with the order, and the files it names.
void count_into(ErasureRow& row, const ChainId& chain, const ledger::Operation& operation);
/// Notes the handle of the other patient, when the body is a link's. REQUIRES: row.handle is one of
/// its two.
void note_shared(ErasureRow& row, const StoredBody& body);
/// Each file and handle once.
void sort_lists(ErasureRow& row);

class ErasureBatch {
 public:
  /// Store and block outlive this.
  ErasureBatch(const Store& store, const CommitBatch& block);

  /// Where a body goes.
  enum class Fate : std::uint8_t { kStored, kErased, kLate };
  /// Of a personal operation of the block's transaction `index`. kCorrupt, kIo.
  [[nodiscard]] Result<Fate> fate(const ledger::Operation& operation, std::uint32_t index) const;

  /// Adds the rows of the orders. kCorrupt, kIo.
  [[nodiscard]] Status add_rows(Batch& batch);

  [[nodiscard]] bool has_orders() const { return !orders_.empty(); }

  /// Names whose keys are to be hidden once the batch is written.
  [[nodiscard]] const std::vector<KeyName>& concealed() const { return concealed_; }

 private:
  using Order = StandingOrder;

  /// The first order of the block that covers a body is the one that counts it.
  [[nodiscard]] bool counts(std::size_t number, const ledger::Operation& operation) const;
  [[nodiscard]] Result<bool> is_gone(const ledger::Operation& operation) const;
  [[nodiscard]] Result<bool> is_gone(const PatientId& subject, Compartment compartment) const;
  [[nodiscard]] Result<std::optional<ledger::Tombstone>> tombstone(
      const ledger::StateKey& key) const;
  [[nodiscard]] Status add_order(std::size_t number, Batch& batch);
  void take_unstored(std::size_t number, ErasureRow& row) const;
  [[nodiscard]] Status take_bodies(std::size_t number,
                                   const SubjectKeys& keys,
                                   ErasureRow& row,
                                   Batch& batch);

  const Store& store_;
  const CommitBatch& block_;
  std::vector<Order> orders_;
  std::vector<KeyName> concealed_;
  LocatorChanges locators_;
};

}  // namespace galen::storage
