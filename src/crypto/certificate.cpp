#include "crypto/certificate.h"

#include "base/check.h"
#include "crypto/openssl_owned.h"
#include "crypto/p256.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace galen::crypto {
namespace {

using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;
using NamePtr = std::unique_ptr<GENERAL_NAME, Freed<GENERAL_NAME_free>>;
using TimePtr = std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

constexpr std::size_t kMaxCertificateFileBytes = std::size_t{256} * 1024;
constexpr std::size_t kMaxCommonNameBytes = 64;  // ub-common-name of RFC 5280
constexpr std::size_t kMaxDnsNameBytes = 253;
constexpr std::uint64_t kMaxSeconds = 253'402'300'799;  // 9999-12-31T23:59:59Z

Status check_request(const CertificateRequest& request) {
  if (request.common_name.empty() || request.common_name.size() > kMaxCommonNameBytes) {
    return fail(ErrorCode::kInvalidArgument, "certificate: the common name needs 1 to 64 bytes");
  }
  if (request.not_after <= request.not_before || request.not_after.value / 1000 > kMaxSeconds) {
    return fail(ErrorCode::kInvalidArgument, "certificate: not_after must follow not_before");
  }
  return {};
}

Status set_time(ASN1_TIME* field, TimeMs time) {
  if (ASN1_TIME_set(field, static_cast<time_t>(time.value / 1000)) == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "certificate: a time outside the calendar");
  }
  return {};
}

// Milliseconds since 1970. kMalformed for a time that is unreadable or earlier.
Result<TimeMs> read_time(const ASN1_TIME* field) {
  const TimePtr epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  if (epoch == nullptr || ASN1_TIME_diff(&days, &seconds, epoch.get(), field) != 1 || days < 0 ||
      seconds < 0) {
    return fail(ErrorCode::kMalformed, "certificate: unreadable validity");
  }
  const std::uint64_t total =
      static_cast<std::uint64_t>(days) * 86'400 + static_cast<std::uint64_t>(seconds);
  return TimeMs{total * 1000};
}

Status set_common_name(X509_NAME* name, const std::string& text) {
  if (X509_NAME_add_entry_by_NID(name,
                                 NID_commonName,
                                 MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(text.data()),
                                 static_cast<int>(text.size()),
                                 -1,
                                 0) != 1) {
    return fail(ErrorCode::kInvalidArgument, "certificate: the common name is not UTF-8");
  }
  return {};
}

void set_random_serial(X509* certificate) {
  const NumberPtr serial(BN_new());
  const bool done = serial != nullptr &&
                    BN_rand(serial.get(), 128, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
                    BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr;
  CHECK(done, "the random generator works");
}

// The texts are constants of this file: alternative names do not pass through this mini-language.
Status add_extension(X509* certificate, X509* issuer, int nid, const char* text) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, text));
  // Fails for an issuer without a key identifier.
  if (extension == nullptr) {
    return fail(ErrorCode::kInvalidArgument,
                std::string("certificate: the authority allows no extension ") + OBJ_nid2ln(nid));
  }
  CHECK(X509_add_ext(certificate, extension.get(), -1) == 1, "out of memory");
  return {};
}

bool is_dns_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxDnsNameBytes &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.';
         });
}

Result<NamePtr> dns_name(const std::string& text) {
  if (!is_dns_name(text)) {
    return fail(ErrorCode::kInvalidArgument, "certificate: not a DNS name: \"" + text + "\"");
  }
  NamePtr name(GENERAL_NAME_new());
  ASN1_IA5STRING* value = ASN1_IA5STRING_new();
  CHECK(name != nullptr && value != nullptr &&
            ASN1_STRING_set(value, text.data(), static_cast<int>(text.size())) == 1,
        "out of memory");
  GENERAL_NAME_set0_value(name.get(), GEN_DNS, value);
  return name;
}

Result<NamePtr> ip_name(const std::string& text) {
  ASN1_OCTET_STRING* value =
      text.find('\0') == std::string::npos ? a2i_IPADDRESS(text.c_str()) : nullptr;
  if (value == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "certificate: not an IP address: \"" + text + "\"");
  }
  NamePtr name(GENERAL_NAME_new());
  CHECK(name != nullptr, "out of memory");
  GENERAL_NAME_set0_value(name.get(), GEN_IPADD, value);
  return name;
}

Status add_alternative_names(X509* certificate, const CertificateRequest& request) {
  if (request.dns_names.empty() && request.ip_addresses.empty()) return {};
  const NamesPtr names(sk_GENERAL_NAME_new_null());
  CHECK(names != nullptr, "out of memory");
  for (const std::string& text : request.dns_names) {
    GALEN_TRY(NamePtr name, dns_name(text));
    CHECK(sk_GENERAL_NAME_push(names.get(), name.release()) > 0, "out of memory");
  }
  for (const std::string& text : request.ip_addresses) {
    GALEN_TRY(NamePtr name, ip_name(text));
    CHECK(sk_GENERAL_NAME_push(names.get(), name.release()) > 0, "out of memory");
  }
  CHECK(
      X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1,
      "checked names are encoded");
  return {};
}

Status add_leaf_extensions(X509* x, X509* issuer, const CertificateRequest& request) {
  const bool is_node = request.use == CertificateUse::kNode;
  GALEN_TRY_STATUS(add_extension(x, issuer, NID_basic_constraints, "critical,CA:FALSE"));
  GALEN_TRY_STATUS(add_extension(x, issuer, NID_key_usage, "critical,digitalSignature"));
  GALEN_TRY_STATUS(add_extension(
      x, issuer, NID_ext_key_usage, is_node ? "serverAuth,clientAuth" : "clientAuth"));
  GALEN_TRY_STATUS(add_extension(x, issuer, NID_subject_key_identifier, "hash"));
  GALEN_TRY_STATUS(add_extension(x, issuer, NID_authority_key_identifier, "keyid:always"));
  return add_alternative_names(x, request);
}

// Everything that both kinds of certificate have, except issuer, extensions and signature.
Result<CertificatePtr> start(const CertificateRequest& request, EVP_PKEY* subject) {
  GALEN_TRY_STATUS(check_request(request));
  CertificatePtr certificate(X509_new());
  CHECK(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
            X509_set_pubkey(certificate.get(), subject) == 1,
        "out of memory");
  set_random_serial(certificate.get());
  GALEN_TRY_STATUS(set_time(X509_getm_notBefore(certificate.get()), request.not_before));
  GALEN_TRY_STATUS(set_time(X509_getm_notAfter(certificate.get()), request.not_after));
  GALEN_TRY_STATUS(set_common_name(X509_get_subject_name(certificate.get()), request.common_name));
  return certificate;
}

std::string sign_to_pem(X509* certificate, EVP_PKEY* key) {
  CHECK(X509_sign(certificate, key, EVP_sha256()) > 0, "the random generator works");
  const BioPtr bio(BIO_new(BIO_s_mem()));
  CHECK(bio != nullptr && PEM_write_bio_X509(bio.get(), certificate) == 1, "out of memory");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

Result<CertificatePtr> parse(std::string_view pem) {
  if (pem.size() > kMaxCertificateFileBytes) {
    return fail(ErrorCode::kMalformed, "certificate: too large for a certificate file");
  }
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CHECK(bio != nullptr, "out of memory");
  CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) {
    return fail(ErrorCode::kMalformed, "certificate: no readable PEM certificate");
  }
  return certificate;
}

std::string common_name_of(const X509* certificate) {
  const X509_NAME* name = X509_get_subject_name(certificate);
  const int position = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (position < 0) return {};
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, position)));
  if (size < 0) return {};
  std::string result(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return result;
}

Result<PublicKey> public_key_in(const X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) {
    return fail(ErrorCode::kUnauthenticated, "certificate: unreadable public key");
  }
  auto result = public_key_of(*key);
  if (!result) return fail_in("certificate", result.error());
  return result;
}

// The certificate of an authority that holds `key`.
Result<CertificatePtr> parse_authority(std::string_view pem, const PrivateKey& key) {
  GALEN_TRY(CertificatePtr authority, parse(pem));
  GALEN_TRY(const PublicKey public_key, public_key_in(authority.get()));
  if (public_key != key.public_key()) {
    return fail(ErrorCode::kInvalidArgument,
                "certificate: the authority's certificate and key do not belong together");
  }
  if (X509_check_ca(authority.get()) != 1) {
    return fail(ErrorCode::kInvalidArgument,
                "certificate: the authority's is not a CA certificate");
  }
  return authority;
}

}  // namespace

Result<std::string> make_authority_certificate(const CertificateRequest& request,
                                               const PrivateKey& key) {
  const ErrorScope errors;
  const EvpKey own_key = evp_key(key);
  GALEN_TRY(const CertificatePtr certificate, start(request, own_key.get()));
  X509* x = certificate.get();
  CHECK(X509_set_issuer_name(x, X509_get_subject_name(x)) == 1, "out of memory");
  GALEN_TRY_STATUS(add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0"));
  GALEN_TRY_STATUS(add_extension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign"));
  GALEN_TRY_STATUS(add_extension(x, x, NID_subject_key_identifier, "hash"));
  GALEN_TRY_STATUS(add_extension(x, x, NID_authority_key_identifier, "keyid:always"));
  GALEN_TRY_STATUS(add_alternative_names(x, request));
  return sign_to_pem(x, own_key.get());
}

Result<std::string> make_leaf_certificate(const CertificateRequest& request,
                                          const PublicKey& subject,
                                          std::string_view authority_pem,
                                          const PrivateKey& authority_key) {
  if (request.use == CertificateUse::kAuthority) {
    return fail(ErrorCode::kInvalidArgument, "certificate: a leaf is for a node or a client");
  }
  const ErrorScope errors;
  GALEN_TRY(const CertificatePtr authority, parse_authority(authority_pem, authority_key));
  GALEN_TRY(const EvpKey subject_key, evp_key(subject));
  GALEN_TRY(const CertificatePtr certificate, start(request, subject_key.get()));
  X509* x = certificate.get();
  X509* issuer = authority.get();
  CHECK(X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1, "out of memory");
  GALEN_TRY_STATUS(add_leaf_extensions(x, issuer, request));
  return sign_to_pem(x, evp_key(authority_key).get());
}

Result<CertificateInfo> read_certificate(std::string_view pem) {
  const ErrorScope errors;
  GALEN_TRY(const CertificatePtr certificate, parse(pem));
  CertificateInfo info;
  GALEN_TRY(info.public_key, public_key_in(certificate.get()));
  info.common_name = common_name_of(certificate.get());
  GALEN_TRY(info.not_before, read_time(X509_get0_notBefore(certificate.get())));
  GALEN_TRY(info.not_after, read_time(X509_get0_notAfter(certificate.get())));
  return info;
}

Result<std::vector<TimeMs>> certificate_ends(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  const ErrorScope errors;
  std::vector<TimeMs> ends;
  for (auto at = pem.find(kBegin); at != std::string_view::npos;) {
    const auto next = pem.find(kBegin, at + kBegin.size());
    GALEN_TRY(const CertificatePtr certificate, parse(pem.substr(at, next - at)));
    at = next;
    GALEN_TRY(ends.emplace_back(), read_time(X509_get0_notAfter(certificate.get())));
  }
  return ends;
}

}  // namespace galen::crypto
