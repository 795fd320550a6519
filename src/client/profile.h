// client.toml: which organisation the client acts for, its keys, and the nodes it may ask. Strict:
// unknown and missing keys are errors with the line. Described in docs/cli.md "Profile".
// Thread rule: values.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace galen::client {

struct ProfileEndpoint {
  std::string organisation;
  std::string address;  ///< host:port
};

/// Paths are absolute or relative to the working directory: already resolved against the file.
struct Profile {
  std::string path;
  std::string organisation;
  std::string genesis;
  std::string ca_bundle;
  std::string certificate;
  std::string key;
  std::string signing_key;
  std::string people;
  std::string label_secrets;               ///< empty: none
  std::vector<std::string> labels;         ///< of the hospital's own, to be shown by name
  std::vector<ProfileEndpoint> endpoints;  ///< own node first
};

/// kConfig, naming file, line and key.
[[nodiscard]] Result<Profile> load_profile(const std::string& path);
/// As load_profile for text that stands in `path`.
[[nodiscard]] Result<Profile> parse_profile(std::string_view text, const std::string& path);

}  // namespace galen::client
