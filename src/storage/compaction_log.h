// Which compactions RocksDB began by itself, by column: what it moves meanwhile a compaction of a
// range does not see (storage/rocks.cpp). Thread rule: any thread.
#pragma once

#include <rocksdb/listener.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace galen::storage {

/// Names and levels of tables.
using TableLevels = std::map<std::string, int>;

class CompactionLog final : public rocksdb::EventListener {
 public:
  struct Own {
    std::uint64_t begun = 0;
    std::size_t running = 0;
  };

  /// Manual ones are asked for.
  void OnCompactionBegin(rocksdb::DB* /*db*/, const rocksdb::CompactionJobInfo& job) override {
    if (job.compaction_reason == rocksdb::CompactionReason::kManualCompaction) return;
    const std::lock_guard lock(mutex_);
    Jobs& jobs = columns_[job.cf_name];
    ++jobs.begun;
    jobs.running.insert(job.job_id);
  }

  void OnCompactionCompleted(rocksdb::DB* /*db*/, const rocksdb::CompactionJobInfo& job) override {
    const std::lock_guard lock(mutex_);
    columns_[job.cf_name].running.erase(job.job_id);
  }

  [[nodiscard]] Own of(const std::string& column) const {
    const std::lock_guard lock(mutex_);
    const auto found = columns_.find(column);
    if (found == columns_.end()) return {};
    return {found->second.begun, found->second.running.size()};
  }

 private:
  struct Jobs {
    std::uint64_t begun = 0;
    std::set<int> running;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Jobs> columns_;
};

/// Whether a compaction of a range saw all of it, by what was there and ran before and after. What
/// RocksDB compacts by itself meanwhile escapes the range: it moves tables and rows past the pass,
/// down to levels that this looked at before, and what began while a reader still saw the deleted
/// keeps it; tables newer than the pass are left alone (7.8.3). So there must have been none of
/// that, and every table that is left must have stayed where it was: then it has been looked at,
/// and nothing of the range is in it.
[[nodiscard]] bool saw_all(const CompactionLog::Own& earlier,
                           const CompactionLog::Own& later,
                           const TableLevels& before,
                           const TableLevels& after);

}  // namespace galen::storage
