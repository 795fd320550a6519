// Keys of this folder as OpenSSL's EVP objects, for PEM files and certificates. The fast paths
// (sign, verify) do not pass here. Names no OpenSSL header. Thread rule: functions from any thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "crypto/keys.h"

#include <memory>

struct evp_pkey_st;

namespace galen::crypto {

struct EvpKeyFree {
  void operator()(evp_pkey_st* key) const;
};

using EvpKey = std::unique_ptr<evp_pkey_st, EvpKeyFree>;

/// An EVP copy of the private key.
[[nodiscard]] EvpKey evp_key(const PrivateKey& key);

/// kInvalidArgument for an invalid point.
[[nodiscard]] Result<EvpKey> evp_key(const PublicKey& key);

/// The compressed point of any EVP key. kUnauthenticated unless its curve is P-256.
[[nodiscard]] Result<PublicKey> public_key_of(const evp_pkey_st& key);

/// The 32-byte scalar, big-endian. The caller cleanses it.
[[nodiscard]] Bytes scalar_of(const PrivateKey& key);

}  // namespace galen::crypto
