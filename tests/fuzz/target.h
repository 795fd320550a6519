// A fuzz target: one program per file fuzz_*.cpp, driven by libFuzzer in the preset `fuzz` and by
// standalone.cpp in every other build. A broken property stops the process with CHECK.
#pragma once

#include "base/bytes.h"
#include "base/check.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace galen::fuzz {

/// Inputs to start from: small, valid, one of each kind.
[[nodiscard]] std::vector<Bytes> seeds();

/// Choices read from the input; zeros when it is used up.
class Choices {
 public:
  explicit Choices(BytesView bytes) : rest_(bytes) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }

  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t first = rest_.front();
    rest_ = rest_.subspan(1);
    return first;
  }

  /// 0 .. bound - 1. REQUIRES: 0 < bound <= 256.
  std::size_t below(std::size_t bound) { return byte() % bound; }

  bool coin() { return (byte() & 1U) != 0; }

  Bytes take(std::size_t size) {
    const BytesView head = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(head.size());
    return to_bytes(head);
  }

 private:
  BytesView rest_;
};

}  // namespace galen::fuzz
