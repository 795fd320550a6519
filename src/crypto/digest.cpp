// The low-level SHA-256 functions are deprecated in OpenSSL 3.0 in favour of EVP, which costs twice
// as much for the short inputs a ledger hashes (Merkle nodes, identifiers). They stay in this file.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/digest.h"

#include "base/check.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace galen::crypto {
namespace {

static_assert(sizeof(SHA256_CTX) <= 112 && alignof(SHA256_CTX) <= 8);
static_assert(Digest::kSize == SHA256_DIGEST_LENGTH);

constexpr std::size_t kBlockBytes = SHA256_CBLOCK;
using Block = std::array<std::uint8_t, kBlockBytes>;

SHA256_CTX* context(std::array<std::byte, 112>& state) {
  return std::launder(reinterpret_cast<SHA256_CTX*>(state.data()));
}

// RFC 2104 step 1: a key of exactly one block, hashed first when it is longer.
Block block_key(BytesView key) {
  Block block{};
  if (key.size() > kBlockBytes) {
    Digest hashed = sha256(key);
    std::memcpy(block.data(), hashed.value.data(), Digest::kSize);
    cleanse(hashed.value);
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  return block;
}

void flip(Block& block, std::uint8_t mask) {
  for (std::uint8_t& byte : block) byte = static_cast<std::uint8_t>(byte ^ mask);
}

// Incremental HMAC, so that HKDF needs no joined buffer.
class Hmac {
 public:
  explicit Hmac(BytesView key) : block_(block_key(key)) {
    flip(block_, 0x36);
    inner_.raw(block_);
  }

  ~Hmac() { cleanse(block_); }

  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;

  Hmac& raw(BytesView bytes) {
    inner_.raw(bytes);
    return *this;
  }

  Digest finish() {
    const Digest inner = inner_.finish();
    flip(block_, 0x36 ^ 0x5c);
    return Hasher().raw(block_).raw(inner).finish();
  }

 private:
  Block block_;
  Hasher inner_;
};

}  // namespace

Digest sha256(BytesView bytes) {
  return Hasher().raw(bytes).finish();
}

Hasher::Hasher() {
  auto* fresh = new (state_.data()) SHA256_CTX;
  CHECK(SHA256_Init(fresh) == 1, "SHA-256 is available");
}

Hasher::Hasher(std::string_view tag) : Hasher() {
  CHECK(tag.size() <= 255, "a domain tag has at most 255 characters");
  u8(static_cast<std::uint8_t>(tag.size()));
  raw(as_bytes(tag));
}

Hasher& Hasher::raw(BytesView bytes) {
  CHECK(!finished_, "a Hasher is used up by finish");
  SHA256_Update(context(state_), bytes.data(), bytes.size());
  return *this;
}

Hasher& Hasher::u8(std::uint8_t value) {
  return raw({&value, 1});
}

Hasher& Hasher::u16(std::uint16_t value) {
  const std::array<std::uint8_t, 2> big_endian{static_cast<std::uint8_t>(value >> 8U),
                                               static_cast<std::uint8_t>(value)};
  return raw(big_endian);
}

Hasher& Hasher::u32(std::uint32_t value) {
  std::array<std::uint8_t, 4> big_endian{};
  for (std::size_t i = 0; i < 4; ++i) {
    big_endian[i] = static_cast<std::uint8_t>(value >> (24U - 8U * i));
  }
  return raw(big_endian);
}

Hasher& Hasher::u64(std::uint64_t value) {
  std::array<std::uint8_t, 8> big_endian{};
  for (std::size_t i = 0; i < 8; ++i) {
    big_endian[i] = static_cast<std::uint8_t>(value >> (56U - 8U * i));
  }
  return raw(big_endian);
}

Hasher& Hasher::bytes(BytesView bytes) {
  CHECK(bytes.size() <= 0xffffffffU, "length does not fit u32");
  u32(static_cast<std::uint32_t>(bytes.size()));
  return raw(bytes);
}

Digest Hasher::finish() {
  CHECK(!finished_, "a Hasher is used up by finish");
  finished_ = true;
  Digest digest;
  SHA256_Final(digest.value.data(), context(state_));  // also cleanses the state
  return digest;
}

Digest hmac_sha256(BytesView key, BytesView message) {
  return Hmac(key).raw(message).finish();
}

Digest hkdf_extract(BytesView salt, BytesView input_key) {
  return hmac_sha256(salt, input_key);
}

Bytes hkdf_expand(BytesView pseudo_random_key, BytesView info, std::size_t size) {
  CHECK(size <= 255 * Digest::kSize, "HKDF expands to at most 255 blocks");
  Bytes output(size);
  Digest block;
  std::size_t done = 0;
  for (std::uint8_t counter = 1; done < size; ++counter) {
    Hmac hmac(pseudo_random_key);
    if (counter > 1) hmac.raw(block);
    block = hmac.raw(info).raw({&counter, 1}).finish();
    const std::size_t part = std::min(size - done, Digest::kSize);
    std::memcpy(output.data() + done, block.value.data(), part);
    done += part;
  }
  cleanse(block.value);
  return output;
}

bool equal_secret(BytesView a, BytesView b) {
  if (a.size() != b.size()) return false;
  return a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void cleanse(std::span<std::uint8_t> secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
}

}  // namespace galen::crypto
