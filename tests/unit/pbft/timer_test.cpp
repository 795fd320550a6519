// CONSENSUS.md 21: when the timer runs, and how long.
#include "unit/pbft/fixture.h"

#include <algorithm>

namespace galen::pbft::test {
namespace {

TEST(Rule21, TheTimerRunsWhileATransactionWaits) {
  Bench bench(4, 1);
  bench.confirm();
  EXPECT_FALSE(traced(bench.ticks(1000), TraceKind::kSuspected))
      << "no view change when idle (LIV-11)";
  (void)bench.replica.step(PendingTransactions{true});
  const std::size_t timeout = Timing{}.request_ticks;
  EXPECT_FALSE(traced(bench.ticks(timeout - 1), TraceKind::kSuspected));
  EXPECT_TRUE(traced(bench.ticks(1), TraceKind::kSuspected));
}

TEST(Rule21, TheTimerRunsWhileAnOwnVoteIsUnapplied) {
  Bench bench(4, 1);
  bench.confirm();
  (void)bench.persist(bench.check_valid(
      bench.receive(bench.consortium.proposal(View{0}, block_at_one(bench.consortium)), 0)));
  EXPECT_TRUE(traced(bench.ticks(Timing{}.request_ticks), TraceKind::kSuspected));
}

TEST(Rule21, TheTimerRestartsWithEveryAppliedBlock) {
  Bench bench(4, 1);
  bench.confirm();
  (void)bench.replica.step(PendingTransactions{true});
  (void)bench.ticks(Timing{}.request_ticks - 1);
  const TestBlock block = block_at_one(bench.consortium);
  (void)bench.replica.step(Applied{
      bench.consortium.certificate(VoteType::kCommit, View{0}, Height{1}, block.info.hash)});
  EXPECT_FALSE(traced(bench.ticks(Timing{}.request_ticks - 1), TraceKind::kSuspected));
}

// besu#7642: what doubled is T again once something was committed.
TEST(Rule21, ACommitBringsTheTimeoutBack) {
  Bench bench(4, 1);
  bench.confirm();
  (void)bench.replica.step(PendingTransactions{true});
  (void)bench.receive(new_view_of(bench.consortium, View{4}, {0, 2, 3}), 0);
  ASSERT_EQ(bench.replica.view(), View{4});
  const TestBlock block = block_at_one(bench.consortium, 1, View{4});
  (void)bench.replica.step(Applied{
      bench.consortium.certificate(VoteType::kCommit, View{4}, Height{1}, block.info.hash)});
  EXPECT_FALSE(traced(bench.ticks(Timing{}.request_ticks - 1), TraceKind::kSuspected));
  EXPECT_TRUE(traced(bench.ticks(1), TraceKind::kSuspected)) << "T, not 16 T";
}

TEST(Rule21, TheTimeoutDoublesWithEveryViewAtMostFourTimes) {
  for (const std::uint64_t views : {1U, 2U, 4U, 9U}) {
    Bench bench(4, (views + 1) % 4);
    bench.confirm();
    (void)bench.replica.step(PendingTransactions{true});
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < 4 && others.size() < 3; ++i) {
      if (i != (views + 1) % 4) others.push_back(i);
    }
    (void)bench.receive(new_view_of(bench.consortium, View{views}, others), views % 4);
    const std::size_t timeout = std::size_t{Timing{}.request_ticks}
                                << std::min<std::uint64_t>(views, 4);
    EXPECT_FALSE(traced(bench.ticks(timeout - 1), TraceKind::kSuspected)) << views;
    EXPECT_TRUE(traced(bench.ticks(1), TraceKind::kSuspected)) << views;
  }
}

}  // namespace
}  // namespace galen::pbft::test
