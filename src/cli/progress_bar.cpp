#include "cli/progress_bar.h"

#include "cli/table.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace galen::cli {

namespace {

constexpr std::size_t kCells = 30;
constexpr auto kPause = std::chrono::milliseconds(100);

}  // namespace

std::string progress_line(const std::string& title, std::uint64_t done, std::uint64_t total) {
  const double share =
      total == 0 ? 1.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<std::size_t>(share * kCells);
  char percent[8];
  std::snprintf(percent, sizeof(percent), "%3d%%", static_cast<int>(share * 100));
  return title + " [" + std::string(filled, '#') + std::string(kCells - filled, '.') + "] " +
         percent + "  " + size_text(done) + " of " + size_text(total);
}

ProgressBar::ProgressBar(std::string title)
    : title_(std::move(title)), is_terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

void ProgressBar::update(std::uint64_t done, std::uint64_t total) {
  if (!is_terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (shown_ && done < total && now - last_ < kPause) return;
  last_ = now;
  shown_ = true;
  std::fputs(("\r\x1b[K" + progress_line(title_, done, total)).c_str(), stderr);
}

}  // namespace galen::cli
