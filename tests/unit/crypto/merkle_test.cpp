#include "crypto/merkle.h"

#include "base/hex.h"
#include "crypto/digest.h"

#include <gtest/gtest.h>

namespace galen::crypto {
namespace {

using Leaves = std::vector<Digest>;

Leaves leaves(std::size_t count) {
  Leaves result;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(merkle_leaf(Bytes{static_cast<std::uint8_t>(i), 0x77}));
  }
  return result;
}

// MTH and PATH of RFC 6962 2.1, as slow and literal as they stand there.
Digest slow_root(std::span<const Digest> d) {
  if (d.empty()) return sha256({});
  if (d.size() == 1) return d[0];
  std::size_t k = 1;
  while (2 * k < d.size()) k *= 2;
  return merkle_node(slow_root(d.first(k)), slow_root(d.subspan(k)));
}

Leaves slow_path(std::size_t m, std::span<const Digest> d) {
  if (d.size() <= 1) return {};
  std::size_t k = 1;
  while (2 * k < d.size()) k *= 2;
  Leaves path = m < k ? slow_path(m, d.first(k)) : slow_path(m - k, d.subspan(k));
  path.push_back(m < k ? slow_root(d.subspan(k)) : slow_root(d.first(k)));
  return path;
}

// The eight entries and the roots that certificate transparency logs are tested with.
TEST(Merkle, MatchesTheKnownRootsOfCertificateTransparency) {
  const std::string_view entries[] = {"",
                                      "00",
                                      "10",
                                      "2021",
                                      "3031",
                                      "40414243",
                                      "5051525354555657",
                                      "606162636465666768696a6b6c6d6e6f"};
  const std::string_view roots[] = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  EXPECT_EQ(to_hex(merkle_root({})),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Leaves hashes;
  for (std::size_t i = 0; i < std::size(entries); ++i) {
    hashes.push_back(merkle_leaf(*from_hex(entries[i])));
    EXPECT_EQ(to_hex(merkle_root(hashes)), roots[i]) << i + 1 << " leaves";
  }
}

TEST(Merkle, LeavesAndNodesHaveTheirPrefix) {
  EXPECT_EQ(merkle_leaf(Bytes{0xaa}), sha256(Bytes{0x00, 0xaa}));
  Bytes joined{0x01};
  joined.insert(joined.end(), 32, 0x11);
  joined.insert(joined.end(), 32, 0x22);
  Digest left;
  Digest right;
  left.value.fill(0x11);
  right.value.fill(0x22);
  EXPECT_EQ(merkle_node(left, right), sha256(joined));
}

TEST(Merkle, RootsPathsAndFrontiersMatchTheLiteralRfc) {
  MerkleFrontier frontier;
  for (std::size_t count = 0; count <= 70; ++count) {
    const Leaves all = leaves(count);
    EXPECT_EQ(merkle_root(all), slow_root(all)) << count;
    EXPECT_EQ(frontier.root(), slow_root(all)) << count;
    EXPECT_EQ(frontier.count, count);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(merkle_path(all, i), slow_path(i, all));
    frontier.append(leaves(count + 1).back());
  }
}

TEST(Merkle, EveryInclusionProofVerifies) {
  for (std::size_t count = 1; count <= 17; ++count) {
    const Leaves all = leaves(count);
    const Digest root = merkle_root(all);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_TRUE(merkle_verify(all[i], i, count, merkle_path(all, i), root)) << i << "/" << count;
    }
  }
}

TEST(Merkle, AnyChangedByteFails) {
  for (std::size_t count = 1; count <= 17; ++count) {
    const Leaves all = leaves(count);
    for (std::size_t i = 0; i < count; ++i) {
      const Leaves path = merkle_path(all, i);
      const Digest root = merkle_root(all);
      for (std::size_t byte = 0; byte < Digest::kSize; ++byte) {
        Digest bad = all[i];
        bad.value[byte] ^= 1;
        EXPECT_FALSE(merkle_verify(bad, i, count, path, root));
        bad = root;
        bad.value[byte] ^= 0x80;
        EXPECT_FALSE(merkle_verify(all[i], i, count, path, bad));
        for (std::size_t step = 0; step < path.size(); ++step) {
          Leaves changed = path;
          changed[step].value[byte] ^= 1;
          EXPECT_FALSE(merkle_verify(all[i], i, count, changed, root));
        }
      }
    }
  }
}

TEST(Merkle, AnyOtherIndexFails) {
  for (std::size_t count = 1; count <= 17; ++count) {
    const Leaves all = leaves(count);
    const Digest root = merkle_root(all);
    for (std::size_t i = 0; i < count; ++i) {
      const Leaves path = merkle_path(all, i);
      for (std::size_t other = 0; other <= 20; ++other) {
        if (other != i) {
          EXPECT_FALSE(merkle_verify(all[i], other, count, path, root));
        }
      }
    }
  }
}

// A count that gives the path another length is refused. One that gives the same length and the
// same turns leads to the same root, so the count has to be bound to the root by whoever signs it.
TEST(Merkle, ACountWithAnotherShapeFails) {
  for (std::size_t count = 1; count <= 17; ++count) {
    const Leaves all = leaves(count);
    const Digest root = merkle_root(all);
    for (std::size_t i = 0; i < count; ++i) {
      const Leaves path = merkle_path(all, i);
      for (std::size_t other = 0; other <= 40; ++other) {
        const bool same_length = other > i && merkle_path(leaves(other), i).size() == path.size();
        if (!same_length) {
          EXPECT_FALSE(merkle_verify(all[i], i, other, path, root));
        }
      }
    }
  }
}

TEST(Merkle, ShorterAndLongerPathsFail) {
  for (std::size_t count = 1; count <= 17; ++count) {
    const Leaves all = leaves(count);
    const Digest root = merkle_root(all);
    for (std::size_t i = 0; i < count; ++i) {
      Leaves path = merkle_path(all, i);
      path.push_back(Digest{});
      EXPECT_FALSE(merkle_verify(all[i], i, count, path, root));
      path.pop_back();
      if (path.empty()) continue;
      path.pop_back();
      EXPECT_FALSE(merkle_verify(all[i], i, count, path, root));
    }
  }
}

TEST(Merkle, ALeafDoesNotPassForANode) {
  const Leaves all = leaves(2);
  Bytes node_bytes = to_bytes(all[0]);
  node_bytes.insert(node_bytes.end(), all[1].value.begin(), all[1].value.end());
  EXPECT_NE(merkle_leaf(node_bytes), merkle_root(all));
}

TEST(Merkle, HugeClaimsEndQuickly) {
  const Digest leaf = merkle_leaf({});
  EXPECT_FALSE(merkle_verify(leaf, 0, ~std::uint64_t{0}, {}, leaf));
  EXPECT_FALSE(merkle_verify(leaf, ~std::uint64_t{0}, ~std::uint64_t{0}, {}, leaf));
  EXPECT_FALSE(merkle_verify(leaf, 0, 0, {}, leaf));
}

TEST(MerkleFrontier, KeepsOnePeakPerSetBit) {
  MerkleFrontier frontier;
  for (const Digest& leaf : leaves(13)) frontier.append(leaf);
  EXPECT_EQ(frontier.peaks.size(), 3U);
  const Leaves all = leaves(13);
  const std::span<const Digest> view = all;
  EXPECT_EQ(frontier.peaks[0], slow_root(view.first(8)));
  EXPECT_EQ(frontier.peaks[1], slow_root(view.subspan(8, 4)));
  EXPECT_EQ(frontier.peaks[2], all[12]);
}

TEST(MerkleDeathTest, APathNeedsALeafOfTheTree) {
  const Leaves all = leaves(3);
  EXPECT_DEATH((void)merkle_path(all, 3), "CHECK failed");
}

}  // namespace
}  // namespace galen::crypto
