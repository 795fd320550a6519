#include "storage/rocks.h"

#include "base/check.h"
#include "storage/compaction_log.h"
#include "storage/staging_rows.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <cstdarg>
#include <filesystem>
#include <system_error>

namespace galen::storage {

namespace {

/// Every change of tables begins a new one, with the rows at the ends of the tables of before it:
/// what is gone leaves the disk with the second change behind it (PRIVACY.md 15). A manifest has
/// some 150 bytes a table.
constexpr std::size_t kMaxManifestBytes = 1;
constexpr std::size_t kMaxLogBytes = std::size_t{1024} * 1024;
constexpr int kBloomBitsPerKey = 10;
constexpr double kMemtableBloomRatio = 0.05;
constexpr int kMaxOpenFiles = 256;
constexpr int kCompactionPasses = 8;
/// Rows come in the order of hashes, so every compaction of level 0 rewrites all of level 1:
/// seldom, then (docs/performance.md). Filters keep reads of the tables that lie there meanwhile
/// cheap.
constexpr int kLevelZeroTables = 8;
constexpr std::uint64_t kLevelOneBytes = std::uint64_t{512} * 1024 * 1024;

rocksdb::Slice slice(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string table_name(const rocksdb::LiveFileMetaData& file) {
  return std::filesystem::path(file.name).filename().string();
}

BytesView view(const rocksdb::Slice& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

tl::unexpected<Error> failure(std::string_view what, const rocksdb::Status& status) {
  ErrorCode code = ErrorCode::kIo;
  if (status.IsCorruption()) code = ErrorCode::kCorrupt;
  if (status.IsBusy() || status.IsTryAgain()) code = ErrorCode::kFailedPrecondition;
  return fail(code, std::string(what) + ": " + status.ToString());
}

/// What must hold whatever else changes (DUR-3).
rocksdb::DBOptions database_options(const RocksSettings& settings) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.atomic_flush = true;
  options.manual_wal_flush = false;
  options.recycle_log_file_num = 0;
  options.track_and_verify_wals_in_manifest = true;
  options.max_bgerror_resume_count = 0;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.max_manifest_file_size = kMaxManifestBytes;
  options.db_write_buffer_size = settings.write_buffer_total_bytes;
  options.max_open_files = kMaxOpenFiles;
  options.max_background_jobs = 2;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.max_log_file_size = kMaxLogBytes;
  options.keep_log_file_num = 2;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

Status assert_options(const rocksdb::DBOptions& options) {
  const bool holds = options.paranoid_checks && options.atomic_flush && !options.manual_wal_flush &&
                     options.recycle_log_file_num == 0 &&
                     options.track_and_verify_wals_in_manifest &&
                     options.max_bgerror_resume_count == 0 &&
                     options.wal_recovery_mode == rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  if (!holds) return fail(ErrorCode::kInternal, "RocksDB did not take the durability options");
  return {};
}

rocksdb::ColumnFamilyOptions column_options(const RocksSettings& settings,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = settings.write_buffer_bytes;
  options.level0_file_num_compaction_trigger = kLevelZeroTables;
  options.max_bytes_for_level_base = kLevelOneBytes;
  // New ids are looked for before they are written: a filter answers where else a skip list is
  // searched.
  options.memtable_prefix_bloom_size_ratio = kMemtableBloomRatio;
  options.memtable_whole_key_filtering = true;
  // Hashes, signatures and ciphertext do not compress.
  options.compression = rocksdb::kNoCompression;
  options.bottommost_compression = rocksdb::kNoCompression;
  return options;
}

rocksdb::WriteOptions synced() {
  rocksdb::WriteOptions options;
  options.sync = true;
  options.disableWAL = false;
  return options;
}

/// RocksDB would begin anew over the files of a database that lost its CURRENT, and delete them
/// then. A database whose creation was cut short has neither logs nor tables yet: it may begin
/// anew.
Status refuse_headless(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path / "CURRENT", error)) return {};
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    const auto extension = entry.path().extension();
    if (extension == ".log" || extension == ".sst") {
      return fail(
          ErrorCode::kCorrupt,
          path.string() +
              ": holds data but no file CURRENT: the database is damaged; restore the node from a "
              "backup, or remove its data directory and let it catch up");
    }
  }
  return {};
}

/// RocksDB ends the process by an assertion when the disk is full while it opens. Rows of the log
/// become tables then, and a manifest is begun.
Status require_room(const RocksSettings& settings) {
  std::error_code error;
  std::uint64_t needed = settings.room_bytes;
  for (const auto& entry : std::filesystem::directory_iterator(settings.path, error)) {
    if (entry.path().extension() != ".log") continue;
    const std::uint64_t bytes = entry.file_size(error);
    if (!error) needed += bytes;
  }
  std::filesystem::path place = std::filesystem::absolute(settings.path, error);
  while (!std::filesystem::exists(place, error) && place.has_relative_path())
    place = place.parent_path();
  const std::uint64_t free = std::filesystem::space(place, error).available;
  if (error) return fail(ErrorCode::kIo, place.string() + ": free space: " + error.message());
  if (free >= needed) return {};
  constexpr std::uint64_t kMiB = std::uint64_t{1024} * 1024;
  return fail(ErrorCode::kResourceExhausted,
              settings.path.string() +
                  ": not enough room on its disk: " + std::to_string(free / kMiB) +
                  " MiB are free, to open it takes " + std::to_string(needed / kMiB) +
                  " MiB: make room and start again; nothing acknowledged is lost");
}

/// A check must leave the directory as it found it, RocksDB's own log included.
class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;

  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

rocksdb::Status open_database(const RocksSettings& settings,
                              const std::shared_ptr<rocksdb::EventListener>& listener,
                              const std::vector<rocksdb::ColumnFamilyDescriptor>& columns,
                              std::vector<rocksdb::ColumnFamilyHandle*>& handles,
                              rocksdb::DB*& opened) {
  rocksdb::DBOptions options = database_options(settings);
  options.listeners.push_back(listener);
  const std::string path = settings.path.string();
  if (!settings.read_only) return rocksdb::DB::Open(options, path, columns, &handles, &opened);
  options.create_if_missing = false;
  options.create_missing_column_families = false;
  options.info_log = std::make_shared<NoLog>();
  return rocksdb::DB::OpenForReadOnly(options, path, columns, &handles, &opened);
}

/// The smallest key above all keys with this prefix; empty when there is none.
Bytes after_prefix(BytesView prefix) {
  Bytes end = to_bytes(prefix);
  while (!end.empty() && end.back() == 0xff) end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

}  // namespace

Batch::Batch(const Rocks& rocks) : rocks_(rocks), batch_(std::make_unique<rocksdb::WriteBatch>()) {}

Batch::Batch(const Rocks& rocks, std::size_t log) : Batch(rocks) {
  log_ = log;
}

Batch::~Batch() = default;

std::size_t Batch::bytes() const {
  return batch_->GetDataSize();
}

void Batch::note(std::size_t column, BytesView key, BytesView redo) {
  const auto status =
      batch_->Put(rocks_.columns_.at(*log_), slice(redo_key(column, key)), slice(redo));
  CHECK(status.ok(), "a batch in memory takes a row");
}

void Batch::put(std::size_t column, BytesView key, BytesView value) {
  if (log_) return note(column, key, redo_put(value));
  const auto status = batch_->Put(rocks_.columns_.at(column), slice(key), slice(value));
  CHECK(status.ok(), "a batch in memory takes a row");
}

void Batch::remove(std::size_t column, BytesView key) {
  if (log_) return note(column, key, redo_remove());
  const auto status = batch_->Delete(rocks_.columns_.at(column), slice(key));
  CHECK(status.ok(), "a batch in memory takes a deletion");
}

void Batch::remove_prefix(std::size_t column, BytesView prefix) {
  const Bytes end = after_prefix(prefix);
  CHECK(!end.empty() && !log_, "a prefix that something sorts behind, at once");
  const auto status = batch_->DeleteRange(rocks_.columns_.at(column), slice(prefix), slice(end));
  CHECK(status.ok(), "a batch in memory takes a deletion");
}

/// Brings the row cache to what a batch wrote.
class Rocks::Updates final : public rocksdb::WriteBatch::Handler {
 public:
  explicit Updates(Rocks& rocks) : rocks_(rocks) {}

  rocksdb::Status PutCF(std::uint32_t id,
                        const rocksdb::Slice& key,
                        const rocksdb::Slice& value) override {
    return update(id, key, view(value));
  }

  rocksdb::Status DeleteRangeCF(std::uint32_t /*id*/,
                                const rocksdb::Slice& /*begin*/,
                                const rocksdb::Slice& /*end*/) override {
    rocks_.cache_.clear();
    return rocksdb::Status::OK();
  }

  rocksdb::Status DeleteCF(std::uint32_t id, const rocksdb::Slice& key) override {
    return update(id, key, std::nullopt);
  }

 private:
  rocksdb::Status update(std::uint32_t id,
                         const rocksdb::Slice& key,
                         std::optional<BytesView> value) {
    for (std::size_t column = 0; column < rocks_.columns_.size(); ++column) {
      if (rocks_.columns_[column]->GetID() != id) continue;
      if (rocks_.cached_[column]) rocks_.cache_.update(column, view(key), value);
      return rocksdb::Status::OK();
    }
    return rocksdb::Status::InvalidArgument("a batch names an unknown column");
  }

  Rocks& rocks_;
};

Rocks::Rocks(const RocksSettings& settings)
    : cached_(1 + settings.columns.size()), cache_(settings.row_cache_bytes) {
  for (const std::size_t column : settings.cached_columns) cached_.at(column) = true;
}

Rocks::~Rocks() {
  if (!db_) return;
  for (rocksdb::ColumnFamilyHandle* column : columns_) {
    (void)db_->DestroyColumnFamilyHandle(column);
  }
}

Result<std::unique_ptr<Rocks>> Rocks::open(const RocksSettings& settings) {
  GALEN_TRY_STATUS(refuse_headless(settings.path));
  if (!settings.read_only) GALEN_TRY_STATUS(require_room(settings));
  const auto cache = rocksdb::NewLRUCache(settings.block_cache_bytes);
  const rocksdb::ColumnFamilyOptions options = column_options(settings, cache);
  std::vector<rocksdb::ColumnFamilyDescriptor> columns;
  columns.emplace_back(rocksdb::kDefaultColumnFamilyName, options);
  for (const std::string& name : settings.columns) columns.emplace_back(name, options);

  std::unique_ptr<Rocks> rocks(new Rocks(settings));
  rocks->blocks_ = cache;
  rocks->compactions_ = std::make_shared<CompactionLog>();
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status =
      open_database(settings, rocks->compactions_, columns, rocks->columns_, opened);
  if (!status.ok()) return failure(settings.path.string(), status);
  rocks->db_.reset(opened);
  GALEN_TRY_STATUS(assert_options(opened->GetDBOptions()));
  return rocks;
}

Result<std::optional<Bytes>> Rocks::get(std::size_t column,
                                        BytesView key,
                                        const rocksdb::Snapshot* snapshot) const {
  if (snapshot != nullptr || !cached_.at(column)) return read(column, key, snapshot);
  RowCache::Ticket ticket;
  if (auto known = cache_.find(column, key, ticket)) return *std::move(known);
  GALEN_TRY(std::optional<Bytes> row, read(column, key, nullptr));
  cache_.fill(column, key, row, ticket);
  return row;
}

Result<std::optional<Bytes>> Rocks::read(std::size_t column,
                                         BytesView key,
                                         const rocksdb::Snapshot* snapshot) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = db_->Get(options, columns_.at(column), slice(key), &value);
  if (status.IsNotFound()) return std::optional<Bytes>{};
  if (!status.ok()) return failure("reading", status);
  return std::optional<Bytes>{to_bytes(view(value))};
}

Status Rocks::scan(std::size_t column,
                   BytesView prefix,
                   const Visit& visit,
                   const rocksdb::Snapshot* snapshot) const {
  const Bytes end = after_prefix(prefix);
  const rocksdb::Slice upper = slice(end);
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  if (!end.empty()) options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator(options, columns_.at(column)));
  for (row->Seek(slice(prefix)); row->Valid(); row->Next()) {
    if (!visit(view(row->key()), view(row->value()))) return {};
  }
  if (!row->status().ok()) return failure("scanning", row->status());
  return {};
}

Status Rocks::write(const Batch& batch) {
  const std::lock_guard lock(writing_);
  cache_.begin_write();
  rocksdb::Status status = db_->Write(synced(), batch.batch_.get());
  Updates updates(*this);
  if (status.ok()) status = batch.batch_->Iterate(&updates);
  cache_.end_write();
  if (!status.ok()) return fail(ErrorCode::kIo, "writing: " + status.ToString());
  return {};
}

Status Rocks::flush() {
  rocksdb::FlushOptions options;
  options.wait = true;
  // Now, however far compaction is behind: an erasure must not wait for that.
  options.allow_write_stall = true;
  const rocksdb::Status status = db_->Flush(options, columns_);
  if (!status.ok()) return fail(ErrorCode::kIo, "flushing: " + status.ToString());
  return drop_obsolete_files();
}

Status Rocks::compact(std::size_t column, BytesView prefix) {
  const std::string name = columns_.at(column)->GetName();
  for (int pass = 0; pass < kCompactionPasses; ++pass) {
    const CompactionLog::Own earlier = compactions_->of(name);
    const TableLevels before = table_levels(column, prefix);
    GALEN_TRY_STATUS(compact_range(column, prefix));
    const TableLevels after = table_levels(column, prefix);
    if (saw_all(earlier, compactions_->of(name), before, after)) return {};
  }
  return fail(ErrorCode::kFailedPrecondition, "compacting: other compactions move the tables");
}

std::map<std::string, int> Rocks::table_levels(std::size_t column, BytesView prefix) const {
  std::vector<rocksdb::LiveFileMetaData> files;
  db_->GetLiveFilesMetaData(&files);
  const Bytes end = after_prefix(prefix);
  std::map<std::string, int> levels;
  for (const rocksdb::LiveFileMetaData& file : files) {
    if (file.column_family_name != columns_.at(column)->GetName()) continue;
    const bool behind = !end.empty() && rocksdb::Slice(file.smallestkey).compare(slice(end)) >= 0;
    const bool ahead =
        !prefix.empty() && rocksdb::Slice(file.largestkey).compare(slice(prefix)) < 0;
    if (!behind && !ahead) levels.emplace(table_name(file), file.level);
  }
  return levels;
}

Status Rocks::compact_range(std::size_t column, BytesView prefix) {
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  const Bytes end = after_prefix(prefix);
  const rocksdb::Slice lower = slice(prefix);
  const rocksdb::Slice upper = slice(end);
  const rocksdb::Status status = db_->CompactRange(options,
                                                   columns_.at(column),
                                                   prefix.empty() ? nullptr : &lower,
                                                   end.empty() ? nullptr : &upper);
  if (!status.ok()) return fail(ErrorCode::kIo, "compacting: " + status.ToString());
  return {};
}

Result<std::set<std::string>> Rocks::tables() const {
  std::set<std::string> names;
  std::error_code error;
  auto entry = std::filesystem::directory_iterator(db_->GetName(), error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".sst") names.insert(entry->path().filename().string());
  }
  // A listing cut short would pass for tables that are gone.
  if (error) return fail(ErrorCode::kIo, "listing " + db_->GetName() + ": " + error.message());
  return names;
}

Status Rocks::require_gone(const std::set<std::string>& candidates) {
  GALEN_TRY_STATUS(drop_obsolete_files());
  std::vector<rocksdb::LiveFileMetaData> live;
  db_->GetLiveFilesMetaData(&live);
  std::set<std::string> needed;
  for (const rocksdb::LiveFileMetaData& file : live) needed.insert(table_name(file));
  GALEN_TRY(const auto present, tables());
  for (const std::string& name : present) {
    if (!candidates.contains(name) || needed.contains(name)) continue;
    return fail(ErrorCode::kFailedPrecondition, "a read that has not ended holds table " + name);
  }
  return {};
}

Status Rocks::drop_obsolete_files() {
  // Enabling looks at every file, where a flush leaves that to a thread of its own.
  rocksdb::Status status = db_->DisableFileDeletions();
  if (status.ok()) status = db_->EnableFileDeletions(true);
  if (!status.ok()) return fail(ErrorCode::kIo, "deleting files: " + status.ToString());
  return {};
}

void Rocks::drop_caches() {
  cache_.clear();
  blocks_->EraseUnRefEntries();
}

std::uint64_t Rocks::sequence() const {
  return db_->GetLatestSequenceNumber();
}

std::uint64_t Rocks::sequence_of(const rocksdb::Snapshot& snapshot) {
  return snapshot.GetSequenceNumber();
}

bool Rocks::has_snapshot_before(std::uint64_t sequence) const {
  std::uint64_t oldest = 0;
  if (!db_->GetIntProperty(rocksdb::DB::Properties::kOldestSnapshotSequence, &oldest)) return true;
  return oldest != 0 && oldest < sequence;
}

std::shared_ptr<const rocksdb::Snapshot> Rocks::snapshot() const {
  return {db_->GetSnapshot(), [db = db_.get()](const rocksdb::Snapshot* s) {
            if (s != nullptr) db->ReleaseSnapshot(s);
          }};
}

}  // namespace galen::storage
