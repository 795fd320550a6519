// What the vote journal needs of a file system: the machine's own in production, a virtual disk
// that tears writes and forgets what was not synced in the simulator. Thread rule: one thread at a
// time for each file.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace galen::storage {

inline constexpr std::uint64_t kJournalFileBytes =
    8 * 1024 * 1024;  ///< preallocated, and the step of growth

/// An open file. Every failure is kIo and names the file.
class DiskFile {
 public:
  virtual ~DiskFile() = default;
  /// Writes all of it. A write is lost or torn by a crash unless a sync followed.
  [[nodiscard]] virtual Status write_at(BytesView bytes, std::uint64_t offset) = 0;
  /// Makes every write before it durable. DUR-5: after a failed sync the pages are marked clean, so
  /// there is no second try.
  [[nodiscard]] virtual Status sync() = 0;
  [[nodiscard]] virtual Result<Bytes> read_all() = 0;
};

class Disk {
 public:
  virtual ~Disk() = default;
  /// A new file that only its owner may read. kAlreadyExists, kIo.
  [[nodiscard]] virtual Result<std::unique_ptr<DiskFile>> create_file(
      const std::filesystem::path& path) = 0;
  /// For this process alone until it is closed. kNotFound; kFailedPrecondition (another process has
  /// it); kIo.
  [[nodiscard]] virtual Result<std::unique_ptr<DiskFile>> open_file(
      const std::filesystem::path& path) = 0;
  /// A directory that only its owner may enter, unless it exists. kIo.
  [[nodiscard]] virtual Status make_directory(const std::filesystem::path& path) = 0;
  /// Makes the names in it durable. kIo.
  [[nodiscard]] virtual Status sync_directory(const std::filesystem::path& path) = 0;

  /// How much is preallocated at a time. REQUIRES: a multiple of 512, above 8,192.
  [[nodiscard]] virtual std::uint64_t growth_bytes() const { return kJournalFileBytes; }
};

/// The machine's file system. Thread rule: any thread.
[[nodiscard]] Disk& system_disk();

}  // namespace galen::storage
