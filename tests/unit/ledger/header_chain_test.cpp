#include "ledger/header_chain.h"

#include "support/header_sample.h"

#include <gtest/gtest.h>

#include <string>

namespace galen::ledger {
namespace {

using support::certified;
using support::next_header;
using support::sample_genesis;

class HeaderChainTest : public ::testing::Test {
 protected:
  /// The header that honest validators would certify next.
  [[nodiscard]] BlockHeader next() const { return next_header(chain_, genesis_); }

  void expect_refused(const CertifiedHeader& header, const std::string& why) {
    const Height before = chain_.height();
    const Status status = chain_.accept(header);
    ASSERT_FALSE(status) << why;
    EXPECT_NE(status.error().message.find(why), std::string::npos) << status.error().message;
    EXPECT_EQ(chain_.height(), before);
  }

  Genesis genesis_ = sample_genesis();
  HeaderChain chain_{genesis_};
};

TEST_F(HeaderChainTest, FollowsCertifiedHeadersFromGenesis) {
  EXPECT_EQ(chain_.height(), Height{});
  for (std::uint64_t height = 1; height <= 3; ++height) {
    ASSERT_TRUE(chain_.accept(certified(next())));
    EXPECT_EQ(chain_.height(), Height{height});
    EXPECT_EQ(chain_.hash(), block_hash(chain_.head()->header));
  }
}

TEST_F(HeaderChainTest, RefusesWhatDoesNotContinueTheHead) {
  ASSERT_TRUE(chain_.accept(certified(next())));
  BlockHeader header = next();
  header.height = Height{3};
  expect_refused(certified(header), "does not follow");
  header = next();
  header.parent.value[0] ^= 1U;
  expect_refused(certified(header), "another parent");
  header = next();
  header.time = chain_.head()->header.time;
  expect_refused(certified(header), "not later");
}

TEST_F(HeaderChainTest, ChecksTheFirstBlockAgainstGenesis) {
  BlockHeader header = next();
  header.parent = BlockHash{};
  expect_refused(certified(header), "another parent");
  header = next();
  header.time = genesis_.time;
  expect_refused(certified(header), "not later");
}

TEST_F(HeaderChainTest, RefusesWhatNobodyCertified) {
  CertifiedHeader few = certified(next());
  few.certificate.signatures.erase(ValidatorIndex{0});
  expect_refused(few, "2 votes where 3");
  CertifiedHeader forged = certified(next());
  forged.certificate.signatures[ValidatorIndex{1}] =
      forged.certificate.signatures[ValidatorIndex{0}];
  expect_refused(forged, "member 1");
  CertifiedHeader moved = certified(next());
  moved.header.state_root.value[0] ^= 1U;
  expect_refused(moved, "not its own");
  CertifiedHeader prepared = certified(next());
  prepared.certificate.subject.type = VoteType::kPrepare;
  expect_refused(prepared, "not its own");
}

TEST_F(HeaderChainTest, RefusesAnotherChainEpochOrValidators) {
  BlockHeader header = next();
  header.chain.value[0] ^= 1U;
  EXPECT_EQ(chain_.accept(certified(header)).error().code, ErrorCode::kWrongChain);
  header = next();
  header.epoch = Epoch{1};
  expect_refused(certified(header), "epoch");
  header = next();
  header.validators.value[0] ^= 1U;
  expect_refused(certified(header), "other validators");
  header = next();
  header.next_validators.value[0] ^= 1U;
  const auto status = chain_.accept(certified(header));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(HeaderChainTest, TwoCertifiedBlocksAtOneHeightAreEvidence) {
  ASSERT_TRUE(chain_.accept(certified(next())));
  BlockHeader other = chain_.head()->header;
  EXPECT_FALSE(chain_.conflict(certified(other))) << "the same block is no contradiction";
  other.state_root.value[0] ^= 1U;
  const auto bundle = chain_.conflict(certified(other));
  ASSERT_TRUE(bundle);
  EXPECT_EQ(bundle->certificates.size(), 2U);
  EXPECT_TRUE(verify(*bundle, genesis_));
  CertifiedHeader uncertified = certified(other);
  uncertified.certificate.signatures.erase(ValidatorIndex{2});
  EXPECT_FALSE(chain_.conflict(uncertified)) << "anybody can write such a header";
}

TEST_F(HeaderChainTest, ACertifiedBlockOnAnotherParentIsEvidence) {
  ASSERT_TRUE(chain_.accept(certified(next())));
  EXPECT_FALSE(chain_.conflict(certified(next())));
  BlockHeader other = next();
  other.parent.value[0] ^= 1U;
  const auto bundle = chain_.conflict(certified(other));
  ASSERT_TRUE(bundle);
  EXPECT_TRUE(verify(*bundle, genesis_));
}

TEST_F(HeaderChainTest, ResumesOnlyAtAHeadThatVerifies) {
  ASSERT_TRUE(chain_.accept(certified(next())));
  ASSERT_TRUE(chain_.accept(certified(next())));
  const Bytes stored = chain_.head()->encode();
  HeaderChain later(genesis_);
  ASSERT_TRUE(later.resume(*CertifiedHeader::decode(stored)));
  EXPECT_EQ(later.height(), Height{2});
  EXPECT_TRUE(later.accept(certified(next())));
  for (std::size_t i = 0; i < stored.size(); i += 11) {
    Bytes changed = stored;
    changed[i] ^= 1U;
    const auto head = CertifiedHeader::decode(changed);
    EXPECT_FALSE(head && HeaderChain(genesis_).resume(*head)) << "byte " << i;
  }
}

}  // namespace
}  // namespace galen::ledger
