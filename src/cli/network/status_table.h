// What `galen network status` prints. Thread rule: any thread.
#pragma once

#include "galen/types.h"

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace galen::cli::network {

struct NodeRow {
  std::string name;
  std::optional<pid_t> pid;
  client::NodeStatus status;
};

/// Aligned columns, hashes as their first 12 digits.
[[nodiscard]] std::string status_table(const std::vector<NodeRow>& rows);

/// {"nodes":[{"organisation","pid","running","reachable","height","block_hash","state_root",
/// "voting","connected_peers"}]}; pid is null when the node does not run.
[[nodiscard]] std::string status_json(const std::vector<NodeRow>& rows);

}  // namespace galen::cli::network
