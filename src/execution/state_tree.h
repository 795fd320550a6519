// The authenticated state tree (ledger/state_key.h defines its hashes): leaves in bucket pages,
// inner nodes in pages of 16 children, latest version only. Pages are a local matter: the root
// depends on the set of leaves alone. Updates are computed into memory and stored by the caller
// with the block. Thread rule: pure functions over a PageReader.
#pragma once

#include "base/bytes.h"
#include "execution/state_view.h"
#include "ledger/state_key.h"

#include <map>
#include <optional>
#include <vector>

namespace galen::execution {

/// A page's place: its tree and the 4-bit digits that lead to it (empty = root page).
struct PageId {
  ledger::TreeId tree;
  std::vector<std::uint8_t> digits;  ///< each < 16, at most 64
  friend auto operator<=>(const PageId&, const PageId&) = default;
};

class PageReader {
 public:
  virtual ~PageReader() = default;
  /// The page's bytes, or nullopt when there is none. Stops the process on I/O errors (see
  /// StateReader).
  [[nodiscard]] virtual std::optional<Bytes> page(const PageId& id) const = 0;
};

/// nullopt = delete the page.
using PageWrites = std::map<PageId, std::optional<Bytes>>;

/// What a block changes below the executor: state root, values and pages.
struct StateCommit {
  Digest state_root;
  StateWrites values;  ///< including the subject-root leaves of the main tree
  PageWrites pages;
};

/// Applies `writes` at `height`: subtrees first, then their roots into the main tree as system
/// writes. A deleted root takes its whole subtree along, whose pages and values stay where they
/// are: who stores them destroys them (PRIVACY.md 13).
[[nodiscard]] StateCommit commit_writes(const PageReader& pages,
                                        const StateWrites& writes,
                                        Height height);

/// Root of one tree as stored; the zero digest for an empty tree.
[[nodiscard]] Digest tree_root(const PageReader& pages, const ledger::TreeId& tree);

/// Path to a key's leaf or to where it is absent.
[[nodiscard]] ledger::TreePath prove(const PageReader& pages,
                                     const ledger::TreeId& tree,
                                     const Digest& key_hash);

}  // namespace galen::execution
