#include "crypto/certificate.h"

#include "crypto/openssl_owned.h"
#include "unit/crypto/vectors.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace galen::crypto {
namespace {

using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using TextPtr = std::unique_ptr<BIGNUM, Freed<BN_free>>;

constexpr TimeMs kStart{1'700'000'000'000};
constexpr TimeMs kEnd{1'731'536'000'000};

X509Ptr parse(std::string_view pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

// OpenSSL's own path validation, at a given time, as a TLS stack would do it.
bool is_trusted(std::string_view leaf_pem,
                std::string_view authority_pem,
                int purpose,
                TimeMs time) {
  const X509Ptr leaf = parse(leaf_pem);
  const X509Ptr authority = parse(authority_pem);
  const StorePtr store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), authority.get());
  const StoreContextPtr context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_X509_STRICT);
  X509_STORE_CTX_set_time(context.get(), 0, static_cast<time_t>(time.value / 1000));
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  return X509_verify_cert(context.get()) == 1;
}

class Certificate : public testing::Test {
 protected:
  static CertificateRequest request(std::string name, CertificateUse use) {
    CertificateRequest result;
    result.common_name = std::move(name);
    result.use = use;
    result.not_before = kStart;
    result.not_after = kEnd;
    return result;
  }

  CertificateRequest node_request() const {
    CertificateRequest result = request("hospital-1 node", CertificateUse::kNode);
    result.dns_names = {"localhost", "node-1.example.org"};
    result.ip_addresses = {"127.0.0.1", "::1"};
    return result;
  }

  Result<std::string> leaf(const CertificateRequest& request) const {
    return make_leaf_certificate(request, subject_.public_key(), authority_pem_, authority_key_);
  }

  void expect_refused(const CertificateRequest& request) const {
    const auto made = leaf(request);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument) << made.error().message;
  }

  PrivateKey authority_key_ = PrivateKey::generate();
  PrivateKey subject_ = PrivateKey::generate();
  std::string authority_pem_ =
      make_authority_certificate(request("hospital-1 CA", CertificateUse::kAuthority),
                                 authority_key_)
          .value();
};

TEST_F(Certificate, TellsKeyNameAndValidity) {
  const auto made = leaf(node_request());
  ASSERT_TRUE(made.has_value()) << made.error().message;
  const auto info = read_certificate(*made);
  ASSERT_TRUE(info.has_value()) << info.error().message;
  EXPECT_EQ(info->public_key, subject_.public_key());
  EXPECT_EQ(info->common_name, "hospital-1 node");
  EXPECT_EQ(info->not_before, kStart);
  EXPECT_EQ(info->not_after, kEnd);
  EXPECT_EQ(read_certificate(authority_pem_)->public_key, authority_key_.public_key());
}

TEST_F(Certificate, TheEndsOfABundleAreTold) {
  auto late = request("another CA", CertificateUse::kAuthority);
  late.not_after = TimeMs{late.not_after.value + 86'400'000};
  const auto other = make_authority_certificate(late, PrivateKey::generate());
  ASSERT_TRUE(other);
  const auto ends = certificate_ends("two of them\n" + authority_pem_ + *other);
  ASSERT_TRUE(ends) << ends.error().message;
  EXPECT_EQ(*ends,
            (std::vector{read_certificate(authority_pem_)->not_after,
                         read_certificate(*other)->not_after}));
  EXPECT_TRUE(certificate_ends("none")->empty());
  EXPECT_EQ(certificate_ends(authority_pem_.substr(0, 100)).error().code, ErrorCode::kMalformed);
}

TEST_F(Certificate, OfANodeServesAndCalls) {
  const auto made = leaf(node_request());
  ASSERT_TRUE(made.has_value());
  const TimeMs now{kStart.value + 1000};
  EXPECT_TRUE(is_trusted(*made, authority_pem_, X509_PURPOSE_SSL_SERVER, now));
  EXPECT_TRUE(is_trusted(*made, authority_pem_, X509_PURPOSE_SSL_CLIENT, now));
}

TEST_F(Certificate, OfAClientOnlyCalls) {
  const auto made = leaf(request("dr house", CertificateUse::kClient));
  ASSERT_TRUE(made.has_value());
  const TimeMs now{kStart.value + 1000};
  EXPECT_FALSE(is_trusted(*made, authority_pem_, X509_PURPOSE_SSL_SERVER, now));
  EXPECT_TRUE(is_trusted(*made, authority_pem_, X509_PURPOSE_SSL_CLIENT, now));
}

TEST_F(Certificate, IsTrustedOnlyInItsTimeAndUnderItsAuthority) {
  const auto made = leaf(node_request());
  ASSERT_TRUE(made.has_value());
  const auto trusted_at = [&](std::uint64_t time) {
    return is_trusted(*made, authority_pem_, X509_PURPOSE_SSL_CLIENT, TimeMs{time});
  };
  EXPECT_FALSE(trusted_at(kStart.value - 1000));
  EXPECT_TRUE(trusted_at(kEnd.value - 1000));
  EXPECT_FALSE(trusted_at(kEnd.value + 1000));
  const auto other = make_authority_certificate(
      request("hospital-1 CA", CertificateUse::kAuthority), PrivateKey::generate());
  ASSERT_TRUE(other.has_value());
  EXPECT_FALSE(is_trusted(*made, *other, X509_PURPOSE_SSL_CLIENT, kStart));
}

TEST_F(Certificate, HasItsNamesAndAddresses) {
  const auto made = leaf(node_request());
  ASSERT_TRUE(made.has_value());
  const X509Ptr x = parse(*made);
  EXPECT_EQ(X509_check_host(x.get(), "localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(x.get(), "node-1.example.org", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(x.get(), "example.org", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(x.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(x.get(), "::1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(x.get(), "127.0.0.2", 0), 0);
}

TEST_F(Certificate, OfAnAuthoritySignsLeavesOnly) {
  const X509Ptr x = parse(authority_pem_);
  EXPECT_EQ(X509_get_version(x.get()), X509_VERSION_3);
  EXPECT_EQ(X509_check_ca(x.get()), 1);
  EXPECT_EQ(X509_get_pathlen(x.get()), 0);
  EXPECT_EQ(X509_get_key_usage(x.get()), static_cast<unsigned>(KU_KEY_CERT_SIGN | KU_CRL_SIGN));
  const auto made = leaf(node_request());
  ASSERT_TRUE(made.has_value());
  const X509Ptr node = parse(*made);
  EXPECT_EQ(X509_check_ca(node.get()), 0);
  EXPECT_EQ(X509_get_key_usage(node.get()), static_cast<unsigned>(KU_DIGITAL_SIGNATURE));
  const auto under_leaf =
      make_leaf_certificate(node_request(), subject_.public_key(), *made, subject_);
  ASSERT_FALSE(under_leaf.has_value());
  EXPECT_EQ(under_leaf.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Certificate, PointsToTheKeyOfItsAuthority) {
  const auto made = leaf(node_request());
  ASSERT_TRUE(made.has_value());
  const X509Ptr node = parse(*made);
  const X509Ptr authority = parse(authority_pem_);
  const ASN1_OCTET_STRING* named = X509_get0_authority_key_id(node.get());
  const ASN1_OCTET_STRING* own = X509_get0_subject_key_id(authority.get());
  ASSERT_TRUE(named != nullptr && own != nullptr);
  EXPECT_EQ(ASN1_OCTET_STRING_cmp(named, own), 0);
  EXPECT_NE(X509_get0_subject_key_id(node.get()), nullptr);
}

TEST_F(Certificate, HasARandomSerialOfUpTo128Bits) {
  const auto a = leaf(node_request());
  const auto b = leaf(node_request());
  ASSERT_TRUE(a.has_value() && b.has_value());
  const X509Ptr x = parse(*a);
  const X509Ptr y = parse(*b);
  const TextPtr first(ASN1_INTEGER_to_BN(X509_get0_serialNumber(x.get()), nullptr));
  const TextPtr second(ASN1_INTEGER_to_BN(X509_get0_serialNumber(y.get()), nullptr));
  EXPECT_NE(BN_cmp(first.get(), second.get()), 0);
  EXPECT_LE(BN_num_bits(first.get()), 128);
  EXPECT_GE(BN_num_bits(first.get()), 64);  // fails once in 2^64
  EXPECT_EQ(BN_is_negative(first.get()), 0);
}

TEST_F(Certificate, BadRequestsAreRefused) {
  CertificateRequest bad = node_request();
  bad.common_name.clear();
  expect_refused(bad);
  bad.common_name = std::string(65, 'x');
  expect_refused(bad);
  bad.common_name = "\xff\xfe";
  expect_refused(bad);
  bad = node_request();
  bad.dns_names = {"bad name"};
  expect_refused(bad);
  bad.dns_names = {""};
  expect_refused(bad);
  bad.dns_names = {"a,IP:10.0.0.1"};
  expect_refused(bad);
  bad = node_request();
  bad.ip_addresses = {"localhost"};
  expect_refused(bad);
  bad.ip_addresses = {std::string("127.0.0.1\0.evil", 15)};
  expect_refused(bad);
  bad = node_request();
  bad.not_after = bad.not_before;
  expect_refused(bad);
  bad.not_after = TimeMs{kMaxCounter};
  expect_refused(bad);
  bad = node_request();
  bad.use = CertificateUse::kAuthority;
  expect_refused(bad);
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_F(Certificate, LongestNamesAndLastSecondAreAccepted) {
  CertificateRequest request = node_request();
  request.common_name = std::string(64, 'x');
  request.dns_names = {std::string(253, 'a')};
  request.not_after = TimeMs{253'402'300'799'999};
  const auto made = leaf(request);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ(read_certificate(*made)->not_after, TimeMs{253'402'300'799'000});
}

TEST_F(Certificate, AnotherAuthorityKeyOrABadSubjectIsRefused) {
  const auto other_key = make_leaf_certificate(
      node_request(), subject_.public_key(), authority_pem_, PrivateKey::generate());
  ASSERT_FALSE(other_key.has_value());
  EXPECT_EQ(other_key.error().code, ErrorCode::kInvalidArgument);
  const auto no_point =
      make_leaf_certificate(node_request(), PublicKey{}, authority_pem_, authority_key_);
  ASSERT_FALSE(no_point.has_value());
  EXPECT_EQ(no_point.error().code, ErrorCode::kInvalidArgument);
  const auto no_pem =
      make_leaf_certificate(node_request(), subject_.public_key(), "no pem", authority_key_);
  ASSERT_FALSE(no_pem.has_value());
  EXPECT_EQ(no_pem.error().code, ErrorCode::kMalformed);
}

// A self-signed certificate on another curve, made with OpenSSL directly.
std::string p384_certificate() {
  const KeyPtr key(EVP_EC_gen("P-384"));
  const X509Ptr x(X509_new());
  X509_set_pubkey(x.get(), key.get());
  X509_gmtime_adj(X509_getm_notBefore(x.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(x.get()), 60);
  X509_sign(x.get(), key.get(), EVP_sha256());
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), x.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

TEST_F(Certificate, OnAnotherCurveIsUnauthenticatedAndRubbishIsMalformed) {
  const auto other = read_certificate(p384_certificate());
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, ErrorCode::kUnauthenticated);
  const std::string huge(300'000, 'x');
  for (const std::string_view text :
       {std::string_view(""), std::string_view("x"), std::string_view(huge)}) {
    const auto read = read_certificate(text);
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().code, ErrorCode::kMalformed);
  }
  EXPECT_FALSE(read_certificate(subject_.to_pem()).has_value());
  EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace galen::crypto
