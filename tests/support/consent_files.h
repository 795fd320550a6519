// Where the consent files of the tests are: the project's own, and the shared ones, which may not
// be there. Thread rule: functions from any thread.
#pragma once

#include "support/paths.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

namespace galen::test {

inline std::string own_consent_file(const std::string& name) {
  return source_dir() + "/tests/data/consent/" + name;
}

/// A file below data/ehr of the shared folder.
inline std::string shared_ehr_file(const std::string& name) {
  const char* shared = std::getenv("GALEN_SHARED");
  const std::string root = shared != nullptr ? shared : source_dir() + "/../shared";
  return root + "/data/ehr/" + name;
}

inline std::string read_text(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline nlohmann::json read_json(const std::string& path) {
  return nlohmann::json::parse(read_text(path));
}

}  // namespace galen::test
