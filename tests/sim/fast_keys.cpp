// crypto/keys.h without elliptic curves: deterministic and about a thousand times quicker. Linked
// into the simulator before galen_crypto, whose keys.cpp it replaces; production code above it is
// the same. A public key is a hash of the scalar, a signature a salt and a hash of salt, public key
// and message: anybody could forge it, so the simulated adversary signs with its own keys only, as
// it would have to with ECDSA. As with ECDSA, too, signing the same again gives another signature,
// so that what is sent again can be told from what is made again.
#include "sim/fast_keys.h"

#include "base/check.h"
#include "crypto/digest.h"
#include "crypto/keys.h"

#include <cstring>
#include <utility>

namespace galen::crypto {

struct PrivateKey::Handle {
  std::array<std::uint8_t, 32> scalar{};
  PublicKey key;
};

struct VerifyKey::Handle {
  PublicKey key;
};

namespace {

std::uint64_t mixed(std::uint64_t state, std::uint64_t word) {
  state = (state ^ word) * 0x9fb21c651e98df25ULL;
  return state ^ (state >> 29U);
}

constexpr std::size_t kSaltBytes = 8;

/// One number for each signature of a run.
thread_local std::uint64_t next_salt = 0;

/// 64 bytes from salt, key and message; r and s look canonical, so that the checks of decoders
/// apply.
Signature made_signature(const PublicKey& key, BytesView message, std::uint64_t salt) {
  std::uint64_t state = mixed(mixed(0x243f6a8885a308d3ULL, message.size()), salt);
  const auto absorb = [&state](BytesView bytes) {
    while (!bytes.empty()) {
      std::uint64_t word = 0;
      const std::size_t part = std::min<std::size_t>(bytes.size(), 8);
      std::memcpy(&word, bytes.data(), part);
      state = mixed(state, word);
      bytes = bytes.subspan(part);
    }
  };
  absorb(key.view());
  absorb(message);
  Signature signature;
  std::memcpy(signature.value.data(), &salt, kSaltBytes);
  for (std::size_t i = kSaltBytes; i < Signature::kSize; i += 8) {
    state = mixed(state, i + 1);
    std::memcpy(signature.value.data() + i, &state, 8);
  }
  signature.value[31] |= 1U;
  signature.value[32] &= 0x3fU;
  signature.value[63] |= 1U;
  return signature;
}

bool is_made(const PublicKey& key, BytesView message, const Signature& signature) {
  std::uint64_t salt = 0;
  std::memcpy(&salt, signature.value.data(), kSaltBytes);
  return made_signature(key, message, salt) == signature;
}

}  // namespace

PrivateKey::PrivateKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}

PrivateKey PrivateKey::generate() {
  CHECK(false, "the simulator draws its keys from the seed");
  std::abort();
}

Result<PrivateKey> PrivateKey::from_scalar(BytesView scalar) {
  if (scalar.size() != 32) return fail(ErrorCode::kInvalidArgument, "private key: not 32 bytes");
  auto handle = std::make_shared<Handle>();
  std::memcpy(handle->scalar.data(), scalar.data(), 32);
  handle->key.value[0] = 2;
  const Digest digest = tagged("simulated-key", scalar);
  std::memcpy(handle->key.value.data() + 1, digest.value.data(), 32);
  return PrivateKey(std::move(handle));
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view) {
  return fail(ErrorCode::kMalformed, "private key: the simulator has no key files");
}

std::string PrivateKey::to_pem() const {
  return {};
}

const PublicKey& PrivateKey::public_key() const {
  return handle_->key;
}

Signature PrivateKey::sign(BytesView message) const {
  // Shifted: the first byte of a canonical r has no highest bit.
  return made_signature(handle_->key, message, ++next_salt << 8U);
}

Result<Bytes> PrivateKey::diffie_hellman(const PublicKey&) const {
  return fail(ErrorCode::kInvalidArgument, "private key: the simulator agrees on no keys");
}

VerifyKey::VerifyKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}

Result<VerifyKey> VerifyKey::decode(const PublicKey& key) {
  if (!is_valid_point(key))
    return fail(ErrorCode::kMalformed, "public key: not a compressed point");
  return VerifyKey(std::make_shared<const Handle>(Handle{key}));
}

VerifyKey VerifyKey::with_table() const {
  return *this;
}

bool VerifyKey::verify(BytesView message, const Signature& signature) const {
  return is_made(handle_->key, message, signature);
}

bool verify(const PublicKey& key, BytesView message, const Signature& signature) {
  return is_valid_point(key) && is_made(key, message, signature);
}

bool is_canonical(const Signature& signature) {
  return (signature.value[0] & 0x80U) == 0 && (signature.value[32] & 0xc0U) == 0 &&
         signature.value[31] != 0 && signature.value[63] != 0;
}

bool is_valid_point(const PublicKey& key) {
  return key.value[0] == 2;
}

void OsRandom::fill(std::span<std::uint8_t>) {
  CHECK(false, "the simulator draws all randomness from the seed");
}

}  // namespace galen::crypto

namespace galen::sim {

void begin_signatures() {
  crypto::next_salt = 0;
}

}  // namespace galen::sim
