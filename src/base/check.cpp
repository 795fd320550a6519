#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace galen::base {

void check_failed(const char* file, int line, const char* condition, const char* what) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s: %s\n", file, line, condition, what);
  std::abort();
}

}  // namespace galen::base
