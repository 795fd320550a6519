#include "client/state_file.h"

#include "client/key_file.h"
#include "client/received_file.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace galen::client {

Result<std::optional<Bytes>> read_state_file(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::optional<Bytes>{};
  const auto text = read_text_file(path, kMaxConfigBytes);
  if (!text) return fail(ErrorCode::kIo, text.error().message);
  return std::optional<Bytes>{to_bytes(*text)};
}

Status replace_state_file(const std::string& path, BytesView bytes) {
  GALEN_TRY(ReceivedFile file, ReceivedFile::create(path));
  GALEN_TRY_STATUS(file.write(bytes));
  return file.publish();
}

}  // namespace galen::client
