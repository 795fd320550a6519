// Off-chain objects: AES-256-GCM in chunks (STREAM construction) and their content address
// (PRIVACY.md rules 23 and 24, docs/formats.md "object"). FROZEN. Truncation, reordering and a
// wrong key are detected before a byte of the chunk is released. Thread rule: one object, one
// thread.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/aead.h"
#include "crypto/merkle.h"

#include <cstdint>
#include <span>
#include <vector>

namespace galen::crypto {

using RecordKey = FixedBytes<struct RecordKeyTag, 32>;

/// Stored in front of the chunks; its hash is part of the address.
struct ObjectHeader {
  std::uint16_t version = 1;
  std::uint32_t chunk_size = 0;  ///< plaintext bytes of every chunk but the last
  std::uint64_t plaintext_size = 0;
  Random32 salt;          ///< fresh for every attempt
  Digest key_commitment;  ///< HMAC(K_record, "commit"): checked first, GCM does not commit

  friend bool operator==(const ObjectHeader&, const ObjectHeader&) = default;
  [[nodiscard]] Bytes encode() const;
  /// kMalformed unless exactly a header of version 1 with sizes within base/limits.h.
  [[nodiscard]] static Result<ObjectHeader> decode(BytesView bytes);
  /// Chunks of such an object: 1 for the empty one.
  [[nodiscard]] std::uint64_t chunk_count() const;
  /// Ciphertext bytes (with tag) of chunk `index`. REQUIRES: index < chunk_count().
  [[nodiscard]] std::size_t ciphertext_size(std::uint64_t index) const;
};

/// Leaf of the object's RFC 6962-shaped tree: H(0x00 || u64 index || ciphertext chunk).
[[nodiscard]] Digest object_leaf(std::uint64_t index, BytesView ciphertext_chunk);

/// H("obj" || version || chunk_size || plaintext length || count || H(object header) || root).
[[nodiscard]] PayloadAddress object_address(const ObjectHeader& header,
                                            std::span<const Digest> leaves);

class ChunkSealer {
 public:
  /// REQUIRES: limits::kMinPayloadChunkBytes <= chunk_size <= limits::kPayloadChunkBytes and
  /// plaintext_size <= limits::kMaxPayloadBytes.
  // NOLINTNEXTLINE(readability-function-size): each argument is a part of the key's derivation.
  ChunkSealer(const RecordKey& key,
              const ChainId& chain,
              const RecordId& record,
              std::uint32_t chunk_size,
              std::uint64_t plaintext_size,
              RandomSource& random);

  [[nodiscard]] const ObjectHeader& header() const { return header_; }

  ~ChunkSealer();
  ChunkSealer(ChunkSealer&&) = default;
  ChunkSealer& operator=(ChunkSealer&&) = default;
  ChunkSealer(const ChunkSealer&) = delete;
  ChunkSealer& operator=(const ChunkSealer&) = delete;

  /// Chunks in order; REQUIRES: plaintext.size() is what the header says for the next chunk.
  [[nodiscard]] Bytes seal(BytesView plaintext);
  /// After the last chunk. REQUIRES: all chunks sealed.
  [[nodiscard]] PayloadAddress address() const;

 private:
  ObjectHeader header_;
  AeadKey stream_key_;
  std::uint64_t next_ = 0;
  std::vector<Digest> leaves_;
};

class ChunkOpener {
 public:
  /// kUnauthenticated when the key is not the one the header commits to; kMalformed for sizes
  /// that ObjectHeader::decode refuses.
  [[nodiscard]] static Result<ChunkOpener> create(const RecordKey& key,
                                                  const ChainId& chain,
                                                  const RecordId& record,
                                                  const ObjectHeader& header);
  ~ChunkOpener();
  ChunkOpener(ChunkOpener&&) = default;
  ChunkOpener& operator=(ChunkOpener&&) = default;
  ChunkOpener(const ChunkOpener&) = delete;
  ChunkOpener& operator=(const ChunkOpener&) = delete;

  /// Chunks in order. kUnauthenticated for a changed, reordered, surplus or truncated chunk.
  [[nodiscard]] Result<Bytes> open(BytesView ciphertext);
  [[nodiscard]] bool complete() const;
  /// Address of what was opened. REQUIRES: complete().
  [[nodiscard]] PayloadAddress address() const;

 private:
  ChunkOpener(const ObjectHeader& header, const AeadKey& key) : header_(header), stream_key_(key) {}

  ObjectHeader header_;
  AeadKey stream_key_;
  std::uint64_t next_ = 0;
  std::vector<Digest> leaves_;
};

}  // namespace galen::crypto
