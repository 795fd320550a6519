// What one peer may ask for (DOS-3): answers and bytes per second, others unharmed.
#include "fixture.h"

#include <gtest/gtest.h>

namespace galen::pbft::test {
namespace {

TEST(TokenBucket, ABurstThenARate) {
  TokenBucket bucket(10, 2);
  EXPECT_TRUE(bucket.take(0, 10));
  EXPECT_FALSE(bucket.take(0, 1));
  EXPECT_FALSE(bucket.take(1, 3));
  EXPECT_TRUE(bucket.take(1, 2));
  EXPECT_TRUE(bucket.take(1000, 10)) << "never more than its capacity";
  EXPECT_FALSE(bucket.take(1000, 1));
  EXPECT_TRUE(bucket.take(std::uint64_t{1} << 62U, 1000)) << "more than the capacity: a full one";
  EXPECT_FALSE(bucket.take(std::uint64_t{1} << 62U, 1));
}

TEST(TokenBucket, WhatIsGivenBackCanBeTakenAgain) {
  TokenBucket bucket(10, 2);
  EXPECT_TRUE(bucket.take(0, 8));
  bucket.give_back(5);
  EXPECT_FALSE(bucket.take(0, 8));
  EXPECT_TRUE(bucket.take(0, 7));
  bucket.give_back(1000);
  EXPECT_TRUE(bucket.take(0, 10)) << "never more than its capacity";
  EXPECT_FALSE(bucket.take(0, 1));
}

class Asking : public ::testing::Test {
 protected:
  Asking() : bench(4, 1) {
    bench.confirm();
    block = make_block(Height{1}, bench.consortium.genesis(), View{0}, 1);
    (void)bench.persist(
        bench.check_valid(bench.receive(bench.consortium.proposal(View{0}, block), 0)));
    (void)bench.ticks(60);
  }

  std::size_t answers(std::size_t peer, std::size_t times) {
    std::size_t found = 0;
    for (std::size_t i = 0; i < times; ++i)
      found += sent<Vote>(bench.receive(bench.status_of(Height{0}), peer)).empty() ? 0 : 1;
    return found;
  }

  Bench bench;
  TestBlock block;
};

TEST_F(Asking, StatusesOfAPeerAreAnsweredAtABoundedRate) {
  EXPECT_EQ(answers(3, 500), kAnswerBurst);
  EXPECT_TRUE(ignored(bench.receive(bench.status_of(Height{0}), 3), IgnoreReason::kAskedTooMuch));
  EXPECT_EQ(answers(2, 1), 1U) << "others are answered";
  (void)bench.ticks(3 * kTicksPerAnswer);
  EXPECT_EQ(answers(3, 500), 3U);
}

TEST_F(Asking, AStatusThatIsNotAnsweredStillCounts) {
  (void)answers(3, 500);
  StatusReport status = bench.status_of(Height{0});
  status.timer_expired = true;
  (void)bench.receive(status, 3);
  (void)bench.receive(Suspect{Epoch{0}, View{0}}, 2);
  EXPECT_EQ(bench.replica.status().suspects, (std::vector<bool>{false, false, true, true}));
}

TEST_F(Asking, BlockRequestsOfAPeerAreAnsweredAtABoundedRate) {
  std::size_t bodies = 0;
  for (std::size_t i = 0; i < 500; ++i)
    bodies += sent<BlockBody>(bench.receive(BlockRequest{Height{1}, block.info.hash}, 3)).size();
  EXPECT_EQ(bodies, kAnswerBurst);
  // Committed ones, too: each would be read and encoded.
  (void)bench.replica.step(Applied{
      bench.consortium.certificate(VoteType::kCommit, View{0}, Height{1}, block.info.hash)});
  std::size_t reads = 0;
  for (std::size_t i = 0; i < 500; ++i)
    reads +=
        actions<AnswerBlock>(bench.receive(BlockRequest{Height{1}, block.info.hash}, 2)).size();
  EXPECT_LE(reads, kAnswerBurst);
  EXPECT_GT(reads, 0U);
}

TEST(AskingBytes, BlocksOfFourMebibytesAreSentAtABoundedRate) {
  TokenBucket bytes(kBodyBurstBytes, kBodyBytesPerTick);
  constexpr std::uint64_t kBlock = 4 * 1024 * 1024;
  std::size_t sent_blocks = 0;
  for (std::uint64_t tick = 0; tick < 1000; ++tick) sent_blocks += bytes.take(tick, kBlock) ? 1 : 0;
  EXPECT_LE(sent_blocks * kBlock, kBodyBurstBytes + 1000 * kBodyBytesPerTick);
  EXPECT_GE(sent_blocks, 20U);
}

}  // namespace
}  // namespace galen::pbft::test
