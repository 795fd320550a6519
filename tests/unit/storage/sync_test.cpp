// What the ledger says is stored has been synced: write-ahead logs, keys before the block that
// needs them, evidence, the small files for people (DUR-1 to DUR-5).
#include "chain_fixture.h"
#include "storage/database.h"
#include "storage/evidence_log.h"
#include "support/watched_syncs.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace galen::storage {
namespace {

using galen::test::SyncWatch;

const std::set<std::string> kNothing;

class StoreSyncTest : public testing::Test {
 protected:
  StoreSyncTest() {
    auto opened = Database::open(test_options(data()), chain_.genesis());
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    database_ = *std::move(opened);
  }

  [[nodiscard]] std::filesystem::path data() const { return directory_.path() / "data"; }

  /// Of the write-ahead logs, "000123.log".
  [[nodiscard]] std::string logs(const std::string& database) const {
    return (data() / database / "0").string();
  }

  TestBlock next_block() { return chain_.block(*database_, {chain_.append(1, ++records_)}); }

  TemporaryDirectory directory_;
  TestChain chain_;
  std::unique_ptr<Database> database_;
  std::uint32_t records_ = 0;
};

TEST_F(StoreSyncTest, ABlockIsSyncedWhenApplyReturns) {
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const TestBlock block = next_block();
    const SyncWatch watch(logs("ledger"));
    ASSERT_TRUE(database_->apply(block.batch(i)));
    EXPECT_EQ(watch.unsynced(), kNothing);
    EXPECT_GE(watch.syncs(), 1U);
  }
}

TEST_F(StoreSyncTest, ANewSubjectsKeyIsSyncedBeforeTheBlock) {
  const TestBlock block = next_block();
  const SyncWatch watch(logs("keyring"));
  ASSERT_TRUE(database_->apply(block.batch(1)));
  EXPECT_EQ(watch.unsynced(), kNothing);
  EXPECT_GE(watch.syncs(), 1U);
}

TEST_F(StoreSyncTest, ABlockThatCannotBeSyncedIsNotApplied) {
  const TestBlock block = next_block();
  SyncWatch watch(logs("ledger"));
  watch.fail_next();
  const auto applied = database_->apply(block.batch(1));
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code, ErrorCode::kIo);
  EXPECT_FALSE(database_->apply(block.batch(1))) << "nothing after it either (DUR-5)";
}

TEST_F(StoreSyncTest, AKeyThatCannotBeSyncedKeepsTheBlockOut) {
  const TestBlock block = next_block();
  SyncWatch watch(logs("keyring"));
  watch.fail_next();
  EXPECT_FALSE(database_->apply(block.batch(1)));
  EXPECT_EQ(database_->head().height(), Height{0});
}

TEST_F(StoreSyncTest, EvidenceAndTheBundleOfAFailStopAreSynced) {
  const Signature signature = Signature::from(Bytes(64, 1));
  const BlockHash a = BlockHash::from(Bytes(32, 1));
  const BlockHash b = BlockHash::from(Bytes(32, 2));
  const SyncWatch watch(data().string() + "/");
  const ledger::Evidence evidence{
      ChainId{},
      {Epoch{}, ValidatorIndex{1}, Height{1}, View{}, ledger::VoteType::kCommit},
      {a, signature},
      {b, signature}};
  ASSERT_TRUE(*database_->evidence().keep(evidence, TimeMs{1}));
  const auto unsynced_logs = [&] {
    std::set<std::string> logs = watch.unsynced();
    std::erase_if(logs, [](const std::string& path) { return path.ends_with("/LOG"); });
    return logs;
  };
  EXPECT_EQ(unsynced_logs(), kNothing);
  EXPECT_GE(watch.syncs(), 1U);
  ASSERT_TRUE(database_->write_fail_stop({chain_.chain(), "any", {}, std::nullopt}));
  EXPECT_EQ(unsynced_logs(), kNothing);
  const SyncWatch directory(data().string());
  ASSERT_TRUE(database_->write_fail_stop(
      {chain_.chain(),
       "another",
       {{{Epoch{}, ledger::VoteType::kCommit, View{}, Height{9}, a}, {}}},
       std::nullopt}));
  EXPECT_GE(directory.syncs(data().string()), 1U) << "its name";
}

}  // namespace
}  // namespace galen::storage
