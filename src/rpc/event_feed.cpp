#include "rpc/event_feed.h"

#include <pthread.h>
#include <utility>

namespace galen::rpc {

void EventFeed::add(std::weak_ptr<Watcher> watcher) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  watchers_.push_back(std::move(watcher));
  woken_ = true;
  changed_.notify_one();
  if (thread_.joinable()) return;
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "galen-events");
    run();
  });
}

void EventFeed::wake() {
  const std::lock_guard lock(mutex_);
  if (watchers_.empty()) return;
  woken_ = true;
  changed_.notify_one();
}

void EventFeed::stop() {
  std::thread thread;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
    thread.swap(thread_);
  }
  if (thread.joinable()) thread.join();
}

void EventFeed::run() {
  bool more = false;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto due = [this] { return woken_ || stopping_; };
      if (!more && watchers_.empty()) {
        changed_.wait(lock, due);
      } else if (!more) {
        changed_.wait_for(lock, kTurn, due);
      }
      if (stopping_) return;
      woken_ = false;
    }
    more = round(living());
    // Bodies are not kept for a reader who may come.
    if (!more) shelf_.clear();
  }
}

std::vector<std::shared_ptr<Watcher>> EventFeed::living() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Watcher>> living;
  std::erase_if(watchers_, [&living](const std::weak_ptr<Watcher>& weak) {
    auto watcher = weak.lock();
    if (!watcher) return true;
    living.push_back(std::move(watcher));
    return false;
  });
  return living;
}

bool EventFeed::round(const std::vector<std::shared_ptr<Watcher>>& watchers) {
  if (watchers.empty()) return false;
  const bool fresh = backend_.fresh();
  const bool catching_up = backend_.catching_up();
  FeedRound round{
      shelf_.reader().snapshot(), std::chrono::steady_clock::now(), shelf_, fresh, catching_up};
  if (std::exchange(head_, round.snapshot->head().height()) != head_) shelf_.clear();
  bool more = false;
  for (const auto& watcher : watchers) more = watcher->advance(round) || more;
  return more;
}

}  // namespace galen::rpc
