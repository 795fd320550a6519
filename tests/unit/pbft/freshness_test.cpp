// A state is fresh by answers to its own statuses (docs/adr/0013).
#include "unit/pbft/fixture.h"

namespace galen::pbft::test {
namespace {

TEST(Freshness, QuorumMustHaveReportedNoHigherCommit) {
  Bench bench(4, 1);
  EXPECT_FALSE(bench.replica.is_fresh());
  (void)bench.receive(bench.status_of(Height{0}), 0);
  EXPECT_FALSE(bench.replica.is_fresh());
  StatusReport higher = bench.status_of(Height{0});
  higher.max_commit_height = Height{1};
  (void)bench.receive(higher, 2);
  EXPECT_FALSE(bench.replica.is_fresh());
  (void)bench.receive(bench.status_of(Height{0}), 2);
  EXPECT_TRUE(bench.replica.is_fresh());
  (void)bench.ticks(Timing{}.fresh_ticks + 1);
  EXPECT_FALSE(bench.replica.is_fresh()) << "reports age";
}

TEST(Freshness, AnAnswerIsAsOldAsTheStatusThatItAnswers) {
  Bench bench(4, 1);
  const StatusReport early = bench.status_of(Height{0});
  (void)bench.ticks(Timing{}.fresh_ticks - 10);
  (void)bench.receive(early, 0);
  (void)bench.receive(early, 2);
  EXPECT_EQ(bench.replica.fresh_ticks_left(), 10U) << "however late it comes";
  (void)bench.ticks(9);
  EXPECT_TRUE(bench.replica.is_fresh());
  (void)bench.receive(early, 2);
  (void)bench.ticks(1);
  EXPECT_FALSE(bench.replica.is_fresh());
  (void)bench.receive(bench.status_of(Height{0}), 0);
  EXPECT_FALSE(bench.replica.is_fresh()) << "two old ones and a new one are no quorum of new ones";
  (void)bench.receive(bench.status_of(Height{0}), 3);
  EXPECT_EQ(bench.replica.fresh_ticks_left(), Timing{}.fresh_ticks);
}

TEST(Freshness, ACommitHeardOfCountsWhateverItAnswers) {
  Bench bench(4, 1);
  bench.confirm();
  ASSERT_TRUE(bench.replica.is_fresh());
  for (const std::size_t from : {0U, 2U}) {
    StatusReport status = bench.status_of(Height{0});
    status.echoes.assign(4, 0);
    status.max_commit_height = Height{1};
    (void)bench.receive(status, from);
  }
  EXPECT_FALSE(bench.replica.is_fresh());
}

TEST(Freshness, TimeThatPassedInAPauseCounts) {
  Bench bench(4, 1);
  bench.confirm();
  ASSERT_TRUE(bench.replica.is_fresh());
  (void)bench.replica.step(Tick{Timing{}.fresh_ticks - 1});
  EXPECT_EQ(bench.replica.fresh_ticks_left(), 1U);
  EXPECT_FALSE(sent<StatusReport>(bench.replica.step(Tick{1'000'000})).empty())
      << "and asks at once";
  EXPECT_FALSE(bench.replica.is_fresh());
}

TEST(Freshness, WhoseLedgerIsAnOlderOneRemembersThatItCommitted) {
  Restored restored;
  restored.wiped = Height{7};
  Bench bench(4, 1, std::move(restored));
  EXPECT_EQ(bench.replica.status().max_commit_height, Height{7});
  for (const std::size_t from : {0U, 2U, 3U}) (void)bench.receive(bench.status_of(Height{0}), from);
  EXPECT_TRUE(bench.replica.is_fresh()) << "three others are a quorum";
  (void)bench.ticks(Timing{}.fresh_ticks);
  for (const std::size_t from : {0U, 2U}) (void)bench.receive(bench.status_of(Height{0}), from);
  EXPECT_FALSE(bench.replica.is_fresh()) << "its own word does not count";
}

TEST(Freshness, NobodyCountsOnAnAmnesicMember) {
  Restored restored;
  restored.amnesia = true;
  Bench bench(4, 1, std::move(restored));
  EXPECT_EQ(bench.replica.status().max_commit_height, kNoCommitKnown);
  for (const std::size_t from : {0U, 2U}) (void)bench.receive(bench.status_of(Height{0}), from);
  EXPECT_FALSE(bench.replica.is_fresh());
  (void)bench.receive(bench.status_of(Height{0}), 3);
  EXPECT_TRUE(bench.replica.is_fresh());
}

TEST(Freshness, AnOlderAnswerThatComesLaterHidesNothing) {
  Bench bench(4, 1);
  const StatusReport early = bench.status_of(Height{0});
  (void)bench.ticks(5);
  StatusReport later = bench.status_of(Height{0});
  later.max_commit_height = Height{1};
  for (const std::size_t from : {0U, 2U, 3U}) (void)bench.receive(later, from);
  for (const std::size_t from : {0U, 2U, 3U}) (void)bench.receive(early, from);
  EXPECT_FALSE(bench.replica.is_fresh());
}

TEST(Freshness, WhatAnswersNoStatusOfThisRunCountsForNothing) {
  Bench bench(4, 1);
  StatusReport other = bench.status_of(Height{0});
  const std::uint64_t own = bench.replica.status().stamp;
  for (const std::uint64_t echo : {std::uint64_t{0}, own - 1, own + 1, ~std::uint64_t{0}}) {
    other.echoes[1] = echo;
    for (const std::size_t from : {0U, 2U, 3U}) (void)bench.receive(other, from);
    EXPECT_FALSE(bench.replica.is_fresh()) << echo;
  }
}

TEST(Freshness, AStatusEchoesTheLastOneOfEachMember) {
  Bench bench(4, 1);
  StatusReport heard = bench.status_of(Height{0});
  heard.stamp = 77;
  (void)bench.receive(heard, 3);
  EXPECT_EQ(bench.replica.status().echoes, (std::vector<std::uint64_t>{0, 0, 0, 77}));
  const std::uint64_t before = bench.replica.status().stamp;
  (void)bench.ticks(1);
  EXPECT_EQ(bench.replica.status().stamp, before + 1);
}

TEST(Freshness, WhoJustConnectedIsAnsweredAtOnce) {
  Bench bench(4, 1);
  bench.confirm();
  (void)bench.replica.step(PeerConnected{member(3)});
  StatusReport first = bench.status_of(Height{0});
  first.stamp = 5;
  const auto answers = sent<StatusReport>(bench.receive(first, 3));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].echoes[3], 5U);
  EXPECT_TRUE(sent<StatusReport>(bench.receive(first, 3)).empty());
}

}  // namespace
}  // namespace galen::pbft::test
