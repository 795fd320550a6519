// `galen network`: a consortium of local processes in one directory (PLATFORM.md 8.3). `create`
// writes genesis, keys, certificates, node configurations and client profiles; `start`, `status`
// and `stop` run the `galend` processes of such a directory.
// Thread rule: one thread. Each function prints its result to stdout, or one line on stderr, and
// returns the exit code of docs/cli.md.
#pragma once

#include <string>
#include <vector>

namespace galen::cli {

struct NetworkCreateOptions {
  std::string directory;
  int hospitals = 4;
  int base_port = 7100;  ///< hospital-i listens on base_port + i
  std::string name = "galen-local";
  std::string listen_host = "127.0.0.1";  ///< address the nodes listen on, e.g. "0.0.0.0"
  /// Where nodes and clients dial; "{i}" stands for the hospital's number. Empty: listen_host.
  std::string advertise_host = {};
  /// When given, client-published.toml reaches the nodes there: for clients outside of the
  /// network of the containers. "{i}" as above.
  std::string published_host = {};
  std::vector<std::string> max_grant_days{};  ///< "HRESCH=1826": longest validity of such a permit
  int rotation_seconds = 0;         ///< the primary changes after this much block time; 0 = never
  int audit_retention_days = 2190;  ///< least time an erased patient's audit compartment is kept
  bool json = false;
};

struct NetworkOptions {
  std::string directory;
  bool json = false;
  int wait_seconds = 30;  ///< start: until all nodes answer; stop: until all have gone
  int only = 0;           ///< this hospital only; 0 = all
};

[[nodiscard]] int network_create(const NetworkCreateOptions& options);
/// Nodes that run already are left alone.
[[nodiscard]] int network_start(const NetworkOptions& options);
[[nodiscard]] int network_status(const NetworkOptions& options);
/// Nodes that do not run are left alone.
[[nodiscard]] int network_stop(const NetworkOptions& options);

}  // namespace galen::cli
