#include "node/strand.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/check.h"

namespace galen::node {

struct Strand::Loop {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
  boost::asio::steady_timer timer{context};
  std::function<void()> tick;
  std::chrono::milliseconds period{0};
  std::atomic<bool> stopping{false};

  void arm() {
    timer.expires_after(period);
    timer.async_wait([this](const boost::system::error_code& error) {
      if (error || stopping) return;
      tick();
      arm();
    });
  }
};

Strand::Strand() : loop_(std::make_unique<Loop>()) {}

Strand::~Strand() { stop(); }

void Strand::start(unsigned tick_ms, std::function<void()> tick) {
  CHECK(!thread_.joinable(), "a strand starts once");
  loop_->tick = std::move(tick);
  loop_->period = std::chrono::milliseconds(tick_ms);
  loop_->arm();
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "galen-engine");
    loop_->context.run();
  });
}

void Strand::stop() {
  if (!thread_.joinable()) return;
  loop_->stopping = true;
  boost::asio::post(loop_->context, [this] {
    loop_->timer.cancel();
    loop_->work.reset();
  });
  thread_.join();
}

void Strand::post(std::function<void()> task) { boost::asio::post(loop_->context, std::move(task)); }

bool Strand::running_here() const { return loop_->context.get_executor().running_in_this_thread(); }

TaskThreads::TaskThreads(const Options& options) : capacity_(options.capacity) {
  for (std::size_t i = 0; i < options.threads; ++i) {
    threads_.emplace_back([this, options] { run(options); });
  }
}

TaskThreads::~TaskThreads() { stop(); }

bool TaskThreads::submit(Priority priority, std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    auto& queue = queues_[static_cast<std::size_t>(priority)];
    if (stopping_ || (capacity_ != 0 && queue.size() >= capacity_)) return false;
    queue.push_back(std::move(task));
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
  while (std::function<void()> task = next()) task();
}

std::function<void()> TaskThreads::next() {
  std::unique_lock lock(mutex_);
  const auto empty = [this] { return queues_[0].empty() && queues_[1].empty(); };
  wake_.wait(lock, [&] { return stopping_ || !empty(); });
  if (empty()) return {};
  auto& queue = queues_[0].empty() ? queues_[1] : queues_[0];
  std::function<void()> task = std::move(queue.front());
  queue.pop_front();
  return task;
}

}  // namespace galen::node
