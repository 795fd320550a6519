// galen-sim: runs seeds of the deterministic simulator, or replays one with its trace.
#include "sim/scenario.h"
#include "sim/simulation.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace galen::sim {

namespace {

struct Options {
  std::uint64_t first = 1;
  std::uint64_t seeds = 1000;
  unsigned jobs = 0;
  std::uint64_t minutes = 0;  ///< 0: as many seeds as asked for
  bool trace = false;
  bool single = false;
  std::vector<std::string> scenarios;
};

constexpr const char* kUsage =
    "usage: galen-sim [--seeds N] [--first S] [--jobs J] [--minutes M]\n"
    "       galen-sim --seed S [--trace]\n"
    "       galen-sim --scenario FILE... [--trace]\n";

/// One seed in this many runs twice and must leave the same trace.
constexpr std::uint64_t kTwice = 20;

thread_local std::uint64_t current_seed = 0;

/// A CHECK that fails aborts the process: say at least which seed did it.
extern "C" void on_abort(int signal) {
  char text[160];
  const int size =
      std::snprintf(text,
                    sizeof(text),
                    "\naborted in seed %llu; replay: scripts/sim --seed %llu --trace\n",
                    static_cast<unsigned long long>(current_seed),
                    static_cast<unsigned long long>(current_seed));
  (void)!::write(STDERR_FILENO, text, static_cast<std::size_t>(size));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

bool parse_number(const char* text, std::uint64_t& value) {
  char* end = nullptr;
  value = std::strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == '\0';
}

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--trace") {
      options.trace = true;
      continue;
    }
    if (name == "--scenario") {
      while (i + 1 < argc && std::strncmp(argv[i + 1], "--", 2) != 0)
        options.scenarios.emplace_back(argv[++i]);
      if (options.scenarios.empty()) return false;
      continue;
    }
    std::uint64_t value = 0;
    if (i + 1 >= argc || !parse_number(argv[++i], value)) return false;
    if (name == "--seeds") {
      options.seeds = value;
    } else if (name == "--first") {
      options.first = value;
    } else if (name == "--jobs") {
      options.jobs = static_cast<unsigned>(value);
    } else if (name == "--minutes") {
      options.minutes = value;
    } else if (name == "--seed") {
      options.single = true;
      options.first = value;
    } else {
      return false;
    }
  }
  return !options.trace || options.single || !options.scenarios.empty();
}

struct Totals {
  std::mutex mutex;
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  Micros simulated = 0;
  std::uint64_t blocks = 0;
  std::uint64_t transactions = 0;
  std::uint64_t events = 0;
  std::uint64_t views = 0;
  std::uint64_t evidence = 0;
  std::uint64_t releases = 0;
  std::uint64_t states_taken = 0;
};

void report(std::uint64_t seed, const RunResult& result) {
  Rng rng = Rng(seed).fork(0);
  std::printf("seed %llu FAILED: %s\n  mix: %s\n  replay: scripts/sim --seed %llu --trace\n",
              static_cast<unsigned long long>(seed),
              result.violation.c_str(),
              describe(draw_mix(rng)).c_str(),
              static_cast<unsigned long long>(seed));
  std::fflush(stdout);
}

void run_one(std::uint64_t seed, bool trace, Totals& totals) {
  current_seed = seed;
  RunResult result = run_seed(seed, trace);
  if (result.passed && seed % kTwice == 0 &&
      run_seed(seed, false).trace_hash != result.trace_hash) {
    result.passed = false;
    result.violation = "DET: the same seed took another course when it ran again";
  }
  const std::lock_guard lock(totals.mutex);
  (result.passed ? totals.passed : totals.failed) += 1;
  totals.simulated += result.simulated;
  totals.blocks += result.blocks;
  totals.transactions += result.transactions;
  totals.events += result.events;
  totals.views += result.highest_view.value;
  totals.evidence += result.evidence;
  totals.releases += result.releases;
  totals.states_taken += result.states_taken;
  if (!result.passed) report(seed, result);
  if (trace)
    std::printf("trace hash %016llx\n", static_cast<unsigned long long>(result.trace_hash));
}

int run(const Options& options) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::minutes(options.minutes);
  Totals totals;
  const auto timed = [&] { return options.minutes != 0; };
  std::atomic<std::uint64_t> next{0};
  const auto work = [&] {
    for (;;) {
      const std::uint64_t number = next.fetch_add(1);
      if (options.single ? number > 0 : timed() ? Clock::now() >= end : number >= options.seeds)
        return;
      run_one(options.first + number, options.trace, totals);
    }
  };
  const unsigned jobs = options.single      ? 1
                        : options.jobs != 0 ? options.jobs
                                            : std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < jobs; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  const double minutes = std::chrono::duration<double>(Clock::now() - begin).count() / 60;
  std::printf(
      "%.0f seeds/min, %.1f simulated hours/min, %llu blocks, %llu transactions, %llu view "
      "changes, %llu pieces of evidence, %llu reads, %llu states taken, %llu events\n",
      static_cast<double>(totals.passed + totals.failed) / minutes,
      static_cast<double>(totals.simulated) / 3.6e9 / minutes,
      static_cast<unsigned long long>(totals.blocks),
      static_cast<unsigned long long>(totals.transactions),
      static_cast<unsigned long long>(totals.views),
      static_cast<unsigned long long>(totals.evidence),
      static_cast<unsigned long long>(totals.releases),
      static_cast<unsigned long long>(totals.states_taken),
      static_cast<unsigned long long>(totals.events));
  std::printf("%llu passed, %llu failed\n",
              static_cast<unsigned long long>(totals.passed),
              static_cast<unsigned long long>(totals.failed));
  return totals.failed == 0 ? 0 : 1;
}

int run_scenarios(const Options& options) {
  std::size_t failed = 0;
  for (const std::string& path : options.scenarios) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    const std::string failure =
        file ? run_scenario(text.str(), options.trace) : std::string("cannot be read");
    if (failure.empty()) continue;
    ++failed;
    std::printf("%s FAILED: %s\n", path.c_str(), failure.c_str());
  }
  std::printf("%zu passed, %zu failed\n", options.scenarios.size() - failed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace

}  // namespace galen::sim

int main(int argc, char** argv) {
  galen::sim::Options options;
  if (!galen::sim::parse(argc, argv, options)) {
    std::fputs(galen::sim::kUsage, stderr);
    return 2;
  }
  std::signal(SIGABRT, galen::sim::on_abort);
  std::signal(SIGSEGV, galen::sim::on_abort);
  std::signal(SIGFPE, galen::sim::on_abort);
  return options.scenarios.empty() ? galen::sim::run(options) : galen::sim::run_scenarios(options);
}
