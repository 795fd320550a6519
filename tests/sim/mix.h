// The fault mix of one run. Swarm testing: every seed draws its own, with many kinds of fault left
// out, because faults can hide each other. Chances are per million. Thread rule: values.
#pragma once

#include "base/ids.h"
#include "sim/rng.h"
#include "sim/trace.h"

#include <cstdint>
#include <string>
#include <vector>

namespace galen::sim {

/// What is wrong with a member for a whole run. At most f members have something wrong.
enum class Flaw : std::uint8_t {
  kNone,
  kByzantine,       ///< runs the engine behind strategies of tests/byzantine
  kTwin,            ///< a second process with a copy of its key and journal
  kLostJournal,     ///< its vote journal vanishes at a restart
  kDamagedJournal,  ///< a bit of it flips at a restart
  kLostLedger,      ///< its ledger is empty after a restart, the journal is there
  kOldSnapshot,     ///< ledger and journal are put back to an earlier state at a restart
  kBadClock,        ///< off by up to ten minutes, in jumps
  kMisdirected,     ///< writes to its vote journal go elsewhere in the file; then it is killed
  kBitRot,          ///< bits of its journal flip while it runs; then it is killed
};

[[nodiscard]] const char* name(Flaw flaw);

enum class Partition : std::uint8_t { kNone, kUniform, kIsolateOne, kBridge };

struct Mix {
  std::size_t validators = 4;
  std::vector<Flaw> flaws;           ///< by ValidatorIndex
  std::uint64_t fault_ticks = 3000;  ///< length of the first phase

  // Network
  Micros delay_min = 0;
  Micros delay_mean = 1000;
  std::uint32_t loss = 0;
  std::uint32_t duplicate = 0;
  std::uint32_t replay_old = 0;
  std::uint32_t corrupt = 0;   ///< bits flipped, bytes overwritten, or cut
  bool reorder = false;        ///< messages of one stream overtake each other
  std::uint32_t capacity = 0;  ///< messages under way per direction and pair; 0 = no limit
  std::uint32_t clog = 0;      ///< per tick: one direction stops for a while
  Micros clog_mean = 0;
  std::uint32_t reset = 0;  ///< per tick: a connection breaks; what is under way is lost
  std::uint32_t cut = 0;    ///< per tick: one direction loses everything for a while
  std::uint32_t lag = 0;    ///< per tick: what one member hears comes late, or no longer does
  Micros lag_mean = 0;
  Partition partition = Partition::kNone;
  bool one_way = false;  ///< partitions let messages out
  std::uint32_t partition_start = 0;
  std::uint32_t partition_heal = 0;

  // Processes
  std::uint32_t crash = 0;           ///< per tick, some process
  std::uint32_t crash_all = 0;       ///< per tick, all processes at once
  std::uint32_t crash_in_write = 0;  ///< per storage operation: before, within or after it
  std::uint32_t failed_sync = 0;     ///< per storage operation: EIO
  std::uint32_t failed_read = 0;     ///< per start: EIO, so that it is started again
  std::uint32_t disk_full = 0;       ///< per tick: some disk has no room for a while
  Micros full_mean = 0;
  std::uint64_t rolling_ticks = 0;  ///< one after another is stopped and started; 0 = not
  Micros restart_mean = 0;
  std::uint32_t pause = 0;
  Micros pause_mean = 0;
  Micros disk_mean = 500;        ///< of one synced write
  std::uint32_t slow_disks = 0;  ///< bit set of members whose disks take 50 times as long
  std::uint32_t slow_cpus = 0;   ///< bit set of members that take cpu_mean for every event
  Micros cpu_mean = 0;
  std::uint64_t clock_spread_ms = 0;  ///< offsets of sound clocks: at most half of this
  std::uint32_t clock_drift = 0;      ///< per million, at most

  // Clients
  std::uint32_t transactions_per_minute = 60;  ///< of each hospital
  std::uint32_t send_to_all = 0;
  std::uint32_t duplicate_submit = 0;
  std::uint32_t conflicting = 0;  ///< two bodies under one nonce, to different nodes
  std::uint32_t abandoned = 0;    ///< sent once, never asked for again
  std::uint32_t expiring = 0;     ///< little validity left, or none
  std::uint32_t garbage = 0;      ///< broken bytes or signature

  std::uint64_t rotation_ms =
      0;  ///< period of block time after which the primary changes; 0 = never

  bool directed = false;   ///< a scenario makes the faults
  bool whole_core = true;  ///< the second phase heals all sound members, not just n - f

  /// No fault of any kind, and no rotation: views must not change (I16).
  [[nodiscard]] bool faultless() const;
};

[[nodiscard]] Mix draw_mix(Rng& rng);

/// One line for people.
[[nodiscard]] std::string describe(const Mix& mix);

}  // namespace galen::sim
