// One figure of the micro benchmarks: a size, or the median time of a call. Thread rule: values;
// measuring takes the calling thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace galen::bench {

struct Figure {
  std::string name;
  std::string unit;             ///< "us", "ms" or "bytes"
  double value = 0;             ///< a median, or a size
  std::optional<double> limit;  ///< the aim, where there is one
  std::size_t repetitions = 0;  ///< 0: counted, not measured
  double fastest = 0;
  double slowest = 0;

  [[nodiscard]] bool within_limit() const { return !limit || value <= *limit; }
};

/// The middle of a list, the lower one of two. REQUIRES: not empty.
[[nodiscard]] double median(std::vector<double> values);

/// A size; never measured.
[[nodiscard]] Figure size_figure(std::string name, std::size_t bytes, std::optional<double> limit);

/// How often to measure, and how many calls share one reading of the clock.
struct Repetitions {
  std::size_t samples = 101;
  std::size_t calls = 1;
};

/// Processor time of one call (so that other processes do not count, except in caches) in `unit`
/// ("us" or "ms"): the median of the samples. `call` gets the number of the call, counted from 0.
[[nodiscard]] Figure time_figure(std::string name,
                                 std::string unit,
                                 std::optional<double> limit,
                                 const Repetitions& repetitions,
                                 const std::function<void(std::size_t)>& call);

/// A table for people: every figure with its aim.
[[nodiscard]] std::string figures_table(const std::vector<Figure>& figures);

/// One array; an object per figure: name, unit, median or bytes, limit, within_limit, repetitions,
/// fastest, slowest. Stable.
[[nodiscard]] std::string figures_array(const std::vector<Figure>& figures);

}  // namespace galen::bench
