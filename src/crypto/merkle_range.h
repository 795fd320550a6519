// Range proofs over RFC 6962 trees (crypto/merkle.h): that given leaves are exactly the leaves
// first..last-1 of a tree. The path is the roots of the largest subtrees that hold none of them,
// left to right (docs/formats.md). Thread rule: values.
#pragma once

#include "crypto/merkle.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace galen::crypto {

/// No path is longer: two subtrees for each level of a tree of at most 2^64 - 1 leaves.
inline constexpr std::size_t kMaxRangePath = 128;

/// The leaves offset .. offset + size - 1: a subtree of the tree.
struct MerkleSpan {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  friend bool operator==(const MerkleSpan&, const MerkleSpan&) = default;
};

/// The largest subtrees of a tree of `count` leaves without a leaf of [first, last), left to right.
/// REQUIRES: first < last <= count.
[[nodiscard]] std::vector<MerkleSpan> merkle_spans_outside(std::uint64_t first,
                                                           std::uint64_t last,
                                                           std::uint64_t count);

/// Their roots. REQUIRES: first < last <= leaf_hashes.size().
[[nodiscard]] std::vector<Digest> merkle_range_path(std::span<const Digest> leaf_hashes,
                                                    std::uint64_t first,
                                                    std::uint64_t last);

/// The root that `path` implies when `leaf_hashes` are the leaves from `first` on of `count`;
/// nullopt without leaves, when they do not fit, or when the path has another length. As with
/// merkle_implied_root, whoever signs or hashes the root binds the count with it.
[[nodiscard]] std::optional<Digest> merkle_implied_range_root(std::span<const Digest> leaf_hashes,
                                                              std::uint64_t first,
                                                              std::uint64_t count,
                                                              std::span<const Digest> path);

}  // namespace galen::crypto
