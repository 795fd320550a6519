#include "ledger/event_cursor.h"

#include "base/limits.h"

#include <gtest/gtest.h>

namespace galen::ledger {
namespace {

EventCursor at(std::uint64_t height, std::uint32_t index) {
  EventCursor cursor;
  cursor.chain.value.fill(7);
  cursor.height = Height{height};
  cursor.index = index;
  return cursor;
}

TEST(EventCursor, GoesOnBehindAnEventAndBehindABlock) {
  EXPECT_EQ(at(5, 0).behind(), at(5, 1));
  EXPECT_EQ(at(5, 9).next_block(), at(6, 0));
  EXPECT_LT(at(5, 9), at(6, 0));
}

TEST(EventCursor, HasOneEncoding) {
  const Bytes bytes = at(5, 3).encode();
  EXPECT_EQ(*EventCursor::decode(bytes), at(5, 3));
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(EventCursor::decode(longer));
  EXPECT_FALSE(EventCursor::decode(BytesView(bytes).first(bytes.size() - 1)));
  EXPECT_FALSE(EventCursor::decode({}));
}

TEST(EventCursor, RefusesPlacesThatNoBlockHas) {
  EXPECT_FALSE(EventCursor::decode(at(0, 0).encode()));
  constexpr auto kMost = static_cast<std::uint32_t>(limits::kMaxOperationsPerBlock + 1);
  EXPECT_TRUE(EventCursor::decode(at(1, kMost).encode()));
  EXPECT_FALSE(EventCursor::decode(at(1, kMost + 1).encode()));
}

}  // namespace
}  // namespace galen::ledger
