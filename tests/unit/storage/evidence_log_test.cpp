#include "storage/evidence_log.h"

#include "base/limits.h"
#include "chain_fixture.h"
#include "storage/rows.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace galen::storage {
namespace {

BlockHash hash(std::uint8_t fill) {
  return BlockHash::from(Bytes(32, fill));
}

/// Nobody's signatures: what is stored was verified before.
ledger::Evidence evidence_at(std::uint16_t member, std::uint64_t height, std::uint64_t epoch = 0) {
  const Signature signature = Signature::from(Bytes(64, 1));
  return {
      ChainId{},
      {Epoch{epoch}, ValidatorIndex{member}, Height{height}, View{2}, ledger::VoteType::kCommit},
      {hash(1), signature},
      {hash(2), signature}};
}

class EvidenceLogTest : public testing::Test {
 protected:
  EvidenceLogTest() { reopen(); }

  void reopen() {
    database_.reset();
    auto opened = Database::open(test_options(directory_.path() / "data"), chain_.genesis());
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    database_ = *std::move(opened);
  }

  [[nodiscard]] EvidenceLog& log() { return database_->evidence(); }

  TemporaryDirectory directory_;
  TestChain chain_;
  std::unique_ptr<Database> database_;
};

TEST_F(EvidenceLogTest, SurvivesARestartWithItsTime) {
  EXPECT_TRUE(log().wants(evidence_at(3, 4).slot));
  EXPECT_TRUE(*log().keep(evidence_at(3, 4), TimeMs{77}));
  EXPECT_TRUE(*log().keep(evidence_at(1, 9), TimeMs{78}));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(log().size(), 2U);
    const auto all = log().list(std::nullopt, std::nullopt, 10);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].evidence, evidence_at(1, 9));
    EXPECT_EQ(all[1].found, TimeMs{77});
    EXPECT_TRUE(log().find(ledger::evidence_id(evidence_at(3, 4))));
    EXPECT_FALSE(log().wants(evidence_at(3, 4).slot)) << "not written again";
    EXPECT_FALSE(*log().keep(evidence_at(3, 4), TimeMs{99}));
    reopen();
  }
}

TEST_F(EvidenceLogTest, TheShareHoldsAcrossRestartsAndWhatIsDroppedIsCounted) {
  for (std::size_t i = 0; i < limits::kMaxEvidencePerMember; ++i)
    ASSERT_TRUE(*log().keep(evidence_at(1, i + 1), {}));
  EXPECT_FALSE(log().wants(evidence_at(1, 500).slot));
  EXPECT_FALSE(*log().keep(evidence_at(1, 501), {}));
  EXPECT_FALSE(*log().keep(evidence_at(1, 1), {}));
  EXPECT_EQ(log().dropped(), 2U) << "a known slot is no loss";
  reopen();
  EXPECT_FALSE(*log().keep(evidence_at(1, 502), {}));
  EXPECT_TRUE(*log().keep(evidence_at(2, 1), {}));
  EXPECT_EQ(log().size(), limits::kMaxEvidencePerMember + 1);
}

TEST_F(EvidenceLogTest, BlocksAndEvidenceDoNotDisturbEachOther) {
  ASSERT_TRUE(*log().keep(evidence_at(1, 1), {}));
  const TestBlock block = chain_.block(*database_, {chain_.append(1, 1)});
  ASSERT_TRUE(database_->apply(block.batch(4)));
  ASSERT_TRUE(*log().keep(evidence_at(1, 2), {}));
  reopen();
  EXPECT_EQ(database_->head().height(), Height{1});
  EXPECT_EQ(database_->journal_mark(), 4U);
  EXPECT_EQ(log().size(), 2U);
}

TEST_F(EvidenceLogTest, AFailStopBundleIsLeftOnceForEachHeight) {
  ledger::FailStopBundle bundle{chain_.chain(), "first", {}, std::nullopt};
  bundle.certificates.push_back(
      {{Epoch{}, ledger::VoteType::kCommit, View{}, Height{7}, hash(1)}, {}});
  const auto path = database_->write_fail_stop(bundle);
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(path->filename(), "fail-stop-7.bundle");
  bundle.reason = "second, after a restart";
  ASSERT_TRUE(database_->write_fail_stop(bundle));
  std::ifstream file(*path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto decoded = ledger::decode_fail_stop(as_bytes(bytes));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->reason, "first");
  reopen();
}

TEST_F(EvidenceLogTest, ABundleOfAFailStopIsFoundUntilItIsGone) {
  EXPECT_EQ(*database_->fail_stop(), std::nullopt);
  ledger::FailStopBundle bundle{chain_.chain(), "two certificates", {}, std::nullopt};
  const auto path = database_->write_fail_stop(bundle);
  ASSERT_TRUE(path);
  reopen();
  EXPECT_EQ(*database_->fail_stop(), *path);
  std::filesystem::remove(*path);
  EXPECT_EQ(*database_->fail_stop(), std::nullopt);
}

TEST(EvidenceRows, KeepTheirBytes) {
  EXPECT_EQ(to_string(evidence_prefix()), "evidence");
  const ledger::Evidence evidence = evidence_at(3, 258, 1);
  EXPECT_EQ(evidence_key(evidence.slot), [] {
    Bytes key = to_bytes(std::string_view("evidence"));
    for (const int byte :
         {0, 0, 0, 0, 0, 0, 0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 2, 2})
      key.push_back(static_cast<std::uint8_t>(byte));
    return key;
  }());
  const Bytes row = encode(EvidenceRow{TimeMs{9}, evidence});
  EXPECT_EQ(row.size(), 2 + 8 + 4 + ledger::encode(evidence).size());
  const auto decoded = decode_evidence_row(row);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->found, TimeMs{9});
  EXPECT_EQ(decoded->evidence, evidence);
  for (std::size_t size = 0; size < row.size(); ++size)
    EXPECT_EQ(decode_evidence_row(BytesView(row).first(size)).error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace galen::storage
