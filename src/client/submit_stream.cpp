#include "client/submit_stream.h"

#include "client/grpc_answers.h"
#include "galen/v1/galen.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

namespace galen::client {

// One outstanding write, the rest queued; one outstanding read. Holds follow gRPC's rule that a
// reactor with operations started outside its own reactions keeps a hold until the last of them.
class SubmitStream::Reactor final
    : public grpc::ClientBidiReactor<v1::SubmitRequest, v1::SubmitResponse> {
 public:
  explicit Reactor(NodeApi& node) : stub_(node.channel()) {
    stub_.async()->SubmitStream(&context_, this);
    AddHold();
    StartRead(&response_);
    StartCall();
  }

  void submit(Bytes transaction, Answered answered) {
    std::unique_lock lock(mutex_);
    if (closed_) {
      lock.unlock();
      SubmitAnswer refused;
      refused.error = Error{ErrorCode::kUnavailable, "the stream to the node has ended"};
      answered(refused);
      return;
    }
    const std::uint64_t id = ++last_id_;
    waiting_.emplace(id, std::move(answered));
    queue_.push_back({id, std::move(transaction)});
    write_next();
  }

  void finish(Deadline deadline) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, deadline, [this] { return waiting_.empty() || closed_; });
    }
    end();
  }

  // Idempotent; returns when gRPC has let go of the reactor.
  void end() {
    if (close()) {
      context_.TryCancel();
      RemoveHold();
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
  }

  [[nodiscard]] std::size_t outstanding() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) {
      closed_ = true;
      changed_.notify_all();
      return;
    }
    write_next();
  }

  // The first failing read ends the call: without the hold OnDone tells every waiting submitter.
  void OnReadDone(bool ok) override {
    if (!ok) {
      if (close()) RemoveHold();
      return;
    }
    deliver();
    StartRead(&response_);
  }

  void OnDone(const grpc::Status& status) override {
    std::map<std::uint64_t, Answered> left;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      left.swap(waiting_);
    }
    SubmitAnswer lost;
    lost.error = to_error(status, context_);
    lost.error->code = ErrorCode::kUnavailable;
    for (auto& [id, answered] : left) {
      lost.id = id;
      answered(lost);
    }
    const std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }

 private:
  // True for the one caller that has to give up the hold.
  bool close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
    return !std::exchange(ended_, true);
  }

  struct Queued {
    std::uint64_t id = 0;
    Bytes transaction;
  };

  // Under the mutex: a write never starts after `end` gave up the hold. gRPC runs its reactions on
  // its own threads, never inside StartWrite.
  void write_next() {
    if (writing_ || queue_.empty() || closed_) return;
    writing_ = true;
    request_.set_id(queue_.front().id);
    request_.set_transaction(to_string(queue_.front().transaction));
    queue_.pop_front();
    grpc::WriteOptions options;
    if (!queue_.empty()) options.set_buffer_hint();
    StartWrite(&request_, options);
  }

  void deliver() {
    auto decoded = to_answer(response_);
    SubmitAnswer answer;
    if (decoded) {
      answer = std::move(*decoded);
    } else {
      answer.id = response_.id();
      answer.error = decoded.error();
    }
    Answered answered;
    {
      const std::lock_guard lock(mutex_);
      const auto found = waiting_.find(answer.id);
      if (found == waiting_.end()) return;
      answered = std::move(found->second);
      waiting_.erase(found);
      if (waiting_.empty()) changed_.notify_all();
    }
    answered(answer);
  }

  v1::Ledger::Stub stub_;
  grpc::ClientContext context_;
  v1::SubmitRequest request_;
  v1::SubmitResponse response_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t last_id_ = 0;
  std::deque<Queued> queue_;
  std::map<std::uint64_t, Answered> waiting_;
  bool writing_ = false;
  bool closed_ = false;
  bool ended_ = false;
  bool done_ = false;
};

SubmitStream::SubmitStream(NodeApi& node) : reactor_(std::make_unique<Reactor>(node)) {}

SubmitStream::~SubmitStream() {
  reactor_->end();
}

void SubmitStream::submit(Bytes transaction, Answered answered) {
  reactor_->submit(std::move(transaction), std::move(answered));
}

void SubmitStream::finish(Deadline deadline) {
  reactor_->finish(deadline);
}

std::size_t SubmitStream::outstanding() const {
  return reactor_->outstanding();
}

}  // namespace galen::client
