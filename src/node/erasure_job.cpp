#include "node/erasure_job.h"

#include "node/node_backend.h"
#include "telemetry/log.h"

#include <string>

namespace galen::node {
namespace {

using storage::ErasureStep;
using telemetry::Level;

constexpr std::uint64_t kLongHeldBackMs = 60'000;

void report(const storage::OrderId& order,
            const char* phase,
            const Status& status,
            std::uint64_t open_ms) {
  // An order's transaction is public; neither path nor person stands in a log.
  if (status) {
    telemetry::log(Level::kInfo,
                   "erasure",
                   "phase done",
                   {{"order", telemetry::short_id(order.transaction)}, {"phase", phase}});
  } else {
    const bool held_back =
        status.error().code == ErrorCode::kFailedPrecondition && open_ms < kLongHeldBackMs;
    telemetry::log(held_back ? Level::kDebug : Level::kError,
                   "erasure",
                   "phase not done yet; again soon",
                   {{"order", telemetry::short_id(order.transaction)},
                    {"phase", phase},
                    {"reason", status.error().message}});
  }
}

}  // namespace

void ErasureJob::advance(std::uint64_t now_ms) {
  const bool has_work = parts_.database.has_open_erasures() || now_ms >= next_sweep_ms_;
  if (now_ms < next_ms_ || !has_work || running_.exchange(true)) return;
  next_ms_ = now_ms + kErasureRetryMs;
  const bool queued = parts_.thread.submit(Priority::kNormal, [this, now_ms] {
    run(now_ms);
    running_ = false;
  });
  if (!queued) running_ = false;  // only while stopping
}

/// Keys of all orders before any bytes: those are promised within seconds.
void ErasureJob::run(std::uint64_t now_ms) {
  each_at(ErasureStep::kOrdered, &ErasureJob::end_keys, now_ms);
  each_at(ErasureStep::kKeysGone, &ErasureJob::end_bytes, now_ms);
  if (now_ms >= next_sweep_ms_ && !parts_.database.has_open_erasures()) sweep_uploads(now_ms);
}

void ErasureJob::each_at(ErasureStep step, Carry carry, std::uint64_t now_ms) {
  const auto rows = parts_.database.erasures();
  if (!rows) {
    telemetry::log(
        Level::kError, "erasure", "orders cannot be read", {{"reason", rows.error().message}});
    return;
  }
  for (const auto& [order, row] : *rows) {
    if (row.step == step) (this->*carry)(order, row, now_ms);
  }
}

void ErasureJob::sweep_uploads(std::uint64_t now_ms) {
  const auto snapshot = parts_.database.snapshot();
  const bool more = sweep_.step({*snapshot, snapshot->head().header.time});
  next_sweep_ms_ = now_ms + (more ? kErasureRetryMs : kUploadSweepMs);
}

std::uint64_t ErasureJob::open_for(const storage::OrderId& order, std::uint64_t now_ms) {
  return now_ms - first_seen_ms_.emplace(order, now_ms).first->second;
}

void ErasureJob::end_keys(const storage::OrderId& order,
                          const storage::ErasureRow& /*row*/,
                          std::uint64_t now_ms) {
  const std::uint64_t open_ms = open_for(order, now_ms);
  if (open_ms < kErasureGraceMs) return;
  // Whoever attests that the keys are gone attests the vote journal and memory, too.
  if (!parts_.forget()) return;  // only while stopping
  report(order, "keys", parts_.database.erase_keys(order, &wall_clock_now), open_ms);
}

void ErasureJob::end_bytes(const storage::OrderId& order,
                           const storage::ErasureRow& row,
                           std::uint64_t now_ms) {
  const std::uint64_t open_ms = open_for(order, now_ms);
  // Again before the bytes: a reader of the state of before may have remembered something since.
  if (!parts_.forget()) return;  // only while stopping
  Status bytes = erase_files(row);
  if (bytes) bytes = parts_.database.erase_bytes(order, &wall_clock_now);
  report(order, "bytes", bytes, open_ms);
  if (bytes) first_seen_ms_.erase(order);
}

Status ErasureJob::erase_files(const storage::ErasureRow& row) {
  for (const storage::PayloadFile& file : row.files) {
    GALEN_TRY_STATUS(parts_.objects.erase(file.address, file.envelopes));
  }
  // A record's erasure destroys no key.
  return row.scope == ledger::ErasureScope::kRecord ? Status() : sweep_.drop_erased();
}

}  // namespace galen::node
