// What is not worth the verification of a signature (DOS-4).
#include "pbft/horizon.h"

#include "fixture.h"

namespace galen::pbft::test {
namespace {

class HorizonTest : public ::testing::Test {
 protected:
  [[nodiscard]] Vote vote(std::uint64_t height, std::uint64_t view, std::size_t who = 1) const {
    return consortium.vote(who, VoteType::kPrepare, View{view}, Height{height}, block);
  }

  [[nodiscard]] bool shows(const Message& message) const {
    const auto seen = horizon.visible(message);
    EXPECT_TRUE(!seen || *seen == message);
    return seen.has_value();
  }

  Consortium consortium{4};
  BlockHash block = id_cast<BlockHash>(crypto::sha256(as_bytes("any")));
  Horizon horizon{member(0), Height{10}, View{5}, View{7}};
};

TEST_F(HorizonTest, VotesAsFarAsTheReplicaBuffersAndSomewhatFarther) {
  EXPECT_TRUE(shows(vote(10 + 18, 7 + 17)));
  EXPECT_FALSE(shows(vote(10 + 19, 7)));
  EXPECT_FALSE(shows(vote(11, 7 + 18)));
  EXPECT_FALSE(shows(vote(kMaxCounter, kMaxCounter)));
}

TEST_F(HorizonTest, OldVotesTellOfWhoIsBehindOrContradictsHimself) {
  EXPECT_TRUE(shows(vote(1, 0)));
  EXPECT_TRUE(shows(vote(11, 0)));
  EXPECT_TRUE(shows(vote(10, 1000))) << "rule 8: he is answered with the block";
}

TEST_F(HorizonTest, OwnVotesTellOfASecondProcess) {
  EXPECT_TRUE(shows(vote(1000, 1000, 0)));
}

TEST_F(HorizonTest, AProposalFromFarAheadStillProvesItsParent) {
  const TestBlock far = make_block(Height{10 + 19}, block, View{5}, 1);
  const Certificate parent =
      consortium.certificate(VoteType::kCommit, View{5}, Height{10 + 18}, block);
  const auto left = horizon.visible(consortium.proposal(View{5}, far, parent));
  ASSERT_TRUE(left.has_value());
  EXPECT_EQ(*left, Message(CommitProof{parent, nullptr}));
  EXPECT_FALSE(shows(consortium.proposal(View{5}, far)));
  const TestBlock next = make_block(Height{11}, block, View{5}, 1);
  EXPECT_TRUE(shows(consortium.proposal(View{5}, next, parent)));
}

TEST_F(HorizonTest, NewViewsThatAreOver) {
  EXPECT_FALSE(shows(consortium.new_view(View{5}, {})));
  EXPECT_TRUE(shows(consortium.new_view(View{6}, {})));
}

TEST_F(HorizonTest, WhatHasNoWindowIsShown) {
  EXPECT_TRUE(shows(Suspect{Epoch{0}, View{9000}}));
  EXPECT_TRUE(shows(BlockRequest{Height{9000}, block}));
  EXPECT_TRUE(shows(consortium.view_change(1, View{9000})));
}

TEST_F(HorizonTest, ItMovesWithTheReplica) {
  horizon = {member(0), Height{11}, View{6}, View{8}};
  EXPECT_TRUE(shows(vote(10 + 19, 7 + 18)));
  EXPECT_FALSE(shows(consortium.new_view(View{6}, {})));
}

}  // namespace
}  // namespace galen::pbft::test
