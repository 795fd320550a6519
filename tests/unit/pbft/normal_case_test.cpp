// CONSENSUS.md 1-9, one test per rule.
#include "unit/pbft/fixture.h"

namespace galen::pbft::test {
namespace {

TestBlock first_block(const Bench& bench, std::uint64_t payload = 1, View origin = {}) {
  return make_block(Height{1}, bench.consortium.genesis(), origin, payload);
}

/// A backup that PREPAREd the block and was told so by its journal.
Output prepare(Bench& bench, const TestBlock& block, View view = {}) {
  const Output received =
      bench.receive(bench.consortium.proposal(view, block), view.value % bench.consortium.size());
  return bench.persist(bench.check_valid(received));
}

Output receive_votes(Bench& bench,
                     VoteType type,
                     const TestBlock& block,
                     const std::vector<std::size_t>& members,
                     View view = {}) {
  Output merged;
  for (const std::size_t who : members) {
    Bench::append(
        merged,
        bench.receive(bench.consortium.vote(who, type, view, block.info.height, block.info.hash),
                      who));
  }
  return merged;
}

TEST(Rule1, ThePrimaryIsViewModuloN) {
  const Bench bench(5, 1);
  EXPECT_EQ(bench.replica.primary(View{0}), member(0));
  EXPECT_EQ(bench.replica.primary(View{4}), member(4));
  EXPECT_EQ(bench.replica.primary(View{7}), member(2));
}

TEST(Rule1, TheProposalIsThePrimarysPrepare) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = first_block(bench);
  Output out = prepare(bench, block);
  EXPECT_TRUE(votes_asked(out).empty()) << "primary and self are two of three";
  out = receive_votes(bench, VoteType::kPrepare, block, {2});
  ASSERT_EQ(votes_asked(out).size(), 1U);
  EXPECT_TRUE(votes_asked(out)[0].prepared->signatures.contains(member(0)));
}

TEST(Rule1, SixValidatorsNeedFourVotes) {
  Bench bench(6, 1);
  bench.confirm();
  const TestBlock block = first_block(bench);
  (void)prepare(bench, block);
  EXPECT_TRUE(votes_asked(receive_votes(bench, VoteType::kPrepare, block, {2})).empty());
  const Output out = receive_votes(bench, VoteType::kPrepare, block, {3});
  ASSERT_EQ(votes_asked(out).size(), 1U);
  EXPECT_EQ(votes_asked(out)[0].prepared->signatures.size(), 4U);
}

TEST(Rule1, AnotherVoteOfOneMemberNeverCounts) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = first_block(bench);
  (void)prepare(bench, block);
  const Output again = receive_votes(bench, VoteType::kPrepare, block, {0, 0});
  EXPECT_TRUE(ignored(again, IgnoreReason::kDuplicate));
  EXPECT_TRUE(votes_asked(again).empty());
}

TEST(Rule2, APrimaryAsksForABlockOnlyWhenTransactionsWait) {
  Bench bench(4, 0);
  bench.confirm();
  EXPECT_TRUE(bench.ticks(300).deliver.empty()) << "no empty blocks";
  const Output out = bench.replica.step(PendingTransactions{true});
  ASSERT_EQ(actions<BuildBlock>(out).size(), 1U);
  EXPECT_EQ(actions<BuildBlock>(out)[0].height, Height{1});
  EXPECT_EQ(actions<BuildBlock>(out)[0].parent, bench.consortium.genesis());
  EXPECT_TRUE(actions<BuildBlock>(bench.replica.step(PendingTransactions{true})).empty())
      << "asked once";
}

TEST(Rule2, ADeclinedBuildIsAskedAgainWithNewTransactions) {
  Bench bench(4, 0);
  bench.confirm();
  (void)bench.replica.step(PendingTransactions{true});
  EXPECT_TRUE(actions<BuildBlock>(bench.replica.step(BuildDeclined{View{0}, Height{1}})).empty());
  EXPECT_EQ(actions<BuildBlock>(bench.replica.step(PendingTransactions{true})).size(), 1U);
}

TEST(Rule2, VotesOnlyAtAppliedPlusOne) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock first = first_block(bench);
  const TestBlock second = make_block(Height{2}, first.info.hash, View{0}, 2);
  const Certificate parent =
      bench.consortium.certificate(VoteType::kCommit, View{0}, Height{1}, first.info.hash);
  const Output out = bench.receive(bench.consortium.proposal(View{0}, second, parent), 0);
  EXPECT_TRUE(actions<CheckBlock>(out).empty());
  EXPECT_TRUE(out.persist.empty());
  // It is buffered: with height 1 applied it is checked without being sent again.
  const Output applied = bench.replica.step(Applied{parent});
  ASSERT_EQ(actions<CheckBlock>(applied).size(), 1U);
  EXPECT_EQ(actions<CheckBlock>(applied)[0].hash, second.info.hash);
}

TEST(Rule2, BuffersTwoHeightsOnly) {
  Bench bench(4, 1);
  bench.confirm();
  const BlockHash any = first_block(bench).info.hash;
  const auto vote_at = [&](std::uint64_t height) {
    return bench.receive(bench.consortium.vote(2, VoteType::kCommit, View{0}, Height{height}, any),
                         2);
  };
  EXPECT_FALSE(ignored(vote_at(1), IgnoreReason::kBeyondBuffer));
  EXPECT_FALSE(ignored(vote_at(2), IgnoreReason::kBeyondBuffer));
  EXPECT_TRUE(ignored(vote_at(3), IgnoreReason::kBeyondBuffer));
}

TEST(Rule2, ViewsFarAboveAreNotBuffered) {
  Bench bench(4, 1);
  const BlockHash any = first_block(bench).info.hash;
  const auto vote_in = [&](std::uint64_t view) {
    return bench.receive(bench.consortium.vote(2, VoteType::kPrepare, View{view}, Height{1}, any),
                         2);
  };
  EXPECT_FALSE(ignored(vote_in(1), IgnoreReason::kBeyondViews));
  EXPECT_TRUE(ignored(vote_in(2), IgnoreReason::kBeyondViews));
  EXPECT_TRUE(ignored(vote_in(kMaxCounter), IgnoreReason::kBeyondViews));
}

TEST(Rule2, VotesBeforeTheProposalCount) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = first_block(bench);
  EXPECT_TRUE(receive_votes(bench, VoteType::kPrepare, block, {2, 3}).persist.empty());
  const Output out = prepare(bench, block);
  ASSERT_EQ(votes_asked(out).size(), 1U) << "the COMMIT follows the own PREPARE at once";
  EXPECT_EQ(votes_asked(out)[0].vote.subject.type, VoteType::kCommit);
}

TEST(Rule3, AProposalIsSyncedWithItsBlockBeforeItLeaves) {
  Bench bench(4, 0);
  bench.confirm();
  (void)bench.replica.step(PendingTransactions{true});
  const TestBlock block = first_block(bench);
  const Output out = bench.replica.step(ProposalBuilt{View{0}, block.info, block.bytes});
  ASSERT_EQ(votes_asked(out).size(), 1U);
  const VoteRecord record = votes_asked(out)[0];
  EXPECT_TRUE(record.is_proposal);
  EXPECT_EQ(*record.block, *block.bytes);
  EXPECT_TRUE(sent<Proposal>(out).empty() && sent<Vote>(out).empty())
      << "nothing leaves before the sync";
  EXPECT_FALSE(bench.replica.status().slots[0].proposal) << "nor counts for oneself";
  (void)bench.persist(out);
  EXPECT_EQ(bench.replica.status().slots[0].proposal->block, block.info.hash);
}

TEST(Rule3, APrepareIsSyncedWithItsBlockBeforeItCounts) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = first_block(bench);
  (void)receive_votes(bench, VoteType::kPrepare, block, {2});
  const Output checked =
      bench.check_valid(bench.receive(bench.consortium.proposal(View{0}, block), 0));
  ASSERT_EQ(votes_asked(checked).size(), 1U)
      << "primary and member 2 are no quorum without the own synced vote";
  EXPECT_EQ(*votes_asked(checked)[0].block, *block.bytes);
  EXPECT_EQ(votes_asked(checked)[0].vote.subject.type, VoteType::kPrepare);
  EXPECT_EQ(votes_asked(bench.persist(checked)).size(), 1U);
}

TEST(Rule3, NoPrepareBeforeTheBlockIsChecked) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = first_block(bench);
  const Output out = bench.receive(bench.consortium.proposal(View{0}, block), 0);
  EXPECT_TRUE(out.persist.empty());
  ASSERT_EQ(actions<CheckBlock>(out).size(), 1U);
  EXPECT_FALSE(actions<CheckBlock>(out)[0].forced);
}

TEST(Rule3, AnInvalidOrUntimelyBlockIsNeverVotedForAndItsPrimarySuspected) {
  for (const BlockVerdict verdict : {BlockVerdict::kInvalid, BlockVerdict::kUntimely}) {
    Bench bench(4, 1);
    bench.confirm();
    const TestBlock block = first_block(bench);
    (void)bench.receive(bench.consortium.proposal(View{0}, block), 0);
    const Output out = bench.replica.step(BlockChecked{View{0}, block.info.hash, verdict});
    EXPECT_TRUE(out.persist.empty());
    EXPECT_EQ(sent<Suspect>(out).size(), 1U);
  }
}

TEST(Rule3, AProposalOnAnotherParentIsRefused) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock first = first_block(bench);
  const TestBlock other = first_block(bench, 99);
  (void)bench.replica.step(Applied{
      bench.consortium.certificate(VoteType::kCommit, View{0}, Height{1}, first.info.hash)});
  const TestBlock child = make_block(Height{2}, other.info.hash, View{0}, 2);
  Proposal proposal = bench.consortium.proposal(
      View{0},
      child,
      bench.consortium.certificate(VoteType::kCommit, View{0}, Height{1}, other.info.hash));
  const Output out = bench.receive(proposal, 0);
  EXPECT_TRUE(actions<CheckBlock>(out).empty());
  EXPECT_EQ(actions<FailStop>(out).size(), 1U)
      << "its parent certificate contradicts the applied block (SAF-15)";
}

TEST(Rule3, AFreshBlockOfAnotherOriginViewIsRefused) {
  const auto commit = [](const Bench& bench, const TestBlock& block) {
    return bench.consortium.certificate(VoteType::kCommit, View{1}, Height{1}, block.info.hash);
  };
  Bench bench(4, 2);
  bench.confirm();
  const TestBlock first = first_block(bench);
  (void)bench.replica.step(Applied{commit(bench, first)});
  ASSERT_EQ(bench.replica.view(), View{1});
  const TestBlock stale = make_block(Height{2}, first.info.hash, View{0}, 2);
  const Output out =
      bench.receive(bench.consortium.proposal(View{1}, stale, commit(bench, first)), 1);
  EXPECT_TRUE(ignored(out, IgnoreReason::kWrongOrigin));
  EXPECT_TRUE(actions<CheckBlock>(out).empty());
}

TEST(Rule4, ACommitIsSyncedWithItsPreparedCertificate) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = first_block(bench);
  (void)prepare(bench, block);
  const Output out = receive_votes(bench, VoteType::kPrepare, block, {3});
  ASSERT_EQ(votes_asked(out).size(), 1U);
  const VoteRecord record = votes_asked(out)[0];
  EXPECT_EQ(record.vote.subject.type, VoteType::kCommit);
  ASSERT_TRUE(record.prepared);
  EXPECT_EQ(record.prepared->signatures.size(), 3U);
  EXPECT_TRUE(bench.consortium.verifier().check_certificate(*record.prepared));
  EXPECT_TRUE(sent<Vote>(out).empty());
  EXPECT_EQ(bench.replica.status().max_commit_height, Height{0})
      << "not promised before it is synced";
  (void)bench.persist(out);
  EXPECT_EQ(bench.replica.status().max_commit_height, Height{1});
}

TEST(Rule4, NoCommitWithoutTheOwnPrepare) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = first_block(bench);
  (void)bench.receive(bench.consortium.proposal(View{0}, block), 0);
  EXPECT_TRUE(receive_votes(bench, VoteType::kPrepare, block, {2, 3}).persist.empty());
}

TEST(Rule5, OneBlockPerSlotForEver) {
  Bench bench(4, 0);
  bench.confirm();
  (void)bench.replica.step(PendingTransactions{true});
  const TestBlock block = first_block(bench);
  const TestBlock other = first_block(bench, 2);
  Output out = bench.replica.step(ProposalBuilt{View{0}, block.info, block.bytes});
  ASSERT_EQ(votes_asked(out).size(), 1U);
  // Between asking and syncing, and after it.
  for (int i = 0; i < 2; ++i) {
    const Output again = bench.replica.step(ProposalBuilt{View{0}, other.info, other.bytes});
    EXPECT_TRUE(again.persist.empty());
    EXPECT_TRUE(ignored(again, IgnoreReason::kDuplicate));
    if (i == 0) (void)bench.persist(out);
  }
}

TEST(Rule6, TheNextHeightOpensWithApplied) {
  Bench bench(4, 0);
  bench.confirm();
  (void)bench.replica.step(PendingTransactions{true});
  const TestBlock block = first_block(bench);
  (void)bench.persist(bench.replica.step(ProposalBuilt{View{0}, block.info, block.bytes}));
  Output out = receive_votes(bench, VoteType::kPrepare, block, {1, 2});
  (void)bench.persist(out);
  out = receive_votes(bench, VoteType::kCommit, block, {1, 2});
  ASSERT_EQ(actions<CommitBlock>(out).size(), 1U);
  EXPECT_TRUE(actions<BuildBlock>(out).empty()) << "the block is final, but not applied";
  const Output applied = bench.replica.step(Applied{actions<CommitBlock>(out)[0].certificate});
  ASSERT_EQ(actions<BuildBlock>(applied).size(), 1U);
  EXPECT_EQ(actions<BuildBlock>(applied)[0].height, Height{2});
  EXPECT_EQ(actions<BuildBlock>(applied)[0].parent, block.info.hash);
}

TEST(Rule7, AQuorumOfCommitsCommits) {
  Bench bench(4, 1);
  const TestBlock block = first_block(bench);
  (void)bench.receive(bench.consortium.proposal(View{0}, block), 0);
  EXPECT_TRUE(actions<CommitBlock>(receive_votes(bench, VoteType::kCommit, block, {0, 2})).empty());
  const auto commits = actions<CommitBlock>(receive_votes(bench, VoteType::kCommit, block, {3}));
  ASSERT_EQ(commits.size(), 1U) << "even a replica that may not vote learns";
  EXPECT_EQ(*commits[0].block, *block.bytes);
  EXPECT_TRUE(bench.consortium.verifier().check_certificate(commits[0].certificate));
}

TEST(Rule7, CommitsOfTwoBlocksOrViewsAreNotAddedUp) {
  Bench bench(4, 1);
  const TestBlock a = first_block(bench, 1);
  const TestBlock b = first_block(bench, 2);
  (void)receive_votes(bench, VoteType::kCommit, a, {0, 2});
  EXPECT_FALSE(traced(receive_votes(bench, VoteType::kCommit, b, {3}), TraceKind::kCommitted));
  EXPECT_FALSE(
      traced(receive_votes(bench, VoteType::kCommit, a, {3}, View{1}), TraceKind::kCommitted));
}

TEST(Rule7, ACertificateOfAnyViewCommitsAndAMissingBodyIsFetched) {
  Bench bench(4, 1);
  const TestBlock block = first_block(bench);
  const Certificate certificate = bench.consortium.certificate(
      VoteType::kCommit, View{9}, Height{1}, block.info.hash, {0, 2, 3});
  Output out = bench.receive(CommitProof{certificate, nullptr}, 3);
  EXPECT_TRUE(actions<CommitBlock>(out).empty());
  ASSERT_EQ(sent<BlockRequest>(out).size(), 1U);
  EXPECT_EQ(sent<BlockRequest>(out)[0].block, block.info.hash);
  EXPECT_TRUE(bench.replica.wants_body(block.info.hash));
  const std::optional<ValidatorIndex> asked = out.send[0].to;
  // No answer: another signer is asked.
  out = bench.ticks(40);
  ASSERT_FALSE(sent<BlockRequest>(out).empty());
  for (const Send& send : out.send) {
    if (std::holds_alternative<BlockRequest>(send.message)) {
      EXPECT_NE(send.to, asked);
      break;
    }
  }
  out = bench.receive(BlockBody{block.bytes}, 2);
  ASSERT_EQ(actions<CommitBlock>(out).size(), 1U);
  EXPECT_FALSE(bench.replica.wants_body(block.info.hash)) << "it is here";
  (void)bench.replica.step(Applied{certificate});
  EXPECT_EQ(bench.replica.applied(), Height{1});
}

TEST(Rule7, ABodyNobodyAskedForIsNotKept) {
  Bench bench(4, 1);
  const TestBlock block = first_block(bench);
  EXPECT_FALSE(bench.replica.wants_body(block.info.hash));
  EXPECT_TRUE(ignored(bench.receive(BlockBody{block.bytes}, 2), IgnoreReason::kNotWanted));
}

TEST(Rule7, CommitsBetweenViewsToo) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = first_block(bench);
  (void)bench.receive(bench.consortium.proposal(View{0}, block), 0);
  (void)bench.receive(Suspect{Epoch{0}, View{0}}, 2);
  (void)bench.persist(bench.receive(Suspect{Epoch{0}, View{0}}, 3));
  ASSERT_FALSE(bench.replica.active());
  EXPECT_EQ(actions<CommitBlock>(receive_votes(bench, VoteType::kCommit, block, {0, 2, 3})).size(),
            1U);
}

TEST(Rule7, TwoCertificatesForOneHeightStopEverything) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock a = first_block(bench, 1);
  const TestBlock b = first_block(bench, 2);
  (void)bench.receive(
      CommitProof{bench.consortium.certificate(VoteType::kCommit, View{0}, Height{1}, a.info.hash),
                  {}},
      2);
  const Output out = bench.receive(
      CommitProof{bench.consortium.certificate(VoteType::kCommit, View{3}, Height{1}, b.info.hash),
                  {}},
      3);
  ASSERT_EQ(actions<FailStop>(out).size(), 1U);
  EXPECT_NE(actions<FailStop>(out)[0].known.subject.block,
            actions<FailStop>(out)[0].conflicting.subject.block);
  EXPECT_TRUE(bench.ticks(100).send.empty()) << "a stopped replica is silent";
}

TEST(Rule8, AppliedHeightsAreAnsweredWithBlockAndCertificateNeverWithAVote) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = first_block(bench);
  (void)prepare(bench, block);
  (void)bench.replica.step(Applied{
      bench.consortium.certificate(VoteType::kCommit, View{0}, Height{1}, block.info.hash)});
  const Vote late =
      bench.consortium.vote(3, VoteType::kPrepare, View{0}, Height{1}, block.info.hash);
  EXPECT_TRUE(bench.receive(late, 3).deliver.empty()) << "a slow vote is no question";
  (void)bench.ticks(20);
  const Output out = bench.receive(late, 3);
  EXPECT_TRUE(ignored(out, IgnoreReason::kApplied));
  ASSERT_EQ(actions<AnswerBlock>(out).size(), 1U);
  EXPECT_EQ(actions<AnswerBlock>(out)[0].to, member(3));
  EXPECT_TRUE(out.send.empty() && out.persist.empty());
  EXPECT_TRUE(actions<AnswerBlock>(bench.receive(late, 3)).empty()) << "not once per message";
}

TEST(Rule9, CommittingLeavesASignedViewChangeAsItIs) {
  Bench bench(4, 1);
  bench.confirm();
  const TestBlock block = first_block(bench);
  (void)bench.receive(Suspect{Epoch{0}, View{0}}, 2);
  (void)bench.persist(bench.receive(Suspect{Epoch{0}, View{0}}, 3));
  (void)bench.replica.step(Applied{
      bench.consortium.certificate(VoteType::kCommit, View{0}, Height{1}, block.info.hash)});
  const Output out = bench.ticks(5);
  EXPECT_TRUE(out.persist.empty()) << "no second content for view 1";
  EXPECT_EQ(bench.replica.status().view_change, View{1});
  EXPECT_FALSE(bench.replica.active());
}

TEST(Limits, VotesOfOneMemberAreKeptForAFewViews) {
  Slot slot;
  const Bench bench(4, 1);
  const BlockHash block = first_block(bench).info.hash;
  for (std::uint64_t view = 0; view < kMaxViewsHeld + 3; ++view) {
    EXPECT_EQ(
        slot.add_vote(bench.consortium.vote(2, VoteType::kCommit, View{view}, Height{1}, block), 0),
        Stored::kNew);
  }
  EXPECT_EQ(slot.votes().size(), kMaxViewsHeld);
  EXPECT_EQ(
      slot.add_vote(bench.consortium.vote(2, VoteType::kCommit, View{0}, Height{1}, block), 0),
      Stored::kTooOld);
}

}  // namespace
}  // namespace galen::pbft::test
