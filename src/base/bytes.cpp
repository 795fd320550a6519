#include "base/bytes.h"

#include "base/check.h"

namespace galen::base {

void check_size(std::size_t actual, std::size_t expected) {
  CHECK(actual == expected, "FixedBytes::from needs exactly its own size");
}

}  // namespace galen::base
