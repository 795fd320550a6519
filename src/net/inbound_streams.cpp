#include "net/inbound_streams.h"

#include "galen/v1/galen.grpc.pb.h"
#include "net/frame.h"

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace galen::net {
namespace {

using Frame = grpc::ByteBuffer;
using Reactor = grpc::ServerBidiReactor<Frame, Frame>;

/// Answers a caller that may not be here.
class Refusal final : public Reactor {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }

  void OnDone() override { delete this; }
};

}  // namespace

class Stream;

using StreamKey = std::pair<ValidatorIndex, engine::Channel>;

/// What was delivered and not consumed yet, of one peer and channel: of all its streams, so that
/// one who reconnects gets no new window.
class Window {
 public:
  void add(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    ++messages_;
    bytes_ += bytes;
  }

  void release(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    --messages_;
    bytes_ -= bytes;
  }

  [[nodiscard]] bool has_room(const InboundSettings& settings) const {
    const std::lock_guard lock(mutex_);
    return messages_ < settings.window_messages && bytes_ < settings.window_bytes;
  }

 private:
  mutable std::mutex mutex_;
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
};

/// What all streams share; outlives the last of them.
class InboundStreams::Registry : public std::enable_shared_from_this<Registry> {
 public:
  explicit Registry(InboundSettings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] const InboundSettings& settings() const { return settings_; }

  Reactor* accept(grpc::CallbackServerContext* context, engine::Channel channel);
  void stop();
  void leave(const StreamKey& key, const Stream* stream);
  void count(const StreamKey& key, std::size_t bytes);
  /// There may be room again: the current stream reads on.
  void resume(const StreamKey& key);

  void note(const std::string& line) const {
    if (settings_.callbacks.note) settings_.callbacks.note(line);
  }

  [[nodiscard]] PeerCounters counters(const StreamKey& key) const;

 private:
  [[nodiscard]] Result<ValidatorIndex> who(const grpc::CallbackServerContext& context) const;

  const InboundSettings settings_;
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  bool stopping_ = false;
  std::size_t alive_ = 0;
  std::map<StreamKey, std::shared_ptr<Stream>> current_;
  std::map<StreamKey, std::shared_ptr<Window>> windows_;
  std::map<StreamKey, PeerCounters> counters_;
};

/// Flow control of one stream, shared with the `done` closures that may outlive the reactor.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
  Stream(std::shared_ptr<InboundStreams::Registry> registry,
         StreamKey key,
         std::shared_ptr<Window> window)
      : registry_(std::move(registry)), key_(key), window_(std::move(window)) {}

  class Reader;

  void attach(Reader* reader);
  void finish(const grpc::Status& status);
  void consumed(std::size_t bytes);
  void resume();
  void on_read_done(bool ok, const Frame& frame);
  void on_done();

 private:
  void finish_locked(const grpc::Status& status);
  void read_on_locked();

  const std::shared_ptr<InboundStreams::Registry> registry_;
  const StreamKey key_;
  const std::shared_ptr<Window> window_;
  std::mutex mutex_;
  Reader* reader_ = nullptr;  // until its OnDone
  bool finished_ = false;
  bool paused_ = false;
};

/// The reactor gRPC knows; everything it does is in Stream. Deletes itself in OnDone.
class Stream::Reader final : public Reactor {
 public:
  explicit Reader(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}

  void begin() {
    StartSendInitialMetadata();  // tells the peer that it was accepted
  }

  void read() { StartRead(&frame_); }

  void OnReadDone(bool ok) override {
    Frame frame;
    frame.Swap(&frame_);
    stream_->on_read_done(ok, frame);
  }

  void OnCancel() override { stream_->finish(grpc::Status::CANCELLED); }

  void OnDone() override {
    const std::shared_ptr<Stream> stream = std::move(stream_);
    stream->on_done();
    delete this;
  }

 private:
  std::shared_ptr<Stream> stream_;
  Frame frame_;
};

void Stream::attach(Reader* reader) {
  const std::lock_guard lock(mutex_);
  reader_ = reader;
  reader->begin();
  read_on_locked();
}

void Stream::finish(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  finish_locked(status);
}

void Stream::finish_locked(const grpc::Status& status) {
  if (finished_ || reader_ == nullptr) return;
  finished_ = true;
  reader_->Finish(status);
}

void Stream::read_on_locked() {
  if (finished_ || reader_ == nullptr) return;
  paused_ = !window_->has_room(registry_->settings());
  if (!paused_) reader_->read();
}

void Stream::consumed(std::size_t bytes) {
  window_->release(bytes);
  registry_->resume(key_);
}

void Stream::resume() {
  const std::lock_guard lock(mutex_);
  if (paused_) read_on_locked();
}

void Stream::on_read_done(bool ok, const Frame& frame) {
  if (!ok) {
    finish(grpc::Status::OK);
    return;
  }
  auto body = parse_frame(frame);
  if (!body) {
    finish({grpc::StatusCode::INVALID_ARGUMENT, body.error().message});
    registry_->note("peer " + std::to_string(key_.first.value) + ": " + body.error().message);
    return;
  }
  const std::size_t size = body->size();
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    window_->add(size);
  }
  registry_->count(key_, size);
  // Called once or dropped: either way the room comes back once, when the last copy is gone or
  // calls.
  auto called = std::make_shared<std::atomic<bool>>(false);
  auto release = [self = shared_from_this(), size, called] {
    if (!called->exchange(true)) self->consumed(size);
  };
  std::shared_ptr<void> dropped(nullptr, [release](void*) { release(); });
  // Before the next read starts, so that messages keep their order.
  registry_->settings().callbacks.message(
      key_.first, key_.second, *std::move(body), [release, dropped = std::move(dropped)] {
        release();
      });
  const std::lock_guard lock(mutex_);
  read_on_locked();
}

void Stream::on_done() {
  {
    const std::lock_guard lock(mutex_);
    reader_ = nullptr;
    finished_ = true;
  }
  registry_->leave(key_, this);
}

Result<ValidatorIndex> InboundStreams::Registry::who(
    const grpc::CallbackServerContext& context) const {
  GALEN_TRY(const PublicKey key, peer_public_key(*context.auth_context()));
  const auto& members = settings_.validators.members;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].tls_key == key && i != settings_.self.value) {
      return ValidatorIndex{static_cast<std::uint16_t>(i)};
    }
  }
  return fail(ErrorCode::kPermissionDenied, "the certificate's key is not another validator's");
}

Reactor* InboundStreams::Registry::accept(grpc::CallbackServerContext* context,
                                          engine::Channel channel) {
  const auto from = who(*context);
  if (!from) {
    note("peer stream from " + context->peer() + " refused: " + from.error().message);
    return new Refusal({grpc::StatusCode::PERMISSION_DENIED, from.error().message});
  }
  const StreamKey key{*from, channel};
  std::shared_ptr<Stream> stream;
  std::shared_ptr<Stream> replaced;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return new Refusal({grpc::StatusCode::UNAVAILABLE, "the node is stopping"});
    ++alive_;
    std::shared_ptr<Window>& window = windows_[key];
    if (!window) window = std::make_shared<Window>();
    stream = std::make_shared<Stream>(shared_from_this(), key, window);
    std::shared_ptr<Stream>& place = current_[key];
    replaced = std::move(place);
    place = stream;
  }
  if (replaced) replaced->finish({grpc::StatusCode::ABORTED, "replaced by a newer stream"});
  auto* reader = new Stream::Reader(stream);
  stream->attach(reader);
  return reader;
}

void InboundStreams::Registry::stop() {
  std::map<StreamKey, std::shared_ptr<Stream>> streams;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    streams.swap(current_);
  }
  for (auto& [key, stream] : streams) {
    stream->finish({grpc::StatusCode::UNAVAILABLE, "the node is stopping"});
  }
  std::unique_lock lock(mutex_);
  empty_.wait_for(lock, std::chrono::seconds(2), [this] { return alive_ == 0; });
}

void InboundStreams::Registry::leave(const StreamKey& key, const Stream* stream) {
  const std::lock_guard lock(mutex_);
  --alive_;
  const auto place = current_.find(key);
  if (place != current_.end() && place->second.get() == stream) current_.erase(place);
  empty_.notify_all();
}

void InboundStreams::Registry::resume(const StreamKey& key) {
  std::shared_ptr<Stream> stream;
  {
    const std::lock_guard lock(mutex_);
    const auto place = current_.find(key);
    if (place == current_.end()) return;
    stream = place->second;
  }
  stream->resume();
}

void InboundStreams::Registry::count(const StreamKey& key, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  PeerCounters& counters = counters_[key];
  ++counters.received_messages;
  counters.received_bytes += bytes;
}

PeerCounters InboundStreams::Registry::counters(const StreamKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto place = counters_.find(key);
  return place == counters_.end() ? PeerCounters{} : place->second;
}

namespace {

using RawService = v1::Peer::WithRawCallbackMethod_Consensus<
    v1::Peer::WithRawCallbackMethod_Bulk<v1::Peer::Service>>;

class PeerService final : public RawService {
 public:
  explicit PeerService(std::shared_ptr<InboundStreams::Registry> registry)
      : registry_(std::move(registry)) {}

  Reactor* Consensus(grpc::CallbackServerContext* context) override {
    return registry_->accept(context, engine::Channel::kConsensus);
  }

  Reactor* Bulk(grpc::CallbackServerContext* context) override {
    return registry_->accept(context, engine::Channel::kBulk);
  }

 private:
  std::shared_ptr<InboundStreams::Registry> registry_;
};

}  // namespace

InboundStreams::InboundStreams(InboundSettings settings)
    : registry_(std::make_shared<Registry>(std::move(settings))),
      service_(std::make_unique<PeerService>(registry_)) {}

InboundStreams::~InboundStreams() = default;

grpc::Service& InboundStreams::service() {
  return *service_;
}

void InboundStreams::stop() {
  registry_->stop();
}

void InboundStreams::add_counters(ValidatorIndex peer,
                                  engine::Channel channel,
                                  PeerCounters& counters) const {
  const PeerCounters inbound = registry_->counters({peer, channel});
  counters.received_messages = inbound.received_messages;
  counters.received_bytes = inbound.received_bytes;
}

}  // namespace galen::net
