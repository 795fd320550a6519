#include "support/paths.h"

namespace galen::test {

std::string source_dir() {
  return GALEN_SOURCE_DIR;
}

}  // namespace galen::test
