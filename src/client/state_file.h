// A small file that a client keeps between its runs, replaced as a whole: after a crash the old or
// the new one is there. Thread rule: functions from any thread, one writer per file.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <optional>
#include <string>

namespace galen::client {

/// nullopt when there is none. kIo, kTooLarge.
[[nodiscard]] Result<std::optional<Bytes>> read_state_file(const std::string& path);

/// Mode 0600, durable on return. kIo.
[[nodiscard]] Status replace_state_file(const std::string& path, BytesView bytes);

}  // namespace galen::client
