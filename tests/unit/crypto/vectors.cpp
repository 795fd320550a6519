#include "unit/crypto/vectors.h"

#include "support/paths.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace galen::crypto {

std::vector<nlohmann::json> vector_files(std::string_view name) {
  const std::filesystem::path source = galen::test::source_dir();
  const char* shared = std::getenv("GALEN_SHARED");
  const std::filesystem::path complete =
      (shared != nullptr ? std::filesystem::path(shared) : source / ".." / "shared") /
      "data/crypto";
  std::vector<nlohmann::json> files;
  std::ifstream sample(source / "tests/golden/data/crypto" / name);
  files.push_back(nlohmann::json::parse(sample));
  std::ifstream all(complete / name);
  if (all) files.push_back(nlohmann::json::parse(all));
  return files;
}

Bytes unhex(std::string_view text) {
  auto bytes = from_hex(text);
  if (!bytes) throw std::runtime_error(bytes.error().message);
  return *bytes;
}

}  // namespace galen::crypto
