// Hybrid public key encryption, RFC 9180 base mode, one shot: DHKEM(P-256, HKDF-SHA256),
// HKDF-SHA256, AES-256-GCM. Points are checked. Thread rule: functions from any thread.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "crypto/keys.h"

namespace galen::crypto {

/// enc (65 bytes, uncompressed ephemeral point) and ciphertext with tag.
struct SealedBox {
  Bytes enc;
  Bytes ciphertext;
  friend bool operator==(const SealedBox&, const SealedBox&) = default;
};

/// kInvalidArgument for an invalid recipient point.
[[nodiscard]] Result<SealedBox> hpke_seal(const PublicKey& recipient,
                                          BytesView info,
                                          BytesView associated_data,
                                          BytesView plaintext);

/// As hpke_seal with the ephemeral key given: for known-answer tests only.
[[nodiscard]] Result<SealedBox> hpke_seal_with(const PrivateKey& ephemeral,
                                               const PublicKey& recipient,
                                               BytesView info,
                                               BytesView associated_data,
                                               BytesView plaintext);

/// kUnauthenticated when anything does not fit.
[[nodiscard]] Result<Bytes> hpke_open(const PrivateKey& recipient,
                                      BytesView info,
                                      BytesView associated_data,
                                      const SealedBox& box);

/// RFC 9180 7.1.3 DeriveKeyPair.
[[nodiscard]] Result<PrivateKey> hpke_derive_key_pair(BytesView input_key_material);

}  // namespace galen::crypto
