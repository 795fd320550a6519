#include "cli/output_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace galen::cli {

std::optional<client::Failure> write_file(const std::string& path,
                                          const std::vector<std::uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.flush();
  if (file) return std::nullopt;
  return client::Failure{client::FailureKind::kGeneral,
                         "cannot write " + path,
                         std::strerror(errno),
                         "choose another --out"};
}

}  // namespace galen::cli
