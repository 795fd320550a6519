// Precomputed multiples exist in OpenSSL's low-level EC functions only (deprecated in 3.0).
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/fixed_base.h"

#include "base/check.h"
#include "crypto/ec_objects.h"

#include <utility>

namespace galen::crypto {
namespace {

using ContextPtr = std::unique_ptr<BN_CTX, Freed<BN_CTX_free>>;

NumberPtr copy(const BIGNUM& number) {
  NumberPtr result(BN_dup(&number));
  CHECK(result != nullptr, "out of memory");
  return result;
}

// Numbers and points of a run of verifications.
class Scratch {
 public:
  Scratch() {
    CHECK(context_ != nullptr && u1_ != nullptr && u2_ != nullptr && product_x_ != nullptr,
          "out of memory");
  }

  // 1/s mod n of each with one inversion (Montgomery's trick): 1/(s_0 ... s_i) times
  // (s_0 ... s_i-1) is 1/s_i, and times s_i it is the inverse of the shorter product.
  std::vector<NumberPtr> inverses_of_s(std::span<const FixedBase::Check> checks) {
    std::vector<NumberPtr> s;
    std::vector<NumberPtr> products;  // of s_0 up to and with s_i; in the end the inverses
    for (const FixedBase::Check& check : checks) {
      s.push_back(number(check.signature.view().last(kScalarBytes)));
      products.push_back(copy(*s.back()));
      if (s.size() > 1) multiply(*products.back(), *products[s.size() - 2]);
    }
    if (checks.empty()) return products;
    NumberPtr inverse = copy(*products.back());
    CHECK(BN_mod_inverse(inverse.get(), inverse.get(), order_, context_.get()) != nullptr,
          "factors between 1 and n - 1 have a product with an inverse");
    for (std::size_t i = checks.size() - 1; i > 0; --i) {
      CHECK(BN_copy(products[i].get(), products[i - 1].get()) != nullptr, "out of memory");
      multiply(*products[i], *inverse);
      multiply(*inverse, *s[i]);
    }
    products.front() = std::move(inverse);
    return products;
  }

  // u1 = e w, u2 = r w (mod n); u1 G + u2 Q has the x coordinate r modulo n.
  bool verify(const EC_GROUP* multiples, const Digest& digest, BytesView r_bytes, const BIGNUM& w) {
    const NumberPtr r = number(r_bytes);
    u1_ = number(digest.view());
    multiply(*u1_, w);
    CHECK(BN_copy(u2_.get(), r.get()) != nullptr, "out of memory");
    multiply(*u2_, w);
    const EC_GROUP* standard = group();
    const bool computed =
        EC_POINT_mul(standard, sum_.get(), u1_.get(), nullptr, nullptr, context_.get()) == 1 &&
        EC_POINT_mul(multiples, product_.get(), u2_.get(), nullptr, nullptr, context_.get()) == 1 &&
        EC_POINT_add(standard, sum_.get(), sum_.get(), product_.get(), context_.get()) == 1;
    CHECK(computed, "numbers in range have their products");
    return EC_POINT_is_at_infinity(standard, sum_.get()) != 1 && has_x(*sum_, *r);
  }

 private:
  // Whether the affine x of a finite point is r or r + n. OpenSSL keeps X = x Z^2 (mod p), and
  // comparing there saves the inversion of Z, a sixth of a verification.
  bool has_x(const EC_POINT& point, const BIGNUM& r) {
    BIGNUM* const x = u1_.get();
    BIGNUM* const z2 = u2_.get();
    CHECK(EC_POINT_get_Jprojective_coordinates_GFp(
              group(), &point, x, nullptr, z2, context_.get()) == 1 &&
              BN_mod_sqr(z2, z2, prime_, context_.get()) == 1,
          "a finite point has coordinates");
    if (is_product(*x, r, *z2)) return true;
    NumberPtr wrapped = copy(r);
    CHECK(BN_add(wrapped.get(), wrapped.get(), order_) == 1, "out of memory");
    return BN_cmp(wrapped.get(), prime_) < 0 && is_product(*x, *wrapped, *z2);
  }

  bool is_product(const BIGNUM& x, const BIGNUM& candidate, const BIGNUM& z2) {
    CHECK(BN_mod_mul(product_x_.get(), &candidate, &z2, prime_, context_.get()) == 1,
          "out of memory");
    return BN_cmp(product_x_.get(), &x) == 0;
  }

  void multiply(BIGNUM& number, const BIGNUM& factor) {
    CHECK(BN_mod_mul(&number, &number, &factor, order_, context_.get()) == 1, "out of memory");
  }

  const BIGNUM* order_ = EC_GROUP_get0_order(group());
  const BIGNUM* prime_ = EC_GROUP_get0_field(group());
  ContextPtr context_{BN_CTX_new()};
  NumberPtr u1_{BN_new()};
  NumberPtr u2_{BN_new()};
  NumberPtr product_x_{BN_new()};
  PointPtr sum_ = new_point();
  PointPtr product_ = new_point();
};

}  // namespace

/// P-256 with the key's point in the generator's place.
struct FixedBase::Table {
  GroupPtr group;
};

FixedBase::FixedBase(std::unique_ptr<Table> table) : table_(std::move(table)) {}

FixedBase::~FixedBase() = default;

std::unique_ptr<const FixedBase> FixedBase::make(const PublicKey& key) {
  const ErrorScope errors;
  GroupPtr own = new_group();
  const PointPtr point = new_point();
  if (EC_POINT_oct2point(own.get(), point.get(), key.value.data(), key.value.size(), nullptr) !=
      1) {
    return nullptr;
  }
  const ContextPtr context(BN_CTX_new());
  CHECK(context != nullptr &&
            EC_GROUP_set_generator(
                own.get(), point.get(), EC_GROUP_get0_order(group()), BN_value_one()) == 1 &&
            EC_GROUP_precompute_mult(own.get(), context.get()) == 1,
        "out of memory");
  auto table = std::make_unique<Table>(Table{std::move(own)});
  return std::unique_ptr<const FixedBase>(new FixedBase(std::move(table)));
}

std::vector<bool> FixedBase::verify_all(std::span<const Check> checks) {
  const ErrorScope errors;
  std::vector<bool> verdicts;
  verdicts.reserve(checks.size());
  Scratch scratch;
  const std::vector<NumberPtr> inverses = scratch.inverses_of_s(checks);
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const Check& check = checks[i];
    const BytesView r = check.signature.view().first(kScalarBytes);
    verdicts.push_back(
        scratch.verify(check.table->table_->group.get(), check.digest, r, *inverses[i]));
  }
  return verdicts;
}

bool FixedBase::verify(const Digest& digest, const Signature& signature) const {
  const Check check{this, digest, signature};
  return verify_all({&check, 1}).front();
}

}  // namespace galen::crypto
