#include "client/event_order.h"

#include <string>

namespace galen::client {

namespace {

using ledger::EventCursor;

std::string text(const EventCursor& place) {
  return "block " + std::to_string(place.height.value) + " event " + std::to_string(place.index);
}

/// Whether nothing but unseen operations lies between: no block event is skipped.
bool is_near(const EventCursor& from, const EventCursor& to) {
  if (to == from) return true;
  if (from.index == 0) return false;  // the block event itself is due
  if (to.height == from.height) return from.index < to.index;
  return to == from.next_block();
}

}  // namespace

bool EventOrder::follows(const EventAnswer& event) const {
  if (event.kind == EventKind::kHeartbeat) {
    return is_near(*next_, event.next) && event.next.height <= event.height.next();
  }
  const EventCursor place{chain_, event.height, event.index};
  return is_near(*next_, place) && event.next == place.behind();
}

Status EventOrder::accept(const EventAnswer& event) {
  if (event.next.chain != chain_) {
    return fail(ErrorCode::kWrongChain, "the node sends events of another chain");
  }
  // A stream begins with a heartbeat that says where it stands.
  const bool begins = !next_ && event.kind == EventKind::kHeartbeat && event.next.index == 0;
  if (!begins && (!next_ || !follows(event))) {
    return fail(
        ErrorCode::kCorrupt,
        "events are missing or came twice: " + (next_ ? text(*next_) : std::string("a heartbeat")) +
            " was due, " + text(event.next) + " is what came next");
  }
  next_ = event.next;
  return {};
}

}  // namespace galen::client
