// Bulk messages with which a validator takes over state that it cannot execute: blocks with their
// results, the head to aim at, and parts of the state tree (docs/adr/0011). Each answer repeats the
// number of its question. FROZEN (docs/formats.md, "Taking the state over"). Thread rule: values.
#pragma once

#include "base/limits.h"
#include "engine/gap_block.h"
#include "execution/tree_part.h"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace galen::engine {

/// Committed blocks from `from` on, as many as fit.
struct GapRequest {
  std::uint64_t number = 0;
  Height from;
  std::uint16_t count = 0;
  friend bool operator==(const GapRequest&, const GapRequest&) = default;
};

struct GapReply {
  std::uint64_t number = 0;
  std::vector<GapBlock> blocks;
  ledger::Certificate head;  ///< of the state in which the sender looked for bodies
  friend bool operator==(const GapReply&, const GapReply&) = default;
};

/// Which state can be had.
struct HeadRequest {
  std::uint64_t number = 0;
  friend bool operator==(const HeadRequest&, const HeadRequest&) = default;
};

struct HeadReply {
  std::uint64_t number = 0;
  ledger::BlockHeader header;
  ledger::Certificate certificate;
  friend bool operator==(const HeadReply&, const HeadReply&) = default;
};

/// A place of a tree, and the hash that is expected there.
struct StatePlace {
  execution::PageId at;
  Digest hash;
  friend bool operator==(const StatePlace&, const StatePlace&) = default;
};

struct StateRequest {
  std::uint64_t number = 0;
  Height height;  ///< of the state
  std::vector<StatePlace> places;
  friend bool operator==(const StateRequest&, const StateRequest&) = default;
};

/// What a leaf commits to.
struct StateValue {
  ledger::KeyKind kind = ledger::KeyKind::kParameters;
  Bytes id;
  Digest s;
  Bytes value;
  friend bool operator==(const StateValue&, const StateValue&) = default;
};

struct StatePart {
  execution::TreePart part;
  std::vector<StateValue> values;  ///< of a bucket's leaves, in their order
  friend bool operator==(const StatePart&, const StatePart&) = default;
};

/// Parts of the first places asked for. None: that state is not to be had here any more.
struct StateReply {
  std::uint64_t number = 0;
  std::vector<StatePart> parts;
  friend bool operator==(const StateReply&, const StateReply&) = default;
};

using StateMessage =
    std::variant<GapRequest, GapReply, HeadRequest, HeadReply, StateRequest, StateReply>;

/// A block of the largest size with all its receipts and results fits.
inline constexpr std::size_t kMaxStateMessageBytes = limits::kMaxPeerMessageBytes + 1024 * 1024;
/// Places of one request at most.
inline constexpr std::size_t kMaxStatePlaces = 64;
inline constexpr std::size_t kMaxStateValueBytes = 256 * 1024;

[[nodiscard]] std::uint64_t number_of(const StateMessage& message);
/// Whether a bulk message is one of these: by its first byte.
[[nodiscard]] bool is_state_message(BytesView bytes);
/// Of an answer, before it is decoded; nullopt for a question.
[[nodiscard]] std::optional<std::uint64_t> answered_number(BytesView bytes);
[[nodiscard]] Bytes encode(const StateMessage& message);
/// Bytes that a block or a part adds to its reply.
[[nodiscard]] std::size_t encoded_size(const GapBlock& block);
[[nodiscard]] std::size_t encoded_size(const StatePart& part);
/// kMalformed, kTooLarge.
[[nodiscard]] Result<StateMessage> decode_state_message(BytesView bytes);

/// The page of a place, and a key for each of its leaves: everything is what the hash says.
struct ProvenPart {
  execution::Page page;
  std::vector<ledger::StateKey> keys;  ///< of a bucket's leaves, in their order
};

/// kUnauthenticated.
[[nodiscard]] Result<ProvenPart> prove_part(const StatePart& part, const StatePlace& place);

}  // namespace galen::engine
