// Bounded reading of input files. Thread rule: functions from any thread.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>

namespace galen::conformance {

/// The whole file. kIo, kTooLarge; the message begins with the path.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

}  // namespace galen::conformance
