// Turns a staged tree into redo rows: the pages, values and deletions that lead from the stored
// state to the staged one (docs/adr/0011). Reads only; what is the same in both is not looked into.
// Thread rule: one thread; lives for one plan.
#pragma once

#include "base/result.h"
#include "storage/staging.h"
#include "storage/store.h"

#include <optional>
#include <set>
#include <vector>

namespace galen::storage {

class StatePlan {
 public:
  /// Store and staging outlive this.
  StatePlan(Store& store, Staging& staging) : store_(store), staging_(staging) {}

  /// Writes the rows for the whole state of this root. kInternal when something is not staged;
  /// kCorrupt, kIo.
  [[nodiscard]] Status write(const Digest& state_root);

 private:
  using Page = execution::Page;
  using PageId = execution::PageId;

  /// One tree on its way.
  struct Tree {
    ledger::TreeId id;
    Digest root;
    SubjectKeysPtr keys;        ///< none for the main tree
    std::set<Digest> vanished;  ///< key hashes of stored leaves that the new tree lacks
  };

  [[nodiscard]] Status add_tree(const ledger::TreeId& id, const Digest& root);
  [[nodiscard]] Status add_place(Tree& tree, const PageId& at, const Digest& hash);
  [[nodiscard]] Status add_bucket(Tree& tree, const execution::Bucket& bucket);
  [[nodiscard]] Status leave_old(Tree& tree,
                                 const PageId& at,
                                 const Page& page,
                                 const std::optional<Page>& old);
  [[nodiscard]] Status drop_old(Tree& tree, const PageId& at);
  [[nodiscard]] Status note_old(Tree& tree, const execution::Bucket& old);
  [[nodiscard]] Result<bool> is_in_new(const Tree& tree, const Digest& key_hash) const;
  [[nodiscard]] Result<std::optional<Page>> new_page(const PageId& at, const Digest& hash) const;
  [[nodiscard]] Status remove_vanished(Tree& tree);
  [[nodiscard]] Status remove_vanished_main(Tree& tree);
  /// Of an organisation's audit tree, which may become empty without any erasure.
  [[nodiscard]] Status remove_emptied_audit(const Digest& key_hash);
  [[nodiscard]] Status put_page(const Tree& tree,
                                const PageId& at,
                                const std::optional<Page>& page);
  [[nodiscard]] Status put(Column column, BytesView key, BytesView value, const SubjectKeys* keys);
  [[nodiscard]] Status remove(Column column, BytesView key);
  [[nodiscard]] Status flush(bool all);

  Store& store_;
  Staging& staging_;
  std::optional<Batch> batch_;
};

}  // namespace galen::storage
