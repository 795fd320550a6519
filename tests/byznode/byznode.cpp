// galend with a strategy between its engine and the network: one bad member among real processes.
// Built from the production node; a test program, never installed.
// Usage: byznode --config galend.toml --strategy NAME[,NAME...] [--seed N]; byznode --list
// Thread rule: the strategy runs under one lock; strand and network threads call it.
#include "byzantine/catalogue.h"
#include "node/config/check_config.h"
#include "node/config/config.h"
#include "node/daemon.h"
#include "telemetry/log.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <mutex>
#include <pthread.h>
#include <signal.h>

namespace {

using namespace galen;  // NOLINT(google-build-using-namespace): the program's own file

/// The strategy, its delayed messages and the real transport behind it.
class BadTransport final : public engine::Transport {
 public:
  BadTransport(engine::Transport& real, std::unique_ptr<byzantine::Strategy> strategy)
      : real_(real), strategy_(std::move(strategy)) {}

  void send(ValidatorIndex to, engine::Channel channel, engine::SharedBytes message) override {
    const std::lock_guard lock(mutex_);
    byzantine::Outbox out;
    strategy_->send({to, channel, std::move(message), 0}, out);
    dispatch(out);
  }

  [[nodiscard]] bool connected(ValidatorIndex peer) const override { return real_.connected(peer); }

  [[nodiscard]] bool receives(ValidatorIndex from, engine::Channel channel, BytesView message) {
    const std::lock_guard lock(mutex_);
    return strategy_->receives(from, channel, message);
  }

  [[nodiscard]] bool admits(const ledger::DecodedTransaction& transaction) {
    const std::lock_guard lock(mutex_);
    return strategy_->admits(transaction);
  }

  void tick() {
    const std::lock_guard lock(mutex_);
    byzantine::Outbox out;
    strategy_->tick(out);
    dispatch(out);
    std::deque<byzantine::Outgoing> waiting;
    waiting.swap(delayed_);
    for (byzantine::Outgoing& message : waiting) {
      --message.delay_ticks;
      forward(std::move(message));
    }
  }

  [[nodiscard]] std::int64_t clock_lie_ms() {
    const std::lock_guard lock(mutex_);
    return strategy_->clock_lie_ms();
  }

 private:
  /// Delayed messages kept at most; a bad member has memory limits too.
  static constexpr std::size_t kMaxDelayed = 10'000;

  void dispatch(byzantine::Outbox& out) {
    for (byzantine::Outgoing& message : out) forward(std::move(message));
  }

  void forward(byzantine::Outgoing message) {
    if (message.delay_ticks == 0) {
      real_.send(message.to, message.channel, std::move(message.bytes));
    } else if (delayed_.size() < kMaxDelayed) {
      delayed_.push_back(std::move(message));
    }
  }

  engine::Transport& real_;
  std::mutex mutex_;
  std::unique_ptr<byzantine::Strategy> strategy_;
  std::deque<byzantine::Outgoing> delayed_;
};

struct Arguments {
  std::string config;
  std::vector<std::string> strategies;
  std::uint64_t seed = 1;
  bool list = false;
};

int fail_with(const std::string& message, int code) {
  std::fprintf(stderr, "byznode: %s\n", message.c_str());
  return code;
}

byzantine::Member member_of(const node::NodeMaterial& material, std::uint64_t seed) {
  byzantine::Member member;
  member.self = material.self;
  member.validators = material.genesis.validators.size();
  member.chain = material.chain;
  member.sign = [&key = material.consensus_key](BytesView statement) {
    return key.sign(statement);
  };
  member.seed = seed;
  return member;
}

int run(const Arguments& arguments) {
  const auto config = node::load_config(arguments.config, node::process_environment());
  if (!config) return fail_with(config.error().message, 3);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  auto material =
      node::check_config(*config,
                         TimeMs{static_cast<std::uint64_t>(
                             std::chrono::duration_cast<std::chrono::milliseconds>(now).count())});
  if (!material) return fail_with(material.error().message, 3);
  telemetry::LogOptions log;
  log.level = *telemetry::parse_level(config->log_level);
  log.format = *telemetry::parse_format(config->log_format);
  log.file = config->log_file;
  log.node = material->organisation_name;
  if (auto started = telemetry::start_log(log); !started)
    return fail_with(started.error().message, 3);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  BadTransport* bad = nullptr;
  node::DaemonHooks hooks;
  hooks.transport = [&](engine::Transport& real, const node::NodeMaterial& own) {
    auto made = std::make_unique<BadTransport>(
        real, byzantine::make_strategy(member_of(own, arguments.seed), arguments.strategies));
    bad = made.get();
    return made;
  };
  hooks.receives = [&](ValidatorIndex from, engine::Channel channel, BytesView message) {
    return bad->receives(from, channel, message);
  };
  hooks.admits = [&](const ledger::DecodedTransaction& transaction) {
    return bad->admits(transaction);
  };
  hooks.tick = [&] { bad->tick(); };
  hooks.clock_offset_ms = [&] { return bad == nullptr ? 0 : bad->clock_lie_ms(); };
  auto daemon = node::Daemon::start(*config, *std::move(material), std::move(hooks));
  if (!daemon)
    return fail_with(daemon.error().error.message, static_cast<int>(daemon.error().code));
  int received = 0;
  sigwait(&signals, &received);
  (*daemon)->stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"byznode: galend as one bad member, for tests against real processes.", "byznode"};
  app.add_option("--config", arguments.config, "galend.toml of the node it stands in for");
  app.add_option("--strategy", arguments.strategies, "what it does; several one after another")
      ->delimiter(',');
  app.add_option("--seed", arguments.seed, "of its choices");
  app.add_flag("--list", arguments.list, "the strategies");
  CLI11_PARSE(app, argc, argv);
  const std::vector<std::string> known = byzantine::strategy_names();
  if (arguments.list) {
    for (const std::string& name : known) std::puts(name.c_str());
    return 0;
  }
  if (arguments.config.empty() || arguments.strategies.empty()) {
    return fail_with("--config and --strategy are needed; --list names the strategies", 2);
  }
  for (const std::string& name : arguments.strategies) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return fail_with("--strategy " + name + ": no such strategy; see --list", 2);
    }
  }
  return run(arguments);
}
