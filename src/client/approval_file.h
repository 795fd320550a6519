// Files with which one organisation hands its agreement to another: values in hexadecimal, one a
// line. Thread rule: functions from any thread.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <string>
#include <vector>

namespace galen::client {

[[nodiscard]] std::string approval_text(const std::vector<Bytes>& parts);

/// REQUIRES: count > 0. kConfig, kMalformed (not so many lines, or no hexadecimal) with the path.
[[nodiscard]] Result<std::vector<Bytes>> read_approval(const std::string& path, std::size_t count);

}  // namespace galen::client
