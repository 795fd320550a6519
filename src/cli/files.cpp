#include "cli/files.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
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

std::optional<client::Failure> make_private_directory(const std::string& path) {
  std::error_code error;
  if (::mkdir(path.c_str(), 0700) == 0 || std::filesystem::is_directory(path, error)) {
    return std::nullopt;
  }
  return cannot_write(path, error ? error.value() : EEXIST);
}

std::optional<client::Failure> write_private_file(const std::string& path,
                                                  std::string_view content) {
  std::error_code ignored;
  const auto kind = std::filesystem::status(path, ignored).type();
  const bool is_file =
      kind == std::filesystem::file_type::regular || kind == std::filesystem::file_type::not_found;
  // A device or pipe, e.g. /dev/stdout, keeps its own mode.
  if (!is_file) return write_file(path, content);
  // Made with its mode, under a name that nobody else holds open, and whole when it gets its own.
  std::string part = path + ".XXXXXX";
  const int descriptor = ::mkostemp(part.data(), O_CLOEXEC);
  if (descriptor < 0) return cannot_write(path, errno);
  int error = 0;
  while (!content.empty() && error == 0) {
    const ssize_t done = ::write(descriptor, content.data(), content.size());
    if (done > 0) content.remove_prefix(static_cast<std::size_t>(done));
    if (done < 0 && errno != EINTR) error = errno;
  }
  if (error == 0 && ::fsync(descriptor) != 0) error = errno;
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error == 0 && std::rename(part.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return std::nullopt;
  ::unlink(part.c_str());
  return cannot_write(path, error);
}

}  // namespace galen::cli
