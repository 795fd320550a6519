#include "crypto/openssl_owned.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

namespace galen::crypto {
namespace {

TEST(ErrorScope, DropsOnlyItsOwnErrors) {
  ERR_clear_error();
  ERR_raise(ERR_LIB_USER, 1);
  {
    const ErrorScope errors;
    ERR_raise(ERR_LIB_USER, 2);
    EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), 2);
  }
  EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), 1);
  ERR_clear_error();
}

int freed = 0;

void count(int* object) {
  ++freed;
  delete object;
}

TEST(Freed, CallsTheFunctionOnce) {
  freed = 0;
  { const std::unique_ptr<int, Freed<count>> owned(new int(1)); }
  EXPECT_EQ(freed, 1);
}

}  // namespace
}  // namespace galen::crypto
