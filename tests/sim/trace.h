// What happened in a run: a hash over every event, and, when somebody looks, a line for each.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace galen::sim {

/// Microseconds of simulated time.
using Micros = std::uint64_t;

class Trace {
 public:
  explicit Trace(bool print) : print_(print) {}

  /// Mixes one event into the hash. Everything a run depends on shows in some event.
  void mix(std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0) {
    for (const std::uint64_t word : {a, b, c}) {
      hash_ = (hash_ ^ word) * 0x9fb21c651e98df25ULL;
      hash_ ^= hash_ >> 29U;
    }
  }

  [[nodiscard]] bool on() const { return print_; }

  /// REQUIRES: on(), else the text was built for nothing.
  void line(Micros now, const std::string& text) const {
    std::printf("%12.3f ms  %s\n", static_cast<double>(now) / 1000.0, text.c_str());
  }

  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  bool print_;
  std::uint64_t hash_ = 0x452821e638d01377ULL;
};

}  // namespace galen::sim
