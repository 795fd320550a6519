#include "crypto/merkle.h"

#include "base/check.h"
#include "crypto/digest.h"

#include <bit>

namespace galen::crypto {
namespace {

// RFC 6962 splits n > 1 leaves at the largest power of two below n.
std::size_t split(std::size_t count) {
  return std::bit_floor(count - 1);
}

}  // namespace

Digest merkle_leaf(BytesView leaf) {
  return Hasher().u8(0x00).raw(leaf).finish();
}

Digest merkle_node(const Digest& left, const Digest& right) {
  return Hasher().u8(0x01).raw(left).raw(right).finish();
}

Digest merkle_root(std::span<const Digest> leaf_hashes) {
  MerkleFrontier frontier;
  for (const Digest& leaf : leaf_hashes) frontier.append(leaf);
  return frontier.root();
}

std::vector<Digest> merkle_path(std::span<const Digest> leaf_hashes, std::uint64_t index) {
  CHECK(index < leaf_hashes.size(), "a path belongs to a leaf of the tree");
  std::vector<Digest> path;
  std::span<const Digest> part = leaf_hashes;
  while (part.size() > 1) {
    const std::size_t middle = split(part.size());
    const bool in_left = index < middle;
    path.push_back(merkle_root(in_left ? part.subspan(middle) : part.first(middle)));
    if (!in_left) index -= middle;
    part = in_left ? part.first(middle) : part.subspan(middle);
  }
  return {path.rbegin(), path.rend()};
}

std::optional<Digest> merkle_implied_root(const Digest& leaf_hash,
                                          std::uint64_t index,
                                          std::uint64_t count,
                                          std::span<const Digest> path) {
  if (index >= count) return std::nullopt;
  Digest hash = leaf_hash;
  std::size_t used = 0;
  // At each level `index` is the node's position and `last` that of the level's last node. A last
  // node in a left position has no sibling and moves up as it is.
  for (std::uint64_t last = count - 1; last > 0; index >>= 1U, last >>= 1U) {
    const bool is_right = (index & 1U) == 1;
    if (!is_right && index == last) continue;
    if (used == path.size()) return std::nullopt;
    const Digest& sibling = path[used++];
    hash = is_right ? merkle_node(sibling, hash) : merkle_node(hash, sibling);
  }
  if (used != path.size()) return std::nullopt;
  return hash;
}

bool merkle_verify(const Digest& leaf_hash,
                   std::uint64_t index,
                   std::uint64_t count,
                   std::span<const Digest> path,
                   const Digest& root) {
  return merkle_implied_root(leaf_hash, index, count, path) == root;
}

void MerkleFrontier::append(const Digest& leaf_hash) {
  CHECK(peaks.size() == static_cast<std::size_t>(std::popcount(count)), "one peak per set bit");
  Digest hash = leaf_hash;
  // Each trailing one of the count is a perfect subtree that the new leaf completes.
  for (std::uint64_t bits = count; (bits & 1U) == 1; bits >>= 1U) {
    hash = merkle_node(peaks.back(), hash);
    peaks.pop_back();
  }
  peaks.push_back(hash);
  ++count;
}

Digest MerkleFrontier::root() const {
  if (peaks.empty()) return sha256({});
  Digest hash = peaks.back();
  for (std::size_t i = peaks.size() - 1; i > 0; --i) hash = merkle_node(peaks[i - 1], hash);
  return hash;
}

}  // namespace galen::crypto
