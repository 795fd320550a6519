#include "telemetry/log_line.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace galen::telemetry {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

struct LevelText {
  std::string_view padded;
  std::string_view name;
};

LevelText level_text(Level level) {
  switch (level) {
    case Level::kTrace: return {"TRACE", "trace"};
    case Level::kDebug: return {"DEBUG", "debug"};
    case Level::kInfo: return {"INFO ", "info"};
    case Level::kWarn: return {"WARN ", "warn"};
    case Level::kError: break;
  }
  return {"ERROR", "error"};
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

/// Length of the well-formed UTF-8 sequence at the start of `text`; 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  if (lead >= 0xc2 && lead <= 0xdf) length = 2;
  if (lead >= 0xe0 && lead <= 0xef) length = 3;
  if (lead >= 0xf0 && lead <= 0xf4) length = 4;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool outside = (lead == 0xed && second >= 0xa0) || (lead == 0xf4 && second >= 0x90);
  return overlong || outside ? 0 : length;
}

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char c = text[0];
    if (length == 0) {
      out += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      std::array<char, 8> hex{};
      std::snprintf(hex.data(), hex.size(), "\\u%04x", static_cast<unsigned>(c));
      out += hex.data();
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c == '"' || c == '\\' || c == '=' || c == 0x7f) return false;
  }
  return !text.empty();
}

}  // namespace

std::string rfc3339(std::int64_t time_ms) {
  const auto seconds = static_cast<std::time_t>(time_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(
      text.data() + length, text.size() - length, ".%03dZ", static_cast<int>(time_ms % 1000));
  return text.data();
}

std::string text_line(const LineHead& head,
                      std::string_view message,
                      std::initializer_list<Field> fields) {
  std::string out = rfc3339(head.time_ms);
  out += ' ';
  out += level_text(head.level).padded;
  out += " [";
  out += head.component;
  out += "] ";
  if (!head.node.empty()) {
    out += head.node;
    out += ": ";
  }
  append_escaped(out, message);
  for (const Field& field : fields) {
    out += ' ';
    out += field.key;
    out += '=';
    if (is_plain(field.value)) {
      append_escaped(out, field.value);
    } else {
      append_quoted(out, field.value);
    }
  }
  return out;
}

std::string json_line(const LineHead& head,
                      std::string_view message,
                      std::initializer_list<Field> fields) {
  std::string out = "{\"time\":\"" + rfc3339(head.time_ms) + "\",\"level\":\"";
  out += level_text(head.level).name;
  out += "\",\"component\":";
  append_quoted(out, head.component);
  out += ",\"node\":";
  append_quoted(out, head.node);
  out += ",\"message\":";
  append_quoted(out, message);
  for (const Field& field : fields) {
    out += ',';
    append_quoted(out, field.key);
    out += ':';
    if (field.number) {
      out += field.value;
    } else {
      append_quoted(out, field.value);
    }
  }
  out += '}';
  return out;
}

}  // namespace galen::telemetry
