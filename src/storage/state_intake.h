// What a node gathers before it goes over to a later state without executing the blocks between
// (PRIVACY.md 18, docs/adr/0011): those blocks, parts of the state tree, and what the erasure
// orders among them mean here. All of it waits in the staging column; Database::take goes over to
// it. Thread rule: one thread; take() and what it calls on the one that applies.
#pragma once

#include "base/result.h"
#include "storage/commit_rows.h"
#include "storage/database.h"
#include "storage/erasure_batch.h"
#include "storage/staging.h"

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace galen::storage {

class StateIntake {
 public:
  /// The store outlives this. REQUIRES: the staging column is empty.
  explicit StateIntake(std::shared_ptr<Store> store);

  /// A verified block, without state writes, in the order of heights. Bodies that are gone in the
  /// stored state already are left out; those that an order of the gap takes, by Database::take.
  /// kCorrupt, kIo.
  [[nodiscard]] Status add_block(const CommitBatch& block);

  [[nodiscard]] Staging& staging() { return staging_; }

  /// Writes the redo log of the state with this root. Once, when all of it is staged. kInternal (it
  /// is not), kCorrupt, kIo.
  [[nodiscard]] Status prepare(const Digest& state_root);

  /// The root that is prepared; zero before.
  [[nodiscard]] const Digest& prepared() const { return prepared_; }

  /// Adds what the orders of the gap mean here to the log. On the thread that applies, while no
  /// block and no erasure moves rows. kCorrupt, kIo.
  [[nodiscard]] Status add_orders();

  [[nodiscard]] bool has_orders() const { return !orders_.empty(); }

  /// Names whose keys are to be hidden once the state is taken.
  [[nodiscard]] const std::vector<KeyName>& concealed() const { return concealed_; }

 private:
  [[nodiscard]] Status add_order(const StandingOrder& order);
  [[nodiscard]] Status take_links_of(const KeyName& name);
  [[nodiscard]] Status take_stored(const StandingOrder& order,
                                   const SubjectKeys& keys,
                                   ErasureRow& row);
  [[nodiscard]] Status take_staged(const StandingOrder& order,
                                   const SubjectKeys& keys,
                                   ErasureRow& row);
  [[nodiscard]] Status drop_staged(const std::vector<Bytes>& body_keys, bool counted);

  std::shared_ptr<Store> store_;
  Staging staging_;
  CommitRows commits_;
  std::vector<StandingOrder> orders_;
  std::set<Bytes> taken_;  ///< rows of stored bodies that orders took
  std::vector<KeyName> concealed_;
  Digest prepared_;
};

/// Point of no return: the log of this intake is carried out, now or at the next start. kIo.
[[nodiscard]] Status begin_switch(Store& store, const SwitchRow& row);
/// Carries the log out when begin_switch was reached, else drops what is staged. kCorrupt, kIo.
[[nodiscard]] Status finish_switch(Store& store);

}  // namespace galen::storage
