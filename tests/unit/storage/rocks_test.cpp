// The door to RocksDB: what it refuses before RocksDB sees it.
#include "storage/rocks.h"

#include "unit/storage/chain_fixture.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace galen::storage {
namespace {

constexpr std::size_t kMiB = std::size_t{1024} * 1024;

class RocksTest : public testing::Test {
 protected:
  RocksSettings settings() { return {directory_.path() / "rocks", {"rows"}, kMiB, kMiB, kMiB}; }

  /// One row, in a table of its own.
  static void put(Rocks& rocks, const std::string& value) {
    Batch batch(rocks);
    batch.put(1, Bytes{'k'}, to_bytes(value));
    ASSERT_TRUE(rocks.write(batch));
    ASSERT_TRUE(rocks.flush());
  }

  TemporaryDirectory directory_;
};

TEST_F(RocksTest, WithoutRoomItIsNotOpened) {
  RocksSettings greedy = settings();
  greedy.room_bytes = std::filesystem::space(directory_.path()).capacity + kMiB;
  const auto refused = Rocks::open(greedy);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_TRUE(
      refused.error().message.starts_with(greedy.path.string() + ": not enough room on its disk: "))
      << refused.error().message;
  EXPECT_FALSE(std::filesystem::exists(greedy.path));
}

// DUR-3, as RocksDB itself tells what it runs with.
TEST_F(RocksTest, TheDurabilityOptionsStandInItsOptionsFile) {
  const auto rocks = Rocks::open(settings());
  ASSERT_TRUE(rocks) << rocks.error().message;
  std::filesystem::path newest;
  for (const auto& entry : std::filesystem::directory_iterator(settings().path)) {
    if (entry.path().filename().string().starts_with("OPTIONS-"))
      newest = std::max(newest, entry.path());
  }
  std::ifstream file(newest);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const char* line : {"paranoid_checks=true",
                           "atomic_flush=true",
                           "manual_wal_flush=false",
                           "recycle_log_file_num=0",
                           "track_and_verify_wals_in_manifest=true",
                           "max_bgerror_resume_count=0",
                           "wal_recovery_mode=kPointInTimeRecovery"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
}

// Every fourth flush makes RocksDB move tables down a level by itself, past a compaction of the
// range.
TEST_F(RocksTest, ACompactionLeavesNoOlderValueWhateverRocksDbDoesMeanwhile) {
  const auto opened = Rocks::open(settings());
  ASSERT_TRUE(opened) << opened.error().message;
  Rocks& rocks = **opened;
  for (int round = 0; round < 60; ++round) {
    for (const char* value : {"older-1", "older-2", "older-3", "newest"}) put(rocks, value);
    const Status compacted = rocks.compact(1, Bytes{'k'});
    ASSERT_TRUE(compacted) << compacted.error().message;
    const auto all = rocks.tables();
    ASSERT_TRUE(all);
    ASSERT_TRUE(rocks.require_gone(*all));
    const auto tables = rocks.tables();
    ASSERT_TRUE(tables);
    for (const std::string& table : *tables) {
      std::ifstream file(settings().path / table, std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      ASSERT_EQ(text.find("older-"), std::string::npos) << table << " in round " << round;
    }
  }
}

TEST_F(RocksTest, AReadUnderWayHoldsItsTableAndIsWaitedFor) {
  const auto opened = Rocks::open(settings());
  ASSERT_TRUE(opened) << opened.error().message;
  Rocks& rocks = **opened;
  put(rocks, "older");
  const auto listed = rocks.tables();
  ASSERT_TRUE(listed);
  const std::set<std::string>& before = *listed;
  int seen = 0;
  ASSERT_TRUE(rocks.scan(1, Bytes{'k'}, [&](BytesView, BytesView) {
    ++seen;
    put(rocks, "newest");
    EXPECT_TRUE(rocks.compact(1, Bytes{'k'}));
    const Status gone = rocks.require_gone(before);
    EXPECT_EQ(gone ? ErrorCode::kInternal : gone.error().code, ErrorCode::kFailedPrecondition);
    return true;
  }));
  EXPECT_EQ(seen, 1);
  EXPECT_TRUE(rocks.require_gone(before));
  const auto after = rocks.tables();
  ASSERT_TRUE(after);
  for (const std::string& table : before) EXPECT_FALSE(after->contains(table)) << table;
}

TEST_F(RocksTest, ARelativePathHasADiskToo) {
  RocksSettings relative = settings();
  relative.path = "no-such-directory-yet";
  relative.room_bytes = std::filesystem::space(".").capacity + kMiB;
  const auto refused = Rocks::open(relative);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted) << refused.error().message;
}

TEST_F(RocksTest, WithoutRoomItKeepsWhatItHasAndCanBeChecked) {
  {
    const auto rocks = Rocks::open(settings());
    ASSERT_TRUE(rocks) << rocks.error().message;
    Batch batch(**rocks);
    batch.put(1, Bytes{1}, Bytes{2});
    ASSERT_TRUE((*rocks)->write(batch));
  }
  RocksSettings greedy = settings();
  greedy.room_bytes = std::filesystem::space(directory_.path()).capacity + kMiB;
  ASSERT_FALSE(Rocks::open(greedy));
  greedy.read_only = true;
  const auto looked_at = Rocks::open(greedy);
  ASSERT_TRUE(looked_at) << looked_at.error().message;
  const auto row = (*looked_at)->get(1, Bytes{1});
  ASSERT_TRUE(row);
  EXPECT_EQ(*row, Bytes{2});
}

}  // namespace
}  // namespace galen::storage
