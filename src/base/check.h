// Always-on assertions for programmer errors. Never used on external input: bad input is a Result.
// Thread rule: any thread.
#pragma once

namespace galen::base {

/// Prints `file:line: CHECK failed: what` to stderr and aborts.
[[noreturn]] void check_failed(const char* file, int line, const char* condition, const char* what);

}  // namespace galen::base

/// Aborts the process when `condition` is false, in release builds too.
#define CHECK(condition, what)                                             \
  do {                                                                     \
    if (!(condition)) [[unlikely]] {                                       \
      ::galen::base::check_failed(__FILE__, __LINE__, #condition, (what)); \
    }                                                                      \
  } while (false)
