#include "rpc/block_events.h"

#include "rpc/wire.h"

#include <string>
#include <utility>

namespace galen::rpc {
namespace {

using ledger::EventCursor;

tl::unexpected<Error> not_kept(Height height) {
  return fail(ErrorCode::kFailedPrecondition,
              "cursor: block " + std::to_string(height.value) +
                  " is not kept by this node any more; ask another, or begin later");
}

/// A block below the head that is not here was left out of what the node keeps.
template <class T>
Result<T> kept(Height height, Result<T> read) {
  if (!read && read.error().code == ErrorCode::kNotFound) return not_kept(height);
  return read;
}

v1::WatchEvent event_at(const EventCursor& place,
                        const ledger::BlockHeader& header,
                        const BlockHash& hash) {
  v1::WatchEvent event;
  event.set_height(place.height.value);
  event.set_index(place.index);
  event.set_cursor(wire(place.behind().encode()));
  event.set_time_ms(header.time.value);
  event.set_block_hash(wire(hash));
  return event;
}

void set_header(const ledger::BlockHeader& header,
                const ledger::Certificate& certificate,
                v1::BlockEvent& event) {
  event.set_header(wire(ledger::encode(header)));
  event.set_certificate(wire(ledger::encode(certificate)));
}

/// Collects until the batch is full; `batch_.next` is always where to go on.
class Collector {
 public:
  Collector(const EventViewer& viewer, const EventCursor& from, BlockShelf& shelf)
      : viewer_(viewer), shelf_(shelf) {
    batch_.next = from;
  }

  [[nodiscard]] bool is_full() const {
    return bytes_ >= kMaxBatchBytes || blocks_ >= kMaxBatchBlocks;
  }

  [[nodiscard]] bool is_empty() const { return batch_.events.empty(); }

  [[nodiscard]] const EventCursor& next() const { return batch_.next; }

  Status add_header() {
    const Height height = batch_.next.height;
    GALEN_TRY(const storage::Head head, kept(height, shelf_.reader().header(height)));
    if (!head.certificate) return not_kept(height);
    if (batch_.next.index == 0) {
      v1::WatchEvent event = event_at(batch_.next, head.header, head.hash);
      event.set_kind(v1::EVENT_BLOCK);
      set_header(head.header, *head.certificate, *event.mutable_block());
      push(std::move(event));
    }
    end_block();
    return {};
  }

  Status add_block(EventSight& sight) {
    GALEN_TRY(const WatchedBlockPtr block,
              kept(batch_.next.height, shelf_.get(batch_.next.height)));
    if (batch_.next.index > block->operations + 1) {
      return fail(ErrorCode::kInvalidArgument, "cursor: its block has fewer events");
    }
    if (batch_.next.index == 0) {
      push(block_event(*block));
      batch_.next = batch_.next.behind();
    }
    std::uint32_t index = 1;
    const std::size_t transactions = viewer_.wants_blocks_only() ? 0 : block->transactions.size();
    for (std::uint32_t t = 0; t < transactions; ++t) {
      const std::size_t operations = block->transactions[t].operations.size();
      for (std::uint16_t o = 0; o < operations; ++o, ++index) {
        if (index < batch_.next.index) continue;
        if (bytes_ >= kMaxBatchBytes) return {};
        GALEN_TRY_STATUS(add_operation(sight, *block, t, o));
      }
    }
    end_block();
    return {};
  }

  [[nodiscard]] EventBatch take() && { return std::move(batch_); }

 private:
  [[nodiscard]] v1::WatchEvent block_event(const WatchedBlock& block) const {
    v1::WatchEvent event = event_at(batch_.next, block.header, block.hash);
    event.set_kind(v1::EVENT_BLOCK);
    event.mutable_block()->set_transactions(static_cast<std::uint32_t>(block.transactions.size()));
    event.mutable_block()->set_operations(block.operations);
    if (viewer_.with_headers) set_header(block.header, block.certificate, *event.mutable_block());
    return event;
  }

  Status add_operation(EventSight& sight,
                       const WatchedBlock& block,
                       std::uint32_t transaction,
                       std::uint16_t operation) {
    v1::EventKind kind = v1::EVENT_REJECTED;
    GALEN_TRY(auto seen, sight.look(block, transaction, operation, kind));
    if (seen) {
      v1::WatchEvent event = event_at(batch_.next, block.header, block.hash);
      event.set_kind(kind);
      *event.mutable_operation() = *std::move(seen);
      push(std::move(event));
    }
    batch_.next = batch_.next.behind();
    return {};
  }

  void push(v1::WatchEvent event) {
    bytes_ += event.ByteSizeLong();
    batch_.events.push_back(std::move(event));
  }

  void end_block() {
    ++blocks_;
    batch_.next = batch_.next.next_block();
  }

  const EventViewer& viewer_;
  BlockShelf& shelf_;
  EventBatch batch_;
  std::size_t bytes_ = 0;
  std::size_t blocks_ = 0;
};

Status check_start(const Backend& backend, const EventCursor& start, const storage::Head& head) {
  const Height after = head.height().next();
  if (after < start.height || (start.height == after && start.index != 0)) {
    return fail(ErrorCode::kUnavailable,
                "cursor: block " + std::to_string(start.height.value) +
                    " is ahead of this node, which is at " + std::to_string(head.height().value) +
                    " and may be behind; try again, or another node");
  }
  if (start.height == after) return {};
  GALEN_TRY_STATUS(kept(start.height, backend.ledger().header(start.height)));
  if (start.index <= 1) return {};
  GALEN_TRY(const WatchedBlock block,
            kept(start.height, read_watched_block(backend.ledger(), start.height)));
  if (start.index <= block.operations + 1) return {};
  return fail(ErrorCode::kInvalidArgument, "cursor: its block has fewer events");
}

}  // namespace

Result<EventCursor> start_of(const Backend& backend, const v1::WatchRequest& request) {
  const auto snapshot = backend.ledger().snapshot();
  const storage::Head& head = snapshot->head();
  EventCursor start{backend.chain(), head.height().next(), 0};
  if (!request.cursor().empty()) {
    if (request.from_height() != 0) {
      return fail(ErrorCode::kInvalidArgument, "from_height: not together with a cursor");
    }
    const auto cursor = EventCursor::decode(as_bytes(request.cursor()));
    if (!cursor) return fail(ErrorCode::kInvalidArgument, cursor.error().message);
    if (cursor->chain != backend.chain()) {
      return fail(ErrorCode::kWrongChain, "cursor: of another chain");
    }
    start = *cursor;
  } else if (request.from_height() != 0) {
    if (request.from_height() > kMaxCounter) {
      return fail(ErrorCode::kInvalidArgument, "from_height: out of range");
    }
    start.height = Height{request.from_height()};
  }
  GALEN_TRY_STATUS(check_start(backend, start, head));
  return start;
}

Result<EventBatch> collect_events(const EventViewer& viewer,
                                  const EventCursor& from,
                                  const storage::StateSnapshot& snapshot,
                                  BlockShelf& shelf,
                                  TimeMs now) {
  GALEN_TRY(EventSight sight, EventSight::open(viewer, snapshot, shelf.reader(), now));
  Collector collector(viewer, from, shelf);
  while (collector.next().height <= snapshot.head().height() && !collector.is_full()) {
    const Status added = viewer.headers_only ? collector.add_header() : collector.add_block(sight);
    if (added) continue;
    // What was read goes out first; the next turn meets the same again.
    if (collector.is_empty()) return tl::unexpected(added.error());
    break;
  }
  return std::move(collector).take();
}

v1::WatchEvent heartbeat(const storage::Head& head, const EventCursor& next) {
  v1::WatchEvent event;
  event.set_kind(v1::EVENT_HEARTBEAT);
  event.set_height(head.height().value);
  event.set_cursor(wire(next.encode()));
  event.set_time_ms(head.header.time.value);
  event.set_block_hash(wire(head.hash));
  return event;
}

}  // namespace galen::rpc
