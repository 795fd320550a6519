// Mutual TLS for every connection of Galen. A connection is accepted when the other side's
// certificate chains to the bundle of organisation CAs *and* its leaf public key is the one
// expected: names in certificates and host names are never an identity (IDC-1, PRIVACY.md 30,
// docs/security.md). Thread rule: functions from any thread; the first make_* call has to come
// before other threads start.
#pragma once

#include "base/ids.h"
#include "base/result.h"

#include <memory>
#include <string>

namespace grpc {
class AuthContext;
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace galen::net {

/// What one side shows and whom it trusts. PEM texts; the key is a secret and never logged.
struct TlsIdentity {
  std::string certificate_pem;  ///< leaf, optionally followed by its chain
  std::string key_pem;          ///< PKCS#8, P-256
  std::string ca_bundle_pem;    ///< certificates of every organisation's CA, concatenated
};

/// Certificate and key belong together, the certificate is valid at `now`, the bundle is readable.
/// kConfig with one sentence that says what to do.
[[nodiscard]] Status check_identity(const TlsIdentity& identity, TimeMs now);

/// Credentials of a server that requires a client certificate from the bundle.
[[nodiscard]] std::shared_ptr<grpc::ServerCredentials> make_server_credentials(
    const TlsIdentity& identity);

/// Credentials of a client that talks only to the server whose leaf key is `expected`: the key is
/// compared after the handshake and before the first byte of a call is sent.
[[nodiscard]] std::shared_ptr<grpc::ChannelCredentials> make_channel_credentials(
    const TlsIdentity& identity, const PublicKey& expected);

/// Who is at the other end of a verified connection.
struct PeerIdentity {
  PublicKey key;
  TimeMs not_after;  ///< end of the certificate; TLS looks at it only during the handshake
};

/// The leaf of the other side. kUnauthenticated without a verified P-256 certificate.
[[nodiscard]] Result<PeerIdentity> peer_identity(const grpc::AuthContext& context);

/// The leaf's public key alone; errors as peer_identity.
[[nodiscard]] Result<PublicKey> peer_public_key(const grpc::AuthContext& context);

}  // namespace galen::net
