#include "crypto/openssl_owned.h"

#include <openssl/err.h>

namespace galen::crypto {

ErrorScope::ErrorScope() {
  ERR_set_mark();
}

ErrorScope::~ErrorScope() {
  ERR_pop_to_mark();
}

}  // namespace galen::crypto
