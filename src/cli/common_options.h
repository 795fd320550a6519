// Options every verb takes. Thread rule: values.
#pragma once

#include <cstdint>
#include <string>

namespace galen::cli {

struct CommonOptions {
  std::string profile;
  bool json = false;
  bool full = false;  ///< tables with whole ids
  std::uint32_t timeout_s = 30;
  std::string node;
};

}  // namespace galen::cli
