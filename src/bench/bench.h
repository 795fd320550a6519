// `galen bench`: a closed loop of signed transactions against a running network: throughput, median
// and p99 of the time from submission to committed receipt, errors.
// Thread rule: one thread; the client library has its own.
#pragma once

#include "bench/workload.h"

#include <string>

namespace galen::bench {

struct BenchOptions {
  std::string profile;  ///< path of client.toml
  int clients = 4;      ///< streams, each with its own nonce lane
  int in_flight = 256;  ///< transactions each client keeps waiting
  double duration_s = 10;
  double warm_up_s = 2;
  WorkloadPlan workload;  ///< of each client
  int batch = 1;          ///< operations of one transaction
  bool idle = false;      ///< one client, one transaction at a time
  bool retry = false;     ///< go on at another node when one goes away
  std::string receipts;   ///< file for one JSON line per receipt; empty = none
  bool json = false;
};

/// Runs the load and prints the figures to stdout. Returns the exit code of docs/cli.md; 1 when no
/// transaction was committed.
[[nodiscard]] int run_bench(const BenchOptions& options);

}  // namespace galen::bench
