#include "crypto/chunk_stream.h"

#include "base/check.h"
#include "base/limits.h"
#include "crypto/digest.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

namespace galen::crypto {
namespace {

using namespace std::string_view_literals;

// Tags with their length byte, as Hasher and codec::Writer write them.
constexpr std::string_view kHeaderTag = "\x09objheader"sv;
constexpr std::string_view kPayloadTag = "\x07payload"sv;
constexpr std::string_view kCommitTag =
    "\x06"
    "commit"sv;
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kHeaderBytes =
    kHeaderTag.size() + 2 + 4 + 8 + Random32::kSize + Digest::kSize;

// The codec library stands above this one, so the fixed layout is written here.
template <class Unsigned>
void put(Bytes& out, Unsigned value) {
  for (std::size_t left = sizeof(Unsigned); left > 0; --left) {
    out.push_back(static_cast<std::uint8_t>(value >> (8U * (left - 1))));
  }
}

void put(Bytes& out, BytesView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

std::uint64_t take_number(BytesView& in, std::size_t size) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : in.first(size)) value = (value << 8U) | byte;
  in = in.subspan(size);
  return value;
}

BytesView take(BytesView& in, std::size_t size) {
  const BytesView result = in.first(size);
  in = in.subspan(size);
  return result;
}

bool is_valid_chunk_size(std::uint64_t size) {
  return size >= limits::kMinPayloadChunkBytes && size <= limits::kPayloadChunkBytes;
}

Digest commitment(const RecordKey& key) {
  return hmac_sha256(key, as_bytes(kCommitTag));
}

AeadKey derive_stream_key(const RecordKey& key,
                          const ChainId& chain,
                          const RecordId& record,
                          const ObjectHeader& header) {
  Bytes info = to_bytes(kPayloadTag);
  put(info, header.version);
  put(info, chain.view());
  put(info, record.view());
  put(info, header.chunk_size);
  Digest extracted = hkdf_extract(header.salt, key);
  Bytes expanded = hkdf_expand(extracted, info, AeadKey::kSize);
  const AeadKey result = AeadKey::from(expanded);
  cleanse(extracted.value);
  cleanse(expanded);
  return result;
}

// Seven zero bytes || u32 counter || last flag: the STREAM construction.
AeadNonce chunk_nonce(std::uint64_t index, bool last) {
  AeadNonce nonce;
  for (std::size_t i = 0; i < 4; ++i) {
    nonce.value[7 + i] = static_cast<std::uint8_t>(index >> (24U - 8U * i));
  }
  nonce.value[11] = last ? 1 : 0;
  return nonce;
}

}  // namespace

Bytes ObjectHeader::encode() const {
  Bytes out;
  out.reserve(kHeaderBytes);
  put(out, as_bytes(kHeaderTag));
  put(out, version);
  put(out, chunk_size);
  put(out, plaintext_size);
  put(out, salt.view());
  put(out, key_commitment.view());
  return out;
}

Result<ObjectHeader> ObjectHeader::decode(BytesView bytes) {
  if (bytes.size() != kHeaderBytes) {
    return fail(ErrorCode::kMalformed,
                "object header: " + std::to_string(bytes.size()) + " bytes instead of " +
                    std::to_string(kHeaderBytes));
  }
  if (as_text(take(bytes, kHeaderTag.size())) != kHeaderTag) {
    return fail(ErrorCode::kMalformed, "object header: does not begin with its tag");
  }
  ObjectHeader header;
  header.version = static_cast<std::uint16_t>(take_number(bytes, 2));
  header.chunk_size = static_cast<std::uint32_t>(take_number(bytes, 4));
  header.plaintext_size = take_number(bytes, 8);
  header.salt = Random32::from(take(bytes, Random32::kSize));
  header.key_commitment = Digest::from(take(bytes, Digest::kSize));
  if (header.version != kVersion) {
    return fail(ErrorCode::kMalformed,
                "object header: unknown version " + std::to_string(header.version));
  }
  if (!is_valid_chunk_size(header.chunk_size)) {
    return fail(ErrorCode::kMalformed,
                "object header: a chunk size of " + std::to_string(header.chunk_size));
  }
  if (header.plaintext_size > limits::kMaxPayloadBytes) {
    return fail(ErrorCode::kMalformed,
                "object header: a size of " + std::to_string(header.plaintext_size) +
                    " above the limit of " + std::to_string(limits::kMaxPayloadBytes));
  }
  return header;
}

std::uint64_t ObjectHeader::chunk_count() const {
  CHECK(chunk_size > 0, "a header has a chunk size");
  if (plaintext_size == 0) return 1;
  return (plaintext_size - 1) / chunk_size + 1;
}

std::size_t ObjectHeader::ciphertext_size(std::uint64_t index) const {
  CHECK(index < chunk_count(), "a chunk of this object");
  const std::uint64_t before = index * chunk_size;
  const std::uint64_t size = std::min<std::uint64_t>(chunk_size, plaintext_size - before);
  return static_cast<std::size_t>(size) + kAeadTagBytes;
}

Digest object_leaf(std::uint64_t index, BytesView ciphertext_chunk) {
  return Hasher().u8(0x00).u64(index).raw(ciphertext_chunk).finish();
}

PayloadAddress object_address(const ObjectHeader& header, std::span<const Digest> leaves) {
  const Digest address = Hasher("obj")
                             .u16(header.version)
                             .u32(header.chunk_size)
                             .u64(header.plaintext_size)
                             .u64(leaves.size())
                             .raw(sha256(header.encode()))
                             .raw(merkle_root(leaves))
                             .finish();
  return id_cast<PayloadAddress>(address);
}

// NOLINTNEXTLINE(readability-function-size)
ChunkSealer::ChunkSealer(const RecordKey& key,
                         const ChainId& chain,
                         const RecordId& record,
                         std::uint32_t chunk_size,
                         std::uint64_t plaintext_size,
                         RandomSource& random) {
  CHECK(is_valid_chunk_size(chunk_size), "a chunk size within the limits");
  CHECK(plaintext_size <= limits::kMaxPayloadBytes, "an object within the limit");
  header_.version = kVersion;
  header_.chunk_size = chunk_size;
  header_.plaintext_size = plaintext_size;
  header_.salt = random.next<Random32>();
  header_.key_commitment = commitment(key);
  stream_key_ = derive_stream_key(key, chain, record, header_);
}

ChunkSealer::~ChunkSealer() {
  cleanse(stream_key_.value);
}

Bytes ChunkSealer::seal(BytesView plaintext) {
  CHECK(next_ < header_.chunk_count(), "all chunks are sealed");
  CHECK(plaintext.size() + kAeadTagBytes == header_.ciphertext_size(next_),
        "every chunk but the last is full");
  const bool last = next_ + 1 == header_.chunk_count();
  Bytes ciphertext = aead_seal(stream_key_, chunk_nonce(next_, last), {}, plaintext);
  leaves_.push_back(object_leaf(next_, ciphertext));
  ++next_;
  return ciphertext;
}

PayloadAddress ChunkSealer::address() const {
  CHECK(next_ == header_.chunk_count(), "an address belongs to a whole object");
  return object_address(header_, leaves_);
}

ChunkOpener::~ChunkOpener() {
  cleanse(stream_key_.value);
}

Result<ChunkOpener> ChunkOpener::create(const RecordKey& key,
                                        const ChainId& chain,
                                        const RecordId& record,
                                        const ObjectHeader& header) {
  if (header.version != kVersion || !is_valid_chunk_size(header.chunk_size) ||
      header.plaintext_size > limits::kMaxPayloadBytes) {
    return fail(ErrorCode::kMalformed, "object header: outside the limits of the format");
  }
  if (!equal_secret(commitment(key), header.key_commitment)) {
    return fail(ErrorCode::kUnauthenticated, "object: sealed under another key");
  }
  return ChunkOpener(header, derive_stream_key(key, chain, record, header));
}

Result<Bytes> ChunkOpener::open(BytesView ciphertext) {
  if (complete()) {
    return fail(ErrorCode::kUnauthenticated, "object: a chunk after the last one");
  }
  if (ciphertext.size() != header_.ciphertext_size(next_)) {
    return fail(ErrorCode::kUnauthenticated,
                "object: chunk " + std::to_string(next_) + " has the wrong length");
  }
  const bool last = next_ + 1 == header_.chunk_count();
  auto plaintext = aead_open(stream_key_, chunk_nonce(next_, last), {}, ciphertext);
  if (!plaintext) {
    return fail_in("object: chunk " + std::to_string(next_), plaintext.error());
  }
  leaves_.push_back(object_leaf(next_, ciphertext));
  ++next_;
  return plaintext;
}

bool ChunkOpener::complete() const {
  return next_ == header_.chunk_count();
}

PayloadAddress ChunkOpener::address() const {
  CHECK(complete(), "an address belongs to a whole object");
  return object_address(header_, leaves_);
}

}  // namespace galen::crypto
