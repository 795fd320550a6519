// Tasks of several senders in one bounded queue each, served by the processor time they have cost:
// who floods delays himself (DOS-3). Urgent tasks go before others, but only while their sender
// keeps within half of a thread's time; beyond it they wait their turn like the rest. Thread rule:
// none inside; TaskThreads locks.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>

namespace galen::node {

/// Urgent tasks start before the others: a vote never waits behind a thousand client signatures.
enum class Priority : unsigned char { kUrgent = 0, kNormal = 1 };

/// Whose task it is: this node and its clients, or a peer.
struct Lane {
  Priority priority = Priority::kNormal;
  std::uint16_t sender = 0;  ///< 0 = this node; i + 1 = validator i
  friend auto operator<=>(const Lane&, const Lane&) = default;
};

/// Processor time a peer's urgent tasks have at once, and per millisecond of real time.
inline constexpr std::int64_t kUrgentBurstUs = 1'000'000;
inline constexpr std::int64_t kUrgentUsPerMs = 500;

class FairQueue {
 public:
  using Task = std::function<void()>;

  struct Popped {
    Lane lane;
    Task task;
    bool went_first = false;  ///< by its urgency, not in its turn
  };

  /// At most `capacity` tasks wait per lane; 0 = no bound (the caller bounds).
  explicit FairQueue(std::size_t capacity) : capacity_(capacity) {}

  /// False when the lane is full.
  [[nodiscard]] bool push(Lane lane, Task task);
  /// The next task; tasks of a lane in order. `now_ms` never falls.
  [[nodiscard]] std::optional<Popped> pop(std::uint64_t now_ms);
  /// The next task that goes before others; nothing when there is none.
  [[nodiscard]] std::optional<Popped> pop_urgent(std::uint64_t now_ms);
  /// What a popped task cost in the end; of its sender's urgent time too when it went first.
  void charge(Lane lane, bool went_first, std::int64_t cost_us);

  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  struct Queue {
    std::deque<Task> tasks;
    std::int64_t used_us = 0;  ///< since start; one that was idle starts level with the others
    std::int64_t urgent_us =
        kUrgentBurstUs;  ///< left to go before others; below 0 after a long task
    std::uint64_t refilled_ms = 0;
  };

  [[nodiscard]] static bool goes_first(Lane lane, Queue& queue, std::uint64_t now_ms);
  [[nodiscard]] std::optional<Popped> pop_best(std::uint64_t now_ms, bool urgent_only);

  std::size_t capacity_;
  std::size_t size_ = 0;
  std::map<Lane, Queue> queues_;  ///< bounded by the number of senders
  std::int64_t level_us_ = 0;     ///< used_us of the lane that had the last turn
};

}  // namespace galen::node
