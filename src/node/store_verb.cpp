#include "node/store_verb.h"

#include "storage/verify_store.h"

#include <chrono>
#include <cstdio>
#include <string>

namespace galen::node {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kTellEvery = std::chrono::seconds(2);

/// Tells now and then how far a long check is.
class Progress {
 public:
  void operator()(const char* what, std::uint64_t done, std::uint64_t total) {
    const auto now = Clock::now();
    if (now - told_ < kTellEvery) return;
    told_ = now;
    const std::string of = total == 0 ? "" : " of " + std::to_string(total);
    std::fprintf(stderr,
                 "galend: verify-store: %s %llu%s\n",
                 what,
                 static_cast<unsigned long long>(done),
                 of.c_str());
  }

 private:
  Clock::time_point told_ = Clock::now();
};

std::string summary(const storage::StoreReport& report) {
  const storage::ChainCounts& chain = report.chain;
  const auto count = [](std::uint64_t number, const char* what) {
    return ", " + std::to_string(number) + what;
  };
  return "verify-store: " + std::string(report.findings == 0 ? "ok" : "DAMAGED") + ": height " +
         std::to_string(report.head.value) + count(chain.blocks, " blocks") +
         count(chain.transactions, " transactions") + count(chain.operations, " operations") +
         count(chain.present, " bodies") + count(chain.absent, " erased") +
         count(chain.waiting, " to be erased") + count(chain.late, " never stored") +
         count(report.orders, " erasure orders") + count(report.state.values, " values") +
         count(report.state.subjects, " subjects") + count(report.evidence, " evidence") +
         count(report.findings, " findings") + "\n";
}

}  // namespace

ExitCode verify_store(const NodeConfig& config, const NodeMaterial& material) {
  storage::Options options;
  options.path = config.data_dir;
  options.node = material.organisation;
  const auto tell = [](const std::string& place, const std::string& what) {
    std::printf("finding: %s: %s\n", place.c_str(), what.c_str());
  };
  const auto report = storage::verify_store(options, material.genesis, tell, Progress());
  if (!report) {
    std::fprintf(stderr, "galend: %s\n", report.error().message.c_str());
    return ExitCode::kDirectory;
  }
  std::fputs(summary(*report).c_str(), stdout);
  return report->findings == 0 ? ExitCode::kOk : ExitCode::kDamaged;
}

}  // namespace galen::node
