#include "bench/load_client.h"

#include "base/limits.h"
#include "client/submit_stream.h"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace galen::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kDrainTime{30};
constexpr std::chrono::seconds kNoTime{0};
constexpr std::chrono::milliseconds kPauseBeforeNextNode{100};

/// The lane of a client, other than those a person's `galen` beside it is likely to draw first.
std::uint16_t lane_of(int client) {
  return static_cast<std::uint16_t>(limits::kMaxLanes - 1U -
                                    static_cast<unsigned>(client) % limits::kMaxLanes);
}

/// One transaction of the loop, kept until it is answered.
struct Sent {
  Bytes bytes;
  SteadyClock::time_point begun;
};

using SentPtr = std::shared_ptr<const Sent>;

/// Free places of the closed loop, what a broken stream left, and what was measured.
class Window {
 public:
  Window(const LoadPlan& plan, const LoadTimes& times)
      : free_(plan.in_flight), retry_(plan.retry), receipts_(plan.receipts), times_(times) {}

  /// False: the stream broke, nothing is taken.
  [[nodiscard]] bool take_place() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return free_ > 0 || broken_; });
    if (broken_) return false;
    --free_;
    return true;
  }

  void answered(const SentPtr& sent, const client::SubmitAnswer& answer) {
    const auto now = SteadyClock::now();
    const std::lock_guard lock(mutex_);
    if (retry_ && answer.error && answer.error->code == ErrorCode::kUnavailable) {
      unanswered_.push_back(sent);
      broken_ = true;
    } else {
      count(answer, sent->begun, now);
      ++free_;
    }
    changed_.notify_one();
  }

  /// What is to be submitted again; the next stream is not broken.
  [[nodiscard]] std::vector<SentPtr> take_unanswered() {
    const std::lock_guard lock(mutex_);
    broken_ = false;
    return std::exchange(unanswered_, {});
  }

  [[nodiscard]] bool broken() {
    const std::lock_guard lock(mutex_);
    return broken_;
  }

  /// Too many failures in a row say that going on is pointless.
  [[nodiscard]] bool hopeless() {
    const std::lock_guard lock(mutex_);
    return failures_in_row_ > 1000;
  }

  [[nodiscard]] Figures take_figures() {
    const std::lock_guard lock(mutex_);
    if (!unanswered_.empty()) figures_.errors["not answered to the end"] += unanswered_.size();
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
    const double latency_ms = std::chrono::duration<double, std::milli>(now - begun).count();
    if (receipts_ != nullptr) receipts_->add(answer, latency_ms);
    if (begun < times_.count_from || now > times_.until) return;
    if (!answer.receipt.ok) {
      ++figures_.rejected;
      return;
    }
    figures_.heights.insert(answer.height.value);
    figures_.latencies_ms.push_back(latency_ms);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int free_;
  bool retry_;
  ReceiptLog* receipts_;
  bool broken_ = false;
  std::vector<SentPtr> unanswered_;
  int failures_in_row_ = 0;
  LoadTimes times_;
  Figures figures_;
};

void submit(client::SubmitStream& stream, Window& window, const SentPtr& sent) {
  stream.submit(sent->bytes, [&window, sent](const client::SubmitAnswer& answer) {
    window.answered(sent, answer);
  });
}

}  // namespace

LoadClient::LoadClient(LoadPlan plan, std::unique_ptr<client::Session> session, Workload workload)
    : plan_(std::move(plan)), session_(std::move(session)), workload_(std::move(workload)) {}

Result<LoadClient> LoadClient::prepare(const LoadPlan& plan) {
  client::SessionOptions options;
  options.lane = lane_of(plan.client);
  GALEN_TRY(auto session, client::Session::open(plan.profile, options));
  GALEN_TRY(Workload workload, Workload::prepare(*session, plan.workload));
  return LoadClient(plan, std::move(session), std::move(workload));
}

Result<Figures> LoadClient::run(const LoadTimes& times) {
  const auto& nodes = session_->nodes();
  std::size_t turn = static_cast<std::size_t>(plan_.client) % nodes.size();
  const std::uint16_t lane = lane_of(plan_.client);
  const auto next_sequence = [&](client::NodeApi& node, client::Deadline deadline) {
    return node.next_sequence(lane, deadline);
  };
  GALEN_TRY(const std::uint64_t next,
            plan_.retry ? session_->ask(next_sequence)
                        : next_sequence(*nodes[turn], session_->deadline()));
  ledger::Nonce nonce{lane, std::max<std::uint64_t>(next, 1)};
  Window window(plan_, times);
  const auto end = times.until + kDrainTime;
  while (SteadyClock::now() < end) {
    // Its destructor waits for the last answer.
    client::SubmitStream stream(*nodes[turn]);
    for (const SentPtr& sent : window.take_unanswered()) submit(stream, window, sent);
    while (SteadyClock::now() < times.until && !window.hopeless() && window.take_place()) {
      const auto begun = SteadyClock::now();
      const auto transaction = session_->sign(next_batch(), nonce);
      ++nonce.sequence;
      submit(
          stream, window, std::make_shared<const Sent>(Sent{ledger::encode(transaction), begun}));
    }
    stream.finish(std::chrono::system_clock::now() + (window.broken() ? kNoTime : kDrainTime));
    if (!window.broken()) break;
    turn = (turn + 1) % nodes.size();
    std::this_thread::sleep_for(kPauseBeforeNextNode);
  }
  return window.take_figures();
}

std::vector<client::Authorised> LoadClient::next_batch() {
  std::vector<client::Authorised> operations;
  for (int i = 0; i < plan_.batch; ++i) operations.push_back(workload_.next());
  return operations;
}

}  // namespace galen::bench
