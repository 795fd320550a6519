// Pages of the state tree: a bucket of up to 16 leaves, or an inner page of 16 children. Stored
// bytes, FROZEN (docs/formats.md, "Stored rows"); not hashed: the tree's hashes are
// ledger/state_key.h's. Thread rule: values.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "ledger/state_key.h"

#include <array>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace galen::execution {

/// More leaves than this split a bucket. Small, because every change rewrites its whole bucket.
inline constexpr std::size_t kMaxBucketLeaves = 16;
inline constexpr std::size_t kPageChildren = 16;
inline constexpr std::size_t kBitsPerPage = 4;
inline constexpr std::size_t kMaxPageDigits = 64;

/// A leaf and its hash, which is kept because most leaves of a rewritten bucket did not change.
struct PageLeaf {
  ledger::LeafContent content;
  Digest hash;
  friend bool operator==(const PageLeaf&, const PageLeaf&) = default;
};

/// What a node is, as far as its parent must know: a single leaf moves up unhashed.
enum class NodeKind : std::uint8_t { kEmpty = 0, kLeaf = 1, kMany = 2 };

/// A subtree seen from above. `hash` is zero when empty and the leaf's hash for a single leaf.
struct NodeSummary {
  NodeKind kind = NodeKind::kEmpty;
  Digest hash;
  friend bool operator==(const NodeSummary&, const NodeSummary&) = default;
};

struct Bucket {
  std::vector<PageLeaf> leaves;  ///< ascending by key hash, unique
  friend bool operator==(const Bucket&, const Bucket&) = default;
};

struct InnerPage {
  std::array<NodeSummary, kPageChildren> children;
  friend bool operator==(const InnerPage&, const InnerPage&) = default;
};

using Page = std::variant<Bucket, InnerPage>;

[[nodiscard]] Bytes encode(const Page& page);
/// kMalformed.
[[nodiscard]] Result<Page> decode_page(BytesView bytes);
/// REQUIRES: bytes made by encode; pages that come back from a store are our own.
[[nodiscard]] Page parse_page(BytesView bytes);

/// The 4 bits of a key hash that choose the child of a page at `depth` digits. REQUIRES: depth
/// < 64.
[[nodiscard]] std::size_t digit(const Digest& key_hash, std::size_t depth);

/// Two siblings become their parent.
[[nodiscard]] NodeSummary join(const NodeSummary& left, const NodeSummary& right);

/// Subtree over leaves that share their first `bit` bits. REQUIRES: ascending, unique.
[[nodiscard]] NodeSummary fold(std::span<const PageLeaf> leaves, std::size_t bit);

/// Subtree over a power of two of neighbouring children.
[[nodiscard]] NodeSummary fold(std::span<const NodeSummary> children);

/// Subtree of a whole page at `depth` digits.
[[nodiscard]] NodeSummary fold(const Page& page, std::size_t depth);

}  // namespace galen::execution
