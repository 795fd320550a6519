#include "bench/bench.h"

#include "base/limits.h"
#include "bench/load_client.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace galen::bench {
namespace {

constexpr int kExitGeneral = 1;
constexpr int kExitUsage = 2;
constexpr int kExitConfig = 3;
constexpr int kExitUnavailable = 6;

constexpr int kMaxPatients = 1000;

int report(const Error& error) {
  std::fprintf(stderr, "galen: bench: %s\n", error.message.c_str());
  switch (error.code) {
    case ErrorCode::kInvalidArgument: return kExitUsage;
    case ErrorCode::kConfig: return kExitConfig;
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadlineExceeded: return kExitUnavailable;
    default: return kExitGeneral;
  }
}

Status check(const BenchOptions& options) {
  if (options.clients < 1 || options.clients > static_cast<int>(limits::kMaxLanes)) {
    return fail(ErrorCode::kInvalidArgument, "--clients: must be from 1 to 64");
  }
  // Half the nonce window: answers may come in any order.
  if (options.in_flight < 1 || options.in_flight > static_cast<int>(limits::kNonceWindow / 2)) {
    return fail(ErrorCode::kInvalidArgument, "--in-flight: must be from 1 to 2048");
  }
  if (options.duration_s <= 0 || options.duration_s > 86'400 || options.warm_up_s < 0 ||
      options.warm_up_s > 3'600) {
    return fail(ErrorCode::kInvalidArgument, "--duration, --warm-up: seconds, at most a day");
  }
  if (options.workload.patients < 1 || options.workload.patients > kMaxPatients) {
    return fail(ErrorCode::kInvalidArgument,
                "--patients: must be from 1 to " + std::to_string(kMaxPatients));
  }
  if (options.workload.grants < 0 ||
      options.workload.grants > static_cast<int>(limits::kMaxGrantsPerPatient)) {
    return fail(ErrorCode::kInvalidArgument,
                "--grants: must be from 0 to " + std::to_string(limits::kMaxGrantsPerPatient));
  }
  if (options.workload.grants > 0 && options.workload.operation == "patient") {
    return fail(ErrorCode::kInvalidArgument, "--grants: --operation patient is about no patient");
  }
  const bool is_access = options.workload.operation == "access";
  const auto most = static_cast<int>(is_access ? limits::kMaxAccessesPerTransaction
                                               : limits::kMaxOperationsPerTransaction);
  if (options.batch < 1 || options.batch > most) {
    return fail(
        ErrorCode::kInvalidArgument,
        "--batch: must be from 1 to " + std::to_string(most) + " of " + options.workload.operation);
  }
  return {};
}

Result<std::vector<LoadClient>> prepare(const BenchOptions& options, ReceiptLog* receipts) {
  std::vector<LoadClient> clients;
  for (int i = 0; i < options.clients; ++i) {
    GALEN_TRY(LoadClient client,
              LoadClient::prepare({options.profile,
                                   options.workload,
                                   i,
                                   options.in_flight,
                                   options.batch,
                                   options.retry,
                                   receipts}));
    clients.push_back(std::move(client));
  }
  return clients;
}

Result<Figures> run_clients(std::vector<LoadClient>& clients, const BenchOptions& options) {
  const auto seconds = [](double s) {
    return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>(s));
  };
  LoadTimes times;
  times.count_from = std::chrono::steady_clock::now() + seconds(options.warm_up_s);
  times.until = times.count_from + seconds(options.duration_s);
  std::vector<std::optional<Result<Figures>>> results(clients.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    threads.emplace_back([&, i] { results[i] = clients[i].run(times); });
  }
  for (std::thread& thread : threads) thread.join();
  Figures all;
  for (auto& result : results) {
    if (!*result) return tl::unexpected((*result).error());
    all.merge(*std::move(*result));
  }
  all.operation = options.workload.operation;
  all.batch = options.batch;
  all.clients = options.clients;
  all.in_flight = options.in_flight;
  all.seconds = options.duration_s;
  return all;
}

Result<Figures> run(const BenchOptions& options) {
  GALEN_TRY_STATUS(check(options));
  std::unique_ptr<ReceiptLog> receipts;
  if (!options.receipts.empty()) {
    GALEN_TRY(receipts, ReceiptLog::create(options.receipts));
  }
  GALEN_TRY(std::vector<LoadClient> clients, prepare(options, receipts.get()));
  return run_clients(clients, options);
}

}  // namespace

int run_bench(const BenchOptions& given) {
  BenchOptions options = given;
  if (options.idle) options.clients = options.in_flight = 1;
  auto figures = run(options);
  if (!figures) return report(figures.error());
  const std::string text = options.json ? figures_json(*figures) : figures_text(*figures);
  std::fputs(text.c_str(), stdout);
  return figures->latencies_ms.empty() ? kExitGeneral : 0;
}

}  // namespace galen::bench
