// Answers of which nobody may learn by the time they took what was looked at: refusals and empty
// lists leave at a fixed slot, whether the patient is unknown, erased, or none of the caller's
// business (PRIVACY.md 28). Thread rule: gRPC's.
#pragma once

#include "base/result.h"

#include <grpcpp/alarm.h>
#include <grpcpp/support/server_callback.h>

#include <chrono>

namespace galen::rpc {

/// They leave at the next multiple of this after the call arrived.
inline constexpr auto kRefusalSlot = std::chrono::milliseconds(20);
/// Of emergencies: a sync of the journal, which only known patients cost, has to fit in.
inline constexpr auto kEmergencyRefusalSlot = std::chrono::milliseconds(250);

/// How long an answer waits that is ready `taken` after the call arrived: to the next slot, never
/// zero.
[[nodiscard]] constexpr std::chrono::nanoseconds until_slot(
    std::chrono::nanoseconds taken, std::chrono::milliseconds slot = kRefusalSlot) {
  return (taken / slot + 1) * std::chrono::nanoseconds(slot) - taken;
}

using ArrivalClock = std::chrono::steady_clock;

/// A call that ends later, without telling anything more. Deletes itself in OnDone.
template <class Reactor>
class EvenAnswer final : public Reactor {
 public:
  /// Ends the call at the next slot after it arrived.
  EvenAnswer(ArrivalClock::time_point arrived, const grpc::Status& status) {
    const auto wait = until_slot(ArrivalClock::now() - arrived);
    // Cancelled or not, the call ends then: a slot is short.
    slot_.Set(std::chrono::system_clock::now() + wait,
              [this, status](bool /*expired*/) { this->Finish(status); });
  }

  void OnDone() override { delete this; }

 private:
  grpc::Alarm slot_;
};

/// Refusals that may depend on whether somebody is known.
[[nodiscard]] inline bool tells_of_somebody(ErrorCode code) {
  return code == ErrorCode::kNotFound || code == ErrorCode::kUnauthenticated;
}

}  // namespace galen::rpc
