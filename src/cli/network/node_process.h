// The `galend` process of one hospital of a local network: started, found again by its pid file,
// and stopped. Thread rule: one thread.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace galen::cli::network {

struct NodePlace {
  int number = 0;
  std::string name;       ///< "hospital-1"
  std::string directory;  ///< absolute
  std::string config;     ///< absolute path of galend.toml

  [[nodiscard]] std::string pid_file() const { return directory + "/galend.pid"; }

  [[nodiscard]] std::string log_file() const { return directory + "/galend.log"; }

  [[nodiscard]] std::string profile() const { return directory + "/client.toml"; }
};

/// The hospitals of a directory in the order of their numbers. kConfig when it is no network.
[[nodiscard]] Result<std::vector<NodePlace>> find_nodes(const std::string& directory);

/// The pid of the process that runs this node now. The recorded pid counts only when that process
/// is a galend with this node's configuration: pids are used again.
[[nodiscard]] std::optional<pid_t> running_pid(const NodePlace& node);

/// The galend beside this program, else the first on PATH. kConfig when there is none.
[[nodiscard]] Result<std::string> find_galend();

/// Starts the node in its own session, output appended to its log file, and records its pid. kIo.
[[nodiscard]] Result<pid_t> start_node(const NodePlace& node, const std::string& galend);

/// Reaps the process when it is a child of ours; true when it has gone.
[[nodiscard]] bool has_gone(const NodePlace& node, pid_t pid);

/// The last lines of the node's log, indented, for an error message.
[[nodiscard]] std::string log_tail(const NodePlace& node, std::size_t lines);

}  // namespace galen::cli::network
