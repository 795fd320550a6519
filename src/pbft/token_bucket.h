// How much somebody may ask for: a burst at once, then so much per tick (DOS-3). Deterministic.
// Thread rule: values.
#pragma once

#include <algorithm>
#include <cstdint>

namespace galen::pbft {

class TokenBucket {
 public:
  /// Starts full. REQUIRES: per_tick > 0.
  TokenBucket(std::uint64_t capacity, std::uint64_t per_tick)
      : capacity_(capacity), per_tick_(per_tick), left_(capacity) {}

  /// False, with nothing taken, when less than `cost` is left. Whatever costs more than the
  /// capacity takes all of a full bucket. `tick` never falls.
  [[nodiscard]] bool take(std::uint64_t tick, std::uint64_t cost) {
    left_ = left_at(tick);
    tick_ = tick;
    cost = std::min(cost, capacity_);
    if (cost > left_) return false;
    left_ -= cost;
    return true;
  }

  /// Whether take would succeed.
  [[nodiscard]] bool has(std::uint64_t tick, std::uint64_t cost) const {
    return std::min(cost, capacity_) <= left_at(tick);
  }

  /// Returns what was taken in advance and not used.
  void give_back(std::uint64_t amount) { left_ += std::min(amount, capacity_ - left_); }

 private:
  [[nodiscard]] std::uint64_t left_at(std::uint64_t tick) const {
    const std::uint64_t until_full = (capacity_ - left_) / per_tick_ + 1;
    const std::uint64_t passed = std::min(tick - tick_, until_full);
    return std::min(capacity_, left_ + passed * per_tick_);
  }

  std::uint64_t capacity_;
  std::uint64_t per_tick_;
  std::uint64_t left_;
  std::uint64_t tick_ = 0;
};

}  // namespace galen::pbft
