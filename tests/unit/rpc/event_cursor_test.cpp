// Where a stream goes on, and what cannot be a cursor.
#include "unit/rpc/block_events_fixture.h"

#include <gmock/gmock.h>

namespace galen::rpc {
namespace {

using ::testing::ElementsAre;

TEST_F(BlockEventsTest, EveryCursorLeadsToExactlyTheRest) {
  happenings_.append();
  happenings_.grant();
  happenings_.access();
  const auto all = events(0, from_start());
  ASSERT_EQ(all.size(), 6U);
  for (std::size_t i = 0; i < all.size(); ++i) {
    v1::WatchRequest request;
    request.set_cursor(all[i].cursor());
    const auto rest = events(0, request);
    ASSERT_EQ(rest.size(), all.size() - i - 1);
    for (std::size_t j = 0; j < rest.size(); ++j) {
      EXPECT_EQ(rest[j].SerializeAsString(), all[i + 1 + j].SerializeAsString());
    }
  }
}

TEST_F(BlockEventsTest, ACursorMeansTheSameForEveryFilter) {
  happenings_.append();
  happenings_.grant();
  const auto of_other = events(2, from_start());
  v1::WatchRequest request;
  request.set_cursor(of_other[0].cursor());
  EXPECT_THAT(seen(0, request), ElementsAre(v1::EVENT_RECORD_APPENDED, v1::EVENT_ACCESS_GRANTED));
}

class CursorTest : public BlockEventsTest {
 protected:
  CursorTest() {
    happenings_.append();
    happenings_.append();
  }

  [[nodiscard]] ErrorCode refused(std::uint64_t height, std::uint32_t index) {
    return code_of(ledger::EventCursor{backend_.world.chain, Height{height}, index}.encode());
  }

  [[nodiscard]] ErrorCode code_of(BytesView cursor) {
    v1::WatchRequest request;
    request.set_cursor(wire(cursor));
    const auto batch = collect(0, request);
    return batch ? ErrorCode{} : batch.error().code;
  }
};

TEST_F(CursorTest, AtTheHeadIsWellAheadOfItIsNot) {
  EXPECT_EQ(refused(3, 0), ErrorCode{}) << "what comes next";
  EXPECT_EQ(refused(3, 1), ErrorCode::kUnavailable);
  EXPECT_EQ(refused(4, 0), ErrorCode::kUnavailable);
  v1::WatchRequest request;
  request.set_from_height(4);
  EXPECT_EQ(collect(0, request).error().code, ErrorCode::kUnavailable);
}

TEST_F(CursorTest, OfAnotherChainOrNoneIsRefused) {
  EXPECT_EQ(code_of(ledger::EventCursor{test::test_id<ChainId>(5), Height{1}, 0}.encode()),
            ErrorCode::kWrongChain);
  EXPECT_EQ(code_of(to_bytes("cursor")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused(1, 2), ErrorCode{});
  EXPECT_EQ(refused(1, 3), ErrorCode::kInvalidArgument) << "the block has one operation";
  v1::WatchRequest both = from_start();
  both.set_cursor(wire(ledger::EventCursor{backend_.world.chain, Height{1}, 0}.encode()));
  EXPECT_EQ(collect(0, both).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(CursorTest, WhatIsNotKeptIsToldAndNeverSkipped) {
  happenings_.append();
  backend_.reader.blocks.erase(Height{2});
  EXPECT_EQ(refused(2, 0), ErrorCode::kFailedPrecondition);
  const auto before = collect(0, from_start());
  ASSERT_TRUE(before);
  EXPECT_EQ(before->events.size(), 2U) << "what is there comes first";
  v1::WatchRequest behind;
  behind.set_cursor(before->events.back().cursor());
  EXPECT_EQ(collect(0, behind).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(refused(3, 0), ErrorCode{});
}

}  // namespace
}  // namespace galen::rpc
