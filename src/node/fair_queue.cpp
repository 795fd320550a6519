#include "node/fair_queue.h"

#include <algorithm>
#include <utility>

namespace galen::node {

bool FairQueue::push(Lane lane, Task task) {
  Queue& queue = queues_[lane];
  if (capacity_ != 0 && queue.tasks.size() >= capacity_) return false;
  // Time that nobody asked for is not saved up.
  if (queue.tasks.empty()) queue.used_us = std::max(queue.used_us, level_us_);
  queue.tasks.push_back(std::move(task));
  ++size_;
  return true;
}

bool FairQueue::goes_first(Lane lane, Queue& queue, std::uint64_t now_ms) {
  if (lane.priority != Priority::kUrgent) return false;
  if (lane.sender == 0) return true;
  const std::uint64_t passed = std::min<std::uint64_t>(now_ms - queue.refilled_ms, 10'000);
  queue.refilled_ms = now_ms;
  queue.urgent_us = std::min(kUrgentBurstUs,
                             queue.urgent_us + static_cast<std::int64_t>(passed) * kUrgentUsPerMs);
  return queue.urgent_us > 0;
}

std::optional<FairQueue::Popped> FairQueue::pop(std::uint64_t now_ms) {
  return pop_best(now_ms, false);
}

std::optional<FairQueue::Popped> FairQueue::pop_urgent(std::uint64_t now_ms) {
  return pop_best(now_ms, true);
}

std::optional<FairQueue::Popped> FairQueue::pop_best(std::uint64_t now_ms, bool urgent_only) {
  const Lane* best = nullptr;
  std::pair<bool, std::int64_t> best_rank;
  for (auto& [lane, queue] : queues_) {
    if (queue.tasks.empty()) continue;
    const std::pair rank(!goes_first(lane, queue, now_ms), queue.used_us);
    if (urgent_only && rank.first) continue;
    if (best != nullptr && best_rank <= rank) continue;
    best = &lane;
    best_rank = rank;
  }
  if (best == nullptr) return std::nullopt;
  Queue& queue = queues_.at(*best);
  Popped popped{*best, std::move(queue.tasks.front()), !best_rank.first};
  queue.tasks.pop_front();
  --size_;
  // What went first says nothing about the turns: who was idle must not have to wait for it.
  if (!popped.went_first) level_us_ = std::max(level_us_, queue.used_us);
  return popped;
}

void FairQueue::charge(Lane lane, bool went_first, std::int64_t cost_us) {
  Queue& queue = queues_[lane];
  queue.used_us += cost_us;
  if (went_first) queue.urgent_us = std::max(queue.urgent_us - cost_us, -kUrgentBurstUs);
}

}  // namespace galen::node
