// The texts of galend.toml and client.toml of a local network. Thread rule: any thread.
#pragma once

#include <string>

namespace galen::cli::network {

struct FileLayout {
  int hospital = 1;  ///< 1..hospitals
  int hospitals = 4;
  int base_port = 7100;
};

[[nodiscard]] std::string hospital_name(int hospital);
/// "127.0.0.1:<base_port + hospital>".
[[nodiscard]] std::string hospital_address(const FileLayout& layout, int hospital);
[[nodiscard]] std::string node_config_text(const FileLayout& layout);
[[nodiscard]] std::string client_profile_text(const FileLayout& layout);

}  // namespace galen::cli::network
