#include "storage/journal/disk.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace galen::storage {

namespace {

tl::unexpected<Error> failed(const char* what,
                             const std::filesystem::path& path,
                             ErrorCode code = ErrorCode::kIo) {
  return fail(code, std::string(what) + " " + path.string() + ": " + std::strerror(errno));
}

class SystemFile final : public DiskFile {
 public:
  SystemFile(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}

  ~SystemFile() override { ::close(fd_); }

  SystemFile(const SystemFile&) = delete;
  SystemFile& operator=(const SystemFile&) = delete;

  Status write_at(BytesView bytes, std::uint64_t offset) override {
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return failed("cannot write", path_);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
    return {};
  }

  Status sync() override {
    if (::fdatasync(fd_) != 0) return failed("cannot sync", path_);
    return {};
  }

  Result<Bytes> read_all() override {
    struct stat info {};

    if (::fstat(fd_, &info) != 0) return failed("cannot read", path_);
    Bytes content(static_cast<std::size_t>(info.st_size));
    std::size_t have = 0;
    while (have < content.size()) {
      const ssize_t got =
          ::pread(fd_, content.data() + have, content.size() - have, static_cast<off_t>(have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed("cannot read", path_);
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    content.resize(have);
    return content;
  }

 private:
  int fd_;
  std::filesystem::path path_;
};

class SystemDisk final : public Disk {
 public:
  Result<std::unique_ptr<DiskFile>> create_file(const std::filesystem::path& path) override {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
      return failed(
          "cannot create", path, errno == EEXIST ? ErrorCode::kAlreadyExists : ErrorCode::kIo);
    return std::make_unique<SystemFile>(fd, path);
  }

  Result<std::unique_ptr<DiskFile>> open_file(const std::filesystem::path& path) override {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0)
      return failed("cannot open", path, errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo);
    auto file = std::make_unique<SystemFile>(fd, path);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0)
      return fail(ErrorCode::kFailedPrecondition, path.string() + " is in use by another process");
    return file;
  }

  Status make_directory(const std::filesystem::path& path) override {
    std::error_code error;
    const bool made = std::filesystem::create_directory(path, error);
    if (error)
      return fail(ErrorCode::kIo, "cannot create " + path.string() + ": " + error.message());
    if (made) std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
    return {};
  }

  Status sync_directory(const std::filesystem::path& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fsync(fd) == 0;
    const int error = errno;
    if (fd >= 0) ::close(fd);
    errno = error;
    if (!synced) return failed("cannot sync", path);
    return {};
  }
};

}  // namespace

Disk& system_disk() {
  static SystemDisk disk;
  return disk;
}

}  // namespace galen::storage
