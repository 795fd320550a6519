// Parts of state trees that wait in the staging column, by place and hash, beside the stored state:
// what a tree is going to be is read from both (docs/adr/0011). A page is staged only when
// everything below it is, so a place whose hash is here is complete. Thread rule: one thread;
// beside the one that applies, which never touches what is staged.
#pragma once

#include "base/result.h"
#include "execution/state_tree.h"
#include "execution/tree_page.h"
#include "storage/staging_rows.h"
#include "storage/store.h"

#include <optional>
#include <vector>

namespace galen::storage {

class Staging {
 public:
  /// The store outlives this.
  explicit Staging(Store& store);

  /// Drops everything that is staged and its bytes. kIo.
  [[nodiscard]] Status clear();

  /// Whether the place is complete with this hash, in the stored state or staged. kCorrupt, kIo.
  [[nodiscard]] Result<bool> has(const execution::PageId& at, const Digest& hash) const;
  /// Gathered in memory, at most a megabyte; here from flush() on. kCorrupt, kIo.
  [[nodiscard]] Status put_page(const execution::PageId& at,
                                const Digest& hash,
                                const execution::Page& page);
  [[nodiscard]] Status put_value(const ledger::StateKey& key,
                                 const Digest& leaf,
                                 const Digest& s,
                                 BytesView value);
  [[nodiscard]] Status flush();

  /// Of what was put; nullopt when it was not. kCorrupt, kIo.
  [[nodiscard]] Result<std::optional<execution::Page>> page(const execution::PageId& at,
                                                            const Digest& hash) const;
  [[nodiscard]] Result<std::optional<StagedValue>> value(const ledger::TreeId& tree,
                                                         const Digest& leaf) const;
  /// The stored state's. kCorrupt, kIo.
  [[nodiscard]] Result<std::optional<execution::Page>> old_page(const execution::PageId& at) const;

  /// Keys of the subject, made when there are none; nullptr for the main tree. kCorrupt, kIo.
  [[nodiscard]] Result<SubjectKeysPtr> keys_of(const ledger::TreeId& tree) const;
  /// Makes the keys of all of them with one sync. kCorrupt, kIo.
  [[nodiscard]] Status make_keys(const std::vector<ledger::TreeId>& trees);

 private:
  [[nodiscard]] Status put(const SubjectKeys* keys, BytesView key, BytesView value);
  [[nodiscard]] Result<std::optional<Bytes>> get(const SubjectKeys* keys, BytesView key) const;
  /// As keys_of, without making any: nothing is staged for who has none.
  [[nodiscard]] Result<SubjectKeysPtr> find_keys(const ledger::TreeId& tree) const;

  Store& store_;
  /// Of this process: values of the main tree name patients, whom no row may show in clear. A start
  /// reads nothing that was staged before.
  SubjectKeysPtr main_keys_;
  std::optional<Batch> pending_;
};

}  // namespace galen::storage
