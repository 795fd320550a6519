#include "galen/client.h"
#include "support/evidence_sample.h"

#include <gtest/gtest.h>

namespace galen::client {
namespace {

class EvidenceTest : public testing::Test {
 protected:
  [[nodiscard]] Outcome<EvidenceReport> verify(const Bytes& bytes) const {
    return verify_evidence({bytes.begin(), bytes.end()}, text_);
  }

  const ledger::Genesis genesis_ = support::sample_genesis();
  const std::string text_ = ledger::to_json(genesis_);
};

TEST_F(EvidenceTest, VerifiesOfflineAndNamesTheOrganisation) {
  const auto report = verify(ledger::encode(support::sample_evidence(genesis_)));
  ASSERT_TRUE(report) << report.failure().line();
  EXPECT_EQ(report->kind, "votes");
  ASSERT_TRUE(report->votes);
  EXPECT_EQ(report->votes->organisation, "hospital-2");
  EXPECT_EQ(report->votes->member, 1U);
  EXPECT_EQ(report->votes->vote, "COMMIT");
  EXPECT_EQ(report->votes->height, 7U);
  EXPECT_EQ(report->votes->view, 3U);
}

TEST_F(EvidenceTest, EveryChangedByteOfTheFileIsAProofFailure) {
  const Bytes bytes = ledger::encode(support::sample_evidence(genesis_));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= 1U;
    const auto report = verify(changed);
    ASSERT_FALSE(report) << "byte " << i;
    EXPECT_EQ(report.failure().kind, FailureKind::kProof) << "byte " << i;
  }
}

TEST_F(EvidenceTest, AFailStopBundleNamesWhoSignedBoth) {
  const auto report = verify(ledger::encode(support::sample_fail_stop(genesis_)));
  ASSERT_TRUE(report) << report.failure().line();
  EXPECT_EQ(report->kind, "fail-stop");
  ASSERT_EQ(report->certificates.size(), 2U);
  EXPECT_EQ(report->certificates[0].signers,
            (std::vector<std::string>{"hospital-1", "hospital-2", "hospital-3"}));
  EXPECT_EQ(report->in_both, (std::vector<std::string>{"hospital-2", "hospital-3"}));
}

TEST_F(EvidenceTest, AnotherConsortiumsGenesisIsAProofFailureNoGenesisAConfigFailure) {
  ledger::Genesis other = genesis_;
  other.name = "other";
  const Bytes bytes = ledger::encode(support::sample_evidence(genesis_));
  const std::vector<std::uint8_t> file(bytes.begin(), bytes.end());
  EXPECT_EQ(verify_evidence(file, ledger::to_json(other)).failure().kind, FailureKind::kProof);
  EXPECT_EQ(verify_evidence(file, "{}").failure().kind, FailureKind::kConfig);
}

}  // namespace
}  // namespace galen::client
