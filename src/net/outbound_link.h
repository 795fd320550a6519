// One long-lived stream to one validator for one channel: a bounded queue, one write at a time,
// redialled for ever. Internal to net/.
// Thread rule: any thread; gRPC's callbacks are serialised by the link's mutex.
#pragma once

#include "engine/ports.h"
#include "net/peer_transport.h"

#include <grpcpp/alarm.h>
#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace galen::net {

struct LinkSettings {
  std::string address;
  std::string method;  ///< "/galen.v1.Peer/Bulk"
  std::size_t queue_bytes = 0;
  std::size_t queue_messages = 0;
  std::function<void(bool up)> changed;               ///< not under the link's mutex
  std::function<void(const std::string& why)> ended;  ///< a stream ended with an error
};

/// Callbacks use the link without owning it: its channel must not end on one of gRPC's own threads,
/// which gRPC 1.51 would have join itself. stop() waits for the last of them.
class OutboundLink {
 public:
  OutboundLink(LinkSettings settings, const TlsIdentity& identity, const PublicKey& expected);
  ~OutboundLink();
  OutboundLink(const OutboundLink&) = delete;
  OutboundLink& operator=(const OutboundLink&) = delete;

  void start();
  /// Cancels the stream and waits for its last callback.
  void stop();
  void send(engine::SharedBytes message);
  [[nodiscard]] bool up() const;
  /// Fills the outbound fields.
  void add_counters(PeerCounters& counters) const;

 private:
  class Call;

  void dial();  // REQUIRES: mutex_ held
  void schedule_dial();
  void write_next();
  void drop_queue();
  void on_accepted();
  void on_write_done(bool ok);
  void on_ending();
  void detach();
  void on_done(const std::string& why);

  const LinkSettings settings_;
  std::unique_ptr<grpc::GenericStub> stub_;

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  Call* call_ = nullptr;  // owned by itself until its last callback
  bool live_ = false;     // from dialling until that callback is over
  grpc::Alarm alarm_;
  bool alarm_set_ = false;
  bool stopping_ = false;
  bool accepted_ = false;
  bool ending_ = false;  // of call_: gRPC may report its start and its end at the same time
  bool writing_ = false;
  unsigned failures_ = 0;
  std::deque<engine::SharedBytes> queue_;
  std::size_t queue_bytes_ = 0;
  PeerCounters counters_;
};

}  // namespace galen::net
