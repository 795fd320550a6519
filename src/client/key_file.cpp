#include "client/key_file.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace galen::client {

namespace {

constexpr std::string_view kIndexLine = "# galen key index: ";

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}

  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

tl::unexpected<Error> refused(ErrorCode code, const std::string& path) {
  return fail(code, path + ": " + std::strerror(errno));
}

Result<std::string> read_rest(int file, const std::string& path, std::size_t max) {
  std::string text;
  char buffer[8192];
  for (;;) {
    const ssize_t got = ::read(file, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refused(ErrorCode::kConfig, path);
    if (got == 0) return text;
    if (text.size() + static_cast<std::size_t>(got) > max) {
      return fail(ErrorCode::kTooLarge, path + ": larger than " + std::to_string(max) + " bytes");
    }
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

Status check_owner_only(int file, const std::string& path) {
  struct stat info {};

  if (::fstat(file, &info) != 0) return refused(ErrorCode::kConfig, path);
  if (info.st_uid != ::geteuid()) {
    return fail(ErrorCode::kConfig, path + ": a private key must belong to the user who runs this");
  }
  if ((info.st_mode & 077U) != 0) {
    return fail(ErrorCode::kConfig, path + ": a private key must not be open to others: chmod 600");
  }
  return {};
}

Status write_text(int file, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return refused(ErrorCode::kIo, path);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file) != 0) return refused(ErrorCode::kIo, path);
  return {};
}

}  // namespace

Result<std::string> read_text_file(const std::string& path, std::size_t max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return refused(ErrorCode::kConfig, path);
  return read_rest(file.get(), path, max);
}

Result<std::string> read_secret_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return refused(ErrorCode::kConfig, path);
  GALEN_TRY_STATUS(check_owner_only(file.get(), path));
  return read_rest(file.get(), path, kMaxConfigBytes);
}

Result<IndexedKey> read_indexed_key_file(const std::string& path) {
  GALEN_TRY(const std::string text, read_secret_file(path));
  std::string_view pem = text;
  std::uint16_t index = 0;
  if (pem.starts_with(kIndexLine)) {
    const std::size_t end = pem.find('\n');
    const std::string_view digits = pem.substr(0, end).substr(kIndexLine.size());
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error != std::errc() || stop != digits.data() + digits.size() ||
        end == std::string_view::npos) {
      return fail(ErrorCode::kConfig, path + ":1: no key index");
    }
    pem.remove_prefix(end + 1);
  }
  auto key = crypto::PrivateKey::from_pem(pem);
  if (!key) return fail(ErrorCode::kConfig, path + ": " + key.error().message);
  return IndexedKey{*std::move(key), index};
}

std::string indexed_key_text(const IndexedKey& key) {
  if (key.index == 0) return key.key.to_pem();
  return std::string(kIndexLine) + std::to_string(key.index) + "\n" + key.key.to_pem();
}

Result<crypto::PrivateKey> read_key_file(const std::string& path) {
  GALEN_TRY(auto indexed, read_indexed_key_file(path));
  return std::move(indexed.key);
}

Status create_private_file(const std::string& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) {
    return refused(errno == EEXIST ? ErrorCode::kAlreadyExists : ErrorCode::kIo, path);
  }
  return write_text(file.get(), text, path);
}

Status create_output_file(const std::string& path, std::string_view text) {
  const Status created = create_private_file(path, text);
  if (created || created.error().code != ErrorCode::kAlreadyExists) return created;
  return fail(ErrorCode::kIo, path + ": exists already, and may hold a key; name a new file");
}

Status ensure_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return refused(ErrorCode::kIo, path);

  struct stat info {};

  if (::stat(path.c_str(), &info) != 0) return refused(ErrorCode::kIo, path);
  if (!S_ISDIR(info.st_mode)) return fail(ErrorCode::kConfig, path + ": not a directory");
  if ((info.st_mode & 077U) != 0) {
    return fail(ErrorCode::kConfig, path + ": must not be open to others: chmod 700");
  }
  return {};
}

}  // namespace galen::client
