// Which messages a scenario's `drop` takes out. Thread rule: pure functions.
#pragma once

#include "sim/process.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace galen::sim {

/// Messages that a `drop` takes out.
struct Drop {
  std::string type;  ///< "any" or a message's name
  std::optional<std::size_t> from;
  std::optional<std::size_t> to;
  std::optional<std::uint64_t> view;
  std::optional<std::uint64_t> height;
  std::string line;         ///< of the scenario
  std::uint64_t taken = 0;  ///< messages
};

[[nodiscard]] bool matches(const Drop& drop,
                           std::size_t from,
                           ValidatorIndex to,
                           const Packet& packet);

}  // namespace galen::sim
