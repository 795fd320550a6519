// JSON from outside: bounded in size, depth and number of values, no key twice in one object.
// Whatever breaks a rule is refused while it is read, with its path. Thread rule: pure functions.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace galen::fhir {

using Json = nlohmann::json;

struct JsonLimits {
  std::size_t max_bytes = std::size_t{256} * 1024;
  std::size_t max_depth = 32;
  std::size_t max_values = 10'000;
};

/// kMalformed, kTooLarge. `root` begins every path, e.g. "Consent".
[[nodiscard]] Result<Json> parse_strict(std::string_view text,
                                        const std::string& root,
                                        const JsonLimits& limits = {});

/// A text from outside as it may stand in a message: printable ASCII, cut at 64 characters.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace galen::fhir
