// OpenSSL's numbers and points on P-256, for the two files that compute with them. Its low-level EC
// functions are deprecated in 3.0: an including file defines OPENSSL_SUPPRESS_DEPRECATED first.
// Thread rule: the group is shared and never changes; everything else is a value.
#pragma once

#include "base/bytes.h"
#include "crypto/openssl_owned.h"

#include <openssl/bn.h>
#include <openssl/ec.h>

#include <memory>

namespace galen::crypto {

using GroupPtr = std::unique_ptr<EC_GROUP, Freed<EC_GROUP_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;
using PointPtr = std::unique_ptr<EC_POINT, Freed<EC_POINT_free>>;

inline constexpr std::size_t kScalarBytes = 32;

/// One of its own, to be changed.
[[nodiscard]] GroupPtr new_group();
/// The one shared by all; its generator is G, whose multiples OpenSSL has built in.
[[nodiscard]] const EC_GROUP* group();
/// At infinity.
[[nodiscard]] PointPtr new_point();
/// Big-endian.
[[nodiscard]] NumberPtr number(BytesView bytes);

}  // namespace galen::crypto
