#include "bench/load_client.h"

#include "base/limits.h"
#include "client/submit_stream.h"

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>

namespace galen::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kPatientsPerClient = 32;
constexpr std::chrono::seconds kDrainTime{30};

/// The lane of a client, other than those a person's `galen` beside it is likely to draw first.
std::uint16_t lane_of(int client) {
  return static_cast<std::uint16_t>(limits::kMaxLanes - 1U -
                                    static_cast<unsigned>(client) % limits::kMaxLanes);
}

/// Free places of the closed loop, and what was measured.
class Window {
 public:
  Window(int places, const LoadTimes& times) : free_(places), times_(times) {}

  void take_place() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return free_ > 0; });
    --free_;
  }

  void answered(const client::SubmitAnswer& answer, SteadyClock::time_point begun) {
    const auto now = SteadyClock::now();
    const std::lock_guard lock(mutex_);
    count(answer, begun, now);
    ++free_;
    changed_.notify_one();
  }

  /// Too many failures in a row say that going on is pointless.
  [[nodiscard]] bool hopeless() {
    const std::lock_guard lock(mutex_);
    return failures_in_row_ > 1000;
  }

  [[nodiscard]] Figures take_figures() {
    const std::lock_guard lock(mutex_);
    return std::move(figures_);
  }

 private:
  void count(const client::SubmitAnswer& answer,
             SteadyClock::time_point begun,
             SteadyClock::time_point now) {
    if (answer.error || !answer.committed) {
      ++failures_in_row_;
      ++figures_.errors[answer.error ? answer.error->message : "not committed"];
      return;
    }
    failures_in_row_ = 0;
    if (begun < times_.count_from || now > times_.until) return;
    if (!answer.receipt.ok) {
      ++figures_.rejected;
      return;
    }
    figures_.heights.insert(answer.height.value);
    figures_.latencies_ms.push_back(std::chrono::duration<double, std::milli>(now - begun).count());
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int free_;
  int failures_in_row_ = 0;
  LoadTimes times_;
  Figures figures_;
};

}  // namespace

LoadClient::LoadClient(LoadPlan plan, std::unique_ptr<client::Session> session, Workload workload)
    : plan_(std::move(plan)), session_(std::move(session)), workload_(std::move(workload)) {}

Result<LoadClient> LoadClient::prepare(const LoadPlan& plan) {
  client::SessionOptions options;
  options.lane = lane_of(plan.client);
  GALEN_TRY(auto session, client::Session::open(plan.profile, options));
  GALEN_TRY(Workload workload, Workload::prepare(*session, plan.operation, kPatientsPerClient));
  return LoadClient(plan, std::move(session), std::move(workload));
}

Result<Figures> LoadClient::run(const LoadTimes& times) {
  const auto& nodes = session_->nodes();
  client::NodeApi& node = *nodes[static_cast<std::size_t>(plan_.client) % nodes.size()];
  const std::uint16_t lane = lane_of(plan_.client);
  GALEN_TRY(std::uint64_t sequence, node.next_sequence(lane, session_->deadline()));
  // Declared before the stream: its destructor waits for the last answer.
  Window window(plan_.in_flight, times);
  client::SubmitStream stream(node);
  while (SteadyClock::now() < times.until && !window.hopeless()) {
    window.take_place();
    const auto begun = SteadyClock::now();
    const auto transaction =
        session_->sign({workload_.next()}, ledger::Nonce{lane, sequence == 0 ? 1 : sequence});
    sequence = (sequence == 0 ? 1 : sequence) + 1;
    stream.submit(
        ledger::encode(transaction),
        [&window, begun](const client::SubmitAnswer& answer) { window.answered(answer, begun); });
  }
  stream.finish(std::chrono::system_clock::now() + kDrainTime);
  return window.take_figures();
}

}  // namespace galen::bench
