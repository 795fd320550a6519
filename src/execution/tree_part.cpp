#include "execution/tree_part.h"

#include "base/check.h"

#include <algorithm>
#include <span>
#include <utility>

namespace galen::execution {

namespace {

constexpr std::uint8_t kBucketTag = 1;
constexpr std::uint8_t kInnerTag = 2;

NodeHalves halves_of(const Page& page, std::size_t depth) {
  if (const auto* bucket = std::get_if<Bucket>(&page)) {
    const std::size_t bit = kBitsPerPage * depth;
    const std::span<const PageLeaf> leaves = bucket->leaves;
    const auto middle =
        std::partition_point(leaves.begin(), leaves.end(), [&](const PageLeaf& leaf) {
          return !ledger::key_bit(leaf.content.key_hash, bit);
        });
    const auto left = static_cast<std::size_t>(middle - leaves.begin());
    return {fold(leaves.first(left), bit + 1).hash, fold(leaves.subspan(left), bit + 1).hash};
  }
  const std::span<const NodeSummary> children = std::get<InnerPage>(page).children;
  return {fold(children.first(kPageChildren / 2)).hash,
          fold(children.last(kPageChildren / 2)).hash};
}

/// A child of an inner page, from its own page. nullopt when that is gone.
std::optional<PartChild> child_part(const PageReader& pages,
                                    const PageId& id,
                                    const NodeSummary& summary) {
  if (summary.kind == NodeKind::kEmpty) return PartChild{};
  const std::optional<Bytes> stored = pages.page(id);
  if (!stored) return std::nullopt;
  const Page page = parse_page(*stored);
  if (summary.kind == NodeKind::kMany) return PartChild{halves_of(page, id.digits.size())};
  const auto* bucket = std::get_if<Bucket>(&page);
  if (bucket == nullptr || bucket->leaves.size() != 1) return std::nullopt;
  return PartChild{bucket->leaves.front().content};
}

std::optional<TreePart> inner_part(const PageReader& pages, const InnerPage& page, PageId id) {
  InnerPart part;
  for (std::size_t i = 0; i < kPageChildren; ++i) {
    id.digits.push_back(static_cast<std::uint8_t>(i));
    auto child = child_part(pages, id, page.children.at(i));
    id.digits.pop_back();
    if (!child) return std::nullopt;
    part.at(i) = *std::move(child);
  }
  return TreePart{std::move(part)};
}

std::optional<TreePart> bucket_part(const Bucket& bucket, const PageId& at) {
  BucketPart part;
  for (const PageLeaf& leaf : bucket.leaves) {
    if (is_below(leaf.content.key_hash, at.digits)) part.push_back(leaf.content);
  }
  if (part.empty()) return std::nullopt;
  return TreePart{std::move(part)};
}

tl::unexpected<Error> unproven(std::string_view what) {
  return fail(ErrorCode::kUnauthenticated, "state part: " + std::string(what));
}

Result<Page> bucket_page(const BucketPart& part, const PageId& at) {
  Bucket bucket;
  for (const ledger::LeafContent& content : part) {
    if (!is_below(content.key_hash, at.digits)) return unproven("a leaf of another place");
    if (!bucket.leaves.empty() && content.key_hash <= bucket.leaves.back().content.key_hash) {
      return unproven("leaves out of order");
    }
    bucket.leaves.push_back({content, content.hash()});
  }
  if (bucket.leaves.empty() || bucket.leaves.size() > kMaxBucketLeaves)
    return unproven("no bucket");
  return Page{std::move(bucket)};
}

Result<Page> inner_page(const InnerPart& part, const PageId& at) {
  InnerPage page;
  std::vector<std::uint8_t> digits = at.digits;
  digits.push_back(0);
  for (std::size_t i = 0; i < kPageChildren; ++i) {
    digits.back() = static_cast<std::uint8_t>(i);
    if (const auto* leaf = std::get_if<ledger::LeafContent>(&part.at(i))) {
      if (!is_below(leaf->key_hash, digits)) return unproven("a leaf of another place");
      page.children.at(i) = {NodeKind::kLeaf, leaf->hash()};
    } else if (const auto* node = std::get_if<NodeHalves>(&part.at(i))) {
      page.children.at(i) = {NodeKind::kMany, ledger::node_hash(node->left, node->right)};
    }
  }
  // A lone leaf makes a bucket: its parent reads it from there.
  if (fold(Page{page}, at.digits.size()).kind != NodeKind::kMany) return unproven("no inner page");
  return Page{page};
}

void write_leaf(codec::Writer& out, const ledger::LeafContent& leaf) {
  out.raw(leaf.key_hash).raw(leaf.value_commitment).counter(leaf.height).raw(leaf.predecessor);
}

ledger::LeafContent read_leaf(codec::Reader& in) {
  ledger::LeafContent leaf;
  leaf.key_hash = in.fixed<Digest>();
  leaf.value_commitment = in.fixed<Digest>();
  leaf.height = in.counter<Height>();
  leaf.predecessor = in.fixed<Digest>();
  return leaf;
}

PartChild read_child(codec::Reader& in) {
  const auto kind = in.enumeration<NodeKind>([](NodeKind k) { return k <= NodeKind::kMany; });
  if (kind == NodeKind::kLeaf) return read_leaf(in);
  if (kind == NodeKind::kEmpty) return {};
  NodeHalves node;
  node.left = in.fixed<Digest>();
  node.right = in.fixed<Digest>();
  return node;
}

}  // namespace

bool is_below(const Digest& key_hash, const std::vector<std::uint8_t>& digits) {
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (digit(key_hash, i) != digits[i]) return false;
  }
  return true;
}

std::optional<TreePart> make_part(const PageReader& pages, const PageId& at) {
  PageId id{at.tree, {}};
  while (const std::optional<Bytes> stored = pages.page(id)) {
    const Page page = parse_page(*stored);
    if (const auto* bucket = std::get_if<Bucket>(&page)) return bucket_part(*bucket, at);
    const auto& inner = std::get<InnerPage>(page);
    const std::size_t depth = id.digits.size();
    if (depth == at.digits.size()) return inner_part(pages, inner, id);
    if (inner.children.at(at.digits[depth]).kind == NodeKind::kEmpty) return std::nullopt;
    id.digits.push_back(at.digits[depth]);
  }
  return std::nullopt;
}

Result<Page> page_of_part(const TreePart& part, const PageId& at, const Digest& expected) {
  CHECK(at.digits.size() < kMaxPageDigits, "a place of the tree");
  const auto* bucket = std::get_if<BucketPart>(&part);
  GALEN_TRY(
      Page page,
      bucket != nullptr ? bucket_page(*bucket, at) : inner_page(std::get<InnerPart>(part), at));
  if (fold(page, at.digits.size()).hash != expected) return unproven("another hash");
  return page;
}

void write(codec::Writer& out, const TreePart& part) {
  if (const auto* bucket = std::get_if<BucketPart>(&part)) {
    out.u8(kBucketTag).count(bucket->size());
    for (const ledger::LeafContent& leaf : *bucket) write_leaf(out, leaf);
    return;
  }
  out.u8(kInnerTag);
  for (const PartChild& child : std::get<InnerPart>(part)) {
    out.enumeration(static_cast<NodeKind>(child.index()));
    if (const auto* leaf = std::get_if<ledger::LeafContent>(&child)) write_leaf(out, *leaf);
    if (const auto* node = std::get_if<NodeHalves>(&child)) out.raw(node->left).raw(node->right);
  }
}

TreePart read_tree_part(codec::Reader& in) {
  const std::uint8_t tag = in.u8();
  if (tag == kInnerTag) {
    InnerPart part;
    for (PartChild& child : part) child = read_child(in);
    return part;
  }
  if (tag != kBucketTag) in.fail_with("unknown kind of part");
  BucketPart part;
  const std::size_t count = in.count(kMaxBucketLeaves);
  for (std::size_t i = 0; i < count; ++i) part.push_back(read_leaf(in));
  return part;
}

}  // namespace galen::execution
