// How many committed blocks one peer gets: what it has it does not get again, and what it was sent
// already only slowly (DOS-3). Deterministic. Thread rule: values; PeerInbox locks.
#pragma once

#include "base/ids.h"
#include "engine/wire.h"
#include "pbft/token_bucket.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace galen::node {

/// For blocks the peer was sent before: replies get lost, and a node may be restored from an older
/// copy.
inline constexpr std::uint64_t kRepeatBurstBytes = 32U * 1024 * 1024;
inline constexpr std::uint64_t kRepeatBytesPerTick = 2 * 1024 * 1024 / (1000 / pbft::kTickMs);

class ServeAllowance {
 public:
  /// What the peer says it has applied.
  void note_status(Height applied) { reported_ = applied; }

  /// What an answer was paid from.
  enum class Payment : unsigned char { kFresh = 1, kRepeat = 2 };

  /// Whether blocks `first` to `last` may be read for it now: pays for the largest answer in
  /// advance. nullopt: it has them all (its status may have overtaken its request), or has used up
  /// what it may get.
  [[nodiscard]] std::optional<Payment> pay(std::uint64_t tick, Height first, Height last) {
    if (last <= reported_) return std::nullopt;
    const Payment payment = first <= sent_ ? Payment::kRepeat : Payment::kFresh;
    if (!bucket(payment).take(tick, engine::kMaxReplyBytes)) return std::nullopt;
    return payment;
  }

  /// After pay: `bytes` of blocks up to `last` go out, or nothing. What was paid too much comes
  /// back.
  void settle(Payment payment, Height last, std::size_t bytes) {
    if (bytes > 0) sent_ = std::max(sent_, last);
    const std::size_t cost = std::max(bytes, engine::kServeCostBytes);
    if (cost < engine::kMaxReplyBytes) bucket(payment).give_back(engine::kMaxReplyBytes - cost);
  }

 private:
  [[nodiscard]] pbft::TokenBucket& bucket(Payment payment) {
    return payment == Payment::kFresh ? fresh_ : repeats_;
  }

  pbft::TokenBucket fresh_{engine::kServeBurstBytes, engine::kServeBytesPerTick};
  pbft::TokenBucket repeats_{kRepeatBurstBytes, kRepeatBytesPerTick};
  Height reported_;
  Height sent_;  ///< the highest it was sent
};

}  // namespace galen::node
