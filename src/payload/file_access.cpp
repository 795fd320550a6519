#include "payload/file_access.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace galen::payload {

namespace {

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

tl::unexpected<Error> io_failure(const std::string& what, const std::string& path) {
  return fail(ErrorCode::kIo, what + ": " + path + ": " + std::strerror(errno));
}

Status make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return sync_directory(parent_of(path));
  if (errno != EEXIST) return io_failure("cannot create directory", path);

  struct stat info {};

  if (::stat(path.c_str(), &info) != 0) return io_failure("cannot look at", path);
  if (!S_ISDIR(info.st_mode)) return fail(ErrorCode::kConfig, path + " is not a directory");
  if ((info.st_mode & 077U) != 0) {
    return fail(ErrorCode::kConfig, path + " is open to other users; run chmod 700 on it");
  }
  // Another thread may have made it just now, and not have synced it yet.
  return sync_directory(parent_of(path));
}

Result<File> create_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return io_failure("cannot create", path);
  return File(descriptor);
}

Result<File> open_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor >= 0) return File(descriptor);
  if (errno == ENOENT) return fail(ErrorCode::kNotFound, "not found");
  return io_failure("cannot open", path);
}

Result<bool> file_exists(const std::string& path) {
  const auto file = open_file(path);
  if (file) return true;
  if (file.error().code == ErrorCode::kNotFound) return false;
  return tl::unexpected(file.error());
}

Status write_all(int file, BytesView bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_failure("cannot write", path);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<Bytes> read_exactly(int file, std::uint64_t offset, std::size_t size) {
  Bytes bytes(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got =
        ::pread(file, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_failure("cannot read", "object");
    if (got == 0) return fail(ErrorCode::kCorrupt, "a stored file is shorter than it says");
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

Result<std::uint64_t> file_size(int file) {
  struct stat info {};

  if (::fstat(file, &info) != 0) return io_failure("cannot look at", "object");
  return static_cast<std::uint64_t>(info.st_size);
}

Status sync_file(int file, const std::string& path) {
  if (::fsync(file) != 0) return io_failure("cannot sync", path);
  return {};
}

Status sync_directory(const std::string& path) {
  const File directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return io_failure("cannot open directory", path);
  return sync_file(directory.get(), path);
}

Status publish(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return io_failure("cannot rename to", to);
  return sync_directory(parent_of(to));
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return sync_directory(parent_of(path));
  if (errno == ENOENT) return {};
  return io_failure("cannot delete", path);
}

Result<Bytes> read_file(const std::string& path, std::size_t max) {
  GALEN_TRY(const File file, open_file(path));
  GALEN_TRY(const std::uint64_t size, file_size(file.get()));
  if (size > max) return fail(ErrorCode::kTooLarge, path + " is larger than it may be");
  return read_exactly(file.get(), 0, static_cast<std::size_t>(size));
}

Status write_file(const std::string& path, const std::string& temporary, BytesView bytes) {
  {
    GALEN_TRY(const File file, create_file(temporary));
    GALEN_TRY_STATUS(write_all(file.get(), bytes, temporary));
    GALEN_TRY_STATUS(sync_file(file.get(), temporary));
  }
  return publish(temporary, path);
}

}  // namespace galen::payload
