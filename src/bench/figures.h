// What a run measured, and how it is printed. Thread rule: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace galen::bench {

struct Figures {
  std::string operation;
  int clients = 0;
  int in_flight = 0;
  int batch = 1;                              ///< operations of one transaction
  double seconds = 0;                         ///< counted time, without warm-up
  std::vector<double> latencies_ms;           ///< of committed transactions
  std::size_t rejected = 0;                   ///< committed, but the operation failed
  std::map<std::string, std::size_t> errors;  ///< not committed, by message
  std::set<std::uint64_t> heights;            ///< blocks seen

  /// Adds what another client measured; parameters stay.
  void merge(Figures&& other);

  [[nodiscard]] std::size_t error_count() const;
  [[nodiscard]] double throughput_per_s() const;
};

/// Nearest rank of a sorted list: the smallest value with at least `percent` of all at or below it;
/// 0 for an empty list. `percent` in (0, 100].
[[nodiscard]] double percentile(const std::vector<double>& sorted, double percent);

/// Lines for people. Sorts the latencies.
[[nodiscard]] std::string figures_text(Figures& figures);

/// One object: operation, clients, in_flight, batch, seconds, committed, rejected, errors,
/// error_messages, blocks, throughput_per_s, latency_ms {median, p99, max}. Stable. Sorts the
/// latencies.
[[nodiscard]] std::string figures_json(Figures& figures);

}  // namespace galen::bench
