// Exit codes and the one line of an error. Thread rule: one thread.
#pragma once

#include "base/result.h"

namespace galen::cli::network {

/// Of docs/cli.md.
inline constexpr int kExitOk = 0;
inline constexpr int kExitGeneral = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitConfig = 3;
inline constexpr int kExitUnavailable = 6;

/// Prints `galen: <message>` to stderr and returns the exit code of the class.
[[nodiscard]] int report(const Error& error);

}  // namespace galen::cli::network
