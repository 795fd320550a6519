// A disk of one process for the vote journal: writes are visible at once and durable after a sync;
// a crash keeps, loses or tears each write since the last one. Thread rule: one thread.
#pragma once

#include "sim/rng.h"
#include "storage/journal/disk.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace galen::sim {

class VirtualDisk final : public storage::Disk {
 public:
  explicit VirtualDisk(Rng rng) : rng_(rng) {}

  Result<std::unique_ptr<storage::DiskFile>> create_file(
      const std::filesystem::path& path) override;
  Result<std::unique_ptr<storage::DiskFile>> open_file(const std::filesystem::path& path) override;

  Status make_directory(const std::filesystem::path&) override { return {}; }

  Status sync_directory(const std::filesystem::path&) override { return {}; }

  [[nodiscard]] std::uint64_t growth_bytes() const override { return kGrowth; }

  /// The operation number `operations` from now on, and all after it, fail: the process died in it.
  void arm(std::uint64_t operations) { countdown_ = operations; }

  [[nodiscard]] bool tripped() const { return tripped_; }

  /// The next sync fails (EIO); a crash must follow.
  void fail_next_sync() { sync_fails_ = true; }

  /// After so many reads of whole files one fails (EIO).
  void fail_read_after(std::uint64_t reads) { reads_left_ = reads; }

  /// No room (ENOSPC): no file grows, and nothing new is created.
  void fill(bool full) { full_ = full; }

  [[nodiscard]] bool full() const { return full_; }

  /// The next write goes to another sector of its file, and nobody is told.
  void misdirect_next_write() { misdirected_ = true; }

  /// Power comes back: what was not synced is kept, lost or torn in sectors, write by write.
  void crash();

  /// Whether `needle` stands in the durable part of some file.
  [[nodiscard]] bool holds_durably(BytesView needle) const;

  /// All files gone; their names too.
  void lose() { files_.clear(); }

  [[nodiscard]] bool empty() const { return files_.empty(); }

  /// Flips one bit of a durable byte that is not zero, in some file (bit-rot), while it may be
  /// open.
  void rot();

  /// The durable content of every file, and putting it back: a snapshot of the directory.
  using Image = std::map<std::string, Bytes>;
  [[nodiscard]] Image image() const;
  void restore(const Image& image);

 private:
  friend class VirtualFile;
  static constexpr std::uint64_t kGrowth = 64 * 1024;

  struct Write {
    std::uint64_t offset = 0;
    Bytes bytes;
  };

  struct Content {
    Bytes durable;
    Bytes current;
    std::vector<Write> unsynced;
  };

  /// False when the process dies in this operation.
  [[nodiscard]] bool step();
  void settle(Content& content, const Write& write);

  Rng rng_;
  std::map<std::string, Content> files_;
  std::set<std::string> open_;
  std::optional<std::uint64_t> countdown_;
  bool tripped_ = false;
  bool sync_fails_ = false;
  std::optional<std::uint64_t> reads_left_;
  bool full_ = false;
  bool misdirected_ = false;
};

}  // namespace galen::sim
