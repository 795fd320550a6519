#include "net/tls.h"

#include "crypto/certificate.h"
#include "crypto/keys.h"

#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <cstdlib>
#include <functional>
#include <mutex>
#include <string_view>
#include <utility>

namespace galen::net {
namespace {

namespace tls = grpc::experimental;

/// TLS 1.3, and for 1.2 (which gRPC 1.51 cannot refuse) only ECDHE with an AEAD.
constexpr const char* kSuites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305";

/// gRPC reads the list once, from the environment: an operator's own value must not weaken it.
void restrict_suites() {
  static std::once_flag once;
  std::call_once(once, [] { ::setenv("GRPC_SSL_CIPHER_SUITES", kSuites, 1); });
}

/// Accepts exactly one leaf key. gRPC has verified the chain before it asks.
class LeafKeyVerifier final : public tls::ExternalCertificateVerifier {
 public:
  explicit LeafKeyVerifier(const PublicKey& expected) : expected_(expected) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> /*callback*/,
              grpc::Status* sync_status) override {
    const grpc::string_ref pem = request->peer_cert();
    const auto leaf = crypto::read_certificate(std::string_view(pem.data(), pem.size()));
    const bool fits = leaf && leaf->public_key == expected_;
    *sync_status = fits ? grpc::Status::OK
                        : grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                                       "the server's key is not the registered one");
    return true;
  }

  void Cancel(tls::TlsCustomVerificationCheckRequest* /*request*/) override {}

 private:
  PublicKey expected_;
};

}  // namespace

Status check_identity(const TlsIdentity& identity, TimeMs now) {
  const auto leaf = crypto::read_certificate(identity.certificate_pem);
  if (!leaf) return fail(ErrorCode::kConfig, "TLS certificate: " + leaf.error().message);
  const auto key = crypto::PrivateKey::from_pem(identity.key_pem);
  if (!key) return fail(ErrorCode::kConfig, "TLS key: " + key.error().message);
  if (key->public_key() != leaf->public_key) {
    return fail(ErrorCode::kConfig, "TLS key: does not belong to the TLS certificate");
  }
  if (now < leaf->not_before) return fail(ErrorCode::kConfig, "TLS certificate: not valid yet");
  if (now >= leaf->not_after) {
    return fail(ErrorCode::kConfig, "TLS certificate: expired; renew it with the same key");
  }
  const auto authority = crypto::read_certificate(identity.ca_bundle_pem);
  if (!authority) return fail(ErrorCode::kConfig, "CA bundle: " + authority.error().message);
  return {};
}

std::shared_ptr<grpc::ServerCredentials> make_server_credentials(const TlsIdentity& identity) {
  restrict_suites();
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = identity.ca_bundle_pem;
  options.pem_key_cert_pairs.push_back({identity.key_pem, identity.certificate_pem});
  return grpc::SslServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> make_channel_credentials(const TlsIdentity& identity,
                                                                   const PublicKey& expected) {
  restrict_suites();
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::make_shared<tls::StaticDataCertificateProvider>(
      identity.ca_bundle_pem,
      std::vector<tls::IdentityKeyCertPair>{{identity.key_pem, identity.certificate_pem}}));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(true);
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<LeafKeyVerifier>(expected));
  return tls::TlsCredentials(options);
}

Result<PeerIdentity> peer_identity(const grpc::AuthContext& context) {
  if (!context.IsPeerAuthenticated()) {
    return fail(ErrorCode::kUnauthenticated, "the connection shows no verified certificate");
  }
  const auto values = context.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (values.size() != 1) {
    return fail(ErrorCode::kUnauthenticated, "the connection shows no client certificate");
  }
  auto leaf = crypto::read_certificate(std::string_view(values[0].data(), values[0].size()));
  if (!leaf) return fail(ErrorCode::kUnauthenticated, "certificate: " + leaf.error().message);
  return PeerIdentity{leaf->public_key, leaf->not_after};
}

Result<PublicKey> peer_public_key(const grpc::AuthContext& context) {
  GALEN_TRY(const PeerIdentity identity, peer_identity(context));
  return identity.key;
}

}  // namespace galen::net
