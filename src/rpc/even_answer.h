// Answers of which nobody may learn by the time they took what was looked at: refusals and empty
// lists leave at a fixed slot, whether the patient is unknown, erased, or none of the caller's
// business (PRIVACY.md 28). Thread rule: gRPC's.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/support/server_callback.h>

#include <chrono>

namespace galen::rpc {

/// They leave at the next multiple of this after the call arrived.
inline constexpr auto kRefusalSlot = std::chrono::milliseconds(20);

/// How long an answer waits that is ready `taken` after the call arrived: to the next slot, never
/// zero.
[[nodiscard]] constexpr std::chrono::nanoseconds until_slot(std::chrono::nanoseconds taken) {
  return (taken / kRefusalSlot + 1) * std::chrono::nanoseconds(kRefusalSlot) - taken;
}

/// A unary call that ends later. Deletes itself in OnDone.
class EvenAnswer final : public grpc::ServerUnaryReactor {
 public:
  using Clock = std::chrono::steady_clock;

  /// Ends the call at the next slot after it arrived.
  EvenAnswer(Clock::time_point arrived, const grpc::Status& status);

  void OnDone() override { delete this; }

 private:
  grpc::Alarm slot_;
};

}  // namespace galen::rpc
