// Files that verbs read and write. Thread rule: functions from any thread.
#pragma once

#include "galen/outcome.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace galen::cli {

[[nodiscard]] client::Outcome<std::string> read_file(const std::string& path);

/// The consortium's genesis file: kConfig when it cannot be read.
[[nodiscard]] client::Outcome<std::string> read_genesis(const std::string& path);

/// nullopt when everything is written.
[[nodiscard]] std::optional<client::Failure> write_file(const std::string& path,
                                                        std::string_view content);

/// Whether a file can be written there: not a directory, and in one that exists.
[[nodiscard]] std::optional<client::Failure> check_target(const std::string& path);

/// With mode 0700; nullopt when it is there, also before.
[[nodiscard]] std::optional<client::Failure> make_private_directory(const std::string& path);

/// As write_file, with mode 0600: for what is about a person.
[[nodiscard]] std::optional<client::Failure> write_private_file(const std::string& path,
                                                                std::string_view content);

/// What `verify(bytes of the file, text of the genesis file)` says.
template <class Verify>
[[nodiscard]] auto verified_file(const std::string& path,
                                 const std::string& genesis,
                                 Verify&& verify)
    -> decltype(verify(std::vector<std::uint8_t>(), std::string())) {
  const auto genesis_text = read_genesis(genesis);
  if (!genesis_text) return genesis_text.failure();
  const auto bytes = read_file(path);
  if (!bytes) return bytes.failure();
  return verify(std::vector<std::uint8_t>(bytes->begin(), bytes->end()), *genesis_text);
}

}  // namespace galen::cli
