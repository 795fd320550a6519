// ECDSA P-256 keys: 64-byte r||s signatures, low-S, strict (IDC-5); public keys are compressed SEC1
// points. Key files are PKCS#8 PEM. Thread rule: immutable after construction, any thread.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace galen::crypto {

class PrivateKey {
 public:
  /// A fresh key from OpenSSL's generator.
  [[nodiscard]] static PrivateKey generate();
  /// From the 32-byte scalar, big-endian. kInvalidArgument unless 1 <= d < n. For tests and
  /// vectors.
  [[nodiscard]] static Result<PrivateKey> from_scalar(BytesView scalar);
  /// PKCS#8 or SEC1 PEM, unencrypted, curve P-256. kMalformed otherwise.
  [[nodiscard]] static Result<PrivateKey> from_pem(std::string_view pem);

  [[nodiscard]] std::string to_pem() const;
  [[nodiscard]] const PublicKey& public_key() const;
  /// ECDSA over SHA-256(message), hedged nonce of OpenSSL, normalised to low-S.
  [[nodiscard]] Signature sign(BytesView message) const;
  /// The x coordinate of the shared point (ECDH, RFC 9180 DH). kInvalidArgument for an invalid
  /// point.
  [[nodiscard]] Result<Bytes> diffie_hellman(const PublicKey& peer) const;

  struct Handle;

  [[nodiscard]] const Handle& handle() const { return *handle_; }

 private:
  explicit PrivateKey(std::shared_ptr<const Handle> handle);
  std::shared_ptr<const Handle> handle_;
};

/// A decoded public key: decoding a point costs about as much as a tenth of a verification, so
/// decode once and keep it.
class VerifyKey {
 public:
  /// kMalformed unless a canonical compressed point on the curve.
  [[nodiscard]] static Result<VerifyKey> decode(const PublicKey& key);

  /// The same key with precomputed multiples of its point (FixedBase): it verifies in half the
  /// time, for 150 KB and 30 ms once. For keys that sign often; how many there are is the caller's
  /// business.
  [[nodiscard]] VerifyKey with_table() const;

  /// True only for a canonical low-S signature of SHA-256(message).
  [[nodiscard]] bool verify(BytesView message, const Signature& signature) const;

  struct Handle;

  [[nodiscard]] const Handle& handle() const { return *handle_; }

 private:
  explicit VerifyKey(std::shared_ptr<const Handle> handle);
  std::shared_ptr<const Handle> handle_;
};

struct SignatureCheck {
  VerifyKey key;
  BytesView message;
  Signature signature;
};

/// `key.verify(message, signature)` of each, cheaper together than one by one.
[[nodiscard]] std::vector<bool> verify_all(std::span<const SignatureCheck> checks);

/// Decodes and verifies; for keys seen once.
[[nodiscard]] bool verify(const PublicKey& key, BytesView message, const Signature& signature);

/// 1 <= r < n and 1 <= s <= n/2. Checked at decoding, before any curve arithmetic.
[[nodiscard]] bool is_canonical(const Signature& signature);

/// True for a canonical compressed point on P-256.
[[nodiscard]] bool is_valid_point(const PublicKey& key);

/// 65-byte uncompressed SEC1 form (RFC 9180 SerializePublicKey) and back. kMalformed for bad
/// points.
[[nodiscard]] Result<Bytes> uncompressed(const PublicKey& key);
[[nodiscard]] Result<PublicKey> compressed(BytesView uncompressed_point);

/// The operating system's generator behind OpenSSL. Thread rule: any thread.
class OsRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace galen::crypto
