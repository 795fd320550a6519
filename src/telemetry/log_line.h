// The bytes of one log line. Thread rule: any thread. PLATFORM.md 8.14.
#pragma once

#include "telemetry/log.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace galen::telemetry {

struct LineHead {
  std::int64_t time_ms = 0;  ///< since 1970-01-01T00:00:00Z
  Level level = Level::kInfo;
  std::string_view node;
  std::string_view component;
};

/// "2026-01-02T03:04:05.678Z".
[[nodiscard]] std::string rfc3339(std::int64_t time_ms);

/// `<time> INFO  [net] hospital-1: peer connected peer=hospital-2`; control characters are escaped,
/// so that one event is always one line.
[[nodiscard]] std::string text_line(const LineHead& head,
                                    std::string_view message,
                                    std::initializer_list<Field> fields);

/// One JSON object; invalid UTF-8 is replaced by U+FFFD.
[[nodiscard]] std::string json_line(const LineHead& head,
                                    std::string_view message,
                                    std::initializer_list<Field> fields);

}  // namespace galen::telemetry
