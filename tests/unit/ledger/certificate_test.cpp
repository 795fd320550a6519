#include "ledger/block.h"
#include "samples.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace galen::ledger {
namespace {

/// A consortium of n and a certificate over one block by the given members.
struct Votes {
  explicit Votes(std::uint32_t n)
      : genesis(samples::valid_genesis(n)), set(validator_set(genesis)) {
    certificate.subject = samples::certificate().subject;
  }

  void add(std::initializer_list<std::uint16_t> members) {
    const Bytes statement = vote_statement(chain, certificate.subject);
    for (const std::uint16_t member : members) {
      certificate.signatures[ValidatorIndex{member}] =
          samples::consensus_key(genesis, member).sign(statement);
    }
  }

  [[nodiscard]] std::string failure() const {
    const Status status = verify_certificate(certificate, chain, set);
    if (status) return "";
    EXPECT_EQ(status.error().code, ErrorCode::kUnauthenticated);
    return status.error().message;
  }

  Genesis genesis;
  ValidatorSet set;
  ChainId chain = samples::pattern<ChainId>(5);
  Certificate certificate;
};

TEST(Quorum, NeedsFourOfSix) {
  EXPECT_EQ(quorum(6), 4U);
  EXPECT_EQ(fault_bound(6), 1U);
}

TEST(Quorum, IsTheTableOfTheProtocol) {
  const std::size_t table[][3] = {{4, 1, 3}, {5, 1, 4}, {6, 1, 4}, {7, 2, 5}, {8, 2, 6}, {9, 2, 6}};
  for (const auto& [n, f, q] : table) {
    EXPECT_EQ(fault_bound(n), f) << n;
    EXPECT_EQ(quorum(n), q) << n;
  }
}

TEST(Quorum, OverlapsInAnHonestMemberAndIsReachable) {
  for (std::size_t n = 1; n <= 200; ++n) {
    const std::size_t f = fault_bound(n);
    const std::size_t q = quorum(n);
    EXPECT_LT(3 * f, n);
    EXPECT_GE(3 * (f + 1), n);
    EXPECT_GE(2 * q, n + f + 1) << "two quorums share an honest member";
    EXPECT_LE(q, n - f) << "the honest members alone are a quorum";
    EXPECT_LT(2 * (q - 1), n + f + 1) << "no smaller quorum would do";
  }
}

TEST(Certificate, ComesBackFromItsBytes) {
  const Bytes bytes = encode(samples::certificate());
  const auto decoded = decode_certificate(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, samples::certificate());
}

TEST(Certificate, RefusesMembersTwiceOrUnsortedAndUnknownTypes) {
  const std::size_t head = 8 + 1 + 8 + 8 + 32 + 2;
  const std::size_t vote = 2 + 64;
  Bytes twice = encode(samples::certificate());
  twice[head + vote + 1] = 0;
  EXPECT_FALSE(decode_certificate(twice));
  Bytes unsorted = encode(samples::certificate());
  unsorted[head + 1] = 2;
  EXPECT_FALSE(decode_certificate(unsorted));
  Bytes type = encode(samples::certificate());
  type[8] = 3;
  EXPECT_FALSE(decode_certificate(type));
}

TEST(Certificate, HoldsWithAQuorumOfValidSignatures) {
  Votes votes(6);
  votes.add({5, 0, 3});
  EXPECT_NE(votes.failure().find("3 votes where 4 are needed"), std::string::npos);
  votes.add({2});
  EXPECT_EQ(votes.failure(), "");
  votes.add({1});
  votes.add({4});
  EXPECT_EQ(votes.failure(), "");
}

TEST(Certificate, RefusesOneBadSignatureAmongEnoughGoodOnes) {
  Votes votes(4);
  votes.add({0, 1, 2, 3});
  ASSERT_EQ(votes.failure(), "");
  votes.certificate.signatures[ValidatorIndex{2}] = votes.certificate.signatures[ValidatorIndex{1}];
  EXPECT_NE(votes.failure().find("member 2"), std::string::npos);
}

TEST(Certificate, RefusesMembersOutsideTheSet) {
  Votes votes(4);
  votes.add({0, 1});
  votes.certificate.signatures[ValidatorIndex{4}] = votes.certificate.signatures[ValidatorIndex{0}];
  EXPECT_NE(votes.failure().find("member 4 is not in"), std::string::npos);
}

TEST(Certificate, RefusesVotesOverAnotherSubjectChainOrSet) {
  Votes votes(4);
  votes.add({0, 1, 2});
  ASSERT_EQ(votes.failure(), "");
  Votes changed = votes;
  changed.certificate.subject.type = VoteType::kPrepare;
  EXPECT_NE(changed.failure(), "");
  changed = votes;
  changed.certificate.subject.view = View{8};
  EXPECT_NE(changed.failure(), "");
  changed = votes;
  changed.chain = samples::pattern<ChainId>(6);
  EXPECT_NE(changed.failure(), "");
  changed = votes;
  changed.set.members.clear();
  EXPECT_NE(changed.failure(), "");
  std::swap(votes.set.members[0], votes.set.members[3]);
  EXPECT_NE(votes.failure(), "");
}

}  // namespace
}  // namespace galen::ledger
