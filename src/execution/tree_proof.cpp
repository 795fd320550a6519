#include "execution/state_tree.h"
#include "execution/tree_page.h"

#include <algorithm>
#include <span>

namespace galen::execution {

namespace {

/// Follows `key_hash` down the bits of a bucket's subtree, adding siblings.
void prove_in_bucket(const Bucket& bucket,
                     std::size_t bit,
                     const Digest& key_hash,
                     ledger::TreePath& path) {
  std::span<const PageLeaf> leaves = bucket.leaves;
  while (leaves.size() > 1) {
    const auto middle =
        std::partition_point(leaves.begin(), leaves.end(), [&](const PageLeaf& leaf) {
          return !ledger::key_bit(leaf.content.key_hash, bit);
        });
    const auto left = static_cast<std::size_t>(middle - leaves.begin());
    const bool right = ledger::key_bit(key_hash, bit);
    const auto sibling = right ? leaves.first(left) : leaves.subspan(left);
    leaves = right ? leaves.subspan(left) : leaves.first(left);
    ++bit;
    path.siblings.push_back(fold(sibling, bit).hash);
  }
  if (!leaves.empty()) path.leaf = leaves.front().content;
}

/// Follows the key's digit through a page's children, adding siblings, until one child is left or
/// the subtree is a single leaf or empty. Returns the child that holds what is left, if anything.
std::optional<std::size_t> prove_in_inner(const InnerPage& page,
                                          std::size_t wanted,
                                          ledger::TreePath& path) {
  std::size_t first = 0;
  std::size_t count = kPageChildren;
  const std::span<const NodeSummary> children = page.children;
  while (count > 1 && fold(children.subspan(first, count)).kind == NodeKind::kMany) {
    count /= 2;
    const bool right = wanted >= first + count;
    path.siblings.push_back(fold(children.subspan(right ? first : first + count, count)).hash);
    if (right) first += count;
  }
  for (std::size_t i = first; i < first + count; ++i) {
    if (children[i].kind != NodeKind::kEmpty) return i;
  }
  return std::nullopt;
}

}  // namespace

ledger::TreePath prove(const PageReader& pages,
                       const ledger::TreeId& tree,
                       const Digest& key_hash) {
  ledger::TreePath path;
  PageId id{tree, {}};
  while (const std::optional<Bytes> stored = pages.page(id)) {
    const Page page = parse_page(*stored);
    const std::size_t depth = id.digits.size();
    if (const auto* bucket = std::get_if<Bucket>(&page)) {
      prove_in_bucket(*bucket, kBitsPerPage * depth, key_hash, path);
      break;
    }
    const std::optional<std::size_t> child =
        prove_in_inner(std::get<InnerPage>(page), digit(key_hash, depth), path);
    if (!child) break;
    id.digits.push_back(static_cast<std::uint8_t>(*child));
  }
  return path;
}

}  // namespace galen::execution
