// Turns one committed block into the rows of one batch. Keys that the block needs are made and
// synced in the keyring first. Thread rule: one thread, the one that applies.
#pragma once

#include "base/result.h"
#include "storage/database.h"
#include "storage/erasure_batch.h"
#include "storage/store.h"

#include <cstdint>
#include <map>
#include <utility>

namespace galen::storage {

class CommitRows {
 public:
  /// The store outlives this.
  explicit CommitRows(Store& store);

  /// Adds all rows of the block but the head row. kCorrupt or kIo from the keyring.
  [[nodiscard]] Status add_block(const CommitBatch& block,
                                 const ErasureBatch& erasures,
                                 Batch& batch);
  /// Adds values and pages of a state commit: part of add_block, and genesis. kCorrupt, kIo.
  [[nodiscard]] Status add_state(const execution::StateCommit& state, Batch& batch);

 private:
  using Subjects = std::map<SubjectRef, SubjectKeysPtr>;

  /// Where a body of the block goes: its subject, a link's second one, and whether it is stored at
  /// all.
  struct Destination {
    SubjectRef subject;
    std::optional<SubjectRef> other;
    ErasureBatch::Fate fate = ErasureBatch::Fate::kStored;
  };

  /// By transaction and operation; nothing for public and absent ones.
  using Destinations = std::map<std::pair<std::uint32_t, std::uint16_t>, Destination>;

  [[nodiscard]] static Result<Destinations> destinations(const CommitBatch& block,
                                                         const ErasureBatch& erasures);

  [[nodiscard]] Status ensure(Subjects& subjects);
  void add_state_rows(const execution::StateCommit& state, const Subjects& subjects, Batch& batch);
  void add_value(const ledger::StateKey& key,
                 const execution::StateWrite& write,
                 const Subjects& subjects,
                 Batch& batch);
  void add_page(const execution::PageId& id,
                const std::optional<Bytes>& page,
                const Subjects& subjects,
                Batch& batch);
  void add_transactions(const CommitBatch& block,
                        const Destinations& destinations,
                        const Subjects& subjects,
                        Batch& batch);
  /// Adds the bodies of one transaction and their names to `locators`.
  void add_bodies(const CommitBatch& block,
                  std::uint32_t index,
                  const Destinations& destinations,
                  const Subjects& subjects,
                  Locators& locators,
                  Batch& batch);
  /// Under the keys of its subject, or of both. REQUIRES: it is stored.
  void add_body(const BodyPlace& at,
                const Destination& destination,
                const Subjects& subjects,
                BytesView row,
                Batch& batch);
  void put_sealed(
      Column column, BytesView key, const SubjectKeys& keys, BytesView plaintext, Batch& batch);
  [[nodiscard]] crypto::AeadNonce next_nonce();

  Store& store_;
  Bytes nonces_;  ///< drawn many at a time: a draw costs as much as a seal
  std::size_t next_nonce_ = 0;
};

}  // namespace galen::storage
