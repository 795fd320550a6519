// Injected randomness: the pure side of the I/O line never asks the operating system.
#pragma once

#include "base/bytes.h"

#include <span>

namespace galen {

/// Thread rule: as the implementation says (crypto::OsRandom: any thread; seeded ones: one thread).
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  /// Fills all of `out`. Never fails: an implementation without entropy aborts.
  virtual void fill(std::span<std::uint8_t> out) = 0;

  template <class T>
  [[nodiscard]] T next() {
    T result;
    fill(result.value);
    return result;
  }
};

}  // namespace galen
