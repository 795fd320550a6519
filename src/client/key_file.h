// Files of the client: configuration texts, and private keys, which only their owner may read.
// Thread rule: functions from any thread.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/keys.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace galen::client {

inline constexpr std::size_t kMaxConfigBytes = 1024 * 1024;

/// kConfig with path and reason; kTooLarge above `max` bytes.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path, std::size_t max);

/// As read_text_file, and refuses a file that group or others can read. kConfig.
[[nodiscard]] Result<std::string> read_secret_file(const std::string& path);

/// A P-256 private key. kConfig.
[[nodiscard]] Result<crypto::PrivateKey> read_key_file(const std::string& path);

/// A signing key with its index in the account's list on the chain: the first line of the file,
/// when it is not 0.
struct IndexedKey {
  crypto::PrivateKey key;
  std::uint16_t index = 0;
};

/// kConfig.
[[nodiscard]] Result<IndexedKey> read_indexed_key_file(const std::string& path);
/// The text of such a file.
[[nodiscard]] std::string indexed_key_text(const IndexedKey& key);

/// Creates `path` with mode 0600, durable on return. kAlreadyExists, kIo.
[[nodiscard]] Status create_private_file(const std::string& path, std::string_view text);

/// As create_private_file, for a name that the user gave: kIo when it is taken.
[[nodiscard]] Status create_output_file(const std::string& path, std::string_view text);

/// Creates a directory of mode 0700 unless it is there. kIo; kConfig when it is open to others.
[[nodiscard]] Status ensure_private_directory(const std::string& path);

}  // namespace galen::client
