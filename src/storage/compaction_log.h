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

}  // namespace galen::storage
