#include "client/approval_file.h"

#include "base/hex.h"
#include "client/key_file.h"

#include <algorithm>
#include <utility>

namespace galen::client {

std::string approval_text(const std::vector<Bytes>& parts) {
  std::string text;
  for (const Bytes& part : parts) text += to_hex(part) + "\n";
  return text;
}

Result<std::vector<Bytes>> read_approval(const std::string& path, std::size_t count) {
  GALEN_TRY(const std::string text, read_text_file(path, kMaxConfigBytes));
  std::vector<Bytes> parts;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    auto bytes = from_hex(text.substr(begin, end - begin));
    if (!bytes) return fail_in(path, bytes.error());
    parts.push_back(std::move(*bytes));
    begin = end + 1;
  }
  if (parts.size() == count) return parts;
  return fail(ErrorCode::kMalformed,
              path + ": is no agreement of this kind: " + std::to_string(parts.size()) +
                  " lines, not " + std::to_string(count));
}

}  // namespace galen::client
