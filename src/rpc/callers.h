// Who calls: the leaf key of the connection against the organisations' registered TLS keys, anew
// for every call (IDC-1, IDC-3, PRIVACY.md 30). A validator's node key opens no client service, and
// a client's key no peer service. Thread rule: any thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "net/tls.h"
#include "rpc/backend.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace grpc {
class AuthContext;
}  // namespace grpc

namespace galen::rpc {

/// An active member organisation.
struct Caller {
  AccountId organisation;
};

class Callers {
 public:
  explicit Callers(const Backend& backend) : backend_(backend) {}

  /// kUnauthenticated without a valid certificate (or with one that has ended since the handshake),
  /// kPermissionDenied for a key that is no member's, or a member that is suspended. A change on
  /// the chain takes effect within a second.
  [[nodiscard]] Result<Caller> identify(const grpc::AuthContext& context);
  /// For a stream that lasts: again before each of its messages.
  [[nodiscard]] Result<Caller> identify(const net::PeerIdentity& identity);
  /// The certificate of a connection, remembered. kUnauthenticated.
  [[nodiscard]] Result<net::PeerIdentity> certificate(const grpc::AuthContext& context);

 private:
  struct Member {
    AccountId organisation;
    bool active = false;
  };

  void refresh();  // REQUIRES: mutex_ held

  const Backend& backend_;
  std::mutex mutex_;
  std::map<std::string, net::PeerIdentity, std::less<>> parsed_;  // by certificate text
  std::map<PublicKey, Member> members_;                           // by TLS key
  std::chrono::steady_clock::time_point refreshed_{};
};

}  // namespace galen::rpc
