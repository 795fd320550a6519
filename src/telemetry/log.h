// The log of a process: one line per event, text or JSON, to stderr or a file.
// No patient data and no key ever goes into a message or field (PLATFORM.md 8.15): identifiers are
// shown by short_id() only, and ids of patients, practitioners and records not at all.
// Thread rule: any thread after start_log().
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace galen::telemetry {

enum class Level : std::uint8_t { kTrace, kDebug, kInfo, kWarn, kError };
enum class Format : std::uint8_t { kText, kJson };

/// "trace", "debug", "info", "warn", "error". kInvalidArgument otherwise.
[[nodiscard]] Result<Level> parse_level(std::string_view text);
/// "text", "json". kInvalidArgument otherwise.
[[nodiscard]] Result<Format> parse_format(std::string_view text);

/// One `key=value` of a line. Keys are snake_case literals; the unit comes last (`wait_ms`).
struct Field {
  std::string_view key;
  std::string value;
  bool number = false;  ///< unquoted in JSON

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}

  Field(std::string_view k, const char* v) : key(k), value(v) {}

  Field(std::string_view k, const std::string& v) : key(k), value(v) {}

  Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false"), number(true) {}

  template <std::integral T>
  Field(std::string_view k, T v) : key(k), value(std::to_string(v)), number(true) {}
};

struct LogOptions {
  Level level = Level::kInfo;
  Format format = Format::kText;
  std::string file;  ///< empty = stderr; else appended to, mode 0600
  std::string node;  ///< name in every line, e.g. "hospital-1"
};

/// Starts or replaces the process's log. Until then only warnings and errors are shown, as text on
/// stderr. kIo when the file cannot be opened; the old log stays.
[[nodiscard]] Status start_log(const LogOptions& options);

/// Changes the level of the running log.
void set_log_level(Level level);

/// True when a line of this level would be written; to skip costly fields.
[[nodiscard]] bool log_enabled(Level level);

/// Writes one line. `component` is the module, e.g. "net".
void log(Level level,
         std::string_view component,
         std::string_view message,
         std::initializer_list<Field> fields = {});

/// First 8 hexadecimal digits: enough to follow one item through a log.
[[nodiscard]] std::string short_id(BytesView id);

}  // namespace galen::telemetry
