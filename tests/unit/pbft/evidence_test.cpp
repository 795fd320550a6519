// SAF-16: what the core finds and hands out, and what it must never blame anybody for.
#include "unit/pbft/fixture.h"

namespace galen::pbft::test {
namespace {

class EvidenceTest : public testing::Test {
 protected:
  [[nodiscard]] TestBlock block(std::uint64_t payload, View origin = {}) const {
    return make_block(Height{1}, bench_.consortium.genesis(), origin, payload);
  }

  [[nodiscard]] Output vote(std::size_t who,
                            VoteType type,
                            const TestBlock& block,
                            View view = {}) {
    return bench_.receive(
        bench_.consortium.vote(who, type, view, block.info.height, block.info.hash), who);
  }

  [[nodiscard]] Certificate certificate(VoteType type, View view, const TestBlock& block) const {
    return bench_.consortium.certificate(type, view, Height{1}, block.info.hash, {0, 2, 3});
  }

  Bench bench_{4, 1};
};

TEST_F(EvidenceTest, ASecondVoteOfOneMemberInOneSlotIsHandedOutWithTheFirst) {
  const TestBlock a = block(1);
  const TestBlock b = block(2);
  EXPECT_TRUE(actions<KeepEvidence>(vote(2, VoteType::kCommit, a)).empty());
  const Output out = vote(2, VoteType::kCommit, b);
  EXPECT_TRUE(ignored(out, IgnoreReason::kEquivocation));
  EXPECT_TRUE(traced(out, TraceKind::kEvidence));
  const auto found = actions<KeepEvidence>(out);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].first.subject.block, a.info.hash);
  EXPECT_EQ(found[0].second.subject.block, b.info.hash);
  EXPECT_EQ(found[0].first.member, member(2));
  EXPECT_EQ(bench_.replica.status().slots[0].members[2].commit->block, a.info.hash)
      << "the first stays";
}

TEST_F(EvidenceTest, AThousandFurtherVotesInTheSlotSayNothingNew) {
  (void)vote(2, VoteType::kPrepare, block(1));
  EXPECT_EQ(actions<KeepEvidence>(vote(2, VoteType::kPrepare, block(2))).size(), 1U);
  for (std::uint64_t i = 3; i < 1000; ++i) {
    const Output out = vote(2, VoteType::kPrepare, block(i));
    EXPECT_TRUE(actions<KeepEvidence>(out).empty());
    EXPECT_FALSE(traced(out, TraceKind::kEvidence)) << "nor is it a way to fill the log";
    EXPECT_TRUE(ignored(out, IgnoreReason::kEquivocation));
  }
}

TEST_F(EvidenceTest, AnotherTypeViewOrHeightIsAnotherSlot) {
  const TestBlock a = block(1);
  const TestBlock b = block(2);
  (void)vote(2, VoteType::kPrepare, a);
  EXPECT_TRUE(actions<KeepEvidence>(vote(2, VoteType::kCommit, b)).empty());
  EXPECT_TRUE(actions<KeepEvidence>(vote(2, VoteType::kPrepare, b, View{1})).empty());
  const TestBlock next = make_block(Height{2}, a.info.hash, View{0}, 3);
  EXPECT_TRUE(actions<KeepEvidence>(vote(2, VoteType::kPrepare, next)).empty());
}

TEST_F(EvidenceTest, TheSameVoteSignedAgainIsNone) {
  const TestBlock a = block(1);
  const Vote first = bench_.consortium.vote(2, VoteType::kCommit, View{0}, Height{1}, a.info.hash);
  (void)bench_.receive(first, 2);
  Vote again = first;
  for (int i = 0; i < 8 && again.signature == first.signature; ++i)
    again = bench_.consortium.vote(2, VoteType::kCommit, View{0}, Height{1}, a.info.hash);
  EXPECT_TRUE(actions<KeepEvidence>(bench_.receive(again, 2)).empty());
}

TEST_F(EvidenceTest, ASecondProposalIsEvidenceAndNotChecked) {
  bench_.confirm();
  (void)bench_.receive(bench_.consortium.proposal(View{0}, block(1)), 0);
  const Output out = bench_.receive(bench_.consortium.proposal(View{0}, block(2)), 0);
  EXPECT_EQ(actions<KeepEvidence>(out).size(), 1U);
  EXPECT_TRUE(actions<CheckBlock>(out).empty());
}

TEST_F(EvidenceTest, AProposalAndAPrepareForAnotherBlockContradict) {
  (void)bench_.receive(bench_.consortium.proposal(View{0}, block(1)), 0);
  EXPECT_EQ(actions<KeepEvidence>(vote(0, VoteType::kPrepare, block(2))).size(), 1U);
}

TEST_F(EvidenceTest, TheVotesInAPreparedCertificateCount) {
  // The primary showed this replica one block and the other half another one.
  const TestBlock mine = block(1);
  const TestBlock theirs = block(2);
  (void)bench_.receive(bench_.consortium.proposal(View{0}, mine), 0);
  const auto change = bench_.consortium.view_change(
      2, View{1}, {}, certificate(VoteType::kPrepare, View{0}, theirs));
  const auto found = actions<KeepEvidence>(bench_.receive(change, 2));
  ASSERT_EQ(found.size(), 1U) << "members 2 and 3 voted once";
  EXPECT_EQ(found[0].second.member, member(0));
  EXPECT_EQ(found[0].second.subject.block, theirs.info.hash);
}

TEST_F(EvidenceTest, SoDoThoseInANewViewThatIsTheFirstToTell) {
  (void)bench_.receive(bench_.consortium.proposal(View{0}, block(1)), 0);
  const auto prepared = certificate(VoteType::kPrepare, View{0}, block(2));
  std::vector<ViewChange> changes;
  for (const std::size_t who : {0U, 2U, 3U})
    changes.push_back(bench_.consortium.view_change(who, View{2}, {}, prepared));
  const Output out = bench_.receive(bench_.consortium.new_view(View{2}, changes), 2);
  EXPECT_EQ(actions<KeepEvidence>(out).size(), 1U)
      << "told once, though it stands there three times";
}

TEST_F(EvidenceTest, AContradictionMayComeAfterTheBlockIsApplied) {
  const TestBlock a = block(1);
  (void)vote(0, VoteType::kCommit, a);
  (void)vote(3, VoteType::kCommit, a);
  (void)bench_.replica.step(Applied{certificate(VoteType::kCommit, View{0}, a)});
  const Output out = vote(3, VoteType::kCommit, block(2));
  EXPECT_TRUE(ignored(out, IgnoreReason::kApplied));
  EXPECT_EQ(actions<KeepEvidence>(out).size(), 1U);
  EXPECT_TRUE(actions<KeepEvidence>(vote(0, VoteType::kCommit, a)).empty());
}

TEST_F(EvidenceTest, VotesOfOlderHeightsAreForgotten) {
  const TestBlock a = block(1);
  (void)vote(3, VoteType::kCommit, a);
  (void)bench_.replica.step(Applied{certificate(VoteType::kCommit, View{0}, a)});
  const BlockHash next = make_block(Height{2}, a.info.hash, View{0}, 2).info.hash;
  (void)bench_.replica.step(Applied{
      bench_.consortium.certificate(VoteType::kCommit, View{0}, Height{2}, next, {0, 2, 3})});
  EXPECT_TRUE(actions<KeepEvidence>(vote(3, VoteType::kCommit, block(2))).empty());
}

TEST_F(EvidenceTest, TwoViewChangesForOneViewAreNone) {
  // An honest member whose ledger came back from an older copy may sign a second one (CONSENSUS.md,
  // vote journal): two of them prove nothing.
  const auto first = bench_.consortium.view_change(2, View{1});
  (void)bench_.receive(first, 2);
  const TestBlock a = block(1);
  const auto second =
      bench_.consortium.view_change(2, View{1}, certificate(VoteType::kCommit, View{0}, a));
  const Output out = bench_.receive(second, 2);
  EXPECT_TRUE(ignored(out, IgnoreReason::kEquivocation));
  EXPECT_TRUE(actions<KeepEvidence>(out).empty());
  EXPECT_FALSE(traced(out, TraceKind::kEvidence));
}

TEST_F(EvidenceTest, AVoteBelowTheOwnViewChangeIsNone) {
  // Rule 11 forbids it, but the two messages do not contradict each other in one slot.
  (void)bench_.receive(bench_.consortium.view_change(2, View{3}), 2);
  EXPECT_TRUE(actions<KeepEvidence>(vote(2, VoteType::kPrepare, block(1))).empty());
}

TEST_F(EvidenceTest, TheOwnKeyElsewhereIsAmnesiaNotEvidenceAgainstOneself) {
  bench_.confirm();
  const TestBlock a = block(1);
  const Output received = bench_.receive(bench_.consortium.proposal(View{0}, a), 0);
  (void)bench_.persist(bench_.check_valid(received));
  const Output out = vote(1, VoteType::kPrepare, block(2));
  EXPECT_TRUE(actions<KeepEvidence>(out).empty());
  EXPECT_FALSE(actions<RememberAmnesia>(out).empty());
}

TEST_F(EvidenceTest, TwoCertificatesOfOneViewNameWhoSignedBoth) {
  const auto a = bench_.consortium.certificate(
      VoteType::kCommit, View{0}, Height{1}, block(1).info.hash, {0, 1, 2});
  const auto b = bench_.consortium.certificate(
      VoteType::kCommit, View{0}, Height{1}, block(2).info.hash, {0, 1, 3});
  (void)bench_.receive(CommitProof{a, nullptr}, 2);
  const Output out = bench_.receive(CommitProof{b, nullptr}, 3);
  ASSERT_EQ(actions<FailStop>(out).size(), 1U);
  const auto found = actions<KeepEvidence>(out);
  ASSERT_EQ(found.size(), 1U) << "not itself, nor those in one certificate only";
  EXPECT_EQ(found[0].first.member, member(0));
  EXPECT_TRUE(std::holds_alternative<FailStop>(out.deliver.back())) << "the process ends there";
}

TEST_F(EvidenceTest, ACertificateBelowTheHeadIsComparedWithTheLedger) {
  const TestBlock a = block(1);
  const TestBlock b = block(2);
  const auto first = certificate(VoteType::kCommit, View{0}, a);
  (void)bench_.replica.step(Applied{first});
  const BlockHash next = make_block(Height{2}, a.info.hash, View{0}, 2).info.hash;
  const auto second =
      bench_.consortium.certificate(VoteType::kCommit, View{0}, Height{2}, next, {0, 2, 3});
  EXPECT_TRUE(actions<CompareCertificate>(bench_.receive(CommitProof{first, nullptr}, 2)).empty())
      << "what is applied last it knows itself";
  (void)bench_.replica.step(Applied{second});
  const auto other = certificate(VoteType::kCommit, View{0}, b);
  Output out = bench_.receive(CommitProof{other, nullptr}, 3);
  const auto asked = actions<CompareCertificate>(out);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].certificate, other);
  EXPECT_TRUE(actions<FailStop>(out).empty()) << "the ledger may hold the same";
  out = bench_.replica.step(CertifiedBefore{first, other});
  ASSERT_EQ(actions<FailStop>(out).size(), 1U);
  EXPECT_EQ(actions<FailStop>(out)[0].known, first);
  EXPECT_EQ(actions<FailStop>(out)[0].conflicting, other);
  EXPECT_EQ(actions<KeepEvidence>(out).size(), 3U) << "all three signed both";
  EXPECT_TRUE(bench_.receive(bench_.status_of(Height{0}), 3).send.empty()) << "it has stopped";
}

TEST_F(EvidenceTest, AMemberWithAnotherHeadAtTheSameHeightGetsTheCertificate) {
  const TestBlock a = block(1);
  const auto first = certificate(VoteType::kCommit, View{0}, a);
  (void)bench_.replica.step(Applied{first});
  StatusReport same = bench_.replica.status();
  EXPECT_TRUE(sent<CommitProof>(bench_.receive(same, 3)).empty());
  same.applied_hash = block(2).info.hash;
  const Output out = bench_.receive(same, 3);
  ASSERT_EQ(sent<CommitProof>(out).size(), 1U);
  EXPECT_EQ(sent<CommitProof>(out)[0].certificate, first);
  EXPECT_TRUE(actions<FailStop>(out).empty()) << "what a status says proves nothing";
}

TEST_F(EvidenceTest, OldCertificatesAreComparedAtAPace) {
  const TestBlock a = block(1);
  const auto first = certificate(VoteType::kCommit, View{0}, a);
  (void)bench_.replica.step(Applied{first});
  const BlockHash next = make_block(Height{2}, a.info.hash, View{0}, 2).info.hash;
  (void)bench_.replica.step(Applied{
      bench_.consortium.certificate(VoteType::kCommit, View{0}, Height{2}, next, {0, 2, 3})});
  const auto compared = [&](std::size_t from) {
    return actions<CompareCertificate>(bench_.receive(CommitProof{first, nullptr}, from)).size();
  };
  std::size_t looks = 0;
  for (std::size_t i = 0; i < 5 * kAnswerBurst; ++i) looks += compared(3);
  EXPECT_EQ(looks, kAnswerBurst);
  EXPECT_TRUE(ignored(bench_.receive(CommitProof{first, nullptr}, 3), IgnoreReason::kAskedTooMuch));
  EXPECT_EQ(compared(2), 1U) << "each member has its own";
  (void)bench_.ticks(kTicksPerAnswer);
  EXPECT_EQ(compared(3), 1U);
}

TEST_F(EvidenceTest, TwoCertificatesFarAheadAreCompared) {
  const auto far = [&](std::uint64_t payload) {
    const BlockHash hash = make_block(Height{9}, BlockHash{}, View{0}, payload).info.hash;
    return bench_.consortium.certificate(VoteType::kCommit, View{0}, Height{9}, hash, {0, 2, 3});
  };
  (void)bench_.receive(CommitProof{far(1), nullptr}, 2);
  EXPECT_TRUE(actions<FailStop>(bench_.receive(CommitProof{far(1), nullptr}, 3)).empty());
  EXPECT_EQ(actions<FailStop>(bench_.receive(CommitProof{far(2), nullptr}, 3)).size(), 1U);
}

TEST_F(EvidenceTest, ABlockThatCameAnotherWayIsComparedWithWhatWasCertified) {
  const auto known = certificate(VoteType::kCommit, View{0}, block(1));
  (void)bench_.receive(CommitProof{known, nullptr}, 2);
  const auto other = certificate(VoteType::kCommit, View{0}, block(2));
  const Output out = bench_.replica.step(Applied{other});
  ASSERT_EQ(actions<FailStop>(out).size(), 1U);
  EXPECT_EQ(actions<FailStop>(out)[0].known, known);
  EXPECT_EQ(actions<FailStop>(out)[0].conflicting, other);
}

TEST_F(EvidenceTest, SoIsOneFarAhead) {
  const auto far = bench_.consortium.certificate(
      VoteType::kCommit, View{0}, Height{4}, block(9).info.hash, {0, 2, 3});
  (void)bench_.receive(CommitProof{far, nullptr}, 2);
  BlockHash parent = block(1).info.hash;
  (void)bench_.replica.step(Applied{certificate(VoteType::kCommit, View{0}, block(1))});
  for (std::uint64_t height = 2; height <= 4; ++height) {
    parent = make_block(Height{height}, parent, View{0}, 1).info.hash;
    const Output out = bench_.replica.step(Applied{bench_.consortium.certificate(
        VoteType::kCommit, View{0}, Height{height}, parent, {0, 2, 3})});
    EXPECT_EQ(actions<FailStop>(out).size(), height == 4 ? 1U : 0U) << height;
  }
}

TEST_F(EvidenceTest, TheHeadOfAMemberBehindIsComparedWithTheLedger) {
  const TestBlock a = block(1);
  (void)bench_.replica.step(Applied{certificate(VoteType::kCommit, View{0}, a)});
  const BlockHash next = make_block(Height{2}, a.info.hash, View{0}, 2).info.hash;
  (void)bench_.replica.step(Applied{
      bench_.consortium.certificate(VoteType::kCommit, View{0}, Height{2}, next, {0, 2, 3})});
  EXPECT_TRUE(actions<CompareHead>(bench_.receive(bench_.status_of(Height{0}), 3)).empty())
      << "genesis is in no doubt";
  StatusReport behind = bench_.status_of(Height{1});
  behind.applied_hash = block(2).info.hash;
  const auto asked = actions<CompareHead>(bench_.receive(behind, 3));
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].to, member(3));
  EXPECT_EQ(asked[0].height, Height{1});
  EXPECT_EQ(asked[0].hash, block(2).info.hash);
}

TEST_F(EvidenceTest, TwoCertificatesOfTwoViewsNameNobodyByThemselves) {
  (void)bench_.receive(CommitProof{certificate(VoteType::kCommit, View{0}, block(1)), nullptr}, 2);
  const Output out =
      bench_.receive(CommitProof{certificate(VoteType::kCommit, View{1}, block(2)), nullptr}, 3);
  ASSERT_EQ(actions<FailStop>(out).size(), 1U);
  EXPECT_TRUE(actions<KeepEvidence>(out).empty());
}

}  // namespace
}  // namespace galen::pbft::test
