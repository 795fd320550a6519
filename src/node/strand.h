// The engine's thread: a Boost.Asio io_context run by exactly one thread, and the worker threads
// that verify signatures beside it (CONSENSUS.md, "Threads on small machines"). Thread rule: post()
// and submit() from any thread; start/stop from the owner's.
#pragma once

#include "node/fair_queue.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
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

/// Signatures of one slice: after so many, urgent tasks go in between (CONSENSUS.md, Threads on
/// small machines).
inline constexpr unsigned kSignaturesPerSlice = 16;

/// Threads with one bounded, fair queue, used for signature verification (niced, several threads)
/// and for synced writes (one thread). Tasks of one lane start in order.
class TaskThreads {
 public:
  struct Options {
    std::size_t threads = 1;
    std::size_t capacity = 0;  ///< tasks waiting at most per lane; 0 = no bound (the caller bounds)
    int nice = 0;
    const char* name = "galen";  ///< at most 15 characters, shown by ps and top
  };

  explicit TaskThreads(const Options& options);
  ~TaskThreads();
  TaskThreads(const TaskThreads&) = delete;
  TaskThreads& operator=(const TaskThreads&) = delete;

  /// False when the lane is full or stopping: the task is not taken.
  [[nodiscard]] bool submit(Lane lane, std::function<void()> task);

  /// A task of this node or its clients.
  [[nodiscard]] bool submit(Priority priority, std::function<void()> task) {
    return submit(Lane{priority, 0}, std::move(task));
  }

  /// One signature was verified on the calling thread. When it is a task's thread, every
  /// kSignaturesPerSlice of them the urgent tasks that wait run here before the task goes on. The
  /// task holds no lock then.
  static void note_signature();
  /// Finishes what is queued, then joins. Idempotent.
  void stop();

 private:
  struct Slice;

  void run(const Options& options);
  /// The next task; nothing when stopping and nothing is left.
  [[nodiscard]] std::optional<FairQueue::Popped> next();
  /// Runs a task and charges its lane; returns its processor time in microseconds.
  std::int64_t execute(FairQueue::Popped popped, Slice& slice);
  void run_urgent(Slice& slice);

  static thread_local Slice* slice_;  ///< of the task that runs on this thread

  std::mutex mutex_;
  std::condition_variable wake_;
  FairQueue queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace galen::node
