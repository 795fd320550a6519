#include "crypto/merkle_range.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace galen::crypto {
namespace {

using Leaves = std::vector<Digest>;

Leaves leaves(std::size_t count) {
  Leaves result;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(
        merkle_leaf(Bytes{static_cast<std::uint8_t>(i >> 8U), static_cast<std::uint8_t>(i)}));
  }
  return result;
}

// MTH of RFC 6962 2.1 and the roots of what lies outside, as literal as can be.
std::size_t split(std::size_t count) {
  std::size_t k = 1;
  while (2 * k < count) k *= 2;
  return k;
}

Digest naive_root(std::span<const Digest> d) {
  if (d.size() == 1) return d[0];
  const std::size_t k = split(d.size());
  return merkle_node(naive_root(d.first(k)), naive_root(d.subspan(k)));
}

void naive_path(
    std::span<const Digest> d, std::size_t at, std::size_t first, std::size_t last, Leaves& path) {
  bool touched = false;
  for (std::size_t i = at; i < at + d.size(); ++i) touched = touched || (i >= first && i < last);
  if (!touched) {
    path.push_back(naive_root(d));
    return;
  }
  if (d.size() == 1) return;
  const std::size_t k = split(d.size());
  naive_path(d.first(k), at, first, last, path);
  naive_path(d.subspan(k), at + k, first, last, path);
}

std::optional<Digest> implied(const Leaves& part,
                              std::size_t first,
                              std::size_t count,
                              const Leaves& path) {
  return merkle_implied_range_root(part, first, count, path);
}

Leaves part_of(const Leaves& all, std::size_t first, std::size_t last) {
  return {all.begin() + static_cast<long>(first), all.begin() + static_cast<long>(last)};
}

template <class Visit>
void for_every_range(std::size_t most, Visit&& visit) {
  for (std::size_t count = 1; count <= most; ++count) {
    const Leaves all = leaves(count);
    for (std::size_t first = 0; first < count; ++first) {
      for (std::size_t last = first + 1; last <= count; ++last) visit(all, first, last);
    }
  }
}

TEST(MerkleRange, PathsAndRootsMatchTheNaiveTree) {
  for_every_range(33, [](const Leaves& all, std::size_t first, std::size_t last) {
    Leaves expected;
    naive_path(all, 0, first, last, expected);
    ASSERT_EQ(merkle_range_path(all, first, last), expected)
        << first << ".." << last << "/" << all.size();
    ASSERT_EQ(implied(part_of(all, first, last), first, all.size(), expected), naive_root(all));
    ASSERT_LE(expected.size(), kMaxRangePath);
  });
}

RC_GTEST_PROP(MerkleRange, AnyRangeOfABigTreeLeadsToItsRoot, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(1, 1500);
  const auto first = *rc::gen::inRange<std::size_t>(0, count);
  const auto last = *rc::gen::inRange<std::size_t>(first + 1, count + 1);
  const Leaves all = leaves(count);
  const Leaves path = merkle_range_path(all, first, last);
  RC_ASSERT(implied(part_of(all, first, last), first, count, path) == merkle_root(all));
}

TEST(MerkleRange, ARangeOfOneLeafIsAnInclusionProof) {
  const Leaves all = leaves(21);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(implied({all[i]}, i, 21, merkle_range_path(all, i, i + 1)), merkle_root(all));
    EXPECT_EQ(merkle_range_path(all, i, i + 1).size(), merkle_path(all, i).size());
  }
}

TEST(MerkleRange, AnOmittedExtraOrSwappedLeafFails) {
  for_every_range(17, [](const Leaves& all, std::size_t first, std::size_t last) {
    const Digest root = merkle_root(all);
    const Leaves path = merkle_range_path(all, first, last);
    const Leaves part = part_of(all, first, last);
    for (std::size_t i = 0; i < part.size(); ++i) {
      Leaves less = part;
      less.erase(less.begin() + static_cast<long>(i));
      for (const std::size_t place : {first, first + 1})
        ASSERT_NE(implied(less, place, all.size(), path), root);
      Leaves more = part;
      more.insert(more.begin() + static_cast<long>(i), part[i]);
      ASSERT_NE(implied(more, first, all.size(), path), root);
      Leaves changed = part;
      changed[i].value[3] ^= 1U;
      ASSERT_NE(implied(changed, first, all.size(), path), root);
      if (i == 0) continue;
      Leaves swapped = part;
      std::swap(swapped[i - 1], swapped[i]);
      ASSERT_NE(implied(swapped, first, all.size(), path), root);
    }
  });
}

TEST(MerkleRange, AnotherPlaceOrPathFails) {
  for_every_range(17, [](const Leaves& all, std::size_t first, std::size_t last) {
    const Digest root = merkle_root(all);
    const Leaves path = merkle_range_path(all, first, last);
    const Leaves part = part_of(all, first, last);
    for (std::size_t other = 0; other < 20; ++other) {
      if (other != first) {
        ASSERT_NE(implied(part, other, all.size(), path), root);
      }
    }
    Leaves longer = path;
    longer.push_back(Digest{});
    ASSERT_EQ(implied(part, first, all.size(), longer), std::nullopt);
    for (std::size_t i = 0; i < path.size(); ++i) {
      Leaves shorter = path;
      shorter.erase(shorter.begin() + static_cast<long>(i));
      ASSERT_EQ(implied(part, first, all.size(), shorter), std::nullopt);
      Leaves changed = path;
      changed[i].value[31] ^= 0x80U;
      ASSERT_NE(implied(part, first, all.size(), changed), root);
    }
  });
}

TEST(MerkleRange, HugeClaimsEndQuickly) {
  const Leaves one = leaves(1);
  const std::uint64_t most = ~std::uint64_t{0};
  EXPECT_EQ(merkle_implied_range_root(one, 0, most, {}), std::nullopt);
  EXPECT_EQ(merkle_implied_range_root(one, most - 1, most, {}), std::nullopt);
  EXPECT_EQ(merkle_implied_range_root(one, most, most, {}), std::nullopt);
  EXPECT_EQ(merkle_implied_range_root(leaves(2), most - 1, most, {}), std::nullopt);
  EXPECT_EQ(merkle_implied_range_root({}, 0, 3, {}), std::nullopt);
  EXPECT_EQ(merkle_implied_range_root(one, 0, 0, {}), std::nullopt);
  EXPECT_LE(merkle_spans_outside(most / 3, most / 3 + 1, most).size(), kMaxRangePath);
}

TEST(MerkleRangeDeathTest, ARangeLiesInTheTree) {
  EXPECT_DEATH((void)merkle_spans_outside(2, 2, 3), "CHECK failed");
  EXPECT_DEATH((void)merkle_spans_outside(2, 4, 3), "CHECK failed");
}

}  // namespace
}  // namespace galen::crypto
