#include "node/fair_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace galen::node {
namespace {

constexpr Lane kOwn{Priority::kNormal, 0};

Lane bulk(std::uint16_t peer) {
  return {Priority::kNormal, peer};
}

Lane urgent(std::uint16_t peer) {
  return {Priority::kUrgent, peer};
}

/// The senders of the next `count` tasks, each of which costs `cost_us` of its sender's.
std::vector<unsigned> serve(FairQueue& queue,
                            std::size_t count,
                            const std::vector<std::int64_t>& cost_us,
                            std::uint64_t now_ms = 0) {
  std::vector<unsigned> order;
  for (std::size_t i = 0; i < count; ++i) {
    const auto popped = queue.pop(now_ms);
    if (!popped) break;
    order.push_back(popped->lane.sender);
    queue.charge(popped->lane, popped->went_first, cost_us.at(popped->lane.sender));
  }
  return order;
}

std::size_t count_of(const std::vector<unsigned>& order, unsigned sender) {
  return static_cast<std::size_t>(std::count(order.begin(), order.end(), sender));
}

TEST(FairQueue, ServesEachLaneInOrder) {
  FairQueue queue(0);
  std::vector<int> ran;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(queue.push(kOwn, [&ran, i] { ran.push_back(i); }));
  EXPECT_FALSE(queue.empty());
  while (auto popped = queue.pop(0)) popped->task();
  EXPECT_EQ(ran, (std::vector<int>{0, 1, 2}));
  EXPECT_TRUE(queue.empty());
}

TEST(FairQueue, AFullLaneRefusesItsOwnTasksOnly) {
  FairQueue queue(2);
  EXPECT_TRUE(queue.push(bulk(1), [] {}));
  EXPECT_TRUE(queue.push(bulk(1), [] {}));
  EXPECT_FALSE(queue.push(bulk(1), [] {}));
  EXPECT_TRUE(queue.push(bulk(2), [] {}));
  EXPECT_TRUE(queue.push(kOwn, [] {}));
  EXPECT_TRUE(queue.push(urgent(1), [] {}));
  ASSERT_TRUE(queue.pop(0));
  ASSERT_TRUE(queue.pop(0));
}

TEST(FairQueue, AFloodOfManyTasksDelaysNobodyElse) {
  FairQueue queue(0);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(queue.push(bulk(1), [] {}));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(queue.push(bulk(2), [] {}));
    ASSERT_TRUE(queue.push(kOwn, [] {}));
  }
  const auto order = serve(queue, 60, {100, 100, 100});
  EXPECT_EQ(count_of(order, 0), 20U);
  EXPECT_EQ(count_of(order, 2), 20U);
}

TEST(FairQueue, SharesTimeNotTasks) {
  FairQueue queue(0);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(queue.push(bulk(1), [] {}));
    ASSERT_TRUE(queue.push(bulk(2), [] {}));
  }
  // Each task of peer 1 costs ten times as much.
  const auto order = serve(queue, 110, {0, 1000, 100});
  EXPECT_NEAR(static_cast<double>(count_of(order, 1)), 10, 2);
}

TEST(FairQueue, TimeThatWasNotAskedForIsNotSavedUp) {
  FairQueue queue(0);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(queue.push(bulk(1), [] {}));
  (void)serve(queue, 500, {0, 100, 100});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(queue.push(bulk(2), [] {}));
  const auto order = serve(queue, 20, {0, 100, 100});
  EXPECT_NEAR(static_cast<double>(count_of(order, 1)), 10, 1);
}

TEST(FairQueue, UrgentTasksGoFirst) {
  FairQueue queue(0);
  ASSERT_TRUE(queue.push(kOwn, [] {}));
  ASSERT_TRUE(queue.push(bulk(1), [] {}));
  ASSERT_TRUE(queue.push(urgent(3), [] {}));
  ASSERT_TRUE(queue.push(urgent(2), [] {}));
  EXPECT_EQ(serve(queue, 4, {1, 1, 1, 1}), (std::vector<unsigned>{2, 3, 0, 1}));
  ASSERT_TRUE(queue.push(kOwn, [] {}));
  EXPECT_FALSE(queue.pop_urgent(0)) << "nothing urgent waits";
  ASSERT_TRUE(queue.push(urgent(1), [] {}));
  EXPECT_TRUE(queue.pop_urgent(0));
}

TEST(FairQueue, AFloodOfUrgentTasksGetsHalfOfAThreadAndItsShareOfTheRest) {
  FairQueue queue(0);
  std::int64_t flood_us = 0;
  std::int64_t own_us = 0;
  std::size_t late = 0;
  std::int64_t now_us = 0;
  while (now_us < 20'000'000) {
    for (const Lane lane : {urgent(1), kOwn}) ASSERT_TRUE(queue.push(lane, [] {}));
    if (now_us % 100'000 == 0) {
      // A vote of another peer still goes first.
      ASSERT_TRUE(queue.push(urgent(2), [] {}));
      const auto popped = queue.pop(static_cast<std::uint64_t>(now_us / 1000));
      ASSERT_TRUE(popped);
      late += popped->lane.sender == 2 ? 0 : 1;
      queue.charge(popped->lane, popped->went_first, 0);
    }
    const auto popped = queue.pop(static_cast<std::uint64_t>(now_us / 1000));
    ASSERT_TRUE(popped);
    queue.charge(popped->lane, popped->went_first, 1000);
    (popped->lane.sender == 1 ? flood_us : own_us) += 1000;
    now_us += 1000;
  }
  EXPECT_GT(own_us, 9'000'000);
  EXPECT_GT(flood_us, 9'000'000);
  EXPECT_LT(flood_us, 10'000'000 + kUrgentBurstUs);
  EXPECT_LE(late, 20U) << "only while the flood has its burst, at equal rank";
}

// A peer's urgent work takes half of a thread and its bulk lane never empties at a fifth of that:
// who was idle meanwhile starts level with the bulk lane, not with the urgent one.
TEST(FairQueue, UrgentTimeDoesNotDelayWhoWasIdle) {
  FairQueue queue(0);
  const auto none = [] {};
  std::uint64_t now_ms = 0;
  const auto serve_one = [&](std::int64_t cost_us) {
    const auto popped = queue.pop(now_ms);
    if (!popped) return Lane{};
    queue.charge(popped->lane, popped->went_first, cost_us);
    return popped->lane;
  };
  ASSERT_TRUE(queue.push(bulk(2), none));
  for (int i = 0; i < 1'000; ++i, now_ms += 2) {
    ASSERT_TRUE(queue.push(urgent(2), none));
    ASSERT_TRUE(queue.push(bulk(2), none));
    EXPECT_EQ(serve_one(1'000), urgent(2));
    EXPECT_EQ(serve_one(200), bulk(2));
  }
  ASSERT_TRUE(queue.push(kOwn, none));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(queue.push(bulk(2), none));
  const std::vector<Lane> next{serve_one(200), serve_one(200)};
  EXPECT_EQ(std::count(next.begin(), next.end(), kOwn), 1);
}

TEST(FairQueue, OwnUrgentTasksAlwaysGoFirst) {
  FairQueue queue(0);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(queue.push({Priority::kUrgent, 0}, [] {}));
    ASSERT_TRUE(queue.push(bulk(1), [] {}));
    const auto popped = queue.pop(0);
    ASSERT_TRUE(popped);
    EXPECT_EQ(popped->lane.sender, 0);
    queue.charge(popped->lane, popped->went_first, kUrgentBurstUs);
  }
}

}  // namespace
}  // namespace galen::node
