// Files that verbs write. Thread rule: one thread.
#pragma once

#include "galen/client.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::cli {

/// Why it could not be written, or nullopt. Replaces a file that is there.
[[nodiscard]] std::optional<client::Failure> write_file(const std::string& path,
                                                        const std::vector<std::uint8_t>& bytes);

}  // namespace galen::cli
