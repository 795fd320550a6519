#include "node/strand.h"

#include "base/check.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <utility>

namespace galen::node {

struct Strand::Loop {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context.get_executor()};
  std::function<void()> tick;
  std::chrono::milliseconds period{0};
  bool stopping = false;  ///< the strand's own

  /// No timer of the context: with one, it would wait in the reactor, and every post from another
  /// thread would cost two system calls more to wake it there.
  void run() {
    auto due = std::chrono::steady_clock::now() + period;
    while (!stopping) {
      if (std::chrono::steady_clock::now() < due) {
        context.run_one_until(due);
        continue;
      }
      tick();
      due = std::chrono::steady_clock::now() + period;
    }
    work.reset();
    context.run();
  }
};

Strand::Strand() : loop_(std::make_unique<Loop>()) {}

Strand::~Strand() {
  stop();
}

void Strand::start(unsigned tick_ms, std::function<void()> tick) {
  CHECK(!thread_.joinable(), "a strand starts once");
  loop_->tick = std::move(tick);
  loop_->period = std::chrono::milliseconds(tick_ms);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "galen-engine");
    loop_->run();
  });
}

void Strand::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(loop_->context, [this] { loop_->stopping = true; });
  thread_.join();
}

void Strand::post(std::function<void()> task) {
  boost::asio::post(loop_->context, std::move(task));
}

bool Strand::running_here() const {
  return loop_->context.get_executor().running_in_this_thread();
}

namespace {

std::uint64_t now_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

/// Processor time of the calling thread.
std::int64_t thread_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace

struct TaskThreads::Slice {
  TaskThreads* threads = nullptr;
  bool nested = false;         ///< runs between the signatures of another task
  unsigned signatures = 0;     ///< since urgent tasks went in between
  std::int64_t others_us = 0;  ///< processor time of those
};

thread_local TaskThreads::Slice* TaskThreads::slice_ = nullptr;

TaskThreads::TaskThreads(const Options& options) : queue_(options.capacity) {
  for (std::size_t i = 0; i < options.threads; ++i) {
    threads_.emplace_back([this, options] { run(options); });
  }
}

TaskThreads::~TaskThreads() {
  stop();
}

bool TaskThreads::submit(Lane lane, std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || !queue_.push(lane, std::move(task))) return false;
  }
  wake_.notify_one();
  return true;
}

void TaskThreads::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void TaskThreads::run(const Options& options) {
  pthread_setname_np(pthread_self(), options.name);
  if (options.nice != 0) {
    // Linux: the nice value is the thread's own when set by thread id.
    setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), options.nice);
  }
  while (auto popped = next()) {
    Slice slice;
    slice.threads = this;
    (void)execute(*std::move(popped), slice);
  }
}

std::optional<FairQueue::Popped> TaskThreads::next() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
  return queue_.pop(now_ms());
}

std::int64_t TaskThreads::execute(FairQueue::Popped popped, Slice& slice) {
  Slice* const outer = std::exchange(slice_, &slice);
  const std::int64_t begin = thread_us();
  popped.task();
  popped.task = {};  // what it held is part of it
  const std::int64_t cost = thread_us() - begin;
  slice_ = outer;
  const std::lock_guard lock(mutex_);
  queue_.charge(popped.lane, popped.went_first, cost - slice.others_us);
  return cost;
}

void TaskThreads::note_signature() {
  if (slice_ == nullptr || slice_->nested || ++slice_->signatures < kSignaturesPerSlice) return;
  slice_->signatures = 0;
  slice_->threads->run_urgent(*slice_);
}

void TaskThreads::run_urgent(Slice& slice) {
  for (;;) {
    std::optional<FairQueue::Popped> popped;
    {
      const std::lock_guard lock(mutex_);
      popped = queue_.pop_urgent(now_ms());
    }
    if (!popped) return;
    Slice inner;
    inner.threads = this;
    inner.nested = true;
    slice.others_us += execute(*std::move(popped), inner);
  }
}

}  // namespace galen::node
