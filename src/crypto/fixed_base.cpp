// Precomputed multiples exist in OpenSSL's low-level EC functions only (deprecated in 3.0).
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/fixed_base.h"

#include "base/check.h"
#include "crypto/openssl_owned.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <atomic>

namespace galen::crypto {
namespace {

using GroupPtr = std::unique_ptr<EC_GROUP, Freed<EC_GROUP_free>>;
using PointPtr = std::unique_ptr<EC_POINT, Freed<EC_POINT_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using ContextPtr = std::unique_ptr<BN_CTX, Freed<BN_CTX_free>>;

std::atomic<int> tables{0};

GroupPtr new_group() {
  GroupPtr group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  CHECK(group != nullptr, "P-256 is available");
  return group;
}

// Its generator is G, whose multiples OpenSSL has built in.
const EC_GROUP* standard_group() {
  static const GroupPtr shared = new_group();
  return shared.get();
}

NumberPtr number(BytesView bytes) {
  NumberPtr result(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  CHECK(result != nullptr, "out of memory");
  return result;
}

PointPtr new_point() {
  PointPtr point(EC_POINT_new(standard_group()));
  CHECK(point != nullptr, "out of memory");
  return point;
}

}  // namespace

/// P-256 with the key's point in the generator's place.
struct FixedBase::Table {
  GroupPtr group;
};

FixedBase::FixedBase(std::unique_ptr<Table> table) : table_(std::move(table)) {}

FixedBase::~FixedBase() {
  --tables;
}

std::unique_ptr<const FixedBase> FixedBase::make(const PublicKey& key) {
  const ErrorScope errors;
  GroupPtr group = new_group();
  const PointPtr point = new_point();
  if (EC_POINT_oct2point(group.get(), point.get(), key.value.data(), key.value.size(), nullptr) != 1) {
    return nullptr;
  }
  if (++tables > kMaxTables) {
    --tables;
    return nullptr;
  }
  const ContextPtr context(BN_CTX_new());
  CHECK(context != nullptr &&
            EC_GROUP_set_generator(
                group.get(), point.get(), EC_GROUP_get0_order(standard_group()), BN_value_one()) == 1 &&
            EC_GROUP_precompute_mult(group.get(), context.get()) == 1,
        "out of memory");
  auto table = std::make_unique<Table>(Table{std::move(group)});
  return std::unique_ptr<const FixedBase>(new FixedBase(std::move(table)));
}

bool FixedBase::verify(const Digest& digest, const Signature& signature) const {
  const ErrorScope errors;
  const EC_GROUP* standard = standard_group();
  const BIGNUM* order = EC_GROUP_get0_order(standard);
  const BytesView bytes = signature.view();
  const NumberPtr r = number(bytes.first(32));
  const NumberPtr w = number(bytes.last(32));
  const NumberPtr u1 = number(digest.view());
  const NumberPtr u2(BN_new());
  const PointPtr product = new_point();
  const PointPtr sum = new_point();
  const ContextPtr context(BN_CTX_new());
  CHECK(context != nullptr && u2 != nullptr, "out of memory");
  // w = 1/s, u1 = e w, u2 = r w (mod n); sum = u1 G + u2 Q
  const bool computed =
      BN_mod_inverse(w.get(), w.get(), order, context.get()) != nullptr &&
      BN_mod_mul(u1.get(), u1.get(), w.get(), order, context.get()) == 1 &&
      BN_mod_mul(u2.get(), r.get(), w.get(), order, context.get()) == 1 &&
      EC_POINT_mul(standard, sum.get(), u1.get(), nullptr, nullptr, context.get()) == 1 &&
      EC_POINT_mul(table_->group.get(), product.get(), u2.get(), nullptr, nullptr, context.get()) == 1 &&
      EC_POINT_add(standard, sum.get(), sum.get(), product.get(), context.get()) == 1;
  CHECK(computed, "numbers in range have their products");
  if (EC_POINT_is_at_infinity(standard, sum.get()) == 1) return false;
  const NumberPtr x(BN_new());
  CHECK(x != nullptr &&
            EC_POINT_get_affine_coordinates(standard, sum.get(), x.get(), nullptr, context.get()) == 1 &&
            BN_nnmod(x.get(), x.get(), order, context.get()) == 1,
        "a finite point has coordinates");
  return BN_cmp(x.get(), r.get()) == 0;
}

}  // namespace galen::crypto
