#include "execution/tree_page.h"

#include "base/check.h"
#include "codec/codec.h"

#include <algorithm>

namespace galen::execution {

namespace {

constexpr std::uint8_t kBucketTag = 1;
constexpr std::uint8_t kInnerTag = 2;
constexpr std::size_t kLeafBytes = 4 * Digest::kSize + sizeof(std::uint64_t);

void write(codec::Writer& w, const Bucket& bucket) {
  w.u8(kBucketTag).count(bucket.leaves.size());
  for (const PageLeaf& leaf : bucket.leaves) {
    w.raw(leaf.content.key_hash).raw(leaf.content.value_commitment);
    w.counter(leaf.content.height).raw(leaf.content.predecessor).raw(leaf.hash);
  }
}

void write(codec::Writer& w, const InnerPage& page) {
  w.u8(kInnerTag);
  for (const NodeSummary& child : page.children) {
    w.enumeration(child.kind);
    if (child.kind != NodeKind::kEmpty) w.raw(child.hash);
  }
}

Bucket read_bucket(codec::Reader& r) {
  Bucket bucket;
  const std::size_t count = r.count(kMaxBucketLeaves);
  bucket.leaves.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    PageLeaf leaf;
    leaf.content.key_hash = r.fixed<Digest>();
    leaf.content.value_commitment = r.fixed<Digest>();
    leaf.content.height = r.counter<Height>();
    leaf.content.predecessor = r.fixed<Digest>();
    leaf.hash = r.fixed<Digest>();
    if (i > 0 && leaf.content.key_hash <= bucket.leaves.back().content.key_hash) {
      r.fail_with("leaves out of order");
    }
    bucket.leaves.push_back(leaf);
  }
  return bucket;
}

InnerPage read_inner(codec::Reader& r) {
  InnerPage page;
  for (NodeSummary& child : page.children) {
    child.kind = r.enumeration<NodeKind>([](NodeKind kind) { return kind <= NodeKind::kMany; });
    if (child.kind != NodeKind::kEmpty) child.hash = r.fixed<Digest>();
  }
  return page;
}

}  // namespace

Bytes encode(const Page& page) {
  codec::Writer w(4 + kMaxBucketLeaves * kLeafBytes);
  std::visit([&](const auto& p) { write(w, p); }, page);
  return std::move(w).take();
}

Result<Page> decode_page(BytesView bytes) {
  codec::Reader r(bytes, "state tree page");
  const std::uint8_t tag = r.u8();
  Page page;
  if (tag == kBucketTag) {
    page = read_bucket(r);
  } else if (tag == kInnerTag) {
    page = read_inner(r);
  } else {
    r.fail_with("unknown kind of page");
  }
  GALEN_TRY_STATUS(r.finish());
  return page;
}

Page parse_page(BytesView bytes) {
  Result<Page> page = decode_page(bytes);
  CHECK(page.has_value(), "a stored state tree page decodes: the state is damaged");
  return *std::move(page);
}

std::size_t digit(const Digest& key_hash, std::size_t depth) {
  CHECK(depth < kMaxPageDigits, "a key hash has 64 digits");
  const std::uint8_t byte = key_hash.value.at(depth / 2);
  return depth % 2 == 0 ? byte >> 4U : byte & 0x0fU;
}

NodeSummary join(const NodeSummary& left, const NodeSummary& right) {
  if (right.kind == NodeKind::kEmpty && left.kind != NodeKind::kMany) return left;
  if (left.kind == NodeKind::kEmpty && right.kind != NodeKind::kMany) return right;
  return {NodeKind::kMany, ledger::node_hash(left.hash, right.hash)};
}

NodeSummary fold(std::span<const PageLeaf> leaves, std::size_t bit) {
  if (leaves.empty()) return {};
  if (leaves.size() == 1) return {NodeKind::kLeaf, leaves.front().hash};
  const auto middle = std::partition_point(leaves.begin(), leaves.end(), [&](const PageLeaf& leaf) {
    return !ledger::key_bit(leaf.content.key_hash, bit);
  });
  const auto left = static_cast<std::size_t>(middle - leaves.begin());
  return join(fold(leaves.first(left), bit + 1), fold(leaves.subspan(left), bit + 1));
}

NodeSummary fold(std::span<const NodeSummary> children) {
  if (children.size() == 1) return children.front();
  const std::size_t half = children.size() / 2;
  return join(fold(children.first(half)), fold(children.subspan(half)));
}

NodeSummary fold(const Page& page, std::size_t depth) {
  if (const auto* bucket = std::get_if<Bucket>(&page)) {
    return fold(std::span<const PageLeaf>(bucket->leaves), kBitsPerPage * depth);
  }
  return fold(std::span<const NodeSummary>(std::get<InnerPage>(page).children));
}

}  // namespace galen::execution
