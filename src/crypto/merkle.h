// RFC 6962 Merkle trees over SHA-256: leaf hash H(0x00 || leaf), node hash H(0x01 || left ||
// right). The empty tree's root is H(""). Thread rule: values.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace galen::crypto {

[[nodiscard]] Digest merkle_leaf(BytesView leaf);
[[nodiscard]] Digest merkle_node(const Digest& left, const Digest& right);

/// Root over leaf *hashes* (from merkle_leaf).
[[nodiscard]] Digest merkle_root(std::span<const Digest> leaf_hashes);

/// Audit path of leaf `index`, bottom up. REQUIRES: index < leaf_hashes.size().
[[nodiscard]] std::vector<Digest> merkle_path(std::span<const Digest> leaf_hashes,
                                              std::uint64_t index);

/// The root that `path` implies for the leaf hash at `index` of `count` leaves; nullopt when the
/// path has another length. Trees of different counts can give a leaf the same path shape: whoever
/// signs or hashes a root binds the count with it.
[[nodiscard]] std::optional<Digest> merkle_implied_root(const Digest& leaf_hash,
                                                        std::uint64_t index,
                                                        std::uint64_t count,
                                                        std::span<const Digest> path);

/// True when `path` leads from the leaf hash at `index` of `count` leaves to `root`; strict about
/// the path's length.
[[nodiscard]] bool merkle_verify(const Digest& leaf_hash,
                                 std::uint64_t index,
                                 std::uint64_t count,
                                 std::span<const Digest> path,
                                 const Digest& root);

/// Append-only tree that keeps only its frontier (peaks of perfect subtrees, left to right).
struct MerkleFrontier {
  std::uint64_t count = 0;
  std::vector<Digest> peaks;  ///< one per set bit of `count`, largest subtree first

  void append(const Digest& leaf_hash);
  /// The RFC 6962 root of all appended leaves.
  [[nodiscard]] Digest root() const;
  friend bool operator==(const MerkleFrontier&, const MerkleFrontier&) = default;
};

}  // namespace galen::crypto
