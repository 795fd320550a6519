#include "node/serve_allowance.h"

#include <gtest/gtest.h>

namespace galen::node {
namespace {

using Payment = ServeAllowance::Payment;

/// Bytes a peer gets that asks for full replies all the time, each from `next()` on.
template <class Next>
std::uint64_t served(ServeAllowance& allowance, std::uint64_t ticks, Next next) {
  std::uint64_t bytes = 0;
  for (std::uint64_t tick = 0; tick < ticks; ++tick) {
    for (int i = 0; i < 20; ++i) {
      const Height first = next();
      const auto payment = allowance.pay(tick, first, first);
      if (!payment) continue;
      allowance.settle(*payment, Height{first.value + 63}, engine::kMaxReplyBytes);
      bytes += engine::kMaxReplyBytes;
    }
  }
  return bytes;
}

TEST(ServeAllowance, WhatThePeerHasIsNotSentAgain) {
  ServeAllowance allowance;
  EXPECT_FALSE(allowance.pay(0, Height{0}, Height{0})) << "genesis is nobody's block";
  allowance.note_status(Height{10});
  EXPECT_FALSE(allowance.pay(0, Height{1}, Height{1}));
  EXPECT_FALSE(allowance.pay(0, Height{10}, Height{10}));
  EXPECT_FALSE(allowance.pay(0, Height{1}, Height{10}));
  EXPECT_EQ(allowance.pay(0, Height{10}, Height{11}), Payment::kFresh)
      << "its status was quicker than its request";
  EXPECT_EQ(allowance.pay(0, Height{11}, Height{11}), Payment::kFresh);
  allowance.note_status(Height{5});
  EXPECT_EQ(allowance.pay(0, Height{6}, Height{6}), Payment::kFresh)
      << "restored from an older copy";
}

TEST(ServeAllowance, WhatItWasSentItGetsSlowly) {
  constexpr std::uint64_t kTicks = 2000;
  ServeAllowance fresh;
  std::uint64_t height = 1;
  const std::uint64_t new_bytes = served(fresh, kTicks, [&] { return Height{(height += 64)}; });
  EXPECT_LE(new_bytes, engine::kServeBurstBytes + kTicks * engine::kServeBytesPerTick);
  EXPECT_GE(new_bytes + engine::kMaxReplyBytes,
            engine::kServeBurstBytes + (kTicks - 1) * engine::kServeBytesPerTick);
  ServeAllowance again;
  const std::uint64_t same_bytes = served(again, kTicks, [] { return Height{1}; });
  EXPECT_LE(same_bytes, engine::kMaxReplyBytes + kRepeatBurstBytes + kTicks * kRepeatBytesPerTick);
  EXPECT_LT(3 * (same_bytes - kRepeatBurstBytes), new_bytes - engine::kServeBurstBytes);
}

TEST(ServeAllowance, RepeatsDoNotUseUpWhatIsNew) {
  ServeAllowance allowance;
  allowance.settle(*allowance.pay(0, Height{1}, Height{1}), Height{64}, 100);
  while (const auto payment = allowance.pay(0, Height{1}, Height{1}))
    allowance.settle(*payment, Height{64}, engine::kMaxReplyBytes);
  EXPECT_EQ(allowance.pay(0, Height{65}, Height{65}), Payment::kFresh);
}

TEST(ServeAllowance, SmallAnswersCostTheMinimum) {
  ServeAllowance allowance;
  std::uint64_t answers = 0;
  while (const auto payment = allowance.pay(0, Height{1 + answers}, Height{1 + answers})) {
    allowance.settle(*payment, Height{1 + answers}, 1);
    ++answers;
  }
  const std::uint64_t most = engine::kServeBurstBytes / engine::kServeCostBytes;
  EXPECT_LE(answers, most);
  EXPECT_GE(answers + engine::kMaxReplyBytes / engine::kServeCostBytes, most);
}

TEST(ServeAllowance, NothingSentCountsAsNothingSent) {
  ServeAllowance allowance;
  const auto payment = allowance.pay(0, Height{5}, Height{5});
  ASSERT_TRUE(payment);
  allowance.settle(*payment, Height{68}, 0);
  EXPECT_EQ(allowance.pay(0, Height{5}, Height{5}), Payment::kFresh);
}

}  // namespace
}  // namespace galen::node
