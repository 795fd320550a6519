// The one thread that feeds the event streams: it reads committed blocks from storage and gives
// every stream its turn. The engine's thread only wakes it. Thread rule: any thread; stop() from
// the owner.
#pragma once

#include "rpc/backend.h"
#include "rpc/watched_block.h"
#include "storage/database.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace galen::rpc {

/// What the streams of one round look at.
struct FeedRound {
  std::shared_ptr<const storage::StateSnapshot> snapshot;
  std::chrono::steady_clock::time_point now;
  BlockShelf& shelf;
  bool fresh = false;        ///< of the node, asked before the snapshot was taken
  bool catching_up = false;  ///< the same
};

class Watcher {
 public:
  virtual ~Watcher() = default;
  /// One turn: hands on what is new, or ends. True when there is more to do at once. Only on the
  /// feed's thread.
  [[nodiscard]] virtual bool advance(const FeedRound& round) = 0;
};

class EventFeed {
 public:
  /// How long a stream may go without a turn: suspensions and heartbeats are noticed within.
  static constexpr auto kTurn = std::chrono::milliseconds(250);

  /// `backend` outlives this.
  explicit EventFeed(const Backend& backend) : backend_(backend), shelf_(backend.ledger()) {}

  ~EventFeed() { stop(); }

  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;

  /// From now on, until it is gone. Starts the thread with the first.
  void add(std::weak_ptr<Watcher> watcher);
  /// There is a new head, or a stream has room again.
  void wake();
  /// No turn begins after this. Not from a turn.
  void stop();

 private:
  void run();
  /// Those that live; empties the list of the others.
  [[nodiscard]] std::vector<std::shared_ptr<Watcher>> living();
  [[nodiscard]] bool round(const std::vector<std::shared_ptr<Watcher>>& watchers);

  const Backend& backend_;
  BlockShelf shelf_;  // the feed's thread only
  Height head_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::weak_ptr<Watcher>> watchers_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace galen::rpc
