#include "cli/table.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace galen::cli {

namespace {

constexpr std::size_t kShortDigits = 12;
constexpr std::size_t kIdDigits = 64;

/// Terminal columns of UTF-8 text: its code points, which is right for what is printed here.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

/// Bytes of the well-formed UTF-8 sequence at the start; 0 when there is none.
std::size_t sequence_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80U) return 1;
  const std::size_t size = lead >= 0xf0U ? 4 : lead >= 0xe0U ? 3 : 2;
  if (lead < 0xc2U || lead > 0xf4U || text.size() < size) return 0;
  const bool continues = std::all_of(text.begin() + 1, text.begin() + size, [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
  });
  return continues ? size : 0;
}

std::string visible_text(std::string_view text, bool keeps_lines) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = sequence_size(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool is_c1 = size == 2 && first == 0xc2U && static_cast<unsigned char>(text[1]) < 0xa0U;
    if (size == 0) {
      shown += '?';
    } else if (is_c1 || (size == 1 && (first < 0x20U || first == 0x7fU))) {
      const unsigned code = is_c1 ? static_cast<unsigned char>(text[1]) : first;
      char escaped[8];
      std::snprintf(escaped, sizeof(escaped), "\\u%04x", code);
      shown += keeps_lines && code == '\n' ? "\n" : escaped;
    } else {
      shown += text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return shown;
}

std::string padded(const std::string& text, std::size_t size) {
  const std::size_t used = width(text);
  return used >= size ? text : text + std::string(size - used, ' ');
}

}  // namespace

Table::Table(std::vector<std::string> titles) {
  rows_.push_back(std::move(titles));
}

void Table::add(std::vector<std::string> cells) {
  CHECK(cells.size() == rows_.front().size(), "a row has a cell for every column");
  for (std::string& cell : cells) cell = visible(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  if (rows_.size() == 1) return "nothing to show\n";
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string text;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) text += padded(row[i], widths[i]) + "  ";
    text += row.back() + "\n";
  }
  return text;
}

std::string fields_text(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::size_t widest = 0;
  for (const auto& [name, value] : fields) widest = std::max(widest, width(name));
  std::string text;
  for (const auto& [name, value] : fields) {
    text += padded(name + ":", widest + 2) + visible(value) + "\n";
  }
  return text;
}

std::string visible(std::string_view text) {
  return visible_text(text, false);
}

std::string visible_lines(std::string_view text) {
  return visible_text(text, true);
}

std::string short_id(const std::string& id, bool full) {
  const bool is_id = id.size() == kIdDigits && std::all_of(id.begin(), id.end(), [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                     });
  return full || !is_id ? id : id.substr(0, kShortDigits);
}

std::string size_text(std::uint64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.1f %s", value, kUnits[unit]);
  return buffer;
}

std::string instant_text(std::uint64_t ms) {
  if (ms == 0) return "-";
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return std::to_string(ms);
  char buffer[32];
  std::strftime(buffer, sizeof(buffer), "%Y-%m-%d %H:%M:%SZ", &parts);
  return buffer;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ",") + part;
  return text.empty() ? "-" : text;
}

}  // namespace galen::cli
