// The simulator's only source of chance: splitmix64, forked into independent streams by label, so
// that a new draw in one place does not change the others. Thread rule: one thread.
#pragma once

#include "base/random.h"

#include <cstdint>

namespace galen::sim {

class Rng final : public RandomSource {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next_number() { return scramble(state_ += 0x9e3779b97f4a7c15ULL); }

  /// 0 .. bound-1. REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next_number() % bound; }

  /// low .. high, both included.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + below(high - low + 1);
  }

  /// True in `ppm` of a million cases. Costs no draw at zero.
  bool chance(std::uint32_t ppm) { return ppm != 0 && below(1'000'000) < ppm; }

  /// About exponential with this mean, in integers: half of the draws lie below 0.75 x mean.
  std::uint64_t about(std::uint64_t mean) {
    const std::uint64_t factor = below(10);
    if (factor == 0) return between(2 * mean, 4 * mean);
    return below(factor < 6 ? mean + 1 : 2 * mean + 1);
  }

  /// A stream of its own, decided by this one's seed and the label.
  [[nodiscard]] Rng fork(std::uint64_t label) const {
    return Rng(scramble(state_ ^ scramble(label + 0x632be59bd9b4e019ULL)));
  }

  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next_number());
  }

 private:
  static std::uint64_t scramble(std::uint64_t z) {
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }

  std::uint64_t state_;
};

}  // namespace galen::sim
