// When a compaction of a range may be believed to have seen all of it.
#include "storage/compaction_log.h"

#include <gtest/gtest.h>

namespace galen::storage {
namespace {

rocksdb::CompactionJobInfo job(const std::string& column,
                               int id,
                               rocksdb::CompactionReason reason) {
  rocksdb::CompactionJobInfo info;
  info.cf_name = column;
  info.job_id = id;
  info.compaction_reason = reason;
  return info;
}

constexpr auto kOwn = rocksdb::CompactionReason::kLevelL0FilesNum;
constexpr auto kManual = rocksdb::CompactionReason::kManualCompaction;

TEST(CompactionLog, CountsWhatRocksDbBeginsByItselfInEachColumn) {
  CompactionLog log;
  EXPECT_EQ(log.of("rows").begun, 0U);
  log.OnCompactionBegin(nullptr, job("rows", 1, kOwn));
  log.OnCompactionBegin(nullptr, job("rows", 2, kManual));
  log.OnCompactionBegin(nullptr, job("rows", 3, kOwn));
  log.OnCompactionBegin(nullptr, job("others", 4, kOwn));
  EXPECT_EQ(log.of("rows").begun, 2U);
  EXPECT_EQ(log.of("rows").running, 2U);
  log.OnCompactionCompleted(nullptr, job("rows", 2, kManual));
  log.OnCompactionCompleted(nullptr, job("rows", 1, kOwn));
  EXPECT_EQ(log.of("rows").begun, 2U);
  EXPECT_EQ(log.of("rows").running, 1U);
  EXPECT_EQ(log.of("others").running, 1U);
}

TEST(CompactionLog, APassCountsWhenNothingElseRanAndWhatIsLeftStayed) {
  const CompactionLog::Own still{3, 0};
  const TableLevels before{{"1", 0}, {"2", 1}};
  EXPECT_TRUE(saw_all(still, still, before, {{"3", 1}})) << "all are rewritten";
  EXPECT_TRUE(saw_all(still, still, before, {{"2", 1}, {"3", 1}})) << "nothing of it was in 2";
  EXPECT_FALSE(saw_all(still, still, before, {{"2", 2}, {"3", 1}})) << "2 was moved past it";
  EXPECT_FALSE(saw_all({3, 1}, {3, 0}, before, {{"3", 1}})) << "one ran when it began";
  EXPECT_FALSE(saw_all(still, {4, 0}, before, {{"3", 1}})) << "one began and ended meanwhile";
  EXPECT_TRUE(saw_all(still, {3, 0}, {}, {}));
}

}  // namespace
}  // namespace galen::storage
