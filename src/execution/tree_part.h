// One place of a state tree as it goes from node to node, proven alone by the hash that is expected
// there: a bucket of leaves, or 16 children, each shown by what its hash is made of. A page alone
// would not do: its hash binds neither where a lone leaf hangs nor which children are leaves
// (docs/adr/0011). FROZEN (docs/formats.md, "State parts"). Thread rule: pure functions and values.
#pragma once

#include "base/result.h"
#include "codec/codec.h"
#include "execution/state_tree.h"
#include "execution/tree_page.h"
#include "ledger/state_key.h"

#include <array>
#include <optional>
#include <variant>
#include <vector>

namespace galen::execution {

/// What a node with more than one leaf hashes.
struct NodeHalves {
  Digest left;
  Digest right;
  friend bool operator==(const NodeHalves&, const NodeHalves&) = default;
};

/// Empty, a lone leaf, or more.
using PartChild = std::variant<std::monostate, ledger::LeafContent, NodeHalves>;
using InnerPart = std::array<PartChild, kPageChildren>;
using BucketPart = std::vector<ledger::LeafContent>;
using TreePart = std::variant<BucketPart, InnerPart>;

/// What hangs at this place, whatever pages this node keeps it in. nullopt when nothing does.
[[nodiscard]] std::optional<TreePart> make_part(const PageReader& pages, const PageId& at);

/// The page of this place. kUnauthenticated unless it has this hash and every leaf belongs there.
/// REQUIRES: at most 63 digits.
[[nodiscard]] Result<Page> page_of_part(const TreePart& part,
                                        const PageId& at,
                                        const Digest& expected);

/// Whether the first digits of the key hash are these.
[[nodiscard]] bool is_below(const Digest& key_hash, const std::vector<std::uint8_t>& digits);

void write(codec::Writer& out, const TreePart& part);
[[nodiscard]] TreePart read_tree_part(codec::Reader& in);

}  // namespace galen::execution
