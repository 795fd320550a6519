#include "rpc/quotas.h"

namespace galen::rpc {

Quota::Place Quota::take(const AccountId& caller) {
  const std::lock_guard lock(mutex_);
  std::size_t& taken = taken_[caller];
  if (taken >= limit_) return nullptr;
  ++taken;
  // Points at itself: only its end matters.
  return {this, [self = shared_from_this(), caller](void*) { self->give(caller); }};
}

void Quota::give(const AccountId& caller) {
  const std::lock_guard lock(mutex_);
  const auto place = taken_.find(caller);
  if (place != taken_.end() && --place->second == 0) taken_.erase(place);
}

RateLimit::Window& RateLimit::window(const AccountId& caller, Clock::time_point now) {
  Window& window = windows_[caller];
  if (now - window.start >= std::chrono::seconds(1)) window = {now, 0};
  return window;
}

void RateLimit::count(const AccountId& caller, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  ++window(caller, now).events;
}

bool RateLimit::exceeded(const AccountId& caller, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  return window(caller, now).events >= limit_;
}

void CallerCounts::count(const AccountId& caller) {
  const std::lock_guard lock(mutex_);
  ++counts_[caller];
}

std::map<AccountId, std::uint64_t> CallerCounts::all() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace galen::rpc
