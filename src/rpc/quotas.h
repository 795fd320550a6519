// Bounds per calling organisation, so that one member cannot use up a node (DOS-1, DOS-8).
// Thread rule: any thread.
#pragma once

#include "base/ids.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace galen::rpc {

/// At most `limit` things at a time per caller.
class Quota : public std::enable_shared_from_this<Quota> {
 public:
  explicit Quota(std::size_t limit) : limit_(limit) {}

  /// Gives its place back when it goes. Empty when there was none.
  using Place = std::shared_ptr<void>;

  [[nodiscard]] Place take(const AccountId& caller);

 private:
  void give(const AccountId& caller);

  const std::size_t limit_;
  std::mutex mutex_;
  std::map<AccountId, std::size_t> taken_;
};

/// At most `limit` events per caller and second.
class RateLimit {
 public:
  explicit RateLimit(std::size_t limit) : limit_(limit) {}

  using Clock = std::chrono::steady_clock;

  void count(const AccountId& caller, Clock::time_point now);
  [[nodiscard]] bool exceeded(const AccountId& caller, Clock::time_point now);

 private:
  struct Window {
    Clock::time_point start;
    std::size_t events = 0;
  };

  [[nodiscard]] Window& window(const AccountId& caller, Clock::time_point now);

  const std::size_t limit_;
  std::mutex mutex_;
  std::map<AccountId, Window> windows_;
};

/// How many events there were of each caller, who is a member: the map stays small.
class CallerCounts {
 public:
  void count(const AccountId& caller);
  [[nodiscard]] std::map<AccountId, std::uint64_t> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<AccountId, std::uint64_t> counts_;
};

}  // namespace galen::rpc
