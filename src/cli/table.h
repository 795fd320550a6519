// Aligned text tables and key-value lists. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace galen::cli {

/// Columns as wide as their widest cell; the last one is not padded.
class Table {
 public:
  explicit Table(std::vector<std::string> titles);

  /// Cells are made visible. REQUIRES: as many cells as titles.
  void add(std::vector<std::string> cells);

  /// Titles and rows, or "nothing to show" without rows.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// On one line and harmless on a terminal, whoever wrote it: control characters (C0, DEL, C1) as
/// \u00XX, what is no UTF-8 as "?".
[[nodiscard]] std::string visible(std::string_view text);
/// The same of several lines.
[[nodiscard]] std::string visible_lines(std::string_view text);

/// "name: value" lines with aligned, visible values.
[[nodiscard]] std::string fields_text(
    const std::vector<std::pair<std::string, std::string>>& fields);

/// The first 12 digits of an id in hexadecimal, unless `full`; other text as it is.
[[nodiscard]] std::string short_id(const std::string& id, bool full);

/// "12.3 KiB"
[[nodiscard]] std::string size_text(std::uint64_t bytes);

/// "2026-03-31 10:00:00Z" or "-" for 0.
[[nodiscard]] std::string instant_text(std::uint64_t ms);

/// "a,b,c" or "-".
[[nodiscard]] std::string joined(const std::vector<std::string>& parts);

}  // namespace galen::cli
