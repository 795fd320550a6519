// The words of one line of a scenario. Every function throws ScenarioError with what is wrong.
// Thread rule: pure functions.
#pragma once

#include "sim/trace.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace galen::sim {

using Words = std::vector<std::string>;

struct ScenarioError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void wrong(const std::string& what);

[[nodiscard]] const std::string& word(const Words& words, std::size_t index);
[[nodiscard]] std::uint64_t number(const std::string& word);
/// "500ms", "3s".
[[nodiscard]] Micros duration(const std::string& word);

}  // namespace galen::sim
