#include "storage/data_directory.h"

#include "codec/codec.h"
#include "crypto/digest.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace galen::storage {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIdentityTag = "galen-data-directory";
constexpr std::size_t kMaxIdentityBytes = 256;
constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;

struct Identity {
  std::uint16_t schema = kSchemaVersion;
  ChainId chain;
  AccountId node;
};

tl::unexpected<Error> io_failure(const fs::path& path, std::string_view doing) {
  const std::string why = std::error_code(errno, std::generic_category()).message();
  return fail(ErrorCode::kIo, path.string() + ": " + std::string(doing) + ": " + why);
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}

  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return fd_; }

  [[nodiscard]] bool valid() const { return fd_ >= 0; }

  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Bytes encode(const Identity& identity) {
  codec::Writer w;
  w.tag(kIdentityTag).u16(identity.schema).raw(identity.chain).raw(identity.node);
  const Digest checksum = crypto::sha256(w.view());
  w.raw(checksum);
  return std::move(w).take();
}

Result<Identity> decode_identity(BytesView bytes) {
  codec::Reader r(bytes, "IDENTITY");
  Identity identity;
  r.tag(kIdentityTag);
  identity.schema = r.u16();
  if (!r.failed() && identity.schema > kSchemaVersion) return identity;  // judged by the caller
  identity.chain = r.fixed<ChainId>();
  identity.node = r.fixed<AccountId>();
  const auto checksum = r.fixed<Digest>();
  GALEN_TRY_STATUS(r.finish());
  if (checksum != crypto::sha256(bytes.first(bytes.size() - Digest::kSize))) {
    return fail(ErrorCode::kMalformed, "IDENTITY: wrong checksum");
  }
  return identity;
}

Status sync_directory(const fs::path& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) return io_failure(path, "syncing");
  return {};
}

Status write_synced(const fs::path& directory, const std::string& name, BytesView bytes) {
  const fs::path temporary = directory / (name + ".new");
  const fs::path final_path = directory / name;
  const Descriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode));
  if (!file.valid()) return io_failure(temporary, "creating");
  const bool written =
      ::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  if (!written || ::fsync(file.get()) != 0) return io_failure(temporary, "writing");
  if (::rename(temporary.c_str(), final_path.c_str()) != 0) {
    return io_failure(final_path, "renaming into place");
  }
  return sync_directory(directory);
}

Status write_identity(const fs::path& directory, const Identity& identity) {
  return write_synced(directory, "IDENTITY", encode(identity));
}

/// nullopt when there is none.
Result<std::optional<Identity>> read_identity(const fs::path& directory) {
  const fs::path path = directory / "IDENTITY";
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    if (errno == ENOENT) return std::optional<Identity>{};
    return io_failure(path, "opening");
  }
  std::array<std::uint8_t, kMaxIdentityBytes> buffer{};
  const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
  if (size < 0) return io_failure(path, "reading");
  auto identity = decode_identity(BytesView(buffer).first(static_cast<std::size_t>(size)));
  if (!identity) {
    return fail(ErrorCode::kCorrupt,
                path.string() + ": is damaged (" + identity.error().message +
                    "); restore the data directory from a backup");
  }
  return std::optional<Identity>{*identity};
}

Status prepare_directory(const fs::path& path, bool create) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    if (!create) {
      return fail(ErrorCode::kConfig, path.string() + ": the data directory does not exist");
    }
    fs::create_directories(path.parent_path(), error);
    if (::mkdir(path.c_str(), kDirectoryMode) != 0) return io_failure(path, "creating");
    const fs::path parent = path.parent_path();
    GALEN_TRY_STATUS(sync_directory(parent.empty() ? fs::path(".") : parent));
  }
  if (!fs::is_directory(path, error)) {
    return fail(ErrorCode::kConfig, path.string() + ": is not a directory");
  }
  if (::chmod(path.c_str(), kDirectoryMode) != 0) return io_failure(path, "setting mode 0700");
  return {};
}

Result<int> lock(const fs::path& directory) {
  const fs::path path = directory / "LOCK";
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode));
  if (!file.valid()) return io_failure(path, "opening");
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return io_failure(path, "locking");
    return fail(ErrorCode::kFailedPrecondition,
                directory.string() + ": another process uses this directory");
  }
  return file.release();
}

Status check_identity(const fs::path& path, const Identity& found, const Identity& wanted) {
  if (found.schema > kSchemaVersion) {
    return fail(ErrorCode::kConfig,
                path.string() + ": was written by a newer version (layout " +
                    std::to_string(found.schema) + ", this program reads " +
                    std::to_string(kSchemaVersion) + ")");
  }
  if (found.schema < kSchemaVersion) {
    return fail(
        ErrorCode::kConfig,
        path.string() + ": was written by an earlier version (layout " +
            std::to_string(found.schema) + ", this program reads " +
            std::to_string(kSchemaVersion) +
            "), which this one does not convert; move it away whole and begin with an empty one, "
            "into which only votes/ comes back if it was there: the node takes the state from its "
            "peers. Keep the old one: its keyring and payload open with the earlier version alone "
            "(docs/operations.md, \"Upgrade\")");
  }
  if (found.chain != wanted.chain) {
    return fail(ErrorCode::kWrongChain,
                path.string() +
                    ": belongs to another chain; use its genesis file or another "
                    "data directory");
  }
  if (found.node != wanted.node) {
    return fail(ErrorCode::kConfig,
                path.string() +
                    ": belongs to another node of this chain; every node needs a "
                    "data directory of its own");
  }
  return {};
}

}  // namespace

Result<fs::path> DataDirectory::leave(const std::string& name, BytesView bytes) const {
  const fs::path path = path_ / name;
  std::error_code error;
  if (!fs::exists(path, error)) GALEN_TRY_STATUS(write_synced(path_, name, bytes));
  return path;
}

Result<std::optional<fs::path>> DataDirectory::fail_stop() const {
  std::error_code error;
  for (auto entry = fs::directory_iterator(path_, error); entry != fs::directory_iterator();
       entry.increment(error)) {
    if (error) break;
    const std::string name = entry->path().filename().string();
    if (name.starts_with(kFailStopPrefix) && entry->path().extension() == kFailStopExtension)
      return entry->path();
  }
  if (error) return fail(ErrorCode::kIo, path_.string() + ": " + error.message());
  return std::nullopt;
}

Result<DataDirectory> DataDirectory::open(const fs::path& path,
                                          const ChainId& chain,
                                          const AccountId& node,
                                          bool create) {
  fs::path directory = path;
  if (!directory.has_filename()) directory = directory.parent_path();  // "data/" is "data"
  GALEN_TRY_STATUS(prepare_directory(directory, create));
  GALEN_TRY(const int locked, lock(directory));
  DataDirectory result(directory, locked);
  const Identity wanted{kSchemaVersion, chain, node};
  GALEN_TRY(const std::optional<Identity> found, read_identity(directory));
  if (found) {
    GALEN_TRY_STATUS(check_identity(directory, *found, wanted));
  } else if (create) {
    GALEN_TRY_STATUS(write_identity(directory, wanted));
  } else {
    return fail(ErrorCode::kConfig, directory.string() + ": is not a data directory");
  }
  return result;
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace galen::storage
