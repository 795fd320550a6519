// The node's one gRPC server: client services, peer services, health and reflection on one port,
// behind mutual TLS. Callback API: no thread waits for a request. Limits are those of DOS-1
// (docs/api.md). Thread rule: start and stop from one thread; set_serving from any.
#pragma once

#include "base/result.h"
#include "net/tls.h"
#include "rpc/acceptor.h"
#include "rpc/backend.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace grpc {
class Service;
}  // namespace grpc

namespace galen::rpc {

struct ServerOptions {
  std::string listen;  ///< "127.0.0.1:7101"; port 0 takes a free one
  net::TlsIdentity identity;
  bool reflection = false;
  std::vector<grpc::Service*>
      services;  ///< further ones (PeerTransport::service()); outlive the server
  std::size_t max_submissions_per_caller = 8192;  ///< in flight; more: kResourceExhausted
  std::size_t max_streams_per_caller = 64;        ///< open payload and submit streams
  std::size_t max_watches_per_caller = 16;        ///< open event streams
  std::chrono::milliseconds heartbeat = std::chrono::seconds(5);     ///< of a silent event stream
  std::chrono::milliseconds slow_reader = std::chrono::seconds(30);  ///< then its stream is ended
  std::size_t max_denials_per_second = 50;             ///< not-found answers of payloads per caller
  std::size_t memory_bytes = std::size_t{512} << 20U;  ///< of gRPC's buffers
  std::chrono::milliseconds max_connection_age = std::chrono::hours(1);
  AcceptorLimits connections;
  std::function<void(const std::string&)> note = {};  ///< a line for the log, from any thread
};

class Server {
 public:
  /// Listens. kConfig when the address cannot be used (in use, malformed) or the identity is
  /// unusable. `backend` outlives the server.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(const ServerOptions& options,
                                                             Backend& backend);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;

  [[nodiscard]] ConnectionCounts connections() const;

  /// Queries about somebody that ended "not found" or unauthenticated since the start, by member:
  /// they leave no entry anywhere.
  [[nodiscard]] std::map<AccountId, std::uint64_t> refused_queries() const;

  /// There is a new committed block: event streams look for it. Cheap; from any thread.
  void head_changed();

  /// What the health service says, for the whole server ("") and each service.
  void set_serving(bool serving);

  /// Refuses new calls, ends open streams with UNAVAILABLE, cancels what is left after `grace`.
  /// Peer streams are to be ended before (PeerTransport::stop). Submissions in flight must be
  /// answered by the backend, now or later: a late answer is dropped. Idempotent.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace galen::rpc
