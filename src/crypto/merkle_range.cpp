#include "crypto/merkle_range.h"

#include "base/check.h"

#include <bit>

namespace galen::crypto {
namespace {

/// The leaves first .. last - 1.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  [[nodiscard]] bool is_outside(const MerkleSpan& span) const {
    return span.offset >= last || span.offset + span.size <= first;
  }
};

// RFC 6962 splits n > 1 leaves at the largest power of two below n.
MerkleSpan left_of(const MerkleSpan& span) {
  return {span.offset, std::bit_floor(span.size - 1)};
}

MerkleSpan right_of(const MerkleSpan& span) {
  const MerkleSpan left = left_of(span);
  return {span.offset + left.size, span.size - left.size};
}

void collect(const Range& range, const MerkleSpan& span, std::vector<MerkleSpan>& outside) {
  if (range.is_outside(span)) {
    outside.push_back(span);
  } else if (span.size > 1) {
    collect(range, left_of(span), outside);
    collect(range, right_of(span), outside);
  }
}

/// Folds leaves and path to the root.
class Fold {
 public:
  Fold(const Range& range, std::span<const Digest> leaves, std::span<const Digest> path)
      : range_(range), leaves_(leaves), path_(path) {}

  std::optional<Digest> root(const MerkleSpan& span) {
    if (range_.is_outside(span)) return next_of_path();
    if (span.size == 1) return leaves_[span.offset - range_.first];
    const auto left = root(left_of(span));
    if (!left) return std::nullopt;
    const auto right = root(right_of(span));
    if (!right) return std::nullopt;
    return merkle_node(*left, *right);
  }

  [[nodiscard]] bool used_all() const { return used_ == path_.size(); }

 private:
  std::optional<Digest> next_of_path() {
    if (used_ == path_.size()) return std::nullopt;
    return path_[used_++];
  }

  Range range_;
  std::span<const Digest> leaves_;
  std::span<const Digest> path_;
  std::size_t used_ = 0;
};

}  // namespace

std::vector<MerkleSpan> merkle_spans_outside(std::uint64_t first,
                                             std::uint64_t last,
                                             std::uint64_t count) {
  CHECK(first < last && last <= count, "a range of leaves of the tree");
  std::vector<MerkleSpan> outside;
  collect({first, last}, {0, count}, outside);
  return outside;
}

std::vector<Digest> merkle_range_path(std::span<const Digest> leaf_hashes,
                                      std::uint64_t first,
                                      std::uint64_t last) {
  std::vector<Digest> path;
  for (const MerkleSpan& span : merkle_spans_outside(first, last, leaf_hashes.size())) {
    path.push_back(merkle_root(leaf_hashes.subspan(span.offset, span.size)));
  }
  return path;
}

std::optional<Digest> merkle_implied_range_root(std::span<const Digest> leaf_hashes,
                                                std::uint64_t first,
                                                std::uint64_t count,
                                                std::span<const Digest> path) {
  if (leaf_hashes.empty() || first >= count || leaf_hashes.size() > count - first) {
    return std::nullopt;
  }
  Fold fold({first, first + leaf_hashes.size()}, leaf_hashes, path);
  const auto root = fold.root({0, count});
  if (!fold.used_all()) return std::nullopt;
  return root;
}

}  // namespace galen::crypto
