#include "conformance/read_file.h"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace galen::conformance {

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  std::error_code error;
  const bool regular = std::filesystem::is_regular_file(path, error);
  if (error) return fail(ErrorCode::kIo, path + ": cannot be read: " + error.message());
  if (!regular) return fail(ErrorCode::kIo, path + ": is no file");
  const auto size = std::filesystem::file_size(path, error);
  if (error) return fail(ErrorCode::kIo, path + ": cannot be read: " + error.message());
  if (size > max_bytes) {
    return fail(ErrorCode::kTooLarge,
                path + ": above " + std::to_string(max_bytes / 1024) + " KiB");
  }
  std::string text(size, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(size));
  if (!in || in.peek() != std::ifstream::traits_type::eof()) {
    return fail(ErrorCode::kIo, path + ": cannot be read");
  }
  return text;
}

}  // namespace galen::conformance
