#include "execution/tree_part.h"

#include "base/hex.h"
#include "memory_store.h"

#include <gtest/gtest.h>

namespace galen::execution {
namespace {

using ledger::KeyKind;
using ledger::StateKey;
using ledger::TreeId;

Digest organisation(std::uint32_t number) {
  Digest id;
  for (std::size_t i = 0; i < 4; ++i) id.value[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return id;
}

MemoryStore tree_of(std::uint32_t leaves) {
  StateWrites writes;
  for (std::uint32_t i = 0; i < leaves; ++i) {
    writes[StateKey::main(KeyKind::kOrganisation, organisation(i))] = {Bytes{1, 2}, Digest{}};
  }
  MemoryStore store;
  store.apply(commit_writes(store, writes, Height{1}));
  return store;
}

/// Fetches a tree place by place, as a peer would, and returns its leaves.
std::size_t fetch(const MemoryStore& source,
                  const PageId& at,
                  const Digest& hash,
                  MemoryStore& copy) {
  const auto part = make_part(source, at);
  EXPECT_TRUE(part.has_value());
  const auto page = page_of_part(*part, at, hash);
  EXPECT_TRUE(page.has_value()) << page.error().message;
  StateCommit commit;
  commit.pages[at] = encode(*page);
  copy.apply(commit);
  if (const auto* bucket = std::get_if<Bucket>(&*page)) return bucket->leaves.size();
  std::size_t leaves = 0;
  for (std::size_t i = 0; i < kPageChildren; ++i) {
    const NodeSummary& child = std::get<InnerPage>(*page).children.at(i);
    if (child.kind == NodeKind::kEmpty) continue;
    PageId below = at;
    below.digits.push_back(static_cast<std::uint8_t>(i));
    leaves += fetch(source, below, child.hash, copy);
  }
  return leaves;
}

TEST(TreePart, ATreeIsFetchedPlaceByPlace) {
  for (const std::uint32_t leaves : {1U, 2U, 16U, 17U, 40U, 700U}) {
    const MemoryStore source = tree_of(leaves);
    MemoryStore copy;
    EXPECT_EQ(fetch(source, PageId{}, tree_root(source, TreeId{}), copy), leaves);
    EXPECT_EQ(copy.pages(), source.pages()) << leaves;
  }
}

/// The asker's pages may be split where the source's are not.
TEST(TreePart, APlaceInsideABucketIsAnsweredFromIt) {
  const MemoryStore source = tree_of(16);
  const auto root = parse_page(*source.page(PageId{}));
  for (const PageLeaf& leaf : std::get<Bucket>(root).leaves) {
    PageId at;
    at.digits = {static_cast<std::uint8_t>(digit(leaf.content.key_hash, 0))};
    const auto part = make_part(source, at);
    ASSERT_TRUE(part.has_value());
    for (const ledger::LeafContent& found : std::get<BucketPart>(*part))
      EXPECT_TRUE(is_below(found.key_hash, at.digits));
  }
  PageId nowhere;
  nowhere.digits.assign(40, 3);
  EXPECT_FALSE(make_part(source, nowhere).has_value());
}

class Tampered : public testing::Test {
 protected:
  MemoryStore source_ = tree_of(700);
  Digest root_ = tree_root(source_, TreeId{});
  InnerPart top_ = std::get<InnerPart>(*make_part(source_, PageId{}));

  [[nodiscard]] bool accepted(const TreePart& part, const PageId& at, const Digest& hash) const {
    return page_of_part(part, at, hash).has_value();
  }
};

TEST_F(Tampered, AnyOtherHashIsRefused) {
  ASSERT_TRUE(accepted(top_, PageId{}, root_));
  for (std::size_t i = 0; i < kPageChildren; ++i) {
    InnerPart part = top_;
    std::get<NodeHalves>(part.at(i)).left.value[0] ^= 1;
    EXPECT_FALSE(accepted(part, PageId{}, root_)) << i;
    part = top_;
    part.at(i) = {};
    EXPECT_FALSE(accepted(part, PageId{}, root_)) << i;
  }
  InnerPart swapped = top_;
  std::swap(swapped.at(0), swapped.at(1));
  EXPECT_FALSE(accepted(swapped, PageId{}, root_));
}

/// A hash says nothing about where a lone leaf hangs among empty neighbours: its key does.
TEST_F(Tampered, ALoneLeafHasOnePlace) {
  const MemoryStore two = tree_of(20);
  const auto part = std::get<InnerPart>(*make_part(two, PageId{}));
  const Digest root = tree_root(two, TreeId{});
  std::size_t moved = 0;
  for (std::size_t i = 0; i < kPageChildren; ++i) {
    const std::size_t neighbour = i ^ 1U;
    if (!std::holds_alternative<ledger::LeafContent>(part.at(i)) || part.at(neighbour).index() != 0)
      continue;
    InnerPart other = part;
    std::swap(other.at(i), other.at(neighbour));
    EXPECT_FALSE(accepted(other, PageId{}, root)) << i;
    ++moved;
  }
  EXPECT_GT(moved, 0U) << "the sample has a lone leaf with an empty neighbour";
}

TEST_F(Tampered, LeavesOfABucketAreBound) {
  PageId at;
  at.digits = {0};
  const NodeSummary child =
      std::get<InnerPage>(*page_of_part(top_, PageId{}, root_)).children.at(0);
  const auto below = *make_part(source_, at);
  const auto* inner = std::get_if<InnerPart>(&below);
  ASSERT_NE(inner, nullptr);
  const auto page = std::get<InnerPage>(*page_of_part(below, at, child.hash));
  for (std::size_t i = 0; i < kPageChildren; ++i) {
    if (page.children.at(i).kind != NodeKind::kMany) continue;
    PageId place = at;
    place.digits.push_back(static_cast<std::uint8_t>(i));
    const auto bucket = std::get<BucketPart>(*make_part(source_, place));
    ASSERT_TRUE(accepted(bucket, place, page.children.at(i).hash));
    for (const auto change : {+[](ledger::LeafContent& l) { l.value_commitment.value[3] ^= 1; },
                              +[](ledger::LeafContent& l) { l.height = l.height.next(); },
                              +[](ledger::LeafContent& l) { l.predecessor.value[0] ^= 1; },
                              +[](ledger::LeafContent& l) { l.key_hash.value[31] ^= 1; }}) {
      BucketPart other = bucket;
      change(other.front());
      EXPECT_FALSE(accepted(other, place, page.children.at(i).hash));
    }
    BucketPart turned(bucket.rbegin(), bucket.rend());
    EXPECT_FALSE(accepted(turned, place, page.children.at(i).hash));
    EXPECT_FALSE(accepted(BucketPart{}, place, page.children.at(i).hash));
    return;
  }
  FAIL() << "the sample has a bucket of two leaves";
}

TEST(TreePart, BytesAreFrozenAndStrict) {
  ledger::LeafContent leaf;
  leaf.key_hash.value.fill(0x11);
  leaf.value_commitment.value.fill(0x22);
  leaf.height = Height{7};
  NodeHalves node;
  node.left.value.fill(0x33);
  node.right.value.fill(0x44);
  InnerPart inner;
  inner.at(1) = leaf;
  inner.at(15) = node;
  const auto text = [](char c) { return std::string(64, c); };
  const std::string leaf_hex = text('1') + text('2') + "0000000000000007" + text('0');
  for (const auto& [part, hex] :
       {std::pair(TreePart{BucketPart{leaf}}, "010001" + leaf_hex),
        std::pair(TreePart{inner},
                  "02"
                  "00"
                  "01" +
                      leaf_hex + std::string(26, '0') + "02" + text('3') + text('4'))}) {
    codec::Writer out;
    write(out, part);
    EXPECT_EQ(to_hex(out.view()), hex);
    codec::Reader in(out.view(), "part");
    EXPECT_EQ(read_tree_part(in), part);
    EXPECT_TRUE(in.finish().has_value());
    for (std::size_t size = 0; size < out.view().size(); ++size) {
      codec::Reader shorter(out.view().first(size), "part");
      (void)read_tree_part(shorter);
      EXPECT_TRUE(shorter.failed()) << size;
    }
  }
}

}  // namespace
}  // namespace galen::execution
