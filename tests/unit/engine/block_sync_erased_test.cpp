// Blocks with bodies that sources have no more: when a node stops looking for them (PRIVACY.md 18).
#include "block_sync_bench.h"
#include "engine/block_sync.h"

#include <gtest/gtest.h>

#include <set>

namespace galen::engine {
namespace {

using test::Bench;
using test::blocks_from;
using test::Request;

/// `first` of the target's blocks is erased at this source.
void answer_erased(Bench& bench, const Request& request) {
  ASSERT_TRUE(bench.sync.begin_reply(request.to, request.first, request.count));
  bench.sync.accept(request.to, {}, true);
}

TEST(BlockSync, ABlockWithErasedBodiesIsAskedOfEverybodyElse) {
  Bench bench(4, 5);
  std::set<ValidatorIndex> asked;
  for (std::uint64_t tick = 0; tick < 3; ++tick) {
    EXPECT_FALSE(bench.sync.is_erased());
    const auto requests = bench.sync.ask(tick);
    ASSERT_EQ(requests.size(), 1U);
    asked.insert(requests[0].to);
    answer_erased(bench, requests[0]);
  }
  EXPECT_EQ(asked.size(), 3U);
  EXPECT_TRUE(bench.sync.is_erased());
  EXPECT_TRUE(bench.sync.ask(3).empty()) << "nobody is asked twice";
  EXPECT_TRUE(bench.sync.take_blames().empty()) << "an erasure is nobody's fault";
}

TEST(BlockSync, WhoHasTheBodiesEndsTheSearch) {
  Bench bench(4, 5);
  for (std::uint64_t tick = 0; tick < 2; ++tick) answer_erased(bench, bench.sync.ask(tick).at(0));
  EXPECT_FALSE(bench.sync.is_erased()) << "one is left to ask";
  bench.answer(bench.sync.ask(2).at(0));
  EXPECT_FALSE(bench.sync.is_erased());
  EXPECT_EQ(bench.sync.waiting_blocks(), 5U);
}

TEST(BlockSync, TheWordOfFIsNoErasure) {
  Bench bench(4, 5);
  answer_erased(bench, bench.sync.ask(0).at(0));
  // The others do not answer, and are left alone for a while.
  std::uint64_t tick = 1;
  for (; tick < 3 * kSyncTimeoutTicks; ++tick) (void)bench.sync.ask(tick);
  EXPECT_FALSE(bench.sync.is_erased());
}

/// Whether two erased answers are enough within some timeouts, when the third source says nothing.
bool erased_beside_one_that_is_silent(Bench& bench) {
  bool erased = false;
  for (std::uint64_t tick = 0; tick < 40 * kSyncTimeoutTicks && !erased; ++tick) {
    for (const Request& request : bench.sync.ask(tick)) {
      if (request.to != ValidatorIndex{3}) answer_erased(bench, request);
    }
    erased = bench.sync.is_erased();
  }
  return erased;
}

TEST(BlockSync, ASilentSourceDoesNotHoldAnErasureUp) {
  Bench bench(4, 5);
  EXPECT_TRUE(erased_beside_one_that_is_silent(bench));
}

TEST(BlockSync, ASourceThatIsBehindDoesNotHoldAnErasureUp) {
  Bench bench(4, 5);
  bench.sync.note_status(ValidatorIndex{3}, Height{0});
  EXPECT_TRUE(erased_beside_one_that_is_silent(bench));
}

TEST(BlockSync, WhatComesBeforeTheErasedBlockIsKept) {
  Bench bench(4, 5);
  const Request request = bench.sync.ask(0).at(0);
  ASSERT_TRUE(bench.sync.begin_reply(request.to, request.first, request.count));
  bench.sync.accept(request.to, blocks_from(1, 3), true);
  EXPECT_EQ(bench.sync.waiting_blocks(), 3U);
  const auto next = bench.sync.ask(1);
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].first, Height{4});
  EXPECT_NE(next[0].to, request.to);
  bench.sync.note_applied(Height{3});
  answer_erased(bench, next[0]);
  answer_erased(bench, bench.sync.ask(2).at(0));
  EXPECT_TRUE(bench.sync.is_erased());
  bench.sync.note_applied(Height{4});
  EXPECT_FALSE(bench.sync.is_erased());
}

}  // namespace
}  // namespace galen::engine
