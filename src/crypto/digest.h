// SHA-256 (FIPS 180-4), HMAC (RFC 2104) and HKDF (RFC 5869), and the tagged hashing every
// identifier and commitment uses: H(tag || ...) with the tag length-prefixed by one byte
// (docs/formats.md). Thread rule: functions from any thread; a Hasher belongs to one thread.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace galen::crypto {

[[nodiscard]] Digest sha256(BytesView bytes);

/// Incremental SHA-256. `Hasher("leaf")` has absorbed the length-prefixed tag already.
class Hasher {
 public:
  Hasher();
  /// REQUIRES: at most 255 characters.
  explicit Hasher(std::string_view tag);

  /// Appends bytes without their length.
  Hasher& raw(BytesView bytes);
  Hasher& u8(std::uint8_t value);
  Hasher& u16(std::uint16_t value);
  Hasher& u32(std::uint32_t value);
  Hasher& u64(std::uint64_t value);
  /// u32 length, then the bytes: as codec::Writer::bytes.
  Hasher& bytes(BytesView bytes);
  /// Ends the computation. REQUIRES: called once.
  [[nodiscard]] Digest finish();

 private:
  // OpenSSL's SHA256_CTX in place: most inputs are short and an allocation would cost as much.
  alignas(8) std::array<std::byte, 112> state_{};
  bool finished_ = false;
};

/// H(tag || parts...), parts without lengths: for fixed-size parts.
template <class... Parts>
[[nodiscard]] Digest tagged(std::string_view tag, const Parts&... parts) {
  Hasher hasher(tag);
  (hasher.raw(parts), ...);
  return hasher.finish();
}

[[nodiscard]] Digest hmac_sha256(BytesView key, BytesView message);

/// RFC 5869 extract.
[[nodiscard]] Digest hkdf_extract(BytesView salt, BytesView input_key);
/// RFC 5869 expand. REQUIRES: size <= 255 * 32.
[[nodiscard]] Bytes hkdf_expand(BytesView pseudo_random_key, BytesView info, std::size_t size);

/// Comparison in constant time for equal lengths; false at once for other lengths.
[[nodiscard]] bool equal_secret(BytesView a, BytesView b);

/// Overwrites a secret in a way the compiler keeps.
void cleanse(std::span<std::uint8_t> secret);

}  // namespace galen::crypto
