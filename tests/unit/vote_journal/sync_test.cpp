// The journal's promise rests on the machine's disk: nothing returns before it is synced (DUR-1).
#include "fixture.h"
#include "support/watched_syncs.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace galen::storage {
namespace {

using namespace test;
using galen::test::SyncWatch;

const std::set<std::string> kNothing;

class JournalSyncTest : public VoteJournalTest {};

TEST_F(JournalSyncTest, NothingIsUnsyncedWhenAppendReturns) {
  VoteJournal journal = must_open(path());
  const SyncWatch watch(path().string());
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const std::size_t before = watch.syncs();
    ASSERT_TRUE(journal.append({prepare(Height{i}, View{0})}));
    EXPECT_EQ(watch.unsynced(), kNothing);
    EXPECT_GT(watch.syncs(), before);
  }
}

TEST_F(JournalSyncTest, AFailedSyncIsAnErrorAndTheRecordMayBeGone) {
  VoteJournal journal = must_open(path());
  SyncWatch watch(path().string());
  watch.fail_next();
  const auto appended = journal.append({prepare(Height{1}, View{0})});
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, ErrorCode::kIo);
  EXPECT_NE(watch.unsynced(), kNothing);
}

TEST_F(JournalSyncTest, WhatIsWipedAndForgottenIsSynced) {
  VoteJournal journal = must_open(path());
  ASSERT_TRUE(journal.append({prepare(Height{1}, View{0})}));
  const SyncWatch watch(path().string());
  ASSERT_TRUE(journal.wipe(Height{1}, View{0}));
  ASSERT_TRUE(journal.sync_wipes());
  EXPECT_EQ(watch.unsynced(), kNothing);
  const std::size_t before = watch.syncs();
  ASSERT_TRUE(journal.forget());
  EXPECT_EQ(watch.unsynced(), kNothing);
  EXPECT_GT(watch.syncs(), before);
}

TEST_F(JournalSyncTest, ANewJournalsFilesAndDirectoriesAreSynced) {
  const fs::path fresh = root_ / "fresh";
  const SyncWatch watch(root_.string());
  FixedRandom random;
  ASSERT_TRUE(VoteJournal::create(fresh, kChain, kSelf, system_disk(), &random));
  EXPECT_EQ(watch.unsynced(), kNothing);
  EXPECT_GE(watch.syncs(fresh.string()), 1U) << "the names of the files";
  EXPECT_GE(watch.syncs(root_.string()), 1U) << "the name of the directory";
}

}  // namespace
}  // namespace galen::storage
