#include "net/tls.h"

#include "unit/net/network.h"

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <atomic>
#include <future>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace galen::net {
namespace {

using test::Authority;
using test::local;
using test::make_identity;
using test::Members;
using test::Node;
using test::Observer;
using test::options_for;

/// Opens a Peer stream as `identity` and returns how it ends, or OK once the server accepted it.
grpc::Status knock(int port, const TlsIdentity& identity, const PublicKey& expected) {
  auto channel = grpc::CreateChannel(local(port), make_channel_credentials(identity, expected));

  class Knock final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
   public:
    void OnReadInitialMetadataDone(bool ok) override {
      if (!ok) return;
      accepted = true;
      context.TryCancel();
    }

    void OnDone(const grpc::Status& status) override {
      const std::lock_guard lock(mutex);
      end = accepted ? grpc::Status::OK : status;
      done = true;
      changed.notify_all();
    }

    grpc::Status wait() {
      std::unique_lock lock(mutex);
      changed.wait(lock, [this] { return done; });
      return end;
    }

    grpc::ClientContext context;
    grpc::ByteBuffer unread;
    std::atomic<bool> accepted = false;
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    grpc::Status end;
  };

  Knock reactor;
  reactor.context.set_deadline(std::chrono::system_clock::now() + test::kPatience);
  grpc::GenericStub stub(channel);
  stub.PrepareBidiStreamingCall(
      &reactor.context, "/galen.v1.Peer/Consensus", grpc::StubOptions(), &reactor);
  reactor.StartRead(&reactor.unread);
  reactor.StartCall();
  return reactor.wait();
}

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() : server_(options_for(members_, 1, {}), observer_) {}

  [[nodiscard]] const PublicKey& server_key() const { return members_.keys[1].public_key(); }

  grpc::Status knock_as(const TlsIdentity& identity) {
    return knock(server_.bound, identity, server_key());
  }

  Members members_{4};
  Observer observer_;
  Node server_;
};

TEST_F(TlsTest, AcceptsTheRegisteredKeyWhateverTheNames) {
  const auto status = knock_as(members_.identity(0));
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(TlsTest, AcceptsTheSameKeyUnderARenewedCertificate) {
  // Renewal with the same key needs no change on the chain (IDC-2), even under another member's CA.
  const auto status =
      knock_as(make_identity(members_.authorities[2], members_.keys[0], members_.bundle));
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(TlsTest, RefusesAnUnregisteredKeyUnderATrustedAuthority) {
  const auto stranger = crypto::PrivateKey::generate();
  const auto status = knock_as(make_identity(members_.authorities[0], stranger, members_.bundle));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(observer_.count(), 0U);
}

TEST_F(TlsTest, RefusesTheServersOwnKey) {
  const auto status = knock_as(members_.identity(1));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(TlsTest, RefusesAForeignAuthorityEvenWithTheRegisteredKey) {
  const Authority foreign("foreign");
  const auto status = knock_as(make_identity(foreign, members_.keys[0], members_.bundle));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, RefusesASelfSignedCertificate) {
  crypto::CertificateRequest request;
  request.common_name = "self";
  request.use = crypto::CertificateUse::kAuthority;
  request.not_before = test::Validity{}.from;
  request.not_after = test::Validity{}.to;
  const auto pem = crypto::make_authority_certificate(request, members_.keys[0]);
  ASSERT_TRUE(pem);
  const auto status = knock_as({*pem, members_.keys[0].to_pem(), members_.bundle});
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, RefusesAnExpiredCertificate) {
  const test::Validity past{TimeMs{test::now_ms().value - 2 * test::kHourMs},
                            TimeMs{test::now_ms().value - test::kHourMs}};
  const auto status = knock_as(make_identity(
      members_.authorities[0], members_.keys[0], members_.bundle, test::kNodeUse, past));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, RefusesACertificateThatIsNotValidYet) {
  const test::Validity future{TimeMs{test::now_ms().value + test::kHourMs},
                              TimeMs{test::now_ms().value + 2 * test::kHourMs}};
  const auto status = knock_as(make_identity(
      members_.authorities[0], members_.keys[0], members_.bundle, test::kNodeUse, future));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, RefusesAClientWithoutACertificate) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = members_.bundle;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("somewhere-else.example");
  auto channel =
      grpc::CreateCustomChannel(local(server_.bound), grpc::SslCredentials(options), arguments);
  // TLS 1.3 tells a client late, so the first call finds out.
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + test::kPatience);
  grpc::ByteBuffer request(nullptr, 0);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> promise;
  stub.UnaryCall(&context,
                 "/galen.v1.Ledger/GetStatus",
                 grpc::StubOptions(),
                 &request,
                 &response,
                 [&](grpc::Status status) { promise.set_value(std::move(status)); });
  EXPECT_EQ(promise.get_future().get().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, TheDiallingSideRefusesAWrongServerKeyBeforeItSends) {
  const auto status = knock(server_.bound, members_.identity(0), members_.keys[2].public_key());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

/// One TLS handshake with OpenSSL alone, as a client with these settings; true when it succeeded.
bool handshake(int port, const TlsIdentity& identity, int version, const char* suites) {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                            &SSL_CTX_free);
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  if (suites != nullptr && SSL_CTX_set_cipher_list(context.get(), suites) != 1) return false;
  const auto load = [](const std::string& pem) {
    return std::unique_ptr<BIO, decltype(&BIO_free_all)>(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free_all);
  };
  const auto certificate_text = load(identity.certificate_pem);
  const auto key_text = load(identity.key_pem);
  std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr), &X509_free);
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  SSL_CTX_use_certificate(context.get(), certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), key.get());
  const unsigned char alpn[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(context.get(), alpn, sizeof alpn);

  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), &SSL_free);
  SSL_set_fd(ssl.get(), socket);
  const bool done = SSL_connect(ssl.get()) == 1;
  ::close(socket);
  return done;
}

TEST_F(TlsTest, SpeaksTls13AndOfTls12OnlyEcdheWithAnAead) {
  const auto identity = members_.identity(0);
  const int port = server_.bound;
  EXPECT_TRUE(handshake(port, identity, TLS1_3_VERSION, nullptr));
  EXPECT_TRUE(handshake(port, identity, TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384"));
  EXPECT_FALSE(handshake(port, identity, TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA384"));
  EXPECT_FALSE(handshake(port, identity, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA"));
  EXPECT_FALSE(handshake(port, identity, TLS1_2_VERSION, "AES128-GCM-SHA256"));
  EXPECT_FALSE(handshake(port, identity, TLS1_1_VERSION, nullptr));
}

TEST(TlsIdentity, IsCheckedBeforeUse) {
  const Members members(1);
  const auto good = members.identity(0);
  EXPECT_TRUE(check_identity(good, test::now_ms()));

  auto other_key = good;
  other_key.key_pem = crypto::PrivateKey::generate().to_pem();
  EXPECT_EQ(check_identity(other_key, test::now_ms()).error().code, ErrorCode::kConfig);
  auto no_key = good;
  no_key.key_pem = "nonsense";
  EXPECT_FALSE(check_identity(no_key, test::now_ms()));
  auto no_bundle = good;
  no_bundle.ca_bundle_pem.clear();
  EXPECT_FALSE(check_identity(no_bundle, test::now_ms()));
  const TimeMs later{test::now_ms().value + 2 * test::kHourMs};
  EXPECT_NE(check_identity(good, later).error().message.find("expired"), std::string::npos);
}

}  // namespace
}  // namespace galen::net
