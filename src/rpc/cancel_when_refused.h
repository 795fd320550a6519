// Ends a call that may idle when its caller is refused meanwhile, or the node stops (IDC-3): for
// reactors that delete themselves. Thread rule: gRPC's.
#pragma once

#include "rpc/desk.h"

#include <grpcpp/server_context.h>

#include <memory>
#include <mutex>

namespace galen::rpc {

/// A member of the reactor: goes with it, in OnDone.
class CancelWhenRefused {
 public:
  CancelWhenRefused() = default;

  ~CancelWhenRefused() {
    if (!call_) return;
    {
      const std::lock_guard lock(call_->mutex);
      call_->context = nullptr;
    }
    desk_->open.remove(ticket_);
  }

  CancelWhenRefused(const CancelWhenRefused&) = delete;
  CancelWhenRefused& operator=(const CancelWhenRefused&) = delete;

  /// REQUIRES: called once; `context` lives as long as this.
  void watch(DeskPtr desk, const net::PeerIdentity& caller, grpc::CallbackServerContext& context) {
    desk_ = std::move(desk);
    call_ = std::make_shared<Call>();
    call_->context = &context;
    ticket_ = desk_->open.add(caller, [call = call_](const std::optional<Error>&) {
      const std::lock_guard lock(call->mutex);
      if (call->context != nullptr) call->context->TryCancel();
    });
  }

 private:
  struct Call {
    /// Recursive: cancelling may run OnDone, and so the destructor, on this thread.
    std::recursive_mutex mutex;
    grpc::CallbackServerContext* context = nullptr;
  };

  DeskPtr desk_;
  std::shared_ptr<Call> call_;
  OpenStreams::Ticket ticket_ = 0;
};

}  // namespace galen::rpc
