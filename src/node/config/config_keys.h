// The table of all keys of galend.toml: type, default, where the value goes. Thread rule: constant.
#pragma once

#include "node/config/config.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace galen::node {

/// How a value is written in TOML.
enum class ValueKind : std::uint8_t { kText, kPath, kNumber, kFlag };

struct ConfigKey {
  std::string name;  ///< "section.key"
  ValueKind kind = ValueKind::kText;
  bool required = false;
  std::string fallback;  ///< default, as text
  /// Checks the text and stores it. kConfig says what is wrong with it.
  std::function<Status(NodeConfig&, const std::string&)> set;
  std::function<std::string(const NodeConfig&)> get;
};

/// In the order of print_config().
[[nodiscard]] const std::vector<ConfigKey>& config_keys();

/// nullptr when there is no such key.
[[nodiscard]] const ConfigKey* find_config_key(std::string_view name);

/// "node.data_dir" -> "GALEN_NODE_DATA_DIR".
[[nodiscard]] std::string environment_name(std::string_view key);

}  // namespace galen::node
