// `galend verify-store`: is a data directory what it says (PRIVACY.md 19)? The node is stopped;
// nothing is written. Payload objects and the vote journal are not looked at. Thread rule: one
// thread.
#pragma once

#include "ledger/genesis.h"
#include "storage/chain_check.h"
#include "storage/database.h"
#include "storage/findings.h"
#include "storage/tree_check.h"

#include <cstdint>
#include <functional>
#include <string>

namespace galen::storage {

struct StoreReport {
  Height head;
  ChainCounts chain;
  TreeCounts state;
  std::uint64_t evidence = 0;
  std::uint64_t orders = 0;
  std::uint64_t findings = 0;
};

/// "blocks" or "trees"; `total` 0 when nobody knows.
using VerifyProgress =
    std::function<void(const char* what, std::uint64_t done, std::uint64_t total)>;

/// Locks the directory and checks every row. What is wrong with the data is a finding. Fails only
/// when there is nothing to check: as Database::open, and kCorrupt when the databases do not open
/// at all.
[[nodiscard]] Result<StoreReport> verify_store(const Options& options,
                                               const ledger::Genesis& genesis,
                                               const Findings::Sink& sink,
                                               const VerifyProgress& progress);

}  // namespace galen::storage
