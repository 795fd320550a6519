// The Verifier lets through only what its authors signed, over this chain, epoch and validator set.
#include "unit/pbft/fixture.h"

namespace galen::pbft::test {
namespace {

class VerifierTest : public ::testing::Test {
 protected:
  [[nodiscard]] bool accepts(const Message& message, std::size_t from = 2) const {
    return c_.verifier().verify(message, member(from)).has_value();
  }

  [[nodiscard]] TestBlock block(std::uint64_t height = 1, std::uint64_t payload = 1) const {
    return make_block(Height{height}, c_.genesis(), View{0}, payload);
  }

  [[nodiscard]] Certificate certificate(VoteType type,
                                        View view,
                                        Height height,
                                        const BlockHash& hash) const {
    return c_.certificate(type, view, height, hash);
  }

  Consortium c_{4};
};

TEST_F(VerifierTest, AVoteMayBeRelayedButNotForged) {
  Vote vote = c_.vote(1, VoteType::kCommit, View{0}, Height{1}, block().info.hash);
  EXPECT_TRUE(accepts(vote, 3)) << "stored bytes of a member that is down";
  vote.member = member(2);
  EXPECT_FALSE(accepts(vote));
  vote.member = member(4);
  EXPECT_FALSE(accepts(vote)) << "no member";
}

TEST_F(VerifierTest, EveryFieldOfAVoteIsSigned) {
  const Vote vote = c_.vote(1, VoteType::kCommit, View{1}, Height{1}, block().info.hash);
  ASSERT_TRUE(accepts(vote));
  Vote other = vote;
  other.subject.type = VoteType::kPrepare;
  EXPECT_FALSE(accepts(other));
  other = vote;
  other.subject.view = View{2};
  EXPECT_FALSE(accepts(other));
  other = vote;
  other.subject.height = Height{2};
  EXPECT_FALSE(accepts(other));
  other = vote;
  other.subject.block = block(1, 2).info.hash;
  EXPECT_FALSE(accepts(other));
  other = vote;
  other.subject.epoch = Epoch{1};
  EXPECT_FALSE(accepts(other));
}

TEST_F(VerifierTest, AVoteOfAnotherChainIsRefused) {
  Vote vote = c_.vote(1, VoteType::kCommit, View{0}, Height{1}, block().info.hash);
  const ChainId other = id_cast<ChainId>(crypto::sha256(as_bytes("other")));
  vote.signature = c_.sign(1, ledger::vote_statement(other, vote.subject));
  EXPECT_FALSE(accepts(vote));
}

TEST_F(VerifierTest, AProposalIsSignedByThePrimaryOfItsView) {
  EXPECT_TRUE(accepts(c_.proposal(View{0}, block()), 0));
  Proposal proposal = c_.proposal(View{0}, block());
  proposal.vote = c_.vote(1, VoteType::kPrepare, View{0}, Height{1}, block().info.hash);
  EXPECT_FALSE(accepts(proposal, 1));
}

TEST_F(VerifierTest, AProposalsBlockIsTheOneVotedFor) {
  Proposal proposal = c_.proposal(View{0}, block());
  proposal.block = block(1, 2).bytes;
  EXPECT_FALSE(accepts(proposal, 0));
  proposal.block = std::make_shared<const Bytes>(Bytes{1, 2, 3});
  EXPECT_FALSE(accepts(proposal, 0)) << "no block at all";
}

TEST_F(VerifierTest, AProposalCarriesTheCertificateOfItsParent) {
  const TestBlock parent = block();
  const TestBlock child = make_block(Height{2}, parent.info.hash, View{0}, 2);
  const Certificate good = certificate(VoteType::kCommit, View{0}, Height{1}, parent.info.hash);
  EXPECT_TRUE(accepts(c_.proposal(View{0}, child, good), 0));
  EXPECT_FALSE(accepts(c_.proposal(View{0}, child), 0));
  EXPECT_FALSE(accepts(c_.proposal(View{0}, block(), good), 0)) << "none above genesis";
  const Certificate prepared =
      certificate(VoteType::kPrepare, View{0}, Height{1}, parent.info.hash);
  EXPECT_FALSE(accepts(c_.proposal(View{0}, child, prepared), 0));
  const Certificate other =
      certificate(VoteType::kCommit, View{0}, Height{1}, block(1, 2).info.hash);
  EXPECT_FALSE(accepts(c_.proposal(View{0}, child, other), 0));
}

TEST_F(VerifierTest, ACertificateNeedsAQuorumOfValidSignatures) {
  const BlockHash hash = block().info.hash;
  const auto proof = [&](const std::vector<std::size_t>& members) {
    return CommitProof{c_.certificate(VoteType::kCommit, View{0}, Height{1}, hash, members),
                       nullptr};
  };
  EXPECT_TRUE(accepts(proof({0, 1, 3})));
  EXPECT_TRUE(accepts(proof({0, 1, 2, 3})));
  EXPECT_FALSE(accepts(proof({0, 1})));
  CommitProof forged = proof({0, 1, 3});
  forged.certificate.signatures[member(3)] = forged.certificate.signatures[member(0)];
  EXPECT_FALSE(accepts(forged)) << "one member's signature twice";
  CommitProof foreign = proof({0, 1});
  foreign.certificate.signatures[member(7)] = foreign.certificate.signatures[member(0)];
  EXPECT_FALSE(accepts(foreign));
}

TEST_F(VerifierTest, ThreeOfSixAreNoQuorum) {
  const Consortium six(6);
  const BlockHash hash = block().info.hash;
  const auto proof = [&](const std::vector<std::size_t>& members) {
    return CommitProof{six.certificate(VoteType::kCommit, View{0}, Height{1}, hash, members),
                       nullptr};
  };
  EXPECT_FALSE(six.verifier().verify(proof({0, 1, 2}), member(0)));
  EXPECT_TRUE(six.verifier().verify(proof({0, 1, 2, 5}), member(0)));
}

TEST_F(VerifierTest, ACommitProofIsOfCommitsAndOfItsBlock) {
  const TestBlock b = block();
  const Certificate good = certificate(VoteType::kCommit, View{0}, Height{1}, b.info.hash);
  EXPECT_TRUE(accepts(CommitProof{good, b.bytes}));
  EXPECT_FALSE(accepts(CommitProof{good, block(1, 2).bytes}));
  EXPECT_FALSE(accepts(
      CommitProof{certificate(VoteType::kPrepare, View{0}, Height{1}, b.info.hash), nullptr}));
}

TEST_F(VerifierTest, AViewChangeProvesItsHeightAndWhatItPrepared) {
  const TestBlock b = block();
  const Certificate committed = certificate(VoteType::kCommit, View{0}, Height{1}, b.info.hash);
  const Certificate prepared =
      certificate(VoteType::kPrepare, View{1}, Height{2}, block(2).info.hash);
  EXPECT_TRUE(accepts(c_.view_change(1, View{2}, committed, prepared)));
  EXPECT_TRUE(accepts(c_.view_change(1, View{1}))) << "from genesis";
  EXPECT_FALSE(accepts(c_.view_change(1, View{1}, committed, prepared)))
      << "prepared in the new view";
  EXPECT_FALSE(accepts(c_.view_change(1, View{2}, committed, committed)))
      << "COMMITs prepare nothing";
  EXPECT_FALSE(accepts(c_.view_change(1, View{2}, {}, prepared))) << "prepared at another height";
  EXPECT_FALSE(accepts(c_.view_change(1, View{0})));
  ViewChange altered = c_.view_change(1, View{2}, committed, prepared);
  altered.prepared.reset();
  EXPECT_FALSE(accepts(altered)) << "dropping the certificate breaks the signature";
  ViewChange higher = c_.view_change(1, View{2}, committed);
  higher.committed.reset();
  higher.signature = c_.sign(1, view_change_statement(c_.chain(), higher));
  EXPECT_FALSE(accepts(higher)) << "a height without proof";
}

TEST_F(VerifierTest, EveryCertificateInAViewChangeIsVerified) {
  const TestBlock b = block();
  const Certificate committed = certificate(VoteType::kCommit, View{0}, Height{1}, b.info.hash);
  const Certificate prepared =
      certificate(VoteType::kPrepare, View{1}, Height{2}, block(2).info.hash);
  const auto forged = [](Certificate certificate) {
    certificate.signatures.begin()->second = certificate.signatures.rbegin()->second;
    return certificate;
  };
  EXPECT_TRUE(accepts(c_.view_change(1, View{2}, committed, prepared)));
  EXPECT_FALSE(accepts(c_.view_change(1, View{2}, forged(committed), prepared)));
  EXPECT_FALSE(accepts(c_.view_change(1, View{2}, committed, forged(prepared))));
}

TEST_F(VerifierTest, ANewViewIsExactlyAQuorumForItsViewFromItsPrimary) {
  const auto changes = [&](View view, const std::vector<std::size_t>& members) {
    std::vector<ViewChange> made;
    for (const std::size_t who : members) made.push_back(c_.view_change(who, view));
    return made;
  };
  EXPECT_TRUE(accepts(c_.new_view(View{1}, changes(View{1}, {0, 2, 3}))));
  EXPECT_FALSE(accepts(c_.new_view(View{1}, changes(View{1}, {0, 2}))));
  EXPECT_FALSE(accepts(c_.new_view(View{1}, changes(View{1}, {0, 1, 2, 3}))));
  EXPECT_FALSE(accepts(c_.new_view(View{1}, changes(View{2}, {0, 2, 3}))));
  NewView usurped = c_.new_view(View{1}, changes(View{1}, {0, 2, 3}));
  usurped.member = member(2);
  usurped.signature = c_.sign(2, new_view_statement(c_.chain(), usurped));
  EXPECT_FALSE(accepts(usurped));
  NewView twice = c_.new_view(View{1}, changes(View{1}, {0, 2, 3}));
  twice.view_changes[1] = twice.view_changes[0];
  twice.signature = c_.sign(1, new_view_statement(c_.chain(), twice));
  EXPECT_FALSE(accepts(twice));
}

TEST_F(VerifierTest, EveryViewChangeInANewViewIsVerified) {
  std::vector<ViewChange> changes;
  for (const std::size_t who : {0U, 2U, 3U}) changes.push_back(c_.view_change(who, View{1}));
  EXPECT_TRUE(accepts(c_.new_view(View{1}, changes)));
  for (std::size_t i = 0; i < changes.size(); ++i) {
    std::vector<ViewChange> forged = changes;
    forged[i].signature = changes[(i + 1) % changes.size()].signature;
    EXPECT_FALSE(accepts(c_.new_view(View{1}, forged))) << i;
  }
}

TEST_F(VerifierTest, AStatusIsAboutThisValidatorSet) {
  const Bench bench(4, 1);
  EXPECT_TRUE(accepts(bench.replica.status()));
  StatusReport other = bench.replica.status();
  other.slots[1].members.resize(3);
  EXPECT_FALSE(accepts(other));
  for (const std::size_t wrong : {3U, 5U}) {
    other = bench.replica.status();
    other.suspects.resize(wrong);
    EXPECT_FALSE(accepts(other)) << wrong;
    other = bench.replica.status();
    other.view_changes.resize(wrong);
    EXPECT_FALSE(accepts(other)) << wrong;
    other = bench.replica.status();
    other.slots[0].members.resize(wrong);
    EXPECT_FALSE(accepts(other)) << wrong;
  }
  other = bench.replica.status();
  other.epoch = Epoch{1};
  EXPECT_FALSE(accepts(other));
}

TEST_F(VerifierTest, RestoredRecordsAreCheckedAgain) {
  const TestBlock b = block();
  VoteRecord record;
  record.vote = c_.vote(1, VoteType::kPrepare, View{0}, Height{1}, b.info.hash);
  record.block = b.bytes;
  EXPECT_TRUE(c_.verifier().restore({record}, member(1)));
  EXPECT_EQ(c_.verifier().restore({record}, member(2)).error().code, ErrorCode::kCorrupt);
  record.block = block(1, 2).bytes;
  EXPECT_EQ(c_.verifier().restore({record}, member(1)).error().code, ErrorCode::kCorrupt);
}

TEST(BoundedMemo, ForgetsTheOldestFirst) {
  BoundedMemo memo(2);
  const auto key = [](std::uint8_t i) { return crypto::sha256(Bytes{i}); };
  memo.insert(key(1));
  memo.insert(key(2));
  memo.insert(key(1));
  memo.insert(key(3));
  EXPECT_FALSE(memo.contains(key(1)));
  EXPECT_TRUE(memo.contains(key(2)));
  EXPECT_TRUE(memo.contains(key(3)));
}

}  // namespace
}  // namespace galen::pbft::test
