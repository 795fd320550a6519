#include "sparse_tree.h"

#include <vector>

namespace galen::ledger::samples {

namespace {

using Leaves = std::vector<LeafContent>;

/// The leaves whose bit `depth` is `bit`.
Leaves side(const Leaves& leaves, std::size_t depth, bool bit) {
  Leaves result;
  for (const LeafContent& leaf : leaves) {
    if (key_bit(leaf.key_hash, depth) == bit) result.push_back(leaf);
  }
  return result;
}

Digest root_of(const Leaves& leaves, std::size_t depth) {
  if (leaves.empty()) return Digest{};
  if (leaves.size() == 1) return leaves.front().hash();
  return node_hash(root_of(side(leaves, depth, false), depth + 1),
                   root_of(side(leaves, depth, true), depth + 1));
}

Leaves list(const std::map<Digest, LeafContent>& leaves) {
  Leaves result;
  for (const auto& entry : leaves) result.push_back(entry.second);
  return result;
}

}  // namespace

void SparseTree::put(const StateKey& key, BytesView value, const Digest& s, Height height) {
  put(LeafContent{key.hash(), value_commitment(s, value), height, Digest{}});
}

Digest SparseTree::root() const {
  return root_of(list(leaves_), 0);
}

TreePath SparseTree::path(const Digest& key_hash) const {
  TreePath path;
  Leaves leaves = list(leaves_);
  for (std::size_t depth = 0; leaves.size() > 1; ++depth) {
    const bool bit = key_bit(key_hash, depth);
    path.siblings.push_back(root_of(side(leaves, depth, !bit), depth + 1));
    leaves = side(leaves, depth, bit);
  }
  if (!leaves.empty()) path.leaf = leaves.front();
  return path;
}

}  // namespace galen::ledger::samples
