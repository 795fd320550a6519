#include "storage/keys/key_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace galen::storage {
namespace {

/// An open file descriptor.
class OwnedFd {
 public:
  explicit OwnedFd(int fd) : fd_(fd) {}

  ~OwnedFd() {
    if (fd_ >= 0) ::close(fd_);
  }

  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  OwnedFd(OwnedFd&&) = delete;
  OwnedFd& operator=(OwnedFd&&) = delete;

  [[nodiscard]] int get() const { return fd_; }

  [[nodiscard]] bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::string system_text() {
  return std::strerror(errno);
}

Result<std::string> read_all(int fd, const std::string& path) {
  std::string text;
  char buffer[16 * 1024];
  while (true) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0) {
      if (errno == EINTR) continue;
      return fail(ErrorCode::kConfig, path + ": cannot be read: " + system_text());
    }
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kMaxTextFileBytes) return fail(ErrorCode::kTooLarge, path + ": above 8 MiB");
  }
}

Status check_private(int fd, const std::string& path) {
  struct stat info {};

  if (::fstat(fd, &info) != 0) return fail(ErrorCode::kConfig, path + ": " + system_text());
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::kConfig, path + ": not a regular file");
  if (info.st_uid != ::geteuid()) {
    return fail(ErrorCode::kConfig,
                path +
                    ": belongs to another user; private key files must belong to the user "
                    "who runs this process");
  }
  if ((info.st_mode & 077U) != 0) {
    return fail(ErrorCode::kConfig, path + ": readable by others; run: chmod 600 " + path);
  }
  return {};
}

Status sync_directory_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const OwnedFd fd(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) {
    return fail(ErrorCode::kIo, path + ": directory cannot be synced: " + system_text());
  }
  return {};
}

Status write_new_file(const std::string& path, const std::string& text, mode_t mode) {
  {
    const OwnedFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!fd.valid()) {
      const auto code = errno == EEXIST ? ErrorCode::kAlreadyExists : ErrorCode::kIo;
      return fail(code, path + ": cannot be created: " + system_text());
    }
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t put = ::write(fd.get(), text.data() + done, text.size() - done);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return fail(ErrorCode::kIo, path + ": cannot be written: " + system_text());
      done += static_cast<std::size_t>(put);
    }
    if (::fsync(fd.get()) != 0) return fail(ErrorCode::kIo, path + ": sync: " + system_text());
  }
  return sync_directory_of(path);
}

}  // namespace

Result<std::string> read_private_text_file(const std::string& path) {
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) {
    return fail(ErrorCode::kConfig, path + ": private key cannot be opened: " + system_text());
  }
  GALEN_TRY_STATUS(check_private(fd.get(), path));
  return read_all(fd.get(), path);
}

Result<crypto::PrivateKey> read_private_key_file(const std::string& path) {
  GALEN_TRY(const std::string pem, read_private_text_file(path));
  auto key = crypto::PrivateKey::from_pem(pem);
  if (!key) return fail_in(path, key.error());
  return key;
}

Result<std::vector<crypto::PrivateKey>> read_private_keys_file(const std::string& path) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  GALEN_TRY(const std::string pem, read_private_text_file(path));
  std::vector<crypto::PrivateKey> keys;
  for (std::size_t at = pem.find(kBegin); at != std::string::npos;) {
    const std::size_t next = pem.find(kBegin, at + kBegin.size());
    const std::string_view block = std::string_view(pem).substr(at, next - at);
    at = next;
    // "EC PARAMETERS" stands before a key that OpenSSL's ecparam wrote.
    if (block.substr(0, block.find('\n')).find("PRIVATE KEY") == std::string_view::npos) continue;
    if (keys.size() == kMaxKeysPerFile) {
      return fail(ErrorCode::kTooLarge,
                  path + ": more than " + std::to_string(kMaxKeysPerFile) + " keys");
    }
    auto key = crypto::PrivateKey::from_pem(block);
    if (!key) return fail_in(path + ": key " + std::to_string(keys.size() + 1), key.error());
    keys.push_back(*std::move(key));
  }
  if (keys.empty()) return fail(ErrorCode::kMalformed, path + ": no private key");
  return keys;
}

Status write_private_file(const std::string& path, const std::string& text) {
  return write_new_file(path, text, 0600);
}

Status write_public_file(const std::string& path, const std::string& text) {
  return write_new_file(path, text, 0644);
}

Result<std::string> read_text_file(const std::string& path) {
  const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return fail(ErrorCode::kConfig, path + ": cannot be opened: " + system_text());

  struct stat info {};

  if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return fail(ErrorCode::kConfig, path + ": not a regular file");
  }
  return read_all(fd.get(), path);
}

Status create_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0) {
    const auto code = errno == EEXIST ? ErrorCode::kAlreadyExists : ErrorCode::kIo;
    return fail(code, path + ": directory cannot be created: " + system_text());
  }
  return sync_directory_of(path);
}

}  // namespace galen::storage
