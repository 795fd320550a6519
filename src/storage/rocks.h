// The only door to RocksDB: columns, synced batches, snapshots; options of DUR-3, read back and
// asserted after open (docs/storage.md). Names no RocksDB header. Thread rule: any thread; writes
// wait for each other.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "storage/row_cache.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rocksdb {
class Cache;
class ColumnFamilyHandle;
class DB;
class Snapshot;
class WriteBatch;
}  // namespace rocksdb

namespace galen::storage {

struct RocksSettings {
  std::filesystem::path path;
  std::vector<std::string> columns;  ///< besides "default", which is column 0
  std::size_t block_cache_bytes = 0;
  std::size_t write_buffer_bytes = 0;            ///< per column
  std::size_t write_buffer_total_bytes = 0;      ///< all columns; then all are flushed together
  std::vector<std::size_t> cached_columns = {};  ///< whose newest rows the row cache keeps
  std::size_t row_cache_bytes = 0;
  /// Nothing is created, recovered or logged; REQUIRES then: no writes.
  bool read_only = false;
  /// That must be free on the disk to open, besides what the rows of the log take as tables.
  std::uint64_t room_bytes = std::uint64_t{16} * 1024 * 1024;
};

class Rocks;

/// Writes that become durable together or not at all.
class Batch {
 public:
  explicit Batch(const Rocks& rocks);
  /// Puts and removals become rows of the column `log`, which say what to do later
  /// (staging_rows.h).
  Batch(const Rocks& rocks, std::size_t log);
  ~Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  void put(std::size_t column, BytesView key, BytesView value);
  void remove(std::size_t column, BytesView key);
  /// Every key with this prefix. REQUIRES: a prefix that something sorts behind.
  void remove_prefix(std::size_t column, BytesView prefix);

  /// In memory.
  [[nodiscard]] std::size_t bytes() const;

 private:
  friend class Rocks;
  void note(std::size_t column, BytesView key, BytesView redo);

  const Rocks& rocks_;
  std::optional<std::size_t> log_;
  std::unique_ptr<rocksdb::WriteBatch> batch_;
};

class CompactionLog;

class Rocks {
 public:
  /// Opens or creates. kFailedPrecondition (locked by another process), kCorrupt, kIo;
  /// kResourceExhausted without room on the disk; kInternal when an option of DUR-3 did not take.
  [[nodiscard]] static Result<std::unique_ptr<Rocks>> open(const RocksSettings& settings);
  ~Rocks();
  Rocks(const Rocks&) = delete;
  Rocks& operator=(const Rocks&) = delete;

  /// As of `snapshot`, or the newest when null. kCorrupt, kIo.
  [[nodiscard]] Result<std::optional<Bytes>> get(std::size_t column,
                                                 BytesView key,
                                                 const rocksdb::Snapshot* snapshot = nullptr) const;

  using Visit = std::function<bool(BytesView key, BytesView value)>;
  /// Calls `visit` for every key with this prefix, ascending, until it returns false. kCorrupt,
  /// kIo.
  [[nodiscard]] Status scan(std::size_t column,
                            BytesView prefix,
                            const Visit& visit,
                            const rocksdb::Snapshot* snapshot = nullptr) const;

  /// One synced write. After a failure nothing may be written any more (DUR-5). kIo.
  [[nodiscard]] Status write(const Batch& batch);

  // What erasure needs beyond deleting (PRIVACY.md 15).

  /// Writes all columns to tables; the logs that held their rows are gone on return. kIo.
  [[nodiscard]] Status flush();
  /// Rewrites the tables that hold keys with this prefix (empty: all), down to the last level, so
  /// that what was deleted is in none of the new ones, unless a snapshot still sees it.
  /// kFailedPrecondition: other compactions were in the way, again later; kIo.
  [[nodiscard]] Status compact(std::size_t column, BytesView prefix);
  /// Deletes the files that nothing refers to any more, now. kIo.
  [[nodiscard]] Status drop_obsolete_files();
  /// Names of the tables in the directory, obsolete ones too.
  [[nodiscard]] Result<std::set<std::string>> tables() const;
  /// Drops obsolete files. kFailedPrecondition when one of these tables is obsolete and still
  /// there: a read that has not ended holds it, again later; kIo.
  [[nodiscard]] Status require_gone(const std::set<std::string>& candidates);
  /// Forgets rows and blocks in memory that nobody is reading.
  void drop_caches();
  /// Of the newest write.
  [[nodiscard]] std::uint64_t sequence() const;
  [[nodiscard]] static std::uint64_t sequence_of(const rocksdb::Snapshot& snapshot);
  /// Whether somebody still sees the state from before that write.
  [[nodiscard]] bool has_snapshot_before(std::uint64_t sequence) const;

  /// Released when the last pointer goes. REQUIRES: this outlives it.
  [[nodiscard]] std::shared_ptr<const rocksdb::Snapshot> snapshot() const;

 private:
  friend class Batch;
  class Updates;
  explicit Rocks(const RocksSettings& settings);
  [[nodiscard]] Result<std::optional<Bytes>> read(std::size_t column,
                                                  BytesView key,
                                                  const rocksdb::Snapshot* snapshot) const;

  /// Names and levels of the live tables that may hold keys with the prefix.
  [[nodiscard]] std::map<std::string, int> table_levels(std::size_t column, BytesView prefix) const;
  [[nodiscard]] Status compact_range(std::size_t column, BytesView prefix);

  std::shared_ptr<rocksdb::Cache> blocks_;
  std::shared_ptr<CompactionLog> compactions_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> columns_;  ///< owned; destroyed before db_
  std::vector<bool> cached_;                           ///< by column
  RowCache cache_;
  std::mutex writing_;  ///< the row cache follows one write at a time
};

}  // namespace galen::storage
