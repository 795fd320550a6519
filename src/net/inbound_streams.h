// The Peer service: the streams on which other validators send. Accepts a caller only when its leaf
// key is the registered TLS key of a validator; a newer stream of the same peer and channel
// replaces the older. Reads on only while the consumer keeps up. Internal to net/. Thread rule: any
// thread.
#pragma once

#include "net/peer_transport.h"

#include <functional>
#include <memory>

namespace grpc {
class Service;
}  // namespace grpc

namespace galen::net {

struct InboundSettings {
  ValidatorIndex self;
  ledger::ValidatorSet validators;
  std::size_t window_messages = 0;
  std::size_t window_bytes = 0;
  PeerCallbacks callbacks;
};

class InboundStreams {
 public:
  explicit InboundStreams(InboundSettings settings);
  ~InboundStreams();
  InboundStreams(const InboundStreams&) = delete;
  InboundStreams& operator=(const InboundStreams&) = delete;

  [[nodiscard]] grpc::Service& service();
  /// Finishes every stream, refuses new ones, and waits (at most 2 s, for peers that do not read)
  /// until no callback runs.
  void stop();
  /// Fills the inbound fields.
  void add_counters(ValidatorIndex peer, engine::Channel channel, PeerCounters& counters) const;

  class Registry;

 private:
  std::shared_ptr<Registry> registry_;
  std::unique_ptr<grpc::Service> service_;
};

}  // namespace galen::net
