// Durable file operations of the object store. Errors are kIo with operation, path and reason.
// Thread rule: functions from any thread.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <string>

namespace galen::payload {

/// Owns a file descriptor.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}

  ~File();

  File(File&& other) noexcept : descriptor_(other.take()) {}

  File& operator=(File&&) = delete;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] int get() const { return descriptor_; }

  [[nodiscard]] int take() {
    const int result = descriptor_;
    descriptor_ = -1;
    return result;
  }

 private:
  int descriptor_;
};

/// `what: path: reason of errno`.
[[nodiscard]] tl::unexpected<Error> io_failure(const std::string& what, const std::string& path);

/// Creates a directory with mode 0700; an existing one must be a directory closed to others.
/// kConfig when it is open to group or others.
[[nodiscard]] Status make_private_directory(const std::string& path);

/// Creates a new file with mode 0600. kIo when it exists.
[[nodiscard]] Result<File> create_file(const std::string& path);
/// kNotFound when there is none.
[[nodiscard]] Result<File> open_file(const std::string& path);

[[nodiscard]] Result<bool> file_exists(const std::string& path);

[[nodiscard]] Status write_all(int file, BytesView bytes, const std::string& path);
/// Exactly `size` bytes at `offset`. kCorrupt when the file is shorter.
[[nodiscard]] Result<Bytes> read_exactly(int file, std::uint64_t offset, std::size_t size);
[[nodiscard]] Result<std::uint64_t> file_size(int file);
[[nodiscard]] Status sync_file(int file, const std::string& path);
[[nodiscard]] Status sync_directory(const std::string& path);
/// Renames and makes the new name durable.
[[nodiscard]] Status publish(const std::string& from, const std::string& to);
/// Deletes durably; a missing file is fine.
[[nodiscard]] Status remove_file(const std::string& path);
/// The whole file. kNotFound, kTooLarge above `max`, kIo.
[[nodiscard]] Result<Bytes> read_file(const std::string& path, std::size_t max);
/// Writes a file under a temporary name beside it, syncs and renames it.
[[nodiscard]] Status write_file(const std::string& path,
                                const std::string& temporary,
                                BytesView bytes);

}  // namespace galen::payload
