// AES-256-GCM (NIST SP 800-38D), 96-bit nonce, 128-bit tag appended to the ciphertext.
// Thread rule: functions from any thread.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace galen::crypto {

using AeadKey = FixedBytes<struct AeadKeyTag, 32>;
using AeadNonce = FixedBytes<struct AeadNonceTag, 12>;
inline constexpr std::size_t kAeadTagBytes = 16;
/// Longest plaintext and longest associated data of one call; large objects go in chunks.
inline constexpr std::size_t kMaxAeadBytes = std::size_t{1} << 30U;

/// Ciphertext and tag. The caller never repeats a nonce under one key.
/// REQUIRES: plaintext and associated data of at most kMaxAeadBytes each.
[[nodiscard]] Bytes aead_seal(const AeadKey& key,
                              const AeadNonce& nonce,
                              BytesView associated_data,
                              BytesView plaintext);

/// kUnauthenticated when key, nonce, data, ciphertext or tag do not belong together, and for sizes
/// that aead_seal cannot have made. Nothing is released before the tag was checked.
[[nodiscard]] Result<Bytes> aead_open(const AeadKey& key,
                                      const AeadNonce& nonce,
                                      BytesView associated_data,
                                      BytesView ciphertext);

}  // namespace galen::crypto
