// Looks for bytes in every file below a directory, as somebody with the disk would: tables, logs,
// MANIFEST, journals and payloads alike. Thread rule: pure function of the file system.
#pragma once

#include "base/bytes.h"
#include "base/hex.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace galen::test {

/// What is looked for, by name.
using Secrets = std::map<std::string, Bytes>;

/// "name in file" for every secret found, as bytes and as hexadecimal text, in contents and names.
inline std::vector<std::string> find_in_files(const std::filesystem::path& directory,
                                              const Secrets& secrets) {
  const auto contains = [](BytesView haystack, BytesView needle) {
    return std::search(haystack.begin(), haystack.end(), needle.begin(), needle.end()) !=
           haystack.end();
  };
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const Bytes content{std::istreambuf_iterator<char>(file), {}};
    const std::string name = entry.path().string();
    for (const auto& [what, secret] : secrets) {
      const std::string text = to_hex(secret);
      const bool named = name.find(text) != std::string::npos;
      if (named || contains(content, secret) || contains(content, to_bytes(text))) {
        found.push_back(what + " in " + name);
      }
    }
  }
  return found;
}

}  // namespace galen::test
