// Key files: what is written, what is read, and what is refused with a sentence that says why.
#include "crypto/keys.h"
#include "crypto/openssl_owned.h"
#include "unit/crypto/vectors.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace galen::crypto {
namespace {

using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

std::string text_of(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string pkcs8(EVP_PKEY* key, const EVP_CIPHER* cipher = nullptr) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  char password[] = "secret";
  EXPECT_EQ(PEM_write_bio_PKCS8PrivateKey(
                bio.get(), key, cipher, cipher ? password : nullptr, 6, nullptr, nullptr),
            1);
  return text_of(bio.get());
}

std::string sec1(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  EXPECT_EQ(
      PEM_write_bio_PrivateKey_traditional(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr),
      1);
  return text_of(bio.get());
}

std::string public_pem(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  EXPECT_EQ(PEM_write_bio_PUBKEY(bio.get(), key), 1);
  return text_of(bio.get());
}

void expect_refused(std::string_view pem, std::string_view reason) {
  const auto key = PrivateKey::from_pem(pem);
  ASSERT_FALSE(key.has_value()) << reason;
  EXPECT_EQ(key.error().code, ErrorCode::kMalformed);
  EXPECT_NE(key.error().message.find(reason), std::string::npos) << key.error().message;
  EXPECT_EQ(ERR_peek_error(), 0U) << "an error stays queued for the TLS stack";
}

TEST(Pem, KeysComeBackFromTheirFile) {
  const PrivateKey key = PrivateKey::generate();
  const std::string pem = key.to_pem();
  EXPECT_EQ(pem.rfind("-----BEGIN PRIVATE KEY-----\n", 0), 0U);
  const auto read = PrivateKey::from_pem(pem);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->public_key(), key.public_key());
  EXPECT_EQ(read->to_pem(), pem);
  EXPECT_TRUE(verify(key.public_key(), as_bytes("m"), read->sign(as_bytes("m"))));
}

// Golden: the PKCS#8 form of the key of RFC 6979 A.2.5, as `openssl pkcs8` writes it.
TEST(Pem, TheFileOfAKnownKeyIsKnown) {
  const auto key = PrivateKey::from_scalar(
      unhex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"));
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->to_pem(),
            "-----BEGIN PRIVATE KEY-----\n"
            "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFX\n"
            "Z7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth\n"
            "+mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKZ\n"
            "-----END PRIVATE KEY-----\n");
}

TEST(Pem, Sec1FilesAreReadToo) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const std::string traditional = sec1(key.get());
  ASSERT_EQ(traditional.rfind("-----BEGIN EC PRIVATE KEY-----", 0), 0U);
  const auto a = PrivateKey::from_pem(traditional);
  const auto b = PrivateKey::from_pem(pkcs8(key.get()));
  ASSERT_TRUE(a.has_value() && b.has_value());
  EXPECT_EQ(a->public_key(), b->public_key());
}

TEST(Pem, OtherKeysAreRefusedByName) {
  expect_refused(pkcs8(KeyPtr(EVP_EC_gen("P-384")).get()), "not on the named curve P-256");
  expect_refused(pkcs8(KeyPtr(EVP_EC_gen("secp256k1")).get()), "not on the named curve P-256");
  expect_refused(pkcs8(KeyPtr(EVP_RSA_gen(1024)).get()), "of type RSA");
  expect_refused(pkcs8(KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")).get()),
                 "of type ED25519");
}

TEST(Pem, CurveParametersSpelledOutAreRefused) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  ASSERT_EQ(EVP_PKEY_set_utf8_string_param(
                key.get(), OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT),
            1);
  expect_refused(pkcs8(key.get()), "not on the named curve P-256");
}

TEST(Pem, EncryptedFilesAreRefusedWithoutAskingForAPassphrase) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  expect_refused(pkcs8(key.get(), EVP_aes_256_cbc()), "encrypted");
}

TEST(Pem, PublicKeysAndRubbishAreRefused) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  expect_refused(public_pem(key.get()), "no readable PEM private key");
  expect_refused("", "no readable PEM private key");
  expect_refused("hello", "no readable PEM private key");
  expect_refused("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                 "no readable PEM private key");
  expect_refused(std::string(100'000, 'x'), "too large");
}

TEST(Pem, EveryTruncationIsRefused) {
  const std::string pem = PrivateKey::generate().to_pem();
  const std::size_t needed = pem.rfind('-') + 1;
  for (std::size_t size = 0; size < needed; size += 3) {
    EXPECT_FALSE(PrivateKey::from_pem(std::string_view(pem).substr(0, size)).has_value()) << size;
  }
}

}  // namespace
}  // namespace galen::crypto
