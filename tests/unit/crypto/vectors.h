// Published test vectors: the shipped samples, and the complete files when they are there.
// Thread rule: tests only.
#pragma once

#include "base/bytes.h"
#include "base/hex.h"
#include "base/random.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace galen::crypto {

/// The file's JSON from tests/golden/data/crypto and, if present, from $GALEN_SHARED/data/crypto.
[[nodiscard]] std::vector<nlohmann::json> vector_files(std::string_view name);

/// Bytes of a literal or of a field of a vector; throws on anything else, which fails the test.
[[nodiscard]] Bytes unhex(std::string_view text);

template <class T>
[[nodiscard]] T unhex_as(std::string_view text) {
  return T::from(unhex(text));
}

/// 0, 1, 2, ...: reproducible bytes for golden tests.
class CountingRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

}  // namespace galen::crypto
