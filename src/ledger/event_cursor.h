// Where a reader of the event stream goes on: block by block, and in a block its events by index (0
// the block itself, 1 + i its i-th operation over all transactions, seen or not), so that a cursor
// means the same at every node and for every filter. FROZEN (docs/formats.md). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"

#include <compare>
#include <cstdint>

namespace galen::ledger {

struct EventCursor {
  ChainId chain;
  Height height{1};         ///< of the next event, from 1
  std::uint32_t index = 0;  ///< in that block; events with a lower one were delivered
  friend auto operator<=>(const EventCursor&, const EventCursor&) = default;

  /// Behind event `index` of its block.
  [[nodiscard]] EventCursor behind() const { return {chain, height, index + 1}; }

  /// Behind everything of its block.
  [[nodiscard]] EventCursor next_block() const { return {chain, height.next(), 0}; }

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<EventCursor> decode(BytesView bytes);
};

}  // namespace galen::ledger
