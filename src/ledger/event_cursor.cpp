#include "ledger/event_cursor.h"

#include "base/limits.h"
#include "codec/codec.h"

namespace galen::ledger {

namespace {

constexpr std::uint16_t kCursorVersion = 1;

}  // namespace

Bytes EventCursor::encode() const {
  codec::Writer w;
  w.tag("event-cursor").u16(kCursorVersion).raw(chain).counter(height).u32(index);
  return std::move(w).take();
}

Result<EventCursor> EventCursor::decode(BytesView bytes) {
  codec::Reader r(bytes, "cursor");
  r.tag("event-cursor");
  if (r.u16() != kCursorVersion) r.fail_with("another version of cursors");
  EventCursor cursor;
  cursor.chain = r.fixed<ChainId>();
  cursor.height = r.counter<Height>();
  cursor.index = r.u32();
  if (!r.failed() && cursor.height == Height{}) r.fail_with("height 0 has no events");
  if (cursor.index > limits::kMaxOperationsPerBlock + 1) r.fail_with("no block has so many events");
  GALEN_TRY_STATUS(r.finish());
  return cursor;
}

}  // namespace galen::ledger
