#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/ec_objects.h"

#include "base/check.h"

#include <openssl/obj_mac.h>

namespace galen::crypto {

GroupPtr new_group() {
  GroupPtr result(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  CHECK(result != nullptr, "P-256 is available");
  return result;
}

const EC_GROUP* group() {
  // Lives as long as the process.
  static const EC_GROUP* const shared = new_group().release();
  return shared;
}

PointPtr new_point() {
  PointPtr result(EC_POINT_new(group()));
  CHECK(result != nullptr, "out of memory");
  return result;
}

NumberPtr number(BytesView bytes) {
  NumberPtr result(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  CHECK(result != nullptr, "out of memory");
  return result;
}

}  // namespace galen::crypto
