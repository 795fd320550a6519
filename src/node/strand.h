// The engine's thread: a Boost.Asio io_context run by exactly one thread, and the worker threads that
// verify signatures beside it (CONSENSUS.md, "Threads on small machines").
// Thread rule: post() and submit() from any thread; start/stop from the owner's.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace galen::node {

/// One thread, tasks in order, and a periodic tick.
class Strand {
 public:
  Strand();
  ~Strand();
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  /// Starts the thread; `tick` runs on it every `tick_ms` milliseconds of monotonic time.
  void start(unsigned tick_ms, std::function<void()> tick);
  /// Runs what was posted before, then ends the thread. Idempotent.
  void stop();
  void post(std::function<void()> task);
  /// True on the strand's own thread.
  [[nodiscard]] bool running_here() const;

 private:
  struct Loop;
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

/// Urgent tasks start before the others: a vote never waits behind a thousand client signatures.
enum class Priority : unsigned char { kUrgent = 0, kNormal = 1 };

/// Threads with one bounded queue per priority, used for signature verification (niced, several
/// threads) and for synced writes (one thread). Tasks of one priority start in order.
class TaskThreads {
 public:
  struct Options {
    std::size_t threads = 1;
    std::size_t capacity = 0;  ///< tasks waiting at most per priority; 0 = no bound (the caller bounds)
    int nice = 0;
    const char* name = "galen";  ///< at most 15 characters, shown by ps and top
  };

  explicit TaskThreads(const Options& options);
  ~TaskThreads();
  TaskThreads(const TaskThreads&) = delete;
  TaskThreads& operator=(const TaskThreads&) = delete;

  /// False when the queue is full or stopping: the task is not taken.
  [[nodiscard]] bool submit(Priority priority, std::function<void()> task);
  /// Finishes what is queued, then joins. Idempotent.
  void stop();

 private:
  void run(const Options& options);
  /// The next task; empty when stopping and nothing is left.
  [[nodiscard]] std::function<void()> next();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::array<std::deque<std::function<void()>>, 2> queues_;  ///< by Priority
  std::size_t capacity_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace galen::node
