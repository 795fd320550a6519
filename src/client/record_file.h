// A file sealed into an encrypted object before it is uploaded: ciphertext waits in an unnamed
// temporary file, so that an interrupted upload sends the same bytes again (PRIVACY.md 23).
// Thread rule: one thread.
#pragma once

#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/chunk_stream.h"
#include "galen/types.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

namespace galen::client {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

using FilePointer = std::unique_ptr<std::FILE, CloseFile>;

/// Opens for reading. kIo naming the path.
[[nodiscard]] Result<FilePointer> open_for_reading(const std::string& path);

struct SealedFile {
  crypto::ObjectHeader header;
  PayloadAddress address;
  Digest content_commitment;  ///< H("content" || K_record || H(plaintext))
  FilePointer ciphertext;

  /// Back to the first chunk.
  void rewind();
  /// The next chunk; nullopt after the last. kIo.
  [[nodiscard]] Result<std::optional<Bytes>> next();

 private:
  std::uint64_t position_ = 0;
};

struct SealTarget {
  ChainId chain;
  RecordId record;
  crypto::RecordKey key;
};

/// H("content" || K_record || H(plaintext)).
[[nodiscard]] Digest content_commitment(const crypto::RecordKey& key, const Digest& plaintext);

/// Reads and seals a whole file. kIo, kTooLarge; kInvalidArgument when it changes meanwhile.
[[nodiscard]] Result<SealedFile> seal_file(const std::string& path,
                                           const SealTarget& target,
                                           RandomSource& random,
                                           const Progress& progress);

/// MIME type by the file's ending; "application/octet-stream" for others.
[[nodiscard]] std::string guess_mime_type(const std::string& path);

}  // namespace galen::client
