// Carries out erasure orders behind the ledger: keys seconds after the block, then payload files,
// rows and what compaction left of them (PRIVACY.md 15); between them it deletes uploads that never
// came onto the chain. On a thread of its own, so consensus never waits; what a crash cut off
// begins again with the next start. Thread rule: advance() from the strand; stop() before the
// destructor.
#pragma once

#include "node/strand.h"
#include "node/upload_sweep.h"
#include "payload/object_store.h"
#include "storage/database.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>

namespace galen::node {

/// Keys stay this long after the order's block came: a node that is a few blocks behind must still
/// get the bodies it has to execute, and ten seconds are promised.
inline constexpr std::uint64_t kErasureGraceMs = 3000;
/// Between attempts at what a reader held back.
inline constexpr std::uint64_t kErasureRetryMs = 1000;
/// Between looks at the uploads that are not known to be on the chain.
inline constexpr std::uint64_t kUploadSweepMs = std::uint64_t{60} * 60 * 1000;

class ErasureJob {
 public:
  struct Parts {
    storage::Database& database;
    payload::ObjectStore& objects;
    TaskThreads& thread;           ///< one, its own
    std::function<bool()> forget;  ///< what is in memory of patients, and in the vote journal; from
                                   ///< that thread. False: not to its end, the bytes wait
  };

  explicit ErasureJob(const Parts& parts) : parts_(parts), sweep_(parts.objects) {}

  /// Looks for work when it is time. `now_ms`: of boot_time_ms().
  void advance(std::uint64_t now_ms);

 private:
  void run(std::uint64_t now_ms);
  void sweep_uploads(std::uint64_t now_ms);
  using Carry = void (ErasureJob::*)(const storage::OrderId& order,
                                     const storage::ErasureRow& row,
                                     std::uint64_t now_ms);
  /// Every order that is at `step`.
  void each_at(storage::ErasureStep step, Carry carry, std::uint64_t now_ms);
  void end_keys(const storage::OrderId& order,
                const storage::ErasureRow& row,
                std::uint64_t now_ms);
  void end_bytes(const storage::OrderId& order,
                 const storage::ErasureRow& row,
                 std::uint64_t now_ms);
  [[nodiscard]] std::uint64_t open_for(const storage::OrderId& order, std::uint64_t now_ms);
  [[nodiscard]] Status erase_files(const storage::ErasureRow& row);

  Parts parts_;
  UploadSweep sweep_;  ///< the thread's only
  std::atomic<bool> running_ = false;
  std::atomic<std::uint64_t> next_sweep_ms_ = 0;
  std::uint64_t next_ms_ = 0;                                ///< strand only
  std::map<storage::OrderId, std::uint64_t> first_seen_ms_;  ///< the thread's only
};

}  // namespace galen::node
