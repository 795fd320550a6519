// How fast one peer's messages are taken in: so many at once, then so many a tick, and what is
// refused costs a hundred times as much (DOS-3). Who sends more is not cut off, but read more
// slowly: his own queue fills. Deterministic. Thread rule: a Toll is a value; a TollGate any
// thread.
#pragma once

#include "base/ids.h"
#include "pbft/message.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace galen::node {

/// A correct peer sends some messages a block, and what a status asks for.
inline constexpr std::uint64_t kTollBurst = 2000;
inline constexpr std::uint64_t kTollPerTick = 10;
inline constexpr std::uint64_t kMessageToll = 1;
/// Each is verified by itself, with the certificates in it, and is of use once.
inline constexpr std::uint64_t kViewChangeToll = 20;
inline constexpr std::uint64_t kNewViewToll = 50;
/// Nothing that a correct peer sends is refused, but for rare races about erased bodies, and
inline constexpr std::uint64_t kRefusedToll = 100;
/// proposals: a node that is behind knows neither new keys nor what is no member any more.
inline constexpr std::uint64_t kRefusedProposalToll = 20;

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

/// The tolls of all peers, and what waits to be paid. A Guard frees the sender's window when its
/// last copy goes.
class TollGate {
 public:
  using Guard = std::shared_ptr<void>;

  /// Keeps a copy of the guard until its peer has paid. `tick` is read under the lock: it never
  /// falls.
  template <class Tick>
  void charge(ValidatorIndex peer, std::uint64_t cost, const Guard& guard, const Tick& tick) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t now = tick();
    const std::uint64_t paid = tolls_[peer].charge(now, cost);
    if (paid > now) held_.emplace(paid, guard);
  }

  /// Lets go of what is paid by now, behind the lock: more is read then.
  void advance(std::uint64_t tick) {
    std::vector<Guard> paid;
    const std::lock_guard lock(mutex_);
    const auto end = held_.upper_bound(tick);
    for (auto at = held_.begin(); at != end; ++at) paid.push_back(std::move(at->second));
    held_.erase(held_.begin(), end);
  }

  [[nodiscard]] std::size_t held() const {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::map<ValidatorIndex, Toll> tolls_;
  std::multimap<std::uint64_t, Guard> held_;  ///< until this tick; at most twice the peers' windows
};

}  // namespace galen::node
