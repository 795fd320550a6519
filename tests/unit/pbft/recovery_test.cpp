// CONSENSUS.md 24, 25, and catching up.
#include "unit/pbft/fixture.h"

namespace galen::pbft::test {
namespace {

Certificate committed(const Consortium& c, const TestBlock& block) {
  return c.certificate(VoteType::kCommit, View{0}, block.info.height, block.info.hash);
}

Restored restored_from(const Consortium& c, std::vector<JournalRecord> records, std::size_t self) {
  auto verified = c.verifier().restore(std::move(records), member(self));
  EXPECT_TRUE(verified.has_value()) << (verified ? "" : verified.error().message);
  return {*std::move(verified), {}, false};
}

/// A PREPARE of member 1 for the block, as its journal holds it.
JournalRecord own_prepare(const Consortium& c, const TestBlock& block) {
  VoteRecord record;
  record.vote = c.vote(1, VoteType::kPrepare, View{0}, block.info.height, block.info.hash);
  record.block = block.bytes;
  return record;
}

TEST(Rule24, AStatusGoesToAllOnStartAndAtLeastEverySecond) {
  Config config;
  config.self = member(0);
  config.validators = 4;
  Replica replica(config, {{}, {}, {}}, {});
  EXPECT_EQ(sent<StatusReport>(replica.start()).size(), 1U);
  std::size_t silent = 0;
  for (int tick = 0; tick < 500; ++tick) {
    silent = sent<StatusReport>(replica.step(Tick{})).empty() ? silent + 1 : 0;
    ASSERT_LE(silent * kTickMs, 1000U);
  }
}

TEST(Rule24, AConnectedPeerGetsAStatusAtOnce) {
  Bench bench(4, 1);
  const Output out = bench.replica.step(PeerConnected{member(3)});
  ASSERT_EQ(out.send.size(), 1U);
  EXPECT_EQ(out.send[0].to, member(3));
  EXPECT_TRUE(std::holds_alternative<StatusReport>(out.send[0].message));
}

TEST(Rule24, AChangeIsReportedSoon) {
  Bench bench(4, 1);
  bench.confirm();
  (void)bench.ticks(30);
  (void)bench.replica.step(Applied{committed(bench.consortium, block_at_one(bench.consortium))});
  EXPECT_FALSE(sent<StatusReport>(bench.ticks(11)).empty());
}

TEST(Rule24, TheAnswerIsExactlyWhatIsMissing) {
  Bench bench(4, 1);
  bench.confirm();
  const Consortium& c = bench.consortium;
  const TestBlock block = block_at_one(c);
  (void)bench.persist(bench.check_valid(bench.receive(c.proposal(View{0}, block), 0)));
  (void)bench.receive(c.vote(2, VoteType::kPrepare, View{0}, Height{1}, block.info.hash), 2);
  const StatusReport nothing = bench.status_of(Height{0});
  EXPECT_TRUE(bench.receive(nothing, 3).send.empty()) << "what is still on its way is not missing";
  (void)bench.ticks(Timing{}.resend_ticks);
  Output out = bench.receive(nothing, 3);
  EXPECT_EQ(sent<Vote>(out).size(), 1U) << "the own PREPARE first";
  EXPECT_TRUE(sent<Proposal>(out).empty());
  (void)bench.ticks(Timing{}.relay_ticks);
  out = bench.receive(nothing, 3);
  EXPECT_EQ(sent<Proposal>(out).size(), 1U);
  EXPECT_EQ(sent<Vote>(out).size(), 3U) << "PREPAREs of 0, 1 and 2";
  for (const Send& send : out.send) EXPECT_EQ(send.to, member(3));
  StatusReport all = bench.replica.status();
  EXPECT_TRUE(bench.receive(all, 3).send.empty());
  all.slots[0].members[2].prepare.reset();
  out = bench.receive(all, 3);
  ASSERT_EQ(out.send.size(), 1U);
  EXPECT_EQ(std::get<Vote>(out.send[0].message).member, member(2));
}

TEST(Rule24, APeerThatJustConnectedIsAnsweredWithoutDelay) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = block_at_one(bench.consortium);
  (void)bench.persist(
      bench.check_valid(bench.receive(bench.consortium.proposal(View{0}, block), 0)));
  (void)bench.replica.step(PeerConnected{member(3)});
  const Output out = bench.receive(bench.status_of(Height{0}), 3);
  EXPECT_EQ(sent<Proposal>(out).size(), 1U);
  EXPECT_EQ(sent<Vote>(out).size(), 2U);
}

TEST(Rule24, APeerOneBlockBehindGetsTheBlockAndOneFurtherBehindTheProof) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock first = block_at_one(bench.consortium);
  const TestBlock second = make_block(Height{2}, first.info.hash, View{0}, 2);
  (void)bench.replica.step(Applied{committed(bench.consortium, first)});
  (void)bench.replica.step(Applied{committed(bench.consortium, second)});
  (void)bench.ticks(20);
  Output out = bench.receive(bench.status_of(Height{1}), 3);
  ASSERT_EQ(actions<AnswerBlock>(out).size(), 1U);
  EXPECT_EQ(actions<AnswerBlock>(out)[0].height, Height{2});
  out = bench.receive(bench.status_of(Height{0}), 3);
  ASSERT_EQ(sent<CommitProof>(out).size(), 1U);
  EXPECT_EQ(sent<CommitProof>(out)[0].certificate.subject.height, Height{2});
}

TEST(Rule24, ANewViewIsHandedToWhoMissedIt) {
  Bench bench(4, 3);
  bench.confirm();
  const Consortium& c = bench.consortium;
  const NewView new_view = c.new_view(
      View{1}, {c.view_change(0, View{1}), c.view_change(1, View{1}), c.view_change(2, View{1})});
  (void)bench.receive(new_view, 1);
  const Output out = bench.receive(bench.status_of(Height{0}), 0);
  ASSERT_EQ(sent<NewView>(out).size(), 1U);
  EXPECT_EQ(sent<NewView>(out)[0], new_view);
  StatusReport ahead = bench.status_of(Height{0});
  ahead.view_change = View{2};
  EXPECT_TRUE(sent<NewView>(bench.receive(ahead, 0)).empty()) << "he could not accept it (rule 13)";
}

TEST(Rule24, AViewEnteredByCertificateIsHandedOnByCertificate) {
  Bench bench(4, 3);
  bench.confirm();
  const TestBlock block = block_at_one(bench.consortium);
  const Certificate certificate =
      bench.consortium.certificate(VoteType::kCommit, View{2}, Height{1}, block.info.hash);
  (void)bench.replica.step(Applied{certificate});
  const Output out = bench.receive(bench.status_of(Height{1}), 0);
  ASSERT_EQ(sent<CommitProof>(out).size(), 1U);
  EXPECT_EQ(sent<CommitProof>(out)[0].certificate, certificate);
}

TEST(Rule24, AClaimedHeightIsNoTarget) {
  Bench bench(4, 1);
  bench.confirm();
  StatusReport far = bench.status_of(Height{1'000'000});
  const Output out = bench.receive(far, 2);
  EXPECT_EQ(sent<StatusReport>(out).size(), 1U) << "the own status asks for proof";
  EXPECT_TRUE(actions<SyncTo>(bench.ticks(100)).empty());
  EXPECT_EQ(bench.replica.certified(), Height{0});
}

TEST(Rule25, ARestartedReplicaVotesOnlyAfterQuorumLessOneOthers) {
  Bench bench(4, 1);
  const TestBlock block = block_at_one(bench.consortium);
  const Output received = bench.receive(bench.consortium.proposal(View{0}, block), 0);
  EXPECT_TRUE(actions<CheckBlock>(received).empty());
  EXPECT_TRUE(actions<CheckBlock>(bench.receive(bench.status_of(Height{0}), 0)).empty());
  EXPECT_FALSE(bench.replica.may_vote());
  EXPECT_TRUE(actions<CheckBlock>(bench.receive(bench.status_of(Height{0}), 0)).empty())
      << "one member counts once";
  const Output confirmed = bench.receive(bench.status_of(Height{0}), 2);
  EXPECT_TRUE(bench.replica.may_vote());
  EXPECT_EQ(actions<CheckBlock>(confirmed).size(), 1U);
}

TEST(Rule25, AStatusThatShowsAnUnknownOwnVoteDoesNotCount) {
  Bench bench(4, 1);
  const TestBlock block = block_at_one(bench.consortium);
  StatusReport suspicious = bench.status_of(Height{0});
  suspicious.slots[0].members[1].commit = HeldVote{View{0}, block.info.hash};
  (void)bench.receive(suspicious, 0);
  (void)bench.receive(bench.status_of(Height{0}), 2);
  EXPECT_FALSE(bench.replica.may_vote());
  EXPECT_FALSE(bench.replica.amnesia()) << "an unsigned claim proves nothing";
  (void)bench.receive(bench.status_of(Height{0}), 3);
  EXPECT_TRUE(bench.replica.may_vote()) << "one liar cannot keep a replica silent";
}

TEST(Rule25, TheWayUpToAPeersHeightComesFirst) {
  Bench bench(4, 1);
  (void)bench.receive(bench.status_of(Height{1}), 0);
  (void)bench.receive(bench.status_of(Height{1}), 2);
  EXPECT_FALSE(bench.replica.may_vote()) << "own votes below his window are out of his sight";
  (void)bench.replica.step(Applied{committed(bench.consortium, block_at_one(bench.consortium))});
  EXPECT_TRUE(bench.replica.may_vote());
}

TEST(Rule25, ASignedOwnVoteBeyondTheJournalIsAmnesiaForEver) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = block_at_one(bench.consortium);
  const Output out = bench.receive(
      bench.consortium.vote(1, VoteType::kPrepare, View{0}, Height{1}, block.info.hash), 3);
  EXPECT_TRUE(traced(out, TraceKind::kAmnesia));
  EXPECT_EQ(actions<RememberAmnesia>(out).size(), 1U);
  EXPECT_FALSE(bench.replica.may_vote());
  (void)bench.receive(bench.status_of(Height{0}), 0);
  (void)bench.receive(bench.status_of(Height{0}), 2);
  EXPECT_TRUE(bench.check_valid(bench.receive(bench.consortium.proposal(View{0}, block), 0))
                  .persist.empty());
  // It follows all the same.
  EXPECT_EQ(actions<CommitBlock>(
                bench.receive(CommitProof{committed(bench.consortium, block), block.bytes}, 2))
                .size(),
            1U);
}

TEST(Rule25, AnOwnViewChangeBeyondTheJournalIsAmnesiaToo) {
  Bench bench(4, 1);
  bench.confirm();
  EXPECT_TRUE(
      traced(bench.receive(bench.consortium.view_change(1, View{1}), 3), TraceKind::kAmnesia));
  EXPECT_FALSE(bench.replica.may_vote());
}

TEST(Rule25, OwnViewMessagesOfHeightsTheLedgerLostAreNoAmnesia) {
  // The ledger came from an old copy; the journal had dropped these with the heights it wiped.
  Bench bench(4, 1, Restored{{}, Height{5}, false});
  bench.confirm();
  const Consortium& c = bench.consortium;
  const Output out = bench.receive(c.view_change(1, View{3}), 3);
  EXPECT_FALSE(traced(out, TraceKind::kAmnesia));
  EXPECT_EQ(bench.replica.status().view_change, View{3}) << "the promise holds again";
  std::vector<ViewChange> changes;
  for (const std::size_t who : {0U, 2U, 3U}) changes.push_back(c.view_change(who, View{5}));
  EXPECT_FALSE(traced(bench.receive(c.new_view(View{5}, changes), 3), TraceKind::kAmnesia));
  EXPECT_EQ(bench.replica.status().view, View{5});
}

TEST(Rule25, AmnesiaFromTheStartFollowsWithoutVoting) {
  Bench bench(4, 1, Restored{{}, {}, true});
  for (const std::size_t peer : {0U, 2U, 3U}) (void)bench.receive(bench.status_of(Height{0}), peer);
  (void)bench.replica.step(PendingTransactions{true});
  const TestBlock block = block_at_one(bench.consortium);
  const Output out = bench.receive(bench.consortium.proposal(View{0}, block), 0);
  EXPECT_TRUE(out.persist.empty() && bench.check_valid(out).persist.empty());
  EXPECT_TRUE(bench.ticks(5000).persist.empty());
}

TEST(Rule25, AnotherBlockIsNeverVotedForInASlotOfTheJournal) {
  const Consortium c(4);
  const TestBlock voted = block_at_one(c, 1);
  const TestBlock other = block_at_one(c, 2);
  Bench bench(4, 1, restored_from(c, {own_prepare(c, voted)}, 1));
  bench.confirm();
  const Output out = bench.receive(c.proposal(View{0}, other), 0);
  EXPECT_TRUE(out.persist.empty() && bench.check_valid(out).persist.empty());
}

TEST(Rule25, StoredVotesAreSentAgainAndStillCount) {
  const Consortium c(4);
  const TestBlock block = block_at_one(c);
  Bench bench(4, 1, restored_from(c, {own_prepare(c, block)}, 1));
  (void)bench.replica.step(PeerConnected{member(2)});
  const Output out = bench.receive(bench.status_of(Height{0}), 2);
  ASSERT_EQ(sent<Vote>(out).size(), 1U) << "before any new vote is allowed";
  EXPECT_EQ(sent<Vote>(out)[0].member, member(1));
  EXPECT_EQ(sent<Vote>(out)[0].subject.block, block.info.hash);
  bench.confirm();
  (void)bench.receive(c.vote(2, VoteType::kPrepare, View{0}, Height{1}, block.info.hash), 2);
  const Output commits = bench.receive(c.proposal(View{0}, block), 0);
  ASSERT_EQ(votes_asked(commits).size(), 1U);
  EXPECT_EQ(votes_asked(commits)[0].vote.subject.type, VoteType::kCommit);
}

TEST(Rule5, EveryOwnViewChangeAboveTheAppliedViewIsSentAgain) {
  Bench bench(4, 3);
  bench.confirm();
  (void)bench.receive(Suspect{Epoch{0}, View{0}}, 0);
  (void)bench.persist(bench.receive(Suspect{Epoch{0}, View{0}}, 2));
  (void)bench.receive(bench.consortium.view_change(2, View{2}), 2);
  (void)bench.persist(bench.receive(bench.consortium.view_change(0, View{2}), 0));
  ASSERT_EQ(bench.replica.status().view_change, View{2});
  (void)bench.ticks(100);
  std::vector<View> own;
  for (const ViewChange& change : sent<ViewChange>(bench.receive(bench.status_of(Height{0}), 1))) {
    if (change.member == member(3)) own.push_back(change.new_view);
  }
  EXPECT_EQ(own, (std::vector{View{1}, View{2}}));
}

TEST(Rule25, ACommitWaitsForThePrimarysPrepareTooAfterARestart) {
  const Consortium c(4);
  const TestBlock block = block_at_one(c);
  Bench bench(4, 1, restored_from(c, {own_prepare(c, block)}, 1));
  bench.confirm();
  Output out;
  for (const std::size_t backup : {2U, 3U}) {
    out = bench.receive(c.vote(backup, VoteType::kPrepare, View{0}, Height{1}, block.info.hash),
                        backup);
    EXPECT_TRUE(votes_asked(out).empty()) << "a quorum of PREPAREs without the primary's";
  }
  out = bench.receive(c.proposal(View{0}, block), 0);
  ASSERT_EQ(votes_asked(out).size(), 1U);
  EXPECT_EQ(votes_asked(out)[0].vote.subject.type, VoteType::kCommit);
}

TEST(Rule25, AStoredProposalIsSentAgainByteForByte) {
  const Consortium c(4);
  const TestBlock block = block_at_one(c);
  VoteRecord record;
  record.vote = c.vote(0, VoteType::kPrepare, View{0}, Height{1}, block.info.hash);
  record.is_proposal = true;
  record.block = block.bytes;
  Bench bench(4, 0, restored_from(c, {record}, 0));
  (void)bench.replica.step(PeerConnected{member(2)});
  const Output out = bench.receive(bench.status_of(Height{0}), 2);
  ASSERT_EQ(sent<Proposal>(out).size(), 1U);
  EXPECT_EQ(*sent<Proposal>(out)[0].block, *block.bytes);
  EXPECT_EQ(sent<Proposal>(out)[0].vote, record.vote) << "stored bytes, not a new signature";
}

TEST(Rule25, TheOwnViewChangeHoldsAfterARestart) {
  const Consortium c(4);
  Bench bench(4, 3, restored_from(c, {c.view_change(3, View{2})}, 3));
  bench.confirm();
  EXPECT_FALSE(bench.replica.active());
  const TestBlock block = block_at_one(c);
  EXPECT_TRUE(actions<CheckBlock>(bench.receive(c.proposal(View{0}, block), 0)).empty());
}

TEST(Rule25, ThePreparedCertificateSurvivesIntoTheNextViewChange) {
  const Consortium c(4);
  const TestBlock block = block_at_one(c);
  VoteRecord commit;
  commit.vote = c.vote(1, VoteType::kCommit, View{0}, Height{1}, block.info.hash);
  commit.prepared = c.certificate(VoteType::kPrepare, View{0}, Height{1}, block.info.hash);
  Bench bench(4, 1, restored_from(c, {own_prepare(c, block), commit}, 1));
  bench.confirm();
  (void)bench.receive(Suspect{Epoch{0}, View{0}}, 2);
  const Output out = bench.receive(Suspect{Epoch{0}, View{0}}, 3);
  ASSERT_EQ(asked<ViewChange>(out).size(), 1U);
  EXPECT_EQ(asked<ViewChange>(out)[0].prepared, commit.prepared);
  EXPECT_EQ(sent<BlockBody>(bench.receive(BlockRequest{Height{1}, block.info.hash}, 2)).size(), 1U)
      << "and the body it names is there (rule 4)";
}

TEST(Rule25, NoVoteAtAHeightWhoseVotesWereWiped) {
  // The ledger came from an old copy, the journal did not.
  Bench bench(4, 1, Restored{{}, Height{5}, false});
  bench.confirm();
  const TestBlock block = block_at_one(bench.consortium);
  EXPECT_TRUE(
      actions<CheckBlock>(bench.receive(bench.consortium.proposal(View{0}, block), 0)).empty());
}

TEST(CatchUp, NoVotesWhileACertificateAheadIsKnown) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = block_at_one(bench.consortium);
  const Certificate ahead =
      bench.consortium.certificate(VoteType::kCommit, View{0}, Height{9}, block.info.hash);
  (void)bench.receive(CommitProof{ahead, nullptr}, 2);
  EXPECT_EQ(bench.replica.certified(), Height{9});
  EXPECT_TRUE(
      actions<CheckBlock>(bench.receive(bench.consortium.proposal(View{0}, block), 0)).empty());
  const auto syncs = actions<SyncTo>(bench.ticks(60));
  ASSERT_GE(syncs.size(), 2U) << "repeated until it is done";
  EXPECT_EQ(syncs[0].target, Height{9});
  EXPECT_NE(syncs[0].from, syncs[1].from) << "and not always from the same peer";
}

TEST(CatchUp, VotesAgainOnceTheHeadIsReached) {
  Bench bench(4, 1);
  bench.confirm();
  std::vector<TestBlock> chain = {block_at_one(bench.consortium)};
  for (std::uint64_t h = 2; h <= 6; ++h)
    chain.push_back(make_block(Height{h}, chain.back().info.hash, View{0}, h));
  (void)bench.receive(CommitProof{committed(bench.consortium, chain[4]), nullptr}, 2);
  for (std::size_t i = 0; i < 5; ++i)
    (void)bench.replica.step(Applied{committed(bench.consortium, chain[i])});
  const Output out = bench.receive(
      bench.consortium.proposal(View{0}, chain[5], committed(bench.consortium, chain[4])), 0);
  EXPECT_EQ(votes_asked(bench.check_valid(out)).size(), 1U);
}

// SmartBFT#663: what comes again for the head changes nothing of the height that is voted on.
TEST(CatchUp, AProofOfTheHeadDisturbsNothing) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock first = block_at_one(bench.consortium);
  const Certificate parent = committed(bench.consortium, first);
  (void)bench.replica.step(Applied{parent});
  const TestBlock second = make_block(Height{2}, first.info.hash, View{0}, 2);
  const Output checking = bench.receive(bench.consortium.proposal(View{0}, second, parent), 0);
  const Output again = bench.receive(CommitProof{parent, first.bytes}, 3);
  EXPECT_TRUE(again.deliver.empty() && again.persist.empty());
  EXPECT_EQ(votes_asked(bench.check_valid(checking)).size(), 1U);
  EXPECT_TRUE(actions<SyncTo>(bench.ticks(100)).empty()) << "nothing to fetch";
}

TEST(Rule19, TheBaseOfANewViewMayBeOfALaterView) {
  // Only a liar sends it: his NEW-VIEW of view 1 rests on a block that view 2 committed as well.
  // Under a sanitizer: the certificate stands in what entering view 2 drops.
  Bench bench(4, 0);
  bench.confirm();
  const Consortium& c = bench.consortium;
  const TestBlock block = make_block(Height{1}, c.genesis(), View{0}, 1);
  const auto certified = [&](View view) {
    return c.certificate(VoteType::kCommit, view, Height{1}, block.info.hash, {1, 2, 3});
  };
  const Certificate later = certified(View{2});
  (void)bench.replica.step(Applied{certified(View{0})});
  (void)bench.receive(c.new_view(View{1},
                                 {c.view_change(1, View{1}, later),
                                  c.view_change(2, View{1}, certified(View{0})),
                                  c.view_change(3, View{1}, certified(View{0}))}),
                      1);
  EXPECT_EQ(bench.replica.view(), View{2});
  StatusReport behind = bench.replica.status();
  behind.view = View{0};
  const auto proofs = sent<CommitProof>(bench.receive(behind, 3));
  ASSERT_EQ(proofs.size(), 1U);
  EXPECT_EQ(proofs[0].certificate, later);
}

}  // namespace
}  // namespace galen::pbft::test
