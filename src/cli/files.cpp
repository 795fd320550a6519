#include "cli/files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace galen::cli {

namespace {

std::optional<client::Failure> write(std::ofstream& file,
                                     const std::string& path,
                                     std::string_view content) {
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.flush();
  if (file) return std::nullopt;
  return client::Failure{client::FailureKind::kGeneral,
                         "cannot write " + path,
                         std::strerror(errno),
                         "choose another --out"};
}

}  // namespace

client::Outcome<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return client::Failure{client::FailureKind::kGeneral,
                           "cannot read " + path,
                           std::strerror(errno),
                           "check the path"};
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::optional<client::Failure> write_file(const std::string& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  return write(file, path, content);
}

std::optional<client::Failure> write_private_file(const std::string& path,
                                                  std::string_view content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  // Before anything stands in it; what has no modes, e.g. /dev/stdout, keeps its own.
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) {
    using std::filesystem::perms;
    std::filesystem::permissions(path, perms::owner_read | perms::owner_write, ignored);
  }
  return write(file, path, content);
}

}  // namespace galen::cli
