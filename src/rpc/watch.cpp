#include "rpc/watch.h"

#include "rpc/block_events.h"
#include "rpc/even_answer.h"
#include "rpc/release_instant.h"
#include "rpc/status_mapping.h"

#include <chrono>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace galen::rpc {
namespace {

using Clock = std::chrono::steady_clock;
using Reactor = grpc::ServerWriteReactor<v1::WatchEvent>;

/// State of one stream; outlives the reactor. Its queue holds one batch at most: blocks are read
/// when the one before is on its way.
class WatchStream final : public Watcher, public std::enable_shared_from_this<WatchStream> {
 public:
  class Stub;

  WatchStream(DeskPtr desk,
              net::PeerIdentity identity,
              Quota::Place place,
              EventViewer viewer,
              const ledger::EventCursor& start)
      : desk_(std::move(desk)),
        identity_(identity),
        place_(std::move(place)),
        viewer_(std::move(viewer)),
        next_(start) {}

  void attach(Stub* stub);
  [[nodiscard]] bool advance(const FeedRound& round) override;
  void on_write_done(bool ok);
  void on_cancel();
  void on_done();

 private:
  /// Whether the stream may go on, whatever there is to tell.
  [[nodiscard]] Status check();
  [[nodiscard]] Result<std::deque<v1::WatchEvent>> collect(const FeedRound& round);

  /// A person's consent is judged on a state that is known to be current, or not at all; and what a
  /// node that catches up has of patients may have been erased since.
  [[nodiscard]] bool may_tell(const FeedRound& round) const {
    return viewer_.person ? round.fresh : !round.catching_up;
  }

  /// True when it waits for its reader; ends one that keeps it waiting.
  [[nodiscard]] bool is_waiting(Clock::time_point now);
  void push(std::deque<v1::WatchEvent> events);
  void write_next_locked();
  void end(const Error& error);
  void end_locked(const Error& error);
  void finish_locked();

  const DeskPtr desk_;
  const net::PeerIdentity identity_;
  const Quota::Place place_;
  const EventViewer viewer_;
  bool has_arrived_ = false;  ///< once behind the head: told at once
  OpenStreams::Ticket ticket_ = 0;
  ledger::EventCursor next_;  // the feed's thread only, once attached
  Clock::time_point told_;    // the same: when something was last queued
  std::mutex mutex_;
  Stub* stub_ = nullptr;  // until its OnDone
  std::deque<v1::WatchEvent> queue_;
  Clock::time_point writing_since_;
  bool writing_ = false;
  bool finished_ = false;
  bool cut_ = false;
  std::optional<Error> end_;
};

/// The reactor gRPC knows. Deletes itself in OnDone.
class WatchStream::Stub final : public Reactor {
 public:
  Stub(std::shared_ptr<WatchStream> stream, grpc::CallbackServerContext* context)
      : stream_(std::move(stream)), context_(context) {}

  void write(v1::WatchEvent next, bool more) {
    event_ = std::move(next);
    grpc::WriteOptions options;
    if (more) options.set_buffer_hint();
    StartWrite(&event_, options);
  }

  void finish(const Error& error) { Finish(to_status(error, *context_)); }

  /// Gives up a reader that does not even take the status.
  void cut() { context_->TryCancel(); }

  void OnWriteDone(bool ok) override { stream_->on_write_done(ok); }

  void OnCancel() override { stream_->on_cancel(); }

  void OnDone() override {
    stream_->on_done();
    delete this;
  }

 private:
  std::shared_ptr<WatchStream> stream_;
  grpc::CallbackServerContext* const context_;
  v1::WatchEvent event_;
};

void WatchStream::attach(Stub* stub) {
  {
    const std::lock_guard lock(mutex_);
    stub_ = stub;
  }
  told_ = Clock::now();
  ticket_ = desk_->open.add([weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->end({ErrorCode::kUnavailable, "the node is stopping; go on with the last cursor"});
    }
  });
  // The reader learns at once where it stands, so that it loses nothing if this is all it gets.
  std::deque<v1::WatchEvent> first;
  const storage::Head head = desk_->backend.ledger().snapshot()->head();
  has_arrived_ = next_.height > head.height();
  first.push_back(heartbeat(head, next_));
  push(std::move(first));
  desk_->events.add(weak_from_this());
}

bool WatchStream::advance(const FeedRound& round) {
  if (is_waiting(round.now)) {
    const Status standing = check();
    if (!standing) end(standing.error());
    return false;
  }
  auto events = [&]() -> Result<std::deque<v1::WatchEvent>> {
    try {
      GALEN_TRY_STATUS(check());
      return collect(round);
    } catch (const std::exception&) {  // out of memory, or a library's own
      return fail(ErrorCode::kInternal, "internal failure");
    }
  }();
  if (!events) {
    end(events.error());
    return false;
  }
  const bool told = !events->empty();
  const bool behind = may_tell(round) && next_.height <= round.snapshot->head().height();
  if (told) {
    told_ = round.now;
    push(*std::move(events));
  }
  // With something on its way, the write's end asks for more.
  return behind && !told;
}

Status WatchStream::check() {
  if (desk_->stopping) return fail(ErrorCode::kUnavailable, "the node is stopping");
  GALEN_TRY_STATUS(desk_->callers.identify(identity_));
  const auto head = desk_->backend.ledger().snapshot()->head();
  const TimeMs now = release_instant(head, desk_->backend.now()).latest;
  if (viewer_.person && viewer_.person->expiry <= now) {
    return fail(ErrorCode::kExpired,
                "request: has expired; make another and go on with the cursor");
  }
  return {};
}

Result<std::deque<v1::WatchEvent>> WatchStream::collect(const FeedRound& round) {
  std::deque<v1::WatchEvent> events;
  if (may_tell(round)) {
    GALEN_TRY(EventBatch batch,
              collect_events(viewer_, next_, *round.snapshot, round.shelf, desk_->backend.now()));
    next_ = batch.next;
    for (v1::WatchEvent& event : batch.events) events.push_back(std::move(event));
  }
  // Who reads up to the head need not wait for silence to know that he is there.
  const storage::Head head = round.snapshot->head();
  const bool arrives = !has_arrived_ && next_.height > head.height();
  if (arrives || (events.empty() && round.now - told_ >= desk_->limits.heartbeat)) {
    events.push_back(heartbeat(head, next_));
  }
  has_arrived_ = has_arrived_ || arrives;
  return events;
}

bool WatchStream::is_waiting(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto kept = writing_ ? now - writing_since_ : Clock::duration::zero();
  if (end_) {
    // Told to go and does not even read that: no reader holds its place for ever.
    if (kept > 2 * desk_->limits.slow_reader && stub_ != nullptr && !std::exchange(cut_, true)) {
      stub_->cut();
    }
    return true;
  }
  if (kept > desk_->limits.slow_reader) {
    end_locked({ErrorCode::kResourceExhausted, "reads too slowly; go on with the last cursor"});
    return true;
  }
  return writing_ && !queue_.empty();
}

void WatchStream::push(std::deque<v1::WatchEvent> events) {
  const std::lock_guard lock(mutex_);
  if (end_ || stub_ == nullptr) return;
  for (v1::WatchEvent& event : events) queue_.push_back(std::move(event));
  if (!writing_) write_next_locked();
}

void WatchStream::write_next_locked() {
  v1::WatchEvent next = std::move(queue_.front());
  queue_.pop_front();
  writing_ = true;
  writing_since_ = Clock::now();
  stub_->write(std::move(next), !queue_.empty());
}

void WatchStream::on_write_done(bool ok) {
  bool has_room = false;
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok && !end_) end_ = Error{ErrorCode::kUnavailable, "the connection is gone"};
    if (end_) {
      finish_locked();
    } else if (!queue_.empty()) {
      write_next_locked();
    }
    has_room = queue_.empty();
  }
  if (has_room) desk_->events.wake();
}

void WatchStream::on_cancel() {
  end({ErrorCode::kUnavailable, "the reader has gone"});
}

void WatchStream::end(const Error& error) {
  const std::lock_guard lock(mutex_);
  end_locked(error);
}

void WatchStream::end_locked(const Error& error) {
  if (end_) return;
  end_ = error;
  queue_.clear();
  if (!writing_) finish_locked();
}

void WatchStream::finish_locked() {
  if (finished_ || stub_ == nullptr) return;
  finished_ = true;
  stub_->finish(*end_);
}

void WatchStream::on_done() {
  {
    const std::lock_guard lock(mutex_);
    stub_ = nullptr;
    if (!end_) end_ = Error{ErrorCode::kUnavailable, "the reader has gone"};
  }
  desk_->open.remove(ticket_);
}

class Refusal final : public Reactor {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }

  void OnDone() override { delete this; }
};

Result<std::shared_ptr<WatchStream>> open(const DeskPtr& desk,
                                          const grpc::CallbackServerContext& context,
                                          const v1::WatchRequest& request) {
  if (desk->stopping) return fail(ErrorCode::kUnavailable, "the node is stopping");
  GALEN_TRY(const net::PeerIdentity identity, desk->callers.certificate(*context.auth_context()));
  GALEN_TRY(const Caller caller, desk->callers.identify(identity));
  auto place = desk->watches->take(caller.organisation);
  if (!place) return fail(ErrorCode::kResourceExhausted, "too many event streams; close some");
  GALEN_TRY(auto viewer, open_viewer(desk->backend, caller, request));
  GALEN_TRY(const auto start, start_of(desk->backend, request));
  return std::make_shared<WatchStream>(desk, identity, std::move(place), std::move(viewer), start);
}

}  // namespace

grpc::ServerWriteReactor<v1::WatchEvent>* open_watch(const DeskPtr& desk,
                                                     grpc::CallbackServerContext* context,
                                                     const v1::WatchRequest& request) {
  const auto arrived = ArrivalClock::now();
  const auto stream = open(desk, *context, request);
  if (!stream) {
    const auto told = to_status(stream.error(), *context);
    if (!tells_of_somebody(stream.error().code)) return new Refusal(told);
    return new EvenAnswer<Reactor>(arrived, told);
  }
  auto* stub = new WatchStream::Stub(*stream, context);
  (*stream)->attach(stub);
  return stub;
}

}  // namespace galen::rpc
