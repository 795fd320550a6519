// Private key files: PKCS#8 PEM, mode 0600, owned by the user who runs the process.
// Thread rule: any thread. Implements ARCHITECTURE.md 2 (key files) and PLATFORM.md 8.2.
#pragma once

#include "base/result.h"
#include "crypto/keys.h"

#include <string>
#include <vector>

namespace galen::storage {

/// Largest text file read_text_file() takes, in bytes.
inline constexpr std::size_t kMaxTextFileBytes = std::size_t{8} * 1024 * 1024;

/// Reads and decodes a private key. kConfig with the path and what to do when the file is missing,
/// not a regular file, not owned by the effective user, or open to group or others (any of the
/// mode bits 077); kMalformed when it holds no P-256 key.
[[nodiscard]] Result<crypto::PrivateKey> read_private_key_file(const std::string& path);

/// Most keys of one file.
inline constexpr std::size_t kMaxKeysPerFile = 64;

/// The keys of a file that holds one after another, in their order; the same checks. kTooLarge
/// above kMaxKeysPerFile, kMalformed with the place of a key that is none, or when there is none at
/// all.
[[nodiscard]] Result<std::vector<crypto::PrivateKey>> read_private_keys_file(
    const std::string& path);

/// The same checks, the PEM text unread: for libraries that take PEM (TLS).
[[nodiscard]] Result<std::string> read_private_text_file(const std::string& path);

/// Writes a new file of mode 0600 and syncs it and its directory. kAlreadyExists; kIo.
[[nodiscard]] Status write_private_file(const std::string& path, const std::string& text);

/// Writes a new file of mode 0644 and syncs it and its directory. kAlreadyExists; kIo.
[[nodiscard]] Status write_public_file(const std::string& path, const std::string& text);

/// Whole file as text. kConfig with the path when it cannot be read; kTooLarge.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path);

/// Creates one directory of mode 0700. kAlreadyExists; kIo.
[[nodiscard]] Status create_private_directory(const std::string& path);

}  // namespace galen::storage
