#include "net/outbound_link.h"

#include "net/frame.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/client_callback.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace galen::net {
namespace {

constexpr int kFirstBackoffMs = 100;
constexpr int kMaxBackoffMs = 1000;
constexpr int kConnectTimeoutMs = 5000;
// A peer's name may lead elsewhere after its restart; the default would ask again after 30 s.
constexpr int kMinResolvePauseMs = 1000;
constexpr int kKeepaliveTimeMs = 10'000;
constexpr int kKeepaliveTimeoutMs = 10'000;

grpc::ChannelArguments channel_arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstBackoffMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxBackoffMs);
  // In gRPC 1.51 the minimum is the time one attempt may take, not a pause.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, kMinResolvePauseMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // A connection of its own per link: bulk data never stands before a vote.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // The answers of a peer stream carry nothing.
  arguments.SetMaxReceiveMessageSize(1024);
  return arguments;
}

}  // namespace

/// One attempt at the stream. Deletes itself in OnDone, and with it its context's share in the
/// channel, before the link hears of it.
class OutboundLink::Call final
    : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit Call(OutboundLink* link) : link_(link) {}

  // REQUIRES: the link's mutex is held.
  void start() {
    context_.set_wait_for_ready(true);
    link_->stub_->PrepareBidiStreamingCall(
        &context_, link_->settings_.method, grpc::StubOptions(), this);
    // Writes start outside reactions: the hold keeps OnDone away until the read has ended.
    AddHold();
    StartRead(&unread_);
    StartCall();
  }

  // REQUIRES: the link's mutex is held.
  void write(const engine::SharedBytes& message, bool more) {
    frame_ = make_frame(message);
    grpc::WriteOptions options;
    if (more) options.set_buffer_hint();
    StartWrite(&frame_, options);
  }

  void cancel() { context_.TryCancel(); }

  void OnReadInitialMetadataDone(bool ok) override {
    if (ok) link_->on_accepted();
  }

  void OnReadDone(bool ok) override {
    if (ok) {  // a peer has nothing to say on this stream
      cancel();
      StartRead(&unread_);
      return;
    }
    link_->on_ending();
    RemoveHold();
  }

  void OnWriteDone(bool ok) override { link_->on_write_done(ok); }

  void OnDone(const grpc::Status& status) override {
    OutboundLink* const link = link_;
    const std::string why = status.error_message();
    link->detach();
    delete this;
    link->on_done(why);
  }

 private:
  OutboundLink* const link_;
  grpc::ClientContext context_;
  grpc::ByteBuffer frame_;
  grpc::ByteBuffer unread_;
};

OutboundLink::OutboundLink(LinkSettings settings,
                           const TlsIdentity& identity,
                           const PublicKey& expected)
    : settings_(std::move(settings)),
      stub_(std::make_unique<grpc::GenericStub>(grpc::CreateCustomChannel(
          settings_.address, make_channel_credentials(identity, expected), channel_arguments()))) {}

OutboundLink::~OutboundLink() {
  stop();
}

void OutboundLink::start() {
  const std::lock_guard lock(mutex_);
  if (!stopping_ && !live_ && !alarm_set_) dial();
}

void OutboundLink::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  drop_queue();
  if (call_ != nullptr) call_->cancel();
  if (alarm_set_) alarm_.Cancel();
  idle_.wait(lock, [this] { return !live_ && !alarm_set_; });
}

void OutboundLink::send(engine::SharedBytes message) {
  const std::lock_guard lock(mutex_);
  if (!accepted_ || stopping_ || message->size() > kMaxFrameBodyBytes) {
    ++counters_.dropped_disconnected;
    return;
  }
  queue_bytes_ += message->size();
  queue_.push_back(std::move(message));
  // The newest message always stays: it may be the only one the queue can hold.
  while (queue_.size() > 1 &&
         (queue_.size() > settings_.queue_messages || queue_bytes_ > settings_.queue_bytes)) {
    queue_bytes_ -= queue_.front()->size();
    queue_.pop_front();
    ++counters_.dropped_full;
  }
  if (!writing_) write_next();
}

bool OutboundLink::up() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

void OutboundLink::add_counters(PeerCounters& counters) const {
  const std::lock_guard lock(mutex_);
  counters.sent_messages = counters_.sent_messages;
  counters.sent_bytes = counters_.sent_bytes;
  counters.dropped_full = counters_.dropped_full;
  counters.dropped_disconnected = counters_.dropped_disconnected;
  counters.queued_messages = queue_.size();
  counters.queued_bytes = queue_bytes_;
}

void OutboundLink::dial() {
  ending_ = false;
  live_ = true;
  call_ = new Call(this);
  call_->start();
}

void OutboundLink::schedule_dial() {
  const int pause = std::min(kMaxBackoffMs, kFirstBackoffMs << std::min(failures_, 4U));
  alarm_set_ = true;
  const auto at = std::chrono::system_clock::now() + std::chrono::milliseconds(pause);
  alarm_.Set(at, [this](bool /*expired*/) {
    const std::lock_guard lock(mutex_);
    alarm_set_ = false;
    if (!stopping_) dial();
    idle_.notify_all();
  });
}

void OutboundLink::write_next() {
  if (queue_.empty()) return;
  const engine::SharedBytes message = std::move(queue_.front());
  queue_.pop_front();
  queue_bytes_ -= message->size();
  writing_ = true;
  ++counters_.sent_messages;
  counters_.sent_bytes += message->size();
  call_->write(message, !queue_.empty());
}

void OutboundLink::drop_queue() {
  counters_.dropped_disconnected += queue_.size();
  queue_.clear();
  queue_bytes_ = 0;
}

void OutboundLink::on_accepted() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || ending_) return;
    accepted_ = true;
    failures_ = 0;
  }
  settings_.changed(true);
}

void OutboundLink::on_write_done(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  if (ok && accepted_) write_next();
}

void OutboundLink::on_ending() {
  bool was_up = false;
  {
    const std::lock_guard lock(mutex_);
    was_up = accepted_;
    ending_ = true;
    accepted_ = false;
    drop_queue();
  }
  if (was_up) settings_.changed(false);
}

void OutboundLink::detach() {
  const std::lock_guard lock(mutex_);
  call_ = nullptr;
}

void OutboundLink::on_done(const std::string& why) {
  bool tell = false;
  {
    const std::lock_guard lock(mutex_);
    tell = !stopping_;
  }
  if (tell && settings_.ended) settings_.ended(why);
  const std::lock_guard lock(mutex_);
  live_ = false;
  writing_ = false;
  if (!stopping_) {
    schedule_dial();
    ++failures_;
  }
  idle_.notify_all();
}

}  // namespace galen::net
