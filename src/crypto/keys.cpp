// OpenSSL's low-level EC functions are deprecated in 3.0 in favour of EVP, which adds 4 us and a
// lock to every signature and verification. They stay in this file.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/keys.h"

#include "base/check.h"
#include "crypto/digest.h"
#include "crypto/ec_objects.h"
#include "crypto/fixed_base.h"
#include "crypto/p256.h"

#include <openssl/ecdh.h>
#include <openssl/ecdsa.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <climits>

namespace galen::crypto {
namespace {

using KeyPtr = std::unique_ptr<EC_KEY, Freed<EC_KEY_free>>;
using SignaturePtr = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

constexpr std::size_t kUncompressedBytes = 65;
using Scalar = std::array<std::uint8_t, kScalarBytes>;

// The order n of P-256 and floor(n / 2), big-endian (FIPS 186-4 D.1.2.3).
constexpr Scalar kOrder = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
                           0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                           0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
constexpr Scalar kHalfOrder = {0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff,
                               0xff, 0xff, 0xff, 0xff, 0xff, 0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b,
                               0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8};

bool is_zero(BytesView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

// Big-endian numbers of equal width compare as byte strings.
bool in_range(BytesView value, const Scalar& max) {
  return !is_zero(value) && std::memcmp(value.data(), max.data(), max.size()) <= 0;
}

// Null unless the bytes are one of the two SEC1 forms of a point of the curve other than infinity.
PointPtr decode_point(BytesView bytes) {
  const bool known_form = (bytes.size() == PublicKey::kSize && (bytes[0] == 2 || bytes[0] == 3)) ||
                          (bytes.size() == kUncompressedBytes && bytes[0] == 4);
  if (!known_form) return nullptr;
  const ErrorScope errors;
  PointPtr point = new_point();
  // Checks that coordinates are below p and that the point is on the curve; the cofactor is 1.
  if (EC_POINT_oct2point(group(), point.get(), bytes.data(), bytes.size(), nullptr) != 1) {
    return nullptr;
  }
  return point;
}

Bytes encode_point(const EC_POINT* point, point_conversion_form_t form) {
  Bytes bytes(form == POINT_CONVERSION_COMPRESSED ? PublicKey::kSize : kUncompressedBytes);
  CHECK(
      EC_POINT_point2oct(group(), point, form, bytes.data(), bytes.size(), nullptr) == bytes.size(),
      "a finite point has its encoding");
  return bytes;
}

KeyPtr empty_key() {
  KeyPtr key(EC_KEY_new());
  CHECK(key != nullptr && EC_KEY_set_group(key.get(), group()) == 1, "out of memory");
  return key;
}

// The key's point is computed from its scalar.
KeyPtr key_from_scalar(BytesView scalar) {
  KeyPtr key = empty_key();
  const NumberPtr secret = number(scalar);
  const PointPtr point = new_point();
  CHECK(EC_POINT_mul(group(), point.get(), secret.get(), nullptr, nullptr, nullptr) == 1 &&
            EC_KEY_set_private_key(key.get(), secret.get()) == 1 &&
            EC_KEY_set_public_key(key.get(), point.get()) == 1,
        "a scalar in range makes a key");
  return key;
}

SignaturePtr to_openssl(const Signature& signature) {
  SignaturePtr result(ECDSA_SIG_new());
  const BytesView bytes = signature.view();
  NumberPtr r = number(bytes.first(kScalarBytes));
  NumberPtr s = number(bytes.last(kScalarBytes));
  CHECK(result != nullptr && ECDSA_SIG_set0(result.get(), r.release(), s.release()) == 1,
        "out of memory");
  return result;
}

// r||s with s replaced by n - s when it is in the upper half.
Signature to_low_s(const ECDSA_SIG* signature) {
  const BIGNUM* r = nullptr;
  const BIGNUM* s = nullptr;
  ECDSA_SIG_get0(signature, &r, &s);
  Signature result;
  std::uint8_t* out = result.value.data();
  CHECK(BN_bn2binpad(r, out, kScalarBytes) == kScalarBytes &&
            BN_bn2binpad(s, out + kScalarBytes, kScalarBytes) == kScalarBytes,
        "r and s are below n");
  if (is_canonical(result)) return result;
  const NumberPtr negated(BN_dup(EC_GROUP_get0_order(group())));
  CHECK(negated != nullptr && BN_sub(negated.get(), negated.get(), s) == 1 &&
            BN_bn2binpad(negated.get(), out + kScalarBytes, kScalarBytes) == kScalarBytes,
        "n - s is below n");
  return result;
}

}  // namespace

// OpenSSL reads an EC_KEY without changing it when it signs, verifies or agrees, so one object
// serves all threads; the functions only lack the const.
struct PrivateKey::Handle {
  KeyPtr key;
  PublicKey public_key;
};

struct VerifyKey::Handle {
  PublicKey public_key;
  KeyPtr key;
  std::unique_ptr<const FixedBase> table;  ///< null: none
};

PrivateKey::PrivateKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}

PrivateKey PrivateKey::generate() {
  KeyPtr key = empty_key();
  CHECK(EC_KEY_generate_key(key.get()) == 1, "the random generator works");
  const Bytes point = encode_point(EC_KEY_get0_public_key(key.get()), POINT_CONVERSION_COMPRESSED);
  Handle handle{std::move(key), PublicKey::from(point)};
  return PrivateKey(std::make_shared<const Handle>(std::move(handle)));
}

Result<PrivateKey> PrivateKey::from_scalar(BytesView scalar) {
  if (scalar.size() != kScalarBytes || !in_range(scalar, kOrder) || equal(scalar, kOrder)) {
    return fail(ErrorCode::kInvalidArgument, "a P-256 scalar is 32 bytes between 1 and n - 1");
  }
  KeyPtr key = key_from_scalar(scalar);
  const Bytes point = encode_point(EC_KEY_get0_public_key(key.get()), POINT_CONVERSION_COMPRESSED);
  Handle handle{std::move(key), PublicKey::from(point)};
  return PrivateKey(std::make_shared<const Handle>(std::move(handle)));
}

const PublicKey& PrivateKey::public_key() const {
  return handle_->public_key;
}

Signature PrivateKey::sign(BytesView message) const {
  const Digest digest = sha256(message);
  const SignaturePtr signature(
      ECDSA_do_sign(digest.value.data(), static_cast<int>(Digest::kSize), handle_->key.get()));
  CHECK(signature != nullptr, "the random generator works");
  return to_low_s(signature.get());
}

Result<Bytes> PrivateKey::diffie_hellman(const PublicKey& peer) const {
  const PointPtr point = decode_point(peer);
  if (point == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "key agreement: not a point on P-256");
  }
  Bytes shared(kScalarBytes);
  CHECK(ECDH_compute_key(shared.data(), shared.size(), point.get(), handle_->key.get(), nullptr) ==
            static_cast<int>(kScalarBytes),
        "a scalar in range times a finite point is a finite point");
  return shared;
}

VerifyKey::VerifyKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}

Result<VerifyKey> VerifyKey::decode(const PublicKey& key) {
  const PointPtr point = decode_point(key);
  if (point == nullptr) {
    return fail(ErrorCode::kMalformed, "public key: not a compressed point on P-256");
  }
  KeyPtr result = empty_key();
  CHECK(EC_KEY_set_public_key(result.get(), point.get()) == 1, "out of memory");
  Handle handle{key, std::move(result), nullptr};
  return VerifyKey(std::make_shared<const Handle>(std::move(handle)));
}

VerifyKey VerifyKey::with_table() const {
  if (handle_->table != nullptr) return *this;
  KeyPtr key(EC_KEY_dup(handle_->key.get()));
  auto table = FixedBase::make(handle_->public_key);
  CHECK(key != nullptr && table != nullptr, "a decoded key is a point");
  Handle handle{handle_->public_key, std::move(key), std::move(table)};
  return VerifyKey(std::make_shared<const Handle>(std::move(handle)));
}

bool VerifyKey::verify(BytesView message, const Signature& signature) const {
  if (!is_canonical(signature)) return false;
  const Digest digest = sha256(message);
  if (handle_->table != nullptr) return handle_->table->verify(digest, signature);
  const SignaturePtr decoded = to_openssl(signature);
  const ErrorScope errors;
  return ECDSA_do_verify(digest.value.data(),
                         static_cast<int>(Digest::kSize),
                         decoded.get(),
                         handle_->key.get()) == 1;
}

std::vector<bool> verify_all(std::span<const SignatureCheck> checks) {
  std::vector<bool> verdicts(checks.size(), false);
  std::vector<FixedBase::Check> with_table;
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const SignatureCheck& check = checks[i];
    const FixedBase* table = check.key.handle().table.get();
    if (table == nullptr) {
      verdicts[i] = check.key.verify(check.message, check.signature);
    } else if (is_canonical(check.signature)) {
      with_table.push_back({table, sha256(check.message), check.signature});
      positions.push_back(i);
    }
  }
  const std::vector<bool> found = FixedBase::verify_all(with_table);
  for (std::size_t i = 0; i < found.size(); ++i) verdicts[positions[i]] = found[i];
  return verdicts;
}

bool verify(const PublicKey& key, BytesView message, const Signature& signature) {
  if (!is_canonical(signature)) return false;
  const auto decoded = VerifyKey::decode(key);
  return decoded && decoded->verify(message, signature);
}

bool is_canonical(const Signature& signature) {
  const BytesView bytes = signature.view();
  const BytesView r = bytes.first(kScalarBytes);
  return in_range(r, kOrder) && !equal(r, kOrder) && in_range(bytes.last(kScalarBytes), kHalfOrder);
}

bool is_valid_point(const PublicKey& key) {
  return decode_point(key) != nullptr;
}

Result<Bytes> uncompressed(const PublicKey& key) {
  const PointPtr point = decode_point(key);
  if (point == nullptr) {
    return fail(ErrorCode::kMalformed, "public key: not a compressed point on P-256");
  }
  return encode_point(point.get(), POINT_CONVERSION_UNCOMPRESSED);
}

Result<PublicKey> compressed(BytesView uncompressed_point) {
  const PointPtr point =
      uncompressed_point.size() == kUncompressedBytes ? decode_point(uncompressed_point) : nullptr;
  if (point == nullptr) {
    return fail(ErrorCode::kMalformed, "public key: not an uncompressed point on P-256");
  }
  return PublicKey::from(encode_point(point.get(), POINT_CONVERSION_COMPRESSED));
}

Bytes scalar_of(const PrivateKey& key) {
  Bytes scalar(kScalarBytes);
  CHECK(
      BN_bn2binpad(EC_KEY_get0_private_key(key.handle().key.get()), scalar.data(), kScalarBytes) ==
          kScalarBytes,
      "a scalar is below n");
  return scalar;
}

void OsRandom::fill(std::span<std::uint8_t> out) {
  CHECK(out.size() <= INT_MAX, "too many random bytes at once");
  CHECK(RAND_priv_bytes(out.data(), static_cast<int>(out.size())) == 1,
        "the random generator works");
}

}  // namespace galen::crypto
