#include "crypto/p256.h"

#include "base/check.h"
#include "crypto/digest.h"
#include "crypto/openssl_owned.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <array>
#include <cstring>

namespace galen::crypto {
namespace {

using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using ContextPtr = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using BuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;

constexpr char kCurve[] = "prime256v1";
// A key file has a few hundred bytes; anything much larger is another file.
constexpr std::size_t kMaxKeyFileBytes = std::size_t{64} * 1024;

EvpKey build(BytesView point, const BIGNUM* scalar) {
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  CHECK(builder != nullptr &&
            OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kCurve, 0) ==
                1 &&
            OSSL_PARAM_BLD_push_octet_string(
                builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1,
        "out of memory");
  if (scalar != nullptr) {
    CHECK(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1,
          "out of memory");
  }
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  const ContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  const int selection = scalar != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  CHECK(params != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
            EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) == 1,
        "checked numbers make a key");
  return EvpKey(key);
}

// True for the named curve only, not for its parameters spelled out in the file.
bool is_p256(const EVP_PKEY& key) {
  std::array<char, 64> name{};
  std::size_t size = 0;
  int is_explicit = 0;
  return EVP_PKEY_is_a(&key, "EC") == 1 &&
         EVP_PKEY_get_int_param(
             &key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) == 1 &&
         is_explicit == 0 && EVP_PKEY_get_group_name(&key, name.data(), name.size(), &size) == 1 &&
         std::strcmp(name.data(), kCurve) == 0;
}

// Stands in for OpenSSL's own, which would ask at the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Result<EvpKey> read_key(std::string_view pem) {
  if (pem.size() > kMaxKeyFileBytes) {
    return fail(ErrorCode::kMalformed, "private key: too large for a key file");
  }
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CHECK(bio != nullptr, "out of memory");
  bool encrypted = false;
  EvpKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, &encrypted));
  if (encrypted) {
    return fail(ErrorCode::kMalformed, "private key: encrypted; a plain PKCS#8 PEM is needed");
  }
  if (key == nullptr) {
    return fail(ErrorCode::kMalformed, "private key: no readable PEM private key");
  }
  if (EVP_PKEY_is_a(key.get(), "EC") != 1) {
    const char* type = EVP_PKEY_get0_type_name(key.get());
    return fail(ErrorCode::kMalformed,
                std::string("private key: of type ") + (type != nullptr ? type : "unknown") +
                    "; an EC key on P-256 is needed");
  }
  if (!is_p256(*key)) {
    return fail(ErrorCode::kMalformed, "private key: not on the named curve P-256");
  }
  return key;
}

}  // namespace

void EvpKeyFree::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

EvpKey evp_key(const PrivateKey& key) {
  Bytes scalar = scalar_of(key);
  const NumberPtr secret(BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), nullptr));
  cleanse(scalar);
  CHECK(secret != nullptr, "out of memory");
  BN_set_flags(secret.get(), BN_FLG_CONSTTIME);
  const auto point = uncompressed(key.public_key());
  CHECK(point.has_value(), "a private key has a valid point");
  return build(*point, secret.get());
}

Result<EvpKey> evp_key(const PublicKey& key) {
  const auto point = uncompressed(key);
  if (!point) return fail(ErrorCode::kInvalidArgument, point.error().message);
  return build(*point, nullptr);
}

Result<PublicKey> public_key_of(const evp_pkey_st& key) {
  const ErrorScope errors;
  if (!is_p256(key)) return fail(ErrorCode::kUnauthenticated, "the key is not an EC key on P-256");
  std::array<std::uint8_t, 65> point{};
  std::size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(
          &key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size) != 1) {
    return fail(ErrorCode::kUnauthenticated, "the key has no readable point");
  }
  const BytesView found{point.data(), size};
  if (size == PublicKey::kSize) {
    const PublicKey result = PublicKey::from(found);
    if (is_valid_point(result)) return result;
    return fail(ErrorCode::kUnauthenticated, "the key's point is not on P-256");
  }
  auto result = compressed(found);
  if (!result) return fail(ErrorCode::kUnauthenticated, result.error().message);
  return result;
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  const ErrorScope errors;
  GALEN_TRY(const EvpKey key, read_key(pem));
  BIGNUM* found = nullptr;
  if (EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &found) != 1) {
    return fail(ErrorCode::kMalformed, "private key: without its secret number");
  }
  const NumberPtr secret(found);
  Bytes scalar(32);
  if (BN_bn2binpad(secret.get(), scalar.data(), static_cast<int>(scalar.size())) < 0) {
    return fail(ErrorCode::kMalformed, "private key: number out of range");
  }
  auto result = from_scalar(scalar);
  cleanse(scalar);
  if (!result) return fail(ErrorCode::kMalformed, "private key: number out of range");
  return result;
}

std::string PrivateKey::to_pem() const {
  const EvpKey key = evp_key(*this);
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  CHECK(bio != nullptr && PEM_write_bio_PKCS8PrivateKey(
                              bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "a key has its PEM form");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace galen::crypto
