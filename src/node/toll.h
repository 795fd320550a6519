// How fast one peer's messages are taken in: so many at once, then so many a tick, and what is refused costs a hundred
// times as much (DOS-3). Who sends more is not cut off, but read more slowly: his own queue fills. Deterministic.
// Thread rule: values; PeerInbox locks.
#pragma once

#include <algorithm>
#include <cstdint>

#include "pbft/message.h"

namespace galen::node {

/// A correct peer sends some messages a block, and what a status asks for.
inline constexpr std::uint64_t kTollBurst = 2000;
inline constexpr std::uint64_t kTollPerTick = 10;
inline constexpr std::uint64_t kMessageToll = 1;
/// Each is verified by itself, with the certificates in it, and is of use once.
inline constexpr std::uint64_t kViewChangeToll = 20;
inline constexpr std::uint64_t kNewViewToll = 50;
/// Nothing that a correct peer sends is refused, but for rare races about erased bodies.
inline constexpr std::uint64_t kRefusedToll = 100;

[[nodiscard]] inline std::uint64_t toll_of(const pbft::Message& message) {
  if (std::holds_alternative<pbft::ViewChange>(message)) return kViewChangeToll;
  if (std::holds_alternative<pbft::NewView>(message)) return kNewViewToll;
  return kMessageToll;
}

class Toll {
 public:
  /// Charges, and says at which tick it is paid: now, or later. `tick` never falls.
  [[nodiscard]] std::uint64_t charge(std::uint64_t tick, std::uint64_t cost) {
    const std::uint64_t passed = std::min(tick - tick_, debt_ / kTollPerTick + 1);
    debt_ -= std::min(debt_, passed * kTollPerTick);
    tick_ = tick;
    debt_ += cost;
    if (debt_ <= kTollBurst) return tick;
    return tick + (debt_ - kTollBurst + kTollPerTick - 1) / kTollPerTick;
  }

 private:
  std::uint64_t debt_ = 0;
  std::uint64_t tick_ = 0;
};

}  // namespace galen::node
