#include "base/limits.h"
#include "rpc/status_mapping.h"
#include "rpc/submission.h"

#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace galen::rpc {
namespace {

using Request = v1::SubmitRequest;
using Response = v1::SubmitResponse;
using Reactor = grpc::ServerBidiReactor<Request, Response>;

/// Transactions in flight or answered and not yet sent, per stream; then reading pauses.
constexpr std::size_t kWindow = 2048;

const grpc::Status kStopping(grpc::StatusCode::UNAVAILABLE,
                             "the node is stopping; submit the same bytes again");

/// State of one stream; outlives the reactor for answers that come late.
class SubmitStream : public std::enable_shared_from_this<SubmitStream> {
 public:
  SubmitStream(DeskPtr desk, net::PeerIdentity identity, Quota::Place place)
      : desk_(std::move(desk)), identity_(identity), place_(std::move(place)) {}

  class Stub;

  void attach(Stub* stub);
  void on_read_done(bool ok);
  void on_write_done(bool ok);
  void on_done();
  void end(const grpc::Status& status);

 private:
  /// Answers one transaction once; with kUnavailable when the backend lets it go unanswered.
  class Completion {
   public:
    Completion(std::shared_ptr<SubmitStream> stream, std::uint64_t id, Quota::Place place)
        : stream_(std::move(stream)), id_(id), place_(std::move(place)) {}

    Completion(const Completion&) = delete;
    Completion& operator=(const Completion&) = delete;

    ~Completion() {
      SubmitOutcome outcome;
      outcome.error = Error{ErrorCode::kUnavailable, "not answered; submit the same bytes again"};
      complete(outcome);
    }

    void complete(const SubmitOutcome& outcome) {
      if (!stream_) return;
      Response response;
      response.set_id(id_);
      fill_response(outcome, response);
      place_.reset();
      std::exchange(stream_, nullptr)->answer(std::move(response));
    }

   private:
    std::shared_ptr<SubmitStream> stream_;
    std::uint64_t id_;
    Quota::Place place_;
  };

  void submit(const Request& request);
  void answer(Response response);
  void refuse(std::uint64_t id, const Error& error);
  void read_on_locked();
  void write_next_locked();
  void finish_if_complete_locked();
  void finish_locked(const grpc::Status& status);

  const DeskPtr desk_;
  const net::PeerIdentity identity_;
  const Quota::Place place_;
  OpenStreams::Ticket ticket_ = 0;
  std::mutex mutex_;
  Stub* stub_ = nullptr;  // until its OnDone
  std::deque<Response> queue_;
  std::size_t in_flight_ = 0;
  bool paused_ = false;
  bool writing_ = false;
  bool half_closed_ = false;
  bool ending_ = false;
  bool finished_ = false;
  grpc::Status end_status_;
};

/// The reactor gRPC knows. Deletes itself in OnDone.
class SubmitStream::Stub final : public Reactor {
 public:
  explicit Stub(std::shared_ptr<SubmitStream> stream) : stream_(std::move(stream)) {}

  void read() { StartRead(&request); }

  void write(Response next, bool more) {
    response_ = std::move(next);
    grpc::WriteOptions options;
    if (more) options.set_buffer_hint();
    StartWrite(&response_, options);
  }

  void OnReadDone(bool ok) override { stream_->on_read_done(ok); }

  void OnWriteDone(bool ok) override { stream_->on_write_done(ok); }

  void OnCancel() override { stream_->end(grpc::Status::CANCELLED); }

  void OnDone() override {
    stream_->on_done();
    delete this;
  }

  Request request;

 private:
  std::shared_ptr<SubmitStream> stream_;
  Response response_;
};

void SubmitStream::attach(Stub* stub) {
  {
    const std::lock_guard lock(mutex_);
    stub_ = stub;
  }
  ticket_ =
      desk_->open.add(identity_, [weak = weak_from_this()](const std::optional<Error>& refusal) {
        if (const auto self = weak.lock()) self->end(refusal ? to_status(*refusal) : kStopping);
      });
  const std::lock_guard lock(mutex_);
  if (!ending_) stub_->read();
}

void SubmitStream::on_read_done(bool ok) {
  if (!ok) {
    const std::lock_guard lock(mutex_);
    half_closed_ = true;
    finish_if_complete_locked();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (ending_) return;
    ++in_flight_;
  }
  submit(stub_->request);  // only this read's reaction touches the request
  const std::lock_guard lock(mutex_);
  read_on_locked();
}

void SubmitStream::submit(const Request& request) {
  const auto caller = desk_->callers.identify(identity_);
  if (!caller) {
    end(to_status(caller.error()));
    return;
  }
  if (request.transaction().size() > limits::kMaxTransactionBytes) {
    refuse(request.id(), {ErrorCode::kTooLarge, "transaction: larger than the limit"});
    return;
  }
  auto place = desk_->submissions->take(caller->organisation);
  if (!place) {
    refuse(request.id(), {ErrorCode::kResourceExhausted, "too many transactions in flight"});
    return;
  }
  auto completion =
      std::make_shared<Completion>(shared_from_this(), request.id(), std::move(place));
  desk_->backend.submit(to_bytes(request.transaction()),
                        caller->organisation,
                        !request.no_wait(),
                        [completion = std::move(completion)](const SubmitOutcome& outcome) {
                          completion->complete(outcome);
                        });
}

void SubmitStream::refuse(std::uint64_t id, const Error& error) {
  Response response;
  response.set_id(id);
  response.set_error(static_cast<std::uint32_t>(error.code));
  response.set_message(error.message);
  answer(std::move(response));
}

void SubmitStream::answer(Response response) {
  const std::lock_guard lock(mutex_);
  --in_flight_;
  if (ending_ || stub_ == nullptr) return;
  queue_.push_back(std::move(response));
  if (!writing_) write_next_locked();
}

void SubmitStream::read_on_locked() {
  if (ending_ || stub_ == nullptr) return;
  paused_ = in_flight_ + queue_.size() >= kWindow;
  if (!paused_) stub_->read();
}

void SubmitStream::write_next_locked() {
  Response next = std::move(queue_.front());
  queue_.pop_front();
  writing_ = true;
  stub_->write(std::move(next), !queue_.empty());
}

void SubmitStream::on_write_done(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  if (!ok && !ending_) {
    ending_ = true;
    end_status_ = grpc::Status::CANCELLED;
  }
  if (ending_) {
    finish_locked(end_status_);
    return;
  }
  if (!queue_.empty()) write_next_locked();
  if (paused_) read_on_locked();
  finish_if_complete_locked();
}

void SubmitStream::finish_if_complete_locked() {
  if (half_closed_ && !ending_ && in_flight_ == 0 && queue_.empty() && !writing_) {
    ending_ = true;
    finish_locked(grpc::Status::OK);
  }
}

void SubmitStream::end(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  if (ending_) return;
  ending_ = true;
  end_status_ = status;
  queue_.clear();
  if (!writing_) finish_locked(status);
}

void SubmitStream::finish_locked(const grpc::Status& status) {
  if (finished_ || stub_ == nullptr) return;
  finished_ = true;
  stub_->Finish(status);
}

void SubmitStream::on_done() {
  {
    const std::lock_guard lock(mutex_);
    stub_ = nullptr;
    ending_ = true;
  }
  desk_->open.remove(ticket_);
}

class Refusal final : public Reactor {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }

  void OnDone() override { delete this; }
};

Result<std::shared_ptr<SubmitStream>> open(const DeskPtr& desk,
                                           const grpc::CallbackServerContext& context) {
  if (desk->stopping) return fail(ErrorCode::kUnavailable, "the node is stopping");
  GALEN_TRY(const net::PeerIdentity identity, desk->callers.certificate(*context.auth_context()));
  GALEN_TRY(const Caller caller, desk->callers.identify(identity));
  auto place = desk->streams->take(caller.organisation);
  if (!place) return fail(ErrorCode::kResourceExhausted, "too many open streams; close some");
  return std::make_shared<SubmitStream>(desk, identity, std::move(place));
}

}  // namespace

grpc::ServerBidiReactor<Request, Response>* open_submit_stream(
    const DeskPtr& desk, grpc::CallbackServerContext* context) {
  const auto stream = open(desk, *context);
  if (!stream) return new Refusal(to_status(stream.error(), *context));
  auto* stub = new SubmitStream::Stub(*stream);
  (*stream)->attach(stub);
  return stub;
}

}  // namespace galen::rpc
