// The stream of a release, for committed accesses and for emergencies: what `Download` permits, one
// write at a time; refusals look alike and leave at a fixed slot (PRIVACY.md 28). `Download` has
// kSlot, bounds(desk), open(caller, request), fill_header(response), done() and next(response).
// Thread rule: gRPC's.
#pragma once

#include "galen/v1/galen.pb.h"
#include "rpc/cancel_when_refused.h"
#include "rpc/desk.h"
#include "rpc/even_answer.h"
#include "rpc/payload_calls.h"
#include "rpc/status_mapping.h"

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <chrono>
#include <mutex>
#include <utility>

namespace galen::rpc {

/// Deletes itself in OnDone. One write at a time: a slow reader holds one chunk, no more.
template <class Download, class Request>
class ReleaseCall final : public grpc::ServerWriteReactor<v1::GetPayloadResponse> {
 public:
  ReleaseCall(DeskPtr desk, grpc::CallbackServerContext* context, const Request& request)
      : desk_(std::move(desk)), context_(context), arrived_(Clock::now()), download_(desk_) {
    const std::lock_guard lock(mutex_);
    const Status opened = open(request);
    if (!opened) {
      refuse_locked(opened.error());
      return;
    }
    guard_.watch(desk_, identity_, *context_);
    download_.fill_header(response_);
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    if (!ok) {
      finish_locked(grpc::Status::CANCELLED);
      return;
    }
    if (download_.done()) {
      finish_locked(grpc::Status::OK);
      return;
    }
    const Status read = next();
    if (!read) {
      finish_locked(to_status(read.error(), *context_));
      return;
    }
    StartWrite(&response_);
  }

  void OnCancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    // A write or the alarm still out finishes the call; otherwise nobody would.
    if (slot_set_) slot_.Cancel();
  }

  void OnDone() override {
    { const std::lock_guard lock(mutex_); }
    delete this;
  }

 private:
  using Clock = std::chrono::steady_clock;

  Status open(const Request& request) {
    if (desk_->stopping) return fail(ErrorCode::kUnavailable, "the node is stopping");
    GALEN_TRY(identity_, desk_->callers.certificate(*context_->auth_context()));
    GALEN_TRY(const Caller caller, desk_->callers.identify(identity_));
    ReleaseBounds& bounds = Download::bounds(*desk_);
    place_ = bounds.streams->take(caller.organisation);
    if (!place_) return fail(ErrorCode::kResourceExhausted, "too many open streams; close some");
    if (bounds.denials.exceeded(caller.organisation, arrived_)) {
      return fail(ErrorCode::kResourceExhausted, "too many requests that found nothing; slow down");
    }
    const Status opened = download_.open(caller, request);
    if (!opened && opened.error().code == ErrorCode::kNotFound) {
      bounds.denials.count(caller.organisation, arrived_);
    }
    return opened;
  }

  /// The caller may have been suspended, and the node may have begun to stop.
  Status next() {
    if (desk_->stopping) return fail(ErrorCode::kUnavailable, "the node is stopping");
    GALEN_TRY_STATUS(desk_->callers.identify(identity_));
    response_.Clear();
    return download_.next(response_);
  }

  /// Whatever was looked at, the answer leaves at the next slot after the call came.
  void refuse_locked(const Error& error) {
    const grpc::Status status = to_status(error, *context_);
    slot_set_ = true;
    const auto wait = until_slot(Clock::now() - arrived_, Download::kSlot);
    slot_.Set(std::chrono::system_clock::now() + wait, [this, status](bool /*expired*/) {
      const std::lock_guard lock(mutex_);
      slot_set_ = false;
      finish_locked(cancelled_ ? grpc::Status::CANCELLED : status);
    });
  }

  void finish_locked(const grpc::Status& status) {
    if (std::exchange(finished_, true)) return;
    Finish(status);
  }

  const DeskPtr desk_;
  grpc::CallbackServerContext* const context_;
  const Clock::time_point arrived_;
  std::mutex mutex_;
  net::PeerIdentity identity_;
  Quota::Place place_;
  Download download_;
  v1::GetPayloadResponse response_;
  grpc::Alarm slot_;
  bool slot_set_ = false;
  bool cancelled_ = false;
  bool finished_ = false;
  CancelWhenRefused guard_;
};

}  // namespace galen::rpc
