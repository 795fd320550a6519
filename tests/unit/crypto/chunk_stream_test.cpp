#include "crypto/chunk_stream.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "unit/crypto/vectors.h"

#include <gtest/gtest.h>

namespace galen::crypto {
namespace {

constexpr std::uint32_t kChunk = limits::kMinPayloadChunkBytes;

Bytes content(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 256);
  return bytes;
}

struct Object {
  ObjectHeader header;
  std::vector<Bytes> chunks;
  PayloadAddress address;
};

class ChunkStream : public testing::Test {
 protected:
  Object seal(const Bytes& plaintext) {
    ChunkSealer sealer(key_, chain_, record_, kChunk, plaintext.size(), random_);
    Object object;
    object.header = sealer.header();
    BytesView rest = plaintext;
    for (std::uint64_t i = 0; i < object.header.chunk_count(); ++i) {
      const std::size_t size = object.header.ciphertext_size(i) - kAeadTagBytes;
      object.chunks.push_back(sealer.seal(rest.first(size)));
      rest = rest.subspan(size);
    }
    EXPECT_TRUE(rest.empty());
    object.address = sealer.address();
    return object;
  }

  // The plaintext, or the first error; complete objects only.
  Result<Bytes> open(const ObjectHeader& header, const std::vector<Bytes>& chunks) {
    GALEN_TRY(ChunkOpener opener, ChunkOpener::create(key_, chain_, record_, header));
    Bytes plaintext;
    for (const Bytes& chunk : chunks) {
      GALEN_TRY(const Bytes part, opener.open(chunk));
      plaintext.insert(plaintext.end(), part.begin(), part.end());
    }
    if (!opener.complete()) return fail(ErrorCode::kUnauthenticated, "incomplete");
    opened_address_ = opener.address();
    return plaintext;
  }

  void expect_refused(const ObjectHeader& header, const std::vector<Bytes>& chunks) {
    const auto opened = open(header, chunks);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::kUnauthenticated) << opened.error().message;
  }

  CountingRandom random_;
  RecordKey key_ = RecordKey::from(Bytes(32, 0x11));
  ChainId chain_ = ChainId::from(Bytes(32, 0x22));
  RecordId record_ = RecordId::from(Bytes(32, 0x33));
  PayloadAddress opened_address_;
};

TEST_F(ChunkStream, OpensWhatWasSealedUnderTheSameAddress) {
  for (const std::size_t size :
       {0U, 1U, kChunk - 1, kChunk, kChunk + 1, 2 * kChunk, 3 * kChunk + 7}) {
    const Bytes plaintext = content(size);
    const Object object = seal(plaintext);
    EXPECT_EQ(object.chunks.size(), size == 0 ? 1U : (size + kChunk - 1) / kChunk);
    const auto opened = open(object.header, object.chunks);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    EXPECT_EQ(*opened, plaintext);
    EXPECT_EQ(opened_address_, object.address);
  }
}

// FROZEN (docs/formats.md): fixed key, identifiers and salt 00 01 02 ...
TEST_F(ChunkStream, HasGoldenBytes) {
  const Object object = seal(content(kChunk + 5));
  EXPECT_EQ(to_hex(object.header.encode()),
            "096f626a6865616465720001000010000000000000001005"
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
            "dfce09e29a302973d3de248a103879d93c454f5472c6185a69581c3caa2090e5");
  ASSERT_EQ(object.chunks.size(), 2U);
  EXPECT_EQ(to_hex(sha256(object.chunks[0])),
            "f23b56b0a1cf6bdb9e62ddd08f946b056b342b7e293353494c0b14e8bebe7c04");
  EXPECT_EQ(to_hex(object.chunks[1]), "196b10391e678b65fac0837f5a58294b294380a848");
  EXPECT_EQ(to_hex(object.address),
            "4b167cc914498f4e1a5792af1bc4e38c88e324797ee63c8c32c718b649db286b");
}

// The construction of docs/formats.md written out with the primitives.
TEST_F(ChunkStream, FollowsItsDescription) {
  const Bytes plaintext = content(kChunk + 5);
  const Object object = seal(plaintext);
  Bytes info = unhex("077061796c6f61640001");
  info.insert(info.end(), chain_.value.begin(), chain_.value.end());
  info.insert(info.end(), record_.value.begin(), record_.value.end());
  for (const std::uint8_t byte : Bytes{0x00, 0x00, 0x10, 0x00}) info.push_back(byte);
  const Digest prk = hkdf_extract(object.header.salt, key_);
  const AeadKey key = AeadKey::from(hkdf_expand(prk, info, 32));
  const BytesView view = plaintext;
  const auto first = unhex_as<AeadNonce>("000000000000000000000000");
  const auto second = unhex_as<AeadNonce>("000000000000000000000101");
  EXPECT_EQ(object.chunks[0], aead_seal(key, first, {}, view.first(kChunk)));
  EXPECT_EQ(object.chunks[1], aead_seal(key, second, {}, view.subspan(kChunk)));
  EXPECT_EQ(object.header.key_commitment, hmac_sha256(key_, unhex("06636f6d6d6974")));
  const Digest root =
      merkle_node(object_leaf(0, object.chunks[0]), object_leaf(1, object.chunks[1]));
  const Digest address = Hasher("obj")
                             .u16(1)
                             .u32(kChunk)
                             .u64(kChunk + 5)
                             .u64(2)
                             .raw(sha256(object.header.encode()))
                             .raw(root)
                             .finish();
  EXPECT_EQ(object.address, id_cast<PayloadAddress>(address));
  EXPECT_EQ(object_leaf(1, Bytes{9}), sha256(unhex("00000000000000000109")));
}

TEST_F(ChunkStream, EveryAttemptHasItsOwnSaltKeyAndAddress) {
  const Object a = seal(content(10));
  const Object b = seal(content(10));
  EXPECT_NE(a.header.salt, b.header.salt);
  EXPECT_NE(a.chunks, b.chunks);
  EXPECT_NE(a.address, b.address);
}

TEST_F(ChunkStream, TruncationIsRefused) {
  const Object object = seal(content(3 * kChunk));
  auto chunks = object.chunks;
  chunks.pop_back();
  expect_refused(object.header, chunks);
  ObjectHeader shorter = object.header;
  shorter.plaintext_size = 2 * kChunk;
  expect_refused(shorter, chunks);
  chunks = object.chunks;
  chunks.back().pop_back();
  expect_refused(object.header, chunks);
  expect_refused(object.header, {});
}

TEST_F(ChunkStream, ReorderedRepeatedAndSurplusChunksAreRefused) {
  const Object object = seal(content(3 * kChunk));
  auto chunks = object.chunks;
  std::swap(chunks[0], chunks[1]);
  expect_refused(object.header, chunks);
  chunks = object.chunks;
  chunks[1] = chunks[0];
  expect_refused(object.header, chunks);
  chunks = object.chunks;
  chunks.push_back(chunks.back());
  expect_refused(object.header, chunks);
  ObjectHeader longer = object.header;
  longer.plaintext_size = 4 * kChunk;
  expect_refused(longer, chunks);
}

TEST_F(ChunkStream, AnotherKeyChainOrRecordIsRefused) {
  const Object object = seal(content(10));
  key_.value[0] ^= 1;
  const auto opener = ChunkOpener::create(key_, chain_, record_, object.header);
  ASSERT_FALSE(opener.has_value());  // before any chunk
  EXPECT_EQ(opener.error().code, ErrorCode::kUnauthenticated);
  key_.value[0] ^= 1;
  chain_.value[0] ^= 1;
  expect_refused(object.header, object.chunks);
  chain_.value[0] ^= 1;
  record_.value[0] ^= 1;
  expect_refused(object.header, object.chunks);
  record_.value[0] ^= 1;
  EXPECT_TRUE(open(object.header, object.chunks).has_value());
}

TEST_F(ChunkStream, AChangedByteInAChunkIsRefused) {
  const Object object = seal(content(40));
  for (std::size_t i = 0; i < object.chunks[0].size(); ++i) {
    auto chunks = object.chunks;
    chunks[0][i] ^= 0x20;
    expect_refused(object.header, chunks);
  }
}

TEST_F(ChunkStream, AChangedByteInTheHeaderIsRefusedAndChangesTheAddress) {
  const Object object = seal(content(40));
  const Bytes bytes = object.header.encode();
  const std::vector<Digest> leaves{object_leaf(0, object.chunks[0])};
  EXPECT_EQ(object_address(object.header, leaves), object.address);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= 1;
    const auto header = ObjectHeader::decode(changed);
    if (!header) continue;
    EXPECT_FALSE(open(*header, object.chunks).has_value()) << i;
    EXPECT_NE(object_address(*header, leaves), object.address) << i;
  }
}

TEST_F(ChunkStream, HeadersDecodeToThemselves) {
  const Bytes bytes = seal(content(40)).header.encode();
  EXPECT_EQ(bytes.size(), 88U);
  const auto header = ObjectHeader::decode(bytes);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->encode(), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ObjectHeader::decode(BytesView(bytes).first(size)).has_value());
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(ObjectHeader::decode(longer).has_value());
}

TEST_F(ChunkStream, HeadersOutsideTheLimitsAreRefused) {
  const ObjectHeader good = seal(content(40)).header;
  const auto decodes = [](ObjectHeader header) {
    return ObjectHeader::decode(header.encode()).has_value();
  };
  ObjectHeader header = good;
  header.chunk_size = limits::kMinPayloadChunkBytes;
  EXPECT_TRUE(decodes(header));
  header.chunk_size = limits::kMinPayloadChunkBytes - 1;
  EXPECT_FALSE(decodes(header));
  EXPECT_FALSE(ChunkOpener::create(key_, chain_, record_, header).has_value());
  header.chunk_size = 0;
  EXPECT_FALSE(decodes(header));
  header.chunk_size = limits::kPayloadChunkBytes;
  EXPECT_TRUE(decodes(header));
  header.chunk_size = limits::kPayloadChunkBytes + 1;
  EXPECT_FALSE(decodes(header));
  header = good;
  header.plaintext_size = limits::kMaxPayloadBytes;
  EXPECT_TRUE(decodes(header));
  header.plaintext_size = limits::kMaxPayloadBytes + 1;
  EXPECT_FALSE(decodes(header));
  header = good;
  header.version = 2;
  EXPECT_FALSE(decodes(header));
}

TEST_F(ChunkStream, SizesOfTheChunksFollowFromTheHeader) {
  ObjectHeader header;
  header.chunk_size = kChunk;
  EXPECT_EQ(header.chunk_count(), 1U);
  EXPECT_EQ(header.ciphertext_size(0), kAeadTagBytes);
  header.plaintext_size = limits::kMaxPayloadBytes;
  EXPECT_EQ(header.chunk_count(), limits::kMaxPayloadBytes / kChunk);
  EXPECT_EQ(header.ciphertext_size(header.chunk_count() - 1), kChunk + kAeadTagBytes);
  header.plaintext_size = kChunk + 1;
  EXPECT_EQ(header.chunk_count(), 2U);
  EXPECT_EQ(header.ciphertext_size(1), 1 + kAeadTagBytes);
}

using ChunkStreamDeathTest = ChunkStream;

TEST_F(ChunkStreamDeathTest, ChunksOfTheWrongSizeAreProgrammerErrors) {
  ChunkSealer sealer(key_, chain_, record_, kChunk, kChunk + 1, random_);
  EXPECT_DEATH((void)sealer.seal(Bytes(kChunk - 1)), "CHECK failed");
  EXPECT_DEATH((void)sealer.address(), "CHECK failed");
  (void)sealer.seal(Bytes(kChunk));
  (void)sealer.seal(Bytes(1));
  EXPECT_DEATH((void)sealer.seal({}), "CHECK failed");
  EXPECT_DEATH(ChunkSealer(key_, chain_, record_, 1, 1, random_), "CHECK failed");
}

}  // namespace
}  // namespace galen::crypto
