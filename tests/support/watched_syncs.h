// What a test program writes and syncs, seen through the C library's functions: a kill leaves the
// kernel's cache, so no crash test notices a missing sync. Include in one source file of a program
// only: its functions take the place of the library's for everything in the process, shared
// libraries included.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>
#include <utility>

namespace galen::test {

/// One at a time. Looks at files whose path contains `part`. Thread rule: any thread writes and
/// syncs; the functions are called from the test's.
class SyncWatch {
 public:
  explicit SyncWatch(std::string part) : part_(std::move(part)) { present() = this; }

  ~SyncWatch() {
    const std::lock_guard lock(mutex());
    present() = nullptr;
  }

  SyncWatch(const SyncWatch&) = delete;
  SyncWatch& operator=(const SyncWatch&) = delete;

  /// Written, and not synced since.
  [[nodiscard]] std::set<std::string> unsynced() const {
    const std::lock_guard lock(mutex());
    return unsynced_;
  }

  /// Times that a file or directory of this path was synced.
  [[nodiscard]] std::size_t syncs(const std::string& path) const {
    const std::lock_guard lock(mutex());
    const auto found = synced_.find(path);
    return found == synced_.end() ? 0 : found->second;
  }

  [[nodiscard]] std::size_t syncs() const {
    const std::lock_guard lock(mutex());
    std::size_t sum = 0;
    for (const auto& [path, count] : synced_) sum += count;
    return sum;
  }

  /// The next sync ends with EIO, and what was written stays unsynced.
  void fail_next() {
    const std::lock_guard lock(mutex());
    fails_ = true;
  }

  static void wrote(int file) {
    const std::lock_guard lock(mutex());
    if (present() == nullptr) return;
    const std::string path = path_of(file);
    if (path.find(present()->part_) != std::string::npos) present()->unsynced_.insert(path);
  }

  /// False: it must fail.
  [[nodiscard]] static bool syncs(int file) {
    const std::lock_guard lock(mutex());
    if (present() == nullptr) return true;
    const std::string path = path_of(file);
    if (path.find(present()->part_) == std::string::npos) return true;
    if (std::exchange(present()->fails_, false)) return false;
    ++present()->synced_[path];
    present()->unsynced_.erase(path);
    return true;
  }

 private:
  static std::mutex& mutex() {
    static std::mutex mutex;
    return mutex;
  }

  static SyncWatch*& present() {
    static SyncWatch* watch = nullptr;
    return watch;
  }

  static std::string path_of(int file) {
    char path[4096];
    const std::string link = "/proc/self/fd/" + std::to_string(file);
    const ssize_t size = ::readlink(link.c_str(), path, sizeof path);
    return size < 0 ? std::string() : std::string(path, static_cast<std::size_t>(size));
  }

  std::string part_;
  std::set<std::string> unsynced_;
  std::map<std::string, std::size_t> synced_;
  bool fails_ = false;
};

}  // namespace galen::test

// NOLINTBEGIN: the names are the C library's.
extern "C" {

ssize_t write(int file, const void* bytes, size_t size) {
  const ssize_t written = ::syscall(SYS_write, file, bytes, size);
  if (written > 0) galen::test::SyncWatch::wrote(file);
  return written;
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  const ssize_t written = ::syscall(SYS_pwrite64, file, bytes, size, offset);
  if (written > 0) galen::test::SyncWatch::wrote(file);
  return written;
}

int fdatasync(int file) {
  if (galen::test::SyncWatch::syncs(file)) return static_cast<int>(::syscall(SYS_fdatasync, file));
  errno = EIO;
  return -1;
}

int fsync(int file) {
  if (galen::test::SyncWatch::syncs(file)) return static_cast<int>(::syscall(SYS_fsync, file));
  errno = EIO;
  return -1;
}

}  // extern "C"
// NOLINTEND
