// From a position in the chain to the messages of one stream: in order, no block left out, only
// what the viewer may see. Thread rule: one thread per call.
#pragma once

#include "galen/v1/galen.pb.h"
#include "ledger/event_cursor.h"
#include "rpc/event_viewer.h"
#include "rpc/watched_block.h"

#include <vector>

namespace galen::rpc {

/// Messages of one turn, and where the next one goes on.
struct EventBatch {
  std::vector<v1::WatchEvent> events;
  ledger::EventCursor next;
};

inline constexpr std::size_t kMaxBatchBytes = std::size_t{128} * 1024;
inline constexpr std::size_t kMaxBatchBlocks = 64;

/// Where a stream begins: at its cursor, at `from_height`, or behind the head. kInvalidArgument,
/// kWrongChain; kUnavailable when that is ahead of this node, which may be behind;
/// kFailedPrecondition when the node does not keep that block any more.
[[nodiscard]] Result<ledger::EventCursor> start_of(const Backend& backend,
                                                   const v1::WatchRequest& request);

/// What comes from `from` on up to the snapshot's head, at most about kMaxBatchBytes and
/// kMaxBatchBlocks. kFailedPrecondition when a block is not kept any more, kInvalidArgument when
/// the block has no such index, kUnauthenticated for a person who may not act any more, kCorrupt.
[[nodiscard]] Result<EventBatch> collect_events(const EventViewer& viewer,
                                                const ledger::EventCursor& from,
                                                const storage::StateSnapshot& snapshot,
                                                BlockShelf& shelf,
                                                TimeMs now);

/// The node lives, its head is this, and everything before `next` was told.
[[nodiscard]] v1::WatchEvent heartbeat(const storage::Head& head, const ledger::EventCursor& next);

}  // namespace galen::rpc
