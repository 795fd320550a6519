#include "cli/files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace galen::cli {

namespace {

client::Failure cannot_read(const std::string& path, int error) {
  return {
      client::FailureKind::kGeneral, "cannot read " + path, std::strerror(error), "check the path"};
}

client::Failure cannot_write(const std::string& path, int error) {
  return {client::FailureKind::kGeneral,
          "cannot write " + path,
          std::strerror(error),
          "choose another --out"};
}

std::optional<client::Failure> write(std::ofstream& file,
                                     const std::string& path,
                                     std::string_view content) {
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.flush();
  if (file) return std::nullopt;
  return cannot_write(path, errno);
}

}  // namespace

client::Outcome<std::string> read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return cannot_read(path, EISDIR);
  std::ifstream file(path, std::ios::binary);
  if (!file) return cannot_read(path, errno);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (file.bad()) return cannot_read(path, EIO);
  return text;
}

client::Outcome<std::string> read_genesis(const std::string& path) {
  auto text = read_file(path);
  if (text) return text;
  client::Failure failure = text.failure();
  failure.kind = client::FailureKind::kConfig;
  failure.remedy = "check --genesis";
  return failure;
}

std::optional<client::Failure> check_target(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return cannot_write(path, EISDIR);
  const auto parent = std::filesystem::path(path).parent_path();
  if (::access(parent.empty() ? "." : parent.c_str(), W_OK) != 0) return cannot_write(path, errno);
  return std::nullopt;
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
