#include "client/event_order.h"

#include <gtest/gtest.h>

namespace galen::client {
namespace {

ChainId chain() {
  ChainId id;
  id.value.fill(1);
  return id;
}

ledger::EventCursor at(std::uint64_t height, std::uint32_t index) {
  return {chain(), Height{height}, index};
}

EventAnswer event(std::uint64_t height, std::uint32_t index) {
  EventAnswer answer;
  answer.kind = index == 0 ? EventKind::kBlock : EventKind::kRecordAppended;
  answer.height = Height{height};
  answer.index = index;
  answer.next = at(height, index + 1);
  return answer;
}

EventAnswer beat(std::uint64_t head, const ledger::EventCursor& next) {
  EventAnswer answer;
  answer.height = Height{head};
  answer.next = next;
  return answer;
}

void expect_missing(EventOrder order, const EventAnswer& answer) {
  const Status status = order.accept(answer);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kCorrupt);
}

TEST(EventOrder, TakesBlocksAndTheirVisibleOperationsInOrder) {
  EventOrder order(chain(), at(4, 0));
  for (const auto& answer : {event(4, 0), event(4, 2), event(4, 7), event(5, 0), event(6, 0)}) {
    ASSERT_TRUE(order.accept(answer)) << answer.height.value << "." << answer.index;
  }
  EXPECT_EQ(order.next(), at(6, 1));
}

TEST(EventOrder, NoticesALeftOutBlock) {
  EventOrder order(chain(), at(4, 0));
  expect_missing(order, event(5, 0));
  expect_missing(order, event(4, 1));
  ASSERT_TRUE(order.accept(event(4, 0)));
  expect_missing(order, event(6, 0));
  expect_missing(order, event(5, 1));
  expect_missing(order, beat(9, at(6, 0)));
}

TEST(EventOrder, NoticesWhatComesAgain) {
  EventOrder order(chain(), at(4, 0));
  ASSERT_TRUE(order.accept(event(4, 0)));
  ASSERT_TRUE(order.accept(event(4, 3)));
  expect_missing(order, event(4, 0));
  expect_missing(order, event(4, 3));
  expect_missing(order, event(4, 2));
  expect_missing(order, beat(9, at(4, 3)));
}

TEST(EventOrder, AHeartbeatMovesOnOnlyOverWhatCouldBeUnseen) {
  EventOrder order(chain(), at(4, 0));
  ASSERT_TRUE(order.accept(beat(3, at(4, 0))));
  expect_missing(order, beat(4, at(5, 0)));
  ASSERT_TRUE(order.accept(event(4, 0)));
  ASSERT_TRUE(order.accept(beat(4, at(4, 5))));
  ASSERT_TRUE(order.accept(beat(4, at(5, 0))));
  ASSERT_TRUE(order.accept(beat(4, at(5, 0))));
  expect_missing(order, beat(4, at(5, 1)));
}

TEST(EventOrder, ANodeSaysWhereAnOpenQuestionBegins) {
  EventOrder order(chain(), std::nullopt);
  expect_missing(order, event(4, 0));
  ASSERT_TRUE(order.accept(beat(3, at(4, 0))));
  EXPECT_TRUE(order.accept(event(4, 0)));
}

TEST(EventOrder, TheCursorBelongsToItsEventAndChain) {
  EventOrder order(chain(), at(4, 0));
  auto wrong = event(4, 0);
  wrong.next = at(4, 2);
  expect_missing(order, wrong);
  auto foreign = event(4, 0);
  foreign.next.chain.value[0] ^= 1U;
  EXPECT_EQ(order.accept(foreign).error().code, ErrorCode::kWrongChain);
}

TEST(EventKindNames, AreUniqueAndReadBack) {
  for (int number = 1; number <= 9; ++number) {
    const auto kind = static_cast<EventKind>(number);
    EXPECT_EQ(parse_event_kind(name(kind)), kind);
  }
  EXPECT_FALSE(parse_event_kind("heartbeat"));
  EXPECT_FALSE(parse_event_kind("?"));
  EXPECT_EQ(name(static_cast<EventKind>(99)), "?");
}

}  // namespace
}  // namespace galen::client
