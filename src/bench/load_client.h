// One closed-loop client: keeps a fixed number of transactions in flight over one stream.
// Thread rule: run() on one thread; answers come on the client library's threads.
#pragma once

#include "base/result.h"
#include "bench/figures.h"
#include "bench/receipt_log.h"
#include "bench/workload.h"
#include "client/session.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace galen::bench {

struct LoadPlan {
  std::string profile;
  WorkloadPlan workload;
  int client = 0;  ///< 0..; its nonce lane follows
  int in_flight = 1;
  int batch = 1;                   ///< operations of one transaction
  bool retry = false;              ///< submit again, at the next node, what a broken stream left
  ReceiptLog* receipts = nullptr;  ///< not owned; takes every receipt
};

struct LoadTimes {
  std::chrono::steady_clock::time_point count_from;  ///< end of the warm-up
  std::chrono::steady_clock::time_point until;
};

class LoadClient {
 public:
  /// Connects to the node of its turn and registers its patients. Errors as Session::open and
  /// Session::transact.
  [[nodiscard]] static Result<LoadClient> prepare(const LoadPlan& plan);

  /// Loads the node until the end. Only transactions submitted and committed within the counted
  /// time are counted; errors always. With `retry` a transaction that nobody answers is submitted
  /// again with the same bytes, so its latency spans the outage and it takes effect once.
  [[nodiscard]] Result<Figures> run(const LoadTimes& times);

 private:
  LoadClient(LoadPlan plan, std::unique_ptr<client::Session> session, Workload workload);

  [[nodiscard]] std::vector<client::Authorised> next_batch();

  LoadPlan plan_;
  std::unique_ptr<client::Session> session_;
  Workload workload_;
};

}  // namespace galen::bench
