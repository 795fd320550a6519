// A progress line on stderr, when that is a terminal; silent otherwise. Thread rule: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace galen::cli {

class ProgressBar {
 public:
  /// Shows nothing before the first `update`.
  explicit ProgressBar(std::string title);
  /// Clears the line.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// At most ten times a second, and at the end.
  void update(std::uint64_t done, std::uint64_t total);

 private:
  std::string title_;
  bool is_terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_;
};

/// "title [#####.....]  50%  5.0 MiB of 10.0 MiB"
[[nodiscard]] std::string progress_line(const std::string& title,
                                        std::uint64_t done,
                                        std::uint64_t total);

}  // namespace galen::cli
