// CONSENSUS.md 10-23 but for the timers (timer_test.cpp), one test per rule; the weakened variants
// that the model caught fail here.
#include "base/limits.h"
#include "unit/pbft/fixture.h"

namespace galen::pbft::test {
namespace {

/// Two members suspect view `view`: the replica asks for its VIEW-CHANGE.
Output suspects(Bench& bench, View view, std::size_t a, std::size_t b) {
  (void)bench.receive(Suspect{Epoch{0}, view}, a);
  return bench.receive(Suspect{Epoch{0}, view}, b);
}

/// PREPAREs and COMMITs the block in view 0; returns the prepared certificate.
Certificate prepare_in_view_0(Bench& bench, const TestBlock& block) {
  (void)bench.persist(
      bench.check_valid(bench.receive(bench.consortium.proposal(View{0}, block), 0)));
  const Output out = bench.receive(
      bench.consortium.vote(3, VoteType::kPrepare, View{0}, block.info.height, block.info.hash), 3);
  EXPECT_EQ(votes_asked(out).size(), 1U);
  (void)bench.persist(out);
  return *votes_asked(out)[0].prepared;
}

TEST(Rule10, AViewChangeCarriesHeightCertificateAndPreparedCertificate) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock first = block_at_one(bench.consortium);
  const Certificate committed =
      bench.consortium.certificate(VoteType::kCommit, View{0}, Height{1}, first.info.hash);
  (void)bench.replica.step(Applied{committed});
  const TestBlock second = make_block(Height{2}, first.info.hash, View{0}, 2);
  (void)bench.persist(
      bench.check_valid(bench.receive(bench.consortium.proposal(View{0}, second, committed), 0)));
  (void)bench.persist(bench.receive(
      bench.consortium.vote(3, VoteType::kPrepare, View{0}, Height{2}, second.info.hash), 3));
  const Output out = suspects(bench, View{0}, 2, 3);
  ASSERT_EQ(asked<ViewChange>(out).size(), 1U);
  const ViewChange change = asked<ViewChange>(out)[0];
  EXPECT_EQ(change.new_view, View{1});
  EXPECT_EQ(change.height, Height{1});
  EXPECT_EQ(change.committed, committed);
  ASSERT_TRUE(change.prepared);
  EXPECT_EQ(change.prepared->subject.block, second.info.hash);
  // And it verifies at a peer.
  const auto record = std::get<ViewChange>(bench.consortium.signed_record(1, change));
  EXPECT_TRUE(bench.consortium.verifier().verify(record, member(1)));
}

TEST(Rule11, NoVoteBelowTheOwnViewChange) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = block_at_one(bench.consortium);
  (void)suspects(bench, View{0}, 2, 3);
  // Asked for is enough: the VIEW-CHANGE is not even synced yet.
  const Output out = bench.receive(bench.consortium.proposal(View{0}, block), 0);
  EXPECT_TRUE(actions<CheckBlock>(out).empty());
  EXPECT_TRUE(votes_asked(bench.check_valid(out)).empty());
  EXPECT_FALSE(bench.replica.active());
}

TEST(Rule11, ACheckThatEndsAfterTheViewChangeGivesNoVote) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = block_at_one(bench.consortium);
  const Output checking = bench.receive(bench.consortium.proposal(View{0}, block), 0);
  ASSERT_EQ(actions<CheckBlock>(checking).size(), 1U);
  (void)suspects(bench, View{0}, 2, 3);
  EXPECT_TRUE(bench.check_valid(checking).persist.empty());
}

TEST(Rule12, ThePrimarySendsANewViewOfExactlyAQuorumOnce) {
  Bench bench(4, 1);
  bench.confirm();
  (void)bench.persist(suspects(bench, View{0}, 2, 3));
  Output out = bench.receive(bench.consortium.view_change(2, View{1}), 2);
  EXPECT_TRUE(asked<NewView>(out).empty()) << "two of three";
  out = bench.receive(bench.consortium.view_change(3, View{1}), 3);
  ASSERT_EQ(asked<NewView>(out).size(), 1U);
  EXPECT_EQ(asked<NewView>(out)[0].view_changes.size(), 3U);
  EXPECT_EQ(bench.replica.view(), View{0}) << "entered only once it is synced";
  (void)bench.persist(out);
  EXPECT_EQ(bench.replica.view(), View{1});
  EXPECT_TRUE(bench.replica.active());
  EXPECT_TRUE(bench.receive(bench.consortium.view_change(0, View{1}), 0).persist.empty());
}

TEST(Rule13, AnActiveOrOlderViewIsNotEnteredAgain) {
  Bench bench(4, 3);
  bench.confirm();
  const NewView new_view = new_view_of(bench.consortium, View{2}, {0, 1, 2});
  EXPECT_TRUE(traced(bench.receive(new_view, 2), TraceKind::kViewEntered));
  EXPECT_TRUE(ignored(bench.receive(new_view, 2), IgnoreReason::kOldView));
  EXPECT_TRUE(ignored(bench.receive(new_view_of(bench.consortium, View{1}, {0, 1, 2}), 1),
                      IgnoreReason::kOldView));
  EXPECT_EQ(bench.replica.view(), View{2});
}

TEST(Rule13, ANewViewBelowTheOwnViewChangeIsRefused) {
  Bench bench(4, 3);
  bench.confirm();
  (void)bench.receive(bench.consortium.view_change(0, View{2}), 0);
  (void)bench.persist(bench.receive(bench.consortium.view_change(2, View{2}), 2));
  ASSERT_EQ(bench.replica.status().view_change, View{2});
  EXPECT_TRUE(ignored(bench.receive(new_view_of(bench.consortium, View{1}, {0, 1, 2}), 1),
                      IgnoreReason::kOldView));
  EXPECT_EQ(bench.replica.view(), View{0});
}

TEST(Rule13, BaseIsTheHighestHeightAndTheHighestPreparedViewThereIsForced) {
  const Consortium c(4);
  const TestBlock a = block_at_one(c, 1);
  const TestBlock b = block_at_one(c, 2);
  const Certificate low = c.certificate(VoteType::kPrepare, View{1}, Height{1}, a.info.hash);
  const Certificate high = c.certificate(VoteType::kPrepare, View{2}, Height{1}, b.info.hash);
  const NewView both = c.new_view(View{4},
                                  {c.view_change(0, View{4}, {}, high),
                                   c.view_change(1, View{4}, {}, low),
                                   c.view_change(2, View{4})});
  EXPECT_EQ(select(both).base, Height{0});
  EXPECT_EQ(select(both).forced->subject.block, b.info.hash) << "not the lowest certificate";
  // Certificates below the base play no part: height 1 is decided.
  const Certificate committed = c.certificate(VoteType::kCommit, View{3}, Height{1}, a.info.hash);
  const NewView above = c.new_view(View{4},
                                   {c.view_change(0, View{4}, {}, high),
                                    c.view_change(1, View{4}, committed),
                                    c.view_change(2, View{4})});
  EXPECT_EQ(select(above).base, Height{1});
  EXPECT_FALSE(select(above).forced) << "forcing from VIEW-CHANGEs below the base";
}

TEST(Rule14, OnlyTheForcedBlockIsVotedForAtBasePlusOne) {
  Bench bench(4, 3);
  bench.confirm();
  const Consortium& c = bench.consortium;
  const TestBlock forced = block_at_one(c, 1);
  const Certificate prepared =
      c.certificate(VoteType::kPrepare, View{0}, Height{1}, forced.info.hash);
  (void)bench.receive(c.new_view(View{1},
                                 {c.view_change(0, View{1}, {}, prepared),
                                  c.view_change(1, View{1}),
                                  c.view_change(2, View{1})}),
                      1);
  ASSERT_EQ(bench.replica.view(), View{1});
  const TestBlock fresh = block_at_one(c, 2, View{1});
  const Output refused = bench.receive(c.proposal(View{1}, fresh), 1);
  EXPECT_TRUE(ignored(refused, IgnoreReason::kNotForced));
  EXPECT_TRUE(actions<CheckBlock>(refused).empty());
}

TEST(Rule14, TheForcedBlockKeepsItsOriginView) {
  Bench bench(4, 3);
  bench.confirm();
  const Consortium& c = bench.consortium;
  const TestBlock forced = block_at_one(c, 1);
  const Certificate prepared =
      c.certificate(VoteType::kPrepare, View{0}, Height{1}, forced.info.hash);
  const NewView new_view = c.new_view(View{1},
                                      {c.view_change(0, View{1}, {}, prepared),
                                       c.view_change(1, View{1}),
                                       c.view_change(2, View{1})});
  (void)bench.receive(new_view, 1);
  const Output out = bench.receive(c.proposal(View{1}, forced), 1);
  ASSERT_EQ(actions<CheckBlock>(out).size(), 1U);
  EXPECT_TRUE(actions<CheckBlock>(out)[0].forced)
      << "proposer, origin view and time are not judged again";
  const Output voted = bench.check_valid(out);
  ASSERT_EQ(votes_asked(voted).size(), 1U);
  EXPECT_EQ(votes_asked(voted)[0].new_view, new_view)
      << "rule 3: the NEW-VIEW is synced with the first vote";
}

TEST(Rule14, APrimaryThatLacksTheForcedBlockFetchesItFromTheSigners) {
  Bench bench(4, 1);
  bench.confirm();
  const Consortium& c = bench.consortium;
  const TestBlock forced = block_at_one(c, 1);
  const Certificate prepared =
      c.certificate(VoteType::kPrepare, View{0}, Height{1}, forced.info.hash, {0, 2, 3});
  (void)bench.persist(suspects(bench, View{0}, 2, 3));
  (void)bench.receive(c.view_change(2, View{1}, {}, prepared), 2);
  Output out = bench.persist(bench.receive(c.view_change(3, View{1}), 3));
  ASSERT_EQ(bench.replica.view(), View{1});
  ASSERT_EQ(sent<BlockRequest>(out).size(), 1U);
  (void)bench.replica.step(PendingTransactions{true});
  EXPECT_TRUE(actions<BuildBlock>(bench.ticks(1)).empty()) << "no fresh block at a forced height";
  out = bench.receive(BlockBody{forced.bytes}, 2);
  ASSERT_EQ(actions<CheckBlock>(out).size(), 1U);
  const Output proposed = bench.check_valid(out);
  ASSERT_EQ(votes_asked(proposed).size(), 1U);
  EXPECT_TRUE(votes_asked(proposed)[0].is_proposal);
  EXPECT_EQ(*votes_asked(proposed)[0].block, *forced.bytes) << "byte-identical";
}

TEST(Rule15, AFreeViewWithAnEmptyPoolIsActiveWithoutAProposal) {
  Bench bench(4, 1);
  bench.confirm();
  (void)bench.persist(suspects(bench, View{0}, 2, 3));
  (void)bench.receive(bench.consortium.view_change(2, View{1}), 2);
  const Output out = bench.persist(bench.receive(bench.consortium.view_change(3, View{1}), 3));
  EXPECT_TRUE(bench.replica.active());
  EXPECT_TRUE(actions<BuildBlock>(out).empty());
  EXPECT_EQ(actions<BuildBlock>(bench.replica.step(PendingTransactions{true})).size(), 1U);
}

TEST(Rule16, WhoCommittedTheForcedHeightGoesOnAboveIt) {
  Bench bench(4, 3);
  bench.confirm();
  const Consortium& c = bench.consortium;
  const TestBlock block = block_at_one(c, 1);
  const Certificate committed =
      c.certificate(VoteType::kCommit, View{0}, Height{1}, block.info.hash);
  (void)bench.replica.step(Applied{committed});
  const Certificate prepared =
      c.certificate(VoteType::kPrepare, View{0}, Height{1}, block.info.hash);
  (void)bench.receive(c.new_view(View{1},
                                 {c.view_change(0, View{1}, {}, prepared),
                                  c.view_change(1, View{1}),
                                  c.view_change(2, View{1})}),
                      1);
  // A peer that still is below gets the certificate.
  StatusReport behind = bench.status_of(Height{0});
  behind.view = View{1};
  (void)bench.ticks(20);
  EXPECT_EQ(actions<AnswerBlock>(bench.receive(behind, 1)).size(), 1U);
  const TestBlock next = make_block(Height{2}, block.info.hash, View{1}, 2);
  const Output out = bench.receive(c.proposal(View{1}, next, committed), 1);
  ASSERT_EQ(actions<CheckBlock>(out).size(), 1U);
  EXPECT_FALSE(actions<CheckBlock>(out)[0].forced);
}

TEST(Rule17, AReplicaBelowTheBaseEntersFetchesAndVotesWhenItGotThere) {
  Bench bench(4, 3);
  bench.confirm();
  const Consortium& c = bench.consortium;
  const TestBlock first = block_at_one(c, 1);
  const Certificate committed =
      c.certificate(VoteType::kCommit, View{0}, Height{1}, first.info.hash);
  const Output entered = bench.receive(c.new_view(View{1},
                                                  {c.view_change(0, View{1}),
                                                   c.view_change(1, View{1}, committed),
                                                   c.view_change(2, View{1})}),
                                       1);
  EXPECT_EQ(bench.replica.view(), View{1});
  EXPECT_EQ(sent<BlockRequest>(entered).size(), 1U);
  const TestBlock conflicting = block_at_one(c, 9, View{1});
  EXPECT_TRUE(bench.check_valid(bench.receive(c.proposal(View{1}, conflicting), 1)).persist.empty())
      << "no vote below the base";
  (void)bench.replica.step(Applied{committed});
  const TestBlock second = make_block(Height{2}, first.info.hash, View{1}, 2);
  const Output out = bench.check_valid(bench.receive(c.proposal(View{1}, second, committed), 1));
  EXPECT_EQ(votes_asked(out).size(), 1U);
}

TEST(Rule18, APrivatePreparedCertificateIsNoLock) {
  Bench bench(4, 1);
  bench.confirm();
  const Consortium& c = bench.consortium;
  const TestBlock mine = block_at_one(c, 1);
  const Certificate prepared = prepare_in_view_0(bench, mine);
  // A NEW-VIEW of a quorum without this replica, free.
  (void)bench.receive(new_view_of(c, View{2}, {0, 2, 3}), 2);
  ASSERT_EQ(bench.replica.view(), View{2});
  const TestBlock other = block_at_one(c, 2, View{2});
  const Output out = bench.check_valid(bench.receive(c.proposal(View{2}, other), 2));
  ASSERT_EQ(votes_asked(out).size(), 1U);
  EXPECT_EQ(votes_asked(out)[0].vote.subject.block, other.info.hash);
  // It is not forgotten either: the next VIEW-CHANGE reports it.
  const Output change = suspects(bench, View{2}, 0, 3);
  ASSERT_EQ(asked<ViewChange>(change).size(), 1U);
  EXPECT_EQ(asked<ViewChange>(change)[0].prepared, prepared);
}

TEST(Rule19, ACommitCertificateOfALaterViewActivatesIt) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = block_at_one(bench.consortium);
  (void)bench.replica.step(Applied{bench.consortium.certificate(
      VoteType::kCommit, View{5}, Height{1}, block.info.hash, {0, 2, 3})});
  EXPECT_EQ(bench.replica.view(), View{5});
  EXPECT_TRUE(bench.replica.active());
  EXPECT_TRUE(bench.replica.is_primary());
}

TEST(Rule19, NotBelowTheOwnViewChange) {
  Bench bench(4, 1);
  bench.confirm();
  (void)bench.receive(bench.consortium.view_change(0, View{7}), 0);
  (void)bench.persist(bench.receive(bench.consortium.view_change(2, View{7}), 2));
  ASSERT_EQ(bench.replica.status().view_change, View{7});
  const TestBlock block = block_at_one(bench.consortium);
  (void)bench.replica.step(Applied{bench.consortium.certificate(
      VoteType::kCommit, View{5}, Height{1}, block.info.hash, {0, 2, 3})});
  EXPECT_EQ(bench.replica.view(), View{0});
  EXPECT_FALSE(bench.replica.active());
}

TEST(Rule19, AnotherCertificateOfTheAppliedHeightActivatesToo) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = block_at_one(bench.consortium);
  const auto certificate = [&](View view) {
    return bench.consortium.certificate(
        VoteType::kCommit, view, Height{1}, block.info.hash, {0, 2, 3});
  };
  (void)bench.replica.step(Applied{certificate(View{0})});
  (void)bench.receive(CommitProof{certificate(View{2}), nullptr}, 2);
  EXPECT_EQ(bench.replica.view(), View{2});
}

TEST(Rule22, OneSuspectMovesNobodyAndVotingGoesOn) {
  Bench bench(4, 1);
  bench.confirm();
  (void)bench.replica.step(PendingTransactions{true});
  const Output expired = bench.ticks(Timing{}.request_ticks);
  EXPECT_EQ(sent<Suspect>(expired).size(), 1U);
  EXPECT_TRUE(asked<ViewChange>(expired).empty());
  EXPECT_TRUE(bench.replica.status().timer_expired) << "every status repeats it";
  const Output out =
      bench.receive(bench.consortium.proposal(View{0}, block_at_one(bench.consortium)), 0);
  EXPECT_EQ(votes_asked(bench.check_valid(out)).size(), 1U);
}

TEST(Rule22, TheOwnSuspectAndOneMoreSignAViewChange) {
  Bench bench(4, 1);
  bench.confirm();
  (void)bench.replica.step(PendingTransactions{true});
  (void)bench.ticks(Timing{}.request_ticks);
  StatusReport status = bench.status_of(Height{0});
  status.timer_expired = true;
  const Output out = bench.receive(status, 2);
  ASSERT_EQ(asked<ViewChange>(out).size(), 1U);
  EXPECT_EQ(asked<ViewChange>(out)[0].new_view, View{1});
}

TEST(Rule22, SevenValidatorsNeedThreeSuspects) {
  Bench bench(7, 1);
  bench.confirm();
  EXPECT_TRUE(suspects(bench, View{0}, 2, 3).persist.empty());
  EXPECT_EQ(asked<ViewChange>(bench.receive(Suspect{Epoch{0}, View{0}}, 4)).size(), 1U);
}

TEST(Rule22, ACommitClearsSuspects) {
  Bench bench(4, 1);
  bench.confirm();
  (void)bench.receive(Suspect{Epoch{0}, View{0}}, 2);
  const TestBlock block = block_at_one(bench.consortium);
  (void)bench.replica.step(Applied{
      bench.consortium.certificate(VoteType::kCommit, View{0}, Height{1}, block.info.hash)});
  EXPECT_TRUE(bench.receive(Suspect{Epoch{0}, View{0}}, 3).persist.empty());
}

TEST(Rule22, SuspectsOfOtherViewsDoNotCount) {
  Bench bench(4, 1);
  bench.confirm();
  EXPECT_TRUE(ignored(bench.receive(Suspect{Epoch{0}, View{5}}, 2), IgnoreReason::kBeyondViews));
  EXPECT_TRUE(suspects(bench, View{5}, 2, 3).persist.empty());
}

TEST(Rule22, CensorshipFoundByTheEngineIsASuspicion) {
  Bench bench(4, 1);
  bench.confirm();
  EXPECT_EQ(sent<Suspect>(bench.replica.step(PrimarySuspected{View{0}})).size(), 1U);
  EXPECT_TRUE(sent<Suspect>(bench.replica.step(PrimarySuspected{View{0}})).empty());
}

TEST(Rule22, JoinsTheLargestViewThatWeakQuorumReaches) {
  Bench bench(7, 6);
  bench.confirm();
  const Consortium& c = bench.consortium;
  EXPECT_TRUE(bench.receive(c.view_change(1, View{9}), 1).persist.empty());
  EXPECT_TRUE(bench.receive(c.view_change(2, View{4}), 2).persist.empty());
  const Output out = bench.receive(c.view_change(3, View{3}), 3);
  ASSERT_EQ(asked<ViewChange>(out).size(), 1U);
  EXPECT_EQ(asked<ViewChange>(out)[0].new_view, View{3})
      << "three members reach 3, only two reach 4";
}

TEST(Rule22, OneMessageWithAHugeViewMovesNobody) {
  Bench bench(4, 1);
  bench.confirm();
  EXPECT_TRUE(bench.receive(bench.consortium.view_change(2, View{kMaxCounter}), 2).persist.empty());
  EXPECT_TRUE(bench.replica.active());
}

TEST(Rule23, MembersAboveTheOwnViewChangeCountForItsTimer) {
  // Two replicas at v' and one at v'+1: counting only those at v' would wait for ever.
  Bench bench(4, 3);
  bench.confirm();
  (void)bench.persist(suspects(bench, View{0}, 0, 2));
  (void)bench.receive(bench.consortium.view_change(2, View{1}), 2);
  ASSERT_EQ(bench.replica.status().view_change, View{1});
  (void)bench.ticks(Timing{}.request_ticks * 4);
  EXPECT_EQ(bench.replica.status().view_change, View{1}) << "two of three: only re-send";
  (void)bench.receive(bench.consortium.view_change(0, View{2}), 0);
  const Output out = bench.ticks(Timing{}.request_ticks * 2);
  ASSERT_EQ(asked<ViewChange>(out).size(), 1U);
  EXPECT_EQ(asked<ViewChange>(out)[0].new_view, View{2});
}

TEST(Rule23, AViewChangeIsSentAgainToWhoLacksIt) {
  Bench bench(4, 3);
  bench.confirm();
  (void)bench.persist(suspects(bench, View{0}, 0, 2));
  (void)bench.ticks(20);
  const StatusReport lacking = bench.status_of(Height{0});
  ASSERT_EQ(sent<ViewChange>(bench.receive(lacking, 1)).size(), 1U);
  StatusReport holding = lacking;
  holding.view_changes[3] = View{1};
  EXPECT_TRUE(sent<ViewChange>(bench.receive(holding, 1)).empty());
}

TEST(Limits, LargeBlocksVotedForAtOneHeightAreBounded) {
  Bench bench(4, 3);
  bench.confirm();
  const Consortium& c = bench.consortium;
  std::size_t votes = 0;
  const auto propose = [&](std::uint64_t view, std::size_t padding) {
    (void)bench.receive(new_view_of(c, View{view}, {0, 1, 2}), view % 4);
    const TestBlock block = make_block(Height{1}, c.genesis(), View{view}, view, padding);
    const Output out = bench.check_valid(bench.receive(c.proposal(View{view}, block), view % 4));
    (void)bench.persist(out);
    return votes_asked(out).size();
  };
  for (std::uint64_t view = 1; view < 97; ++view) {
    if (view % 4 != 3) votes += propose(view, kSmallBlockBytes);
  }
  EXPECT_EQ(votes, limits::kMaxBlocksVotedAtHeight);
  // Small ones go on for ever: a height that took many views must not stand still (LIV-8).
  EXPECT_EQ(propose(97, 0), 1U);
  EXPECT_EQ(propose(98, kSmallBlockBytes), 0U);
  const Replica::Buffered buffered = bench.replica.buffered();
  EXPECT_GE(buffered.blocks, limits::kMaxBlocksVotedAtHeight);
  EXPECT_LE(buffered.blocks, kMaxBufferedBlocks);
  EXPECT_GT(buffered.votes, 0U);
  EXPECT_LE(buffered.votes, kMaxBufferedVotes * 4);
  // A forced block is voted for all the same, or the height would stand still for ever (LIV-8).
  const View last{100};
  const TestBlock forced = block_at_one(c, 2, View{2});
  const Certificate prepared =
      c.certificate(VoteType::kPrepare, View{2}, Height{1}, forced.info.hash);
  const NewView new_view = c.new_view(
      last, {c.view_change(0, last, {}, prepared), c.view_change(1, last), c.view_change(2, last)});
  (void)bench.receive(new_view, 0);
  const Output out = bench.check_valid(bench.receive(c.proposal(last, forced), 0));
  EXPECT_EQ(votes_asked(out).size(), 1U);
}

TEST(Limits, AfterManyBlocksAtAHeightAPrimaryBuildsSmallOnes) {
  for (const std::uint64_t before : {1U, 80U}) {
    Bench bench(4, 3);
    bench.confirm();
    const Consortium& c = bench.consortium;
    for (std::uint64_t view = 1; view <= before; ++view) {
      if (view % 4 == 3) continue;
      (void)bench.receive(new_view_of(c, View{view}, {0, 1, 2}), view % 4);
      const TestBlock block = block_at_one(c, view, View{view});
      (void)bench.persist(
          bench.check_valid(bench.receive(c.proposal(View{view}, block), view % 4)));
    }
    const View own{before - before % 4 + (before % 4 < 3 ? 3 : 7)};
    (void)bench.replica.step(PendingTransactions{true});
    std::vector<BuildBlock> asked_for;
    for (const std::size_t who : {0U, 1U}) {
      Output out = bench.receive(c.view_change(who, own), who);
      while (!out.persist.empty()) out = bench.persist(out);  // the own one, then the NEW-VIEW
      for (const BuildBlock& build : actions<BuildBlock>(out)) asked_for.push_back(build);
    }
    ASSERT_EQ(bench.replica.view(), own);
    ASSERT_EQ(asked_for.size(), 1U);
    EXPECT_EQ(asked_for[0].small, before == 80);
  }
}

TEST(Rule10, ALedgerOlderThanTheJournalSignsNoViewChange) {
  // It has wiped what it prepared and committed: its word that a height is open would be false.
  Bench bench(4, 3, Restored{{}, Height{2}, false});
  bench.confirm();
  for (const std::size_t who : {0U, 1U, 2U})
    EXPECT_TRUE(bench.receive(bench.consortium.view_change(who, View{1}), who).persist.empty());
  EXPECT_TRUE(bench.ticks(Timing{}.request_ticks * 40).persist.empty());
  EXPECT_EQ(bench.replica.asked_view(), View{0});
}

}  // namespace
}  // namespace galen::pbft::test
