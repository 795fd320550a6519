// Peers over gRPC: this node dials every other validator and keeps one stream per channel for its
// own messages; the streams of the others deliver to a handler with back-pressure. Identity of both
// ends is the registered TLS key of a validator (IDC-1, PRIVACY.md 30), whatever the certificate's
// names say. Thread rule: send, connected and counters from any thread; callbacks run on gRPC
// threads and only post.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/limits.h"
#include "engine/ports.h"
#include "ledger/block.h"
#include "net/tls.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace grpc {
class Service;
}  // namespace grpc

namespace galen::net {

struct PeerTransportOptions {
  ValidatorIndex self;
  ledger::ValidatorSet validators;
  std::vector<std::string> addresses;  ///< "host:port" by ValidatorIndex; the own one is not used
  TlsIdentity identity;
  std::size_t queue_bytes = limits::kMaxPeerQueueBytes;        ///< outbound, per (peer, channel)
  std::size_t queue_messages = limits::kMaxPeerQueueMessages;  ///< outbound, per (peer, channel)
  std::size_t window_messages = 64;  ///< delivered and not consumed, per inbound stream
  std::size_t window_bytes = 8U * 1024U * 1024U;  ///< the same in bytes
};

struct PeerCallbacks {
  /// One message of `from`, in the order it sent them. `done` says that the engine consumed it;
  /// while more than the window waits, nothing more is read from that stream. Never calling it (but
  /// letting it go) counts as calling it.
  std::function<void(
      ValidatorIndex from, engine::Channel, Bytes message, std::function<void()> done)>
      message;
  /// Both own streams to `peer` are up, or no longer. Must not block.
  std::function<void(ValidatorIndex peer, bool connected)> connection;
  /// One line for the log about a refused or failed connection. May be empty.
  std::function<void(const std::string& line)> note;
};

/// Since start, per (peer, channel).
struct PeerCounters {
  std::uint64_t sent_messages = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t dropped_full = 0;          ///< oldest messages pushed out of a full queue
  std::uint64_t dropped_disconnected = 0;  ///< no stream, lost with it, or above the limit
  std::uint64_t received_messages = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t queued_messages = 0;  ///< now
  std::uint64_t queued_bytes = 0;     ///< now
};

/// Bounded and lossy by design: a message for a peer without a stream is dropped and counted, and a
/// full queue drops its oldest messages, because newer consensus messages make older ones useless;
/// the protocol's status exchange asks again for what is missing.
class PeerTransport final : public engine::Transport {
 public:
  /// REQUIRES: one address per validator, self among them, callbacks.message set.
  PeerTransport(PeerTransportOptions options, PeerCallbacks callbacks);
  ~PeerTransport() override;
  PeerTransport(const PeerTransport&) = delete;
  PeerTransport& operator=(const PeerTransport&) = delete;

  /// The Peer service, to be registered before the server is built; outlives that server.
  [[nodiscard]] grpc::Service& service();

  /// Starts dialling; repeats with a backoff of 100 ms to 1 s until stop().
  void start();

  /// Ends all streams, own and foreign, and returns when no callback runs any more. To be called
  /// before the server's Shutdown, which would wait for open streams. Idempotent.
  void stop();

  /// Drops (and counts) messages above kMaxFrameBodyBytes (frame.h); ignores empty ones.
  void send(ValidatorIndex to, engine::Channel channel, engine::SharedBytes message) override;
  [[nodiscard]] bool connected(ValidatorIndex peer) const override;
  [[nodiscard]] PeerCounters counters(ValidatorIndex peer, engine::Channel channel) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace galen::net
