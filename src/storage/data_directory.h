// A node's data directory: exclusive while open, and bound to one chain and one node (DUR-9).
//   LOCK  IDENTITY  ledger/  keyring/  fail-stop-*.bundle
//   (docs/storage.md) Thread rule: values; held by one owner.
#pragma once

#include "base/ids.h"
#include "base/result.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace galen::storage {

/// Newest layout this program reads and the one it writes.
inline constexpr std::uint16_t kSchemaVersion = 3;

/// What a fail-stop leaves: fail-stop-HEIGHT.bundle.
inline constexpr std::string_view kFailStopPrefix = "fail-stop-";
inline constexpr std::string_view kFailStopExtension = ".bundle";

class DataDirectory {
 public:
  /// Locks the directory, then reads IDENTITY, or writes it when there is none and `create`.
  /// kFailedPrecondition (in use), kWrongChain, kConfig (missing, other node, other layout),
  /// kCorrupt (damaged IDENTITY), kIo.
  [[nodiscard]] static Result<DataDirectory> open(const std::filesystem::path& path,
                                                  const ChainId& chain,
                                                  const AccountId& node,
                                                  bool create);
  ~DataDirectory();
  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&&) = delete;
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  /// Writes a small file for people, synced and whole or not at all; one that is there stays. kIo.
  [[nodiscard]] Result<std::filesystem::path> leave(const std::string& name, BytesView bytes) const;

  /// What a fail-stop left here; nullopt: there was none, or somebody took it away. kIo.
  [[nodiscard]] Result<std::optional<std::filesystem::path>> fail_stop() const;

  [[nodiscard]] std::filesystem::path ledger() const { return path_ / "ledger"; }

  [[nodiscard]] std::filesystem::path keyring() const { return path_ / "keyring"; }

 private:
  DataDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace galen::storage
