#include "execution/state_tree.h"

#include "base/check.h"
#include "execution/tree_page.h"

#include <algorithm>
#include <span>
#include <utility>

namespace galen::execution {

namespace {

using ledger::KeyKind;
using ledger::StateKey;
using ledger::TreeId;
using ledger::TreeKind;

/// A leaf to write, or, without a commitment, to delete.
struct LeafChange {
  Digest key_hash;
  std::optional<Digest> value_commitment;
};

using Changes = std::span<const LeafChange>;

Changes with_digit(Changes changes, std::size_t depth, std::size_t wanted) {
  const auto end = std::find_if(changes.begin(), changes.end(), [&](const LeafChange& change) {
    return digit(change.key_hash, depth) != wanted;
  });
  return {changes.begin(), end};
}

/// Applies one tree's changes of one block: each page that has changes is read, folded and written
/// once, in one descent.
class TreeUpdate {
 public:
  TreeUpdate(const PageReader& pages, const TreeId& tree, Height height, PageWrites& writes)
      : pages_(pages), height_(height), writes_(writes), id_{tree, {}} {}

  /// REQUIRES: changes ascending by key hash, unique, not empty.
  NodeSummary run(Changes changes) { return update(changes, true); }

 private:
  [[nodiscard]] std::size_t depth() const { return id_.digits.size(); }

  NodeSummary update(Changes changes, bool exists) {
    std::optional<Bytes> stored;
    if (exists) stored = pages_.page(id_);
    CHECK(stored || !exists || depth() == 0, "a child page that its parent names exists");
    Page page = stored ? parse_page(*stored) : Page{Bucket{}};
    if (auto* inner = std::get_if<InnerPage>(&page)) return update_inner(*inner, changes);
    Bucket& bucket = std::get<Bucket>(page);
    if (!merge(bucket, changes)) return fold(page, depth());
    return write_bucket(std::move(bucket), stored.has_value());
  }

  NodeSummary update_inner(InnerPage& page, Changes changes) {
    const InnerPage before = page;
    while (!changes.empty()) {
      const std::size_t child = digit(changes.front().key_hash, depth());
      const Changes group = with_digit(changes, depth(), child);
      changes = changes.subspan(group.size());
      NodeSummary& summary = page.children.at(child);
      const bool exists = summary.kind != NodeKind::kEmpty;
      id_.digits.push_back(static_cast<std::uint8_t>(child));
      summary = update(group, exists);
      id_.digits.pop_back();
    }
    if (page == before) return fold(Page{page}, depth());
    const NodeSummary summary = fold(Page{page}, depth());
    if (summary.kind == NodeKind::kMany) {
      writes_[id_] = encode(Page{page});
      return summary;
    }
    return collapse(page, summary);
  }

  /// An inner page that is left with at most one leaf becomes a bucket again, because its parent
  /// reads a single leaf from the page itself.
  NodeSummary collapse(const InnerPage& page, const NodeSummary& summary) {
    if (summary.kind == NodeKind::kEmpty) {
      writes_[id_] = std::nullopt;
      return summary;
    }
    const auto child = std::find_if(page.children.begin(), page.children.end(), [](const auto& c) {
      return c.kind != NodeKind::kEmpty;
    });
    PageId child_id = id_;
    child_id.digits.push_back(static_cast<std::uint8_t>(child - page.children.begin()));
    writes_[id_] = current(child_id);
    writes_[child_id] = std::nullopt;
    return summary;
  }

  Bytes current(const PageId& id) const {
    const auto written = writes_.find(id);
    std::optional<Bytes> bytes = written == writes_.end() ? pages_.page(id) : written->second;
    CHECK(bytes.has_value(), "a child page that its parent names exists");
    return *std::move(bytes);
  }

  /// False when the changes change nothing (deletions of what is not there).
  bool merge(Bucket& bucket, Changes changes) const {
    std::vector<PageLeaf> merged;
    merged.reserve(bucket.leaves.size() + changes.size());
    bool changed = false;
    auto old = bucket.leaves.begin();
    for (const LeafChange& change : changes) {
      while (old != bucket.leaves.end() && old->content.key_hash < change.key_hash) {
        merged.push_back(*old++);
      }
      const bool replaces = old != bucket.leaves.end() && old->content.key_hash == change.key_hash;
      const Digest predecessor = replaces ? old->hash : Digest{};
      if (replaces) ++old;
      if (change.value_commitment) merged.push_back(leaf(change, predecessor));
      changed = changed || replaces || change.value_commitment.has_value();
    }
    merged.insert(merged.end(), old, bucket.leaves.end());
    bucket.leaves = std::move(merged);
    return changed;
  }

  [[nodiscard]] PageLeaf leaf(const LeafChange& change, const Digest& predecessor) const {
    PageLeaf result{{change.key_hash, *change.value_commitment, height_, predecessor}, {}};
    result.hash = result.content.hash();
    return result;
  }

  NodeSummary write_bucket(Bucket bucket, bool stored) {
    if (bucket.leaves.size() > kMaxBucketLeaves) return split(bucket.leaves);
    const Page page{std::move(bucket)};
    const NodeSummary summary = fold(page, depth());
    if (summary.kind != NodeKind::kEmpty) {
      writes_[id_] = encode(page);
    } else if (stored) {
      writes_[id_] = std::nullopt;
    }
    return summary;
  }

  NodeSummary split(std::span<const PageLeaf> leaves) {
    InnerPage page;
    while (!leaves.empty()) {
      const std::size_t child = digit(leaves.front().content.key_hash, depth());
      const auto end = std::find_if(leaves.begin(), leaves.end(), [&](const PageLeaf& leaf) {
        return digit(leaf.content.key_hash, depth()) != child;
      });
      id_.digits.push_back(static_cast<std::uint8_t>(child));
      page.children.at(child) = write_bucket(Bucket{{leaves.begin(), end}}, false);
      id_.digits.pop_back();
      leaves = leaves.subspan(static_cast<std::size_t>(end - leaves.begin()));
    }
    writes_[id_] = encode(Page{page});
    return fold(Page{page}, depth());
  }

  const PageReader& pages_;
  Height height_;
  PageWrites& writes_;
  PageId id_;  ///< of the page at hand
};

std::vector<LeafChange> changes_of(StateWrites::const_iterator begin,
                                   StateWrites::const_iterator end) {
  std::vector<LeafChange> changes;
  for (auto it = begin; it != end; ++it) {
    const StateWrite& write = it->second;
    LeafChange change{it->first.hash(), std::nullopt};
    if (write.value) change.value_commitment = ledger::value_commitment(write.s, *write.value);
    changes.push_back(change);
  }
  std::sort(changes.begin(), changes.end(), [](const LeafChange& a, const LeafChange& b) {
    return a.key_hash < b.key_hash;
  });
  return changes;
}

StateWrites::const_iterator end_of_tree(const StateWrites& writes,
                                        StateWrites::const_iterator begin) {
  return std::find_if(begin, writes.end(), [&](const auto& entry) {
    return entry.first.tree != begin->first.tree;
  });
}

}  // namespace

StateCommit commit_writes(const PageReader& pages, const StateWrites& writes, Height height) {
  StateCommit commit;
  commit.values = writes;
  // Subjects first: the main tree sorts before them and holds their new roots.
  const TreeId main{TreeKind::kMain, {}};
  auto begin = writes.begin();
  if (begin != writes.end() && begin->first.tree == main) begin = end_of_tree(writes, begin);
  while (begin != writes.end()) {
    const TreeId& tree = begin->first.tree;
    const auto end = end_of_tree(writes, begin);
    const auto erased = writes.find(subject_root_key(tree));
    if (erased != writes.end()) {
      // The whole compartment goes: what the block wrote to it before goes with it.
      CHECK(!erased->second.value, "a subject's root is written by its tree only");
      for (; begin != end; ++begin) commit.values.erase(begin->first);
      continue;
    }
    const std::size_t pages_before = commit.pages.size();
    const NodeSummary root =
        TreeUpdate(pages, tree, height, commit.pages).run(changes_of(begin, end));
    begin = end;
    if (commit.pages.size() == pages_before) continue;
    StateWrite root_write;
    if (root.kind != NodeKind::kEmpty) root_write.value = to_bytes(root.hash);
    commit.values[subject_root_key(tree)] = std::move(root_write);
  }
  begin = commit.values.begin();
  if (begin == commit.values.end() || begin->first.tree != main) {
    commit.state_root = tree_root(pages, main);
    return commit;
  }
  const std::vector<LeafChange> changes = changes_of(begin, end_of_tree(commit.values, begin));
  commit.state_root = TreeUpdate(pages, main, height, commit.pages).run(changes).hash;
  return commit;
}

Digest tree_root(const PageReader& pages, const TreeId& tree) {
  const std::optional<Bytes> root = pages.page(PageId{tree, {}});
  return root ? fold(parse_page(*root), 0).hash : Digest{};
}

}  // namespace galen::execution
