#include "node/toll.h"

#include <gtest/gtest.h>

namespace galen::node {
namespace {

/// Messages of this cost that are taken in within so many ticks, by a peer that waits until each is
/// paid.
std::uint64_t taken(std::uint64_t cost, std::uint64_t ticks) {
  Toll toll;
  std::uint64_t messages = 0;
  for (std::uint64_t tick = 0; tick < ticks; ++messages) tick = toll.charge(tick, cost);
  return messages;
}

TEST(Toll, ABurstIsTakenAtOnce) {
  Toll toll;
  for (std::uint64_t i = 0; i < kTollBurst; ++i) EXPECT_EQ(toll.charge(5, kMessageToll), 5U);
  EXPECT_EQ(toll.charge(5, kMessageToll), 6U);
  EXPECT_EQ(toll.charge(5, kTollPerTick), 7U);
}

TEST(Toll, ThenSoManyATick) {
  for (const std::uint64_t cost : {kMessageToll, kViewChangeToll, kNewViewToll}) {
    const std::uint64_t paid = kTollBurst + 1000 * kTollPerTick;
    EXPECT_GE(taken(cost, 1000), paid / cost - kTollPerTick);
    EXPECT_LE(taken(cost, 1000), paid / cost + 1);
  }
}

TEST(Toll, WhatIsRefusedCostsAHundredTimesAsMuch) {
  EXPECT_LE(taken(kRefusedToll, 1000), 20U + 100U + 1U);
}

TEST(Toll, WhatWasPaidIsForgottenAndNoMore) {
  Toll toll;
  for (int i = 0; i < 10; ++i) (void)toll.charge(0, kTollBurst);
  const std::uint64_t paid = toll.charge(0, 1);
  EXPECT_EQ(paid, (9 * kTollBurst + 1 + kTollPerTick - 1) / kTollPerTick);
  EXPECT_EQ(toll.charge(paid, 9), paid);
  EXPECT_EQ(toll.charge(paid, 1), paid + 1);
  // However long it was silent: one burst.
  EXPECT_EQ(toll.charge(~std::uint64_t{0} - 1000, kTollBurst), ~std::uint64_t{0} - 1000);
  EXPECT_EQ(toll.charge(~std::uint64_t{0} - 1000, 1), ~std::uint64_t{0} - 999);
}

class TollGateTest : public ::testing::Test {
 protected:
  /// One message of the peer; its window is free when `freed_` has risen.
  void send(std::uint16_t peer, std::uint64_t cost, std::uint64_t tick) {
    const TollGate::Guard guard(nullptr, [this](void*) { ++freed_; });
    gate_.charge(ValidatorIndex{peer}, cost, guard, [tick] { return tick; });
  }

  int freed_ = 0;
  TollGate gate_;
};

TEST_F(TollGateTest, AWindowIsFreeAtOnceOrWhenItIsPaid) {
  send(1, kTollBurst, 7);
  EXPECT_EQ(freed_, 1);
  send(1, kRefusedToll, 7);
  EXPECT_EQ(freed_, 1);
  EXPECT_EQ(gate_.held(), 1U);
  gate_.advance(7 + kRefusedToll / kTollPerTick - 1);
  EXPECT_EQ(freed_, 1);
  gate_.advance(7 + kRefusedToll / kTollPerTick);
  EXPECT_EQ(freed_, 2);
  EXPECT_EQ(gate_.held(), 0U);
}

TEST_F(TollGateTest, APeerPaysForItselfAlone) {
  send(1, 2 * kTollBurst, 0);
  EXPECT_EQ(freed_, 0);
  send(2, kTollBurst, 0);
  EXPECT_EQ(freed_, 1);
  gate_.advance(kTollBurst / kTollPerTick);
  EXPECT_EQ(freed_, 2);
}

TEST_F(TollGateTest, WhatIsStillUsedElsewhereIsNotFree) {
  TollGate::Guard guard(nullptr, [this](void*) { ++freed_; });
  gate_.charge(ValidatorIndex{1}, 2 * kTollBurst, guard, [] { return std::uint64_t{0}; });
  gate_.charge(ValidatorIndex{1}, kRefusedToll, guard, [] { return std::uint64_t{0}; });
  EXPECT_EQ(gate_.held(), 2U);
  gate_.advance(1'000'000);
  EXPECT_EQ(freed_, 0);
  guard.reset();
  EXPECT_EQ(freed_, 1);
}

/// A window may be freed by what reads more at once, and is charged again.
TEST_F(TollGateTest, FreeingMayChargeAgain) {
  TollGate::Guard guard(nullptr, [this](void*) { send(1, kMessageToll, 1'000'000); });
  gate_.charge(ValidatorIndex{1}, 2 * kTollBurst, guard, [] { return std::uint64_t{0}; });
  guard.reset();
  gate_.advance(1'000'000);
  EXPECT_EQ(freed_, 1);
}

TEST(Toll, ViewChangesCostMoreThanVotes) {
  EXPECT_EQ(toll_of(pbft::Message(pbft::Vote{})), kMessageToll);
  EXPECT_EQ(toll_of(pbft::Message(pbft::StatusReport{})), kMessageToll);
  EXPECT_EQ(toll_of(pbft::Message(pbft::ViewChange{})), kViewChangeToll);
  EXPECT_EQ(toll_of(pbft::Message(pbft::NewView{})), kNewViewToll);
}

}  // namespace
}  // namespace galen::node
