// The texts of galend.toml and client.toml of a local network. Thread rule: any thread.
#pragma once

#include <string>

namespace galen::cli::network {

/// Hosts are names or addresses; in `advertise_host` "{i}" stands for the hospital's number.
struct FileLayout {
  int hospital = 1;  ///< 1..hospitals
  int hospitals = 4;
  int base_port = 7100;
  std::string listen_host = "127.0.0.1";     ///< where a node listens
  std::string advertise_host = "127.0.0.1";  ///< where the other nodes dial it
};

[[nodiscard]] std::string hospital_name(int hospital);
/// `pattern` with every "{i}" replaced by the hospital's number.
[[nodiscard]] std::string host_of(const std::string& pattern, int hospital);
/// "<host>:<base_port + hospital>", as the other nodes dial it.
[[nodiscard]] std::string hospital_address(const FileLayout& layout, int hospital);
[[nodiscard]] std::string node_config_text(const FileLayout& layout);
/// The profile whose endpoints are at `host` (a pattern): the advertised one for clients beside the
/// nodes, another for clients outside of the containers.
[[nodiscard]] std::string client_profile_text(const FileLayout& layout, const std::string& host);

}  // namespace galen::cli::network
