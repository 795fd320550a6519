// What `galend version` prints. Thread rule: any thread.
#pragma once

#include <string>

namespace galen::node {

inline constexpr const char* kVersion = "0.1.0";

/// Version, protocol version, compiler and build type, as text lines or one JSON object.
[[nodiscard]] std::string version_text(bool json);

}  // namespace galen::node
