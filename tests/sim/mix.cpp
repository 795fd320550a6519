#include "sim/mix.h"

#include "ledger/block.h"

#include <algorithm>

namespace galen::sim {

namespace {

/// A kind of fault is left out of most runs that could have it.
bool has(Rng& rng) {
  return rng.below(5) < 2;
}

std::uint32_t up_to(Rng& rng, std::uint32_t most) {
  return has(rng) ? static_cast<std::uint32_t>(rng.between(most / 20, most)) : 0;
}

void draw_network(Mix& mix, Rng& rng) {
  mix.delay_min = has(rng) ? rng.below(30'000) : rng.below(1000);
  mix.delay_mean = has(rng) ? rng.between(30'000, 100'000) : rng.between(200, 5000);
  mix.loss = up_to(rng, 300'000);
  mix.duplicate = up_to(rng, 500'000);
  mix.replay_old = up_to(rng, 200'000);
  mix.corrupt = up_to(rng, 50'000);
  mix.reorder = has(rng);
  mix.capacity = has(rng) ? static_cast<std::uint32_t>(rng.between(2, 20)) : 0;
  mix.clog = up_to(rng, 20'000);
  mix.clog_mean = rng.below(5'000'000);
  mix.reset = up_to(rng, 20'000);
  mix.cut = up_to(rng, 10'000);
  mix.lag = up_to(rng, 5000);
  mix.lag_mean = rng.between(1'000'000, 30'000'000);
  if (has(rng)) {
    mix.partition = static_cast<Partition>(rng.between(1, 3));
    mix.one_way = rng.below(4) == 0;
    mix.partition_start = static_cast<std::uint32_t>(rng.between(1000, 30'000));
    mix.partition_heal = static_cast<std::uint32_t>(rng.between(2000, 30'000));
  }
}

void draw_processes(Mix& mix, Rng& rng) {
  mix.crash = up_to(rng, 10'000);
  mix.crash_all = up_to(rng, 1000);
  mix.crash_in_write = up_to(rng, 100'000);
  mix.failed_sync = up_to(rng, 20'000);
  mix.failed_read = up_to(rng, 300'000);
  mix.disk_full = up_to(rng, 2000);
  mix.full_mean = rng.between(100'000, 20'000'000);
  if (has(rng) && has(rng)) mix.rolling_ticks = rng.between(50, 1000);
  mix.restart_mean = rng.between(20'000, 5'000'000);
  mix.pause = up_to(rng, 5000);
  mix.pause_mean = rng.between(100'000, 10'000'000);
  mix.disk_mean = has(rng) ? rng.between(2000, 30'000) : rng.between(50, 2000);
  if (has(rng)) mix.slow_disks = static_cast<std::uint32_t>(rng.below(1U << mix.validators));
  if (has(rng)) mix.slow_cpus = static_cast<std::uint32_t>(rng.below(1U << mix.validators));
  mix.cpu_mean = rng.between(200, 4000);
  mix.clock_spread_ms = has(rng) ? rng.below(500) : 0;
  mix.clock_drift = up_to(rng, 1000);
}

void draw_clients(Mix& mix, Rng& rng) {
  mix.transactions_per_minute =
      static_cast<std::uint32_t>(rng.below(10) == 0 ? rng.between(150, 1200) : rng.between(5, 100));
  mix.send_to_all = up_to(rng, 500'000);
  mix.duplicate_submit = up_to(rng, 300'000);
  mix.conflicting = up_to(rng, 100'000);
  mix.abandoned = up_to(rng, 200'000);
  mix.expiring = up_to(rng, 200'000);
  mix.garbage = up_to(rng, 100'000);
}

void draw_flaws(Mix& mix, Rng& rng) {
  mix.flaws.assign(mix.validators, Flaw::kNone);
  if (rng.below(3) == 0) return;
  const std::size_t most = ledger::fault_bound(mix.validators);
  for (std::size_t i = 0; i < most; ++i) {
    const std::uint64_t draw = rng.below(14);
    mix.flaws[rng.below(mix.validators)] =
        draw < 6 ? Flaw::kByzantine : static_cast<Flaw>(draw - 6 + 2);
  }
}

}  // namespace

const char* name(Flaw flaw) {
  constexpr const char* kNames[] = {"sound",
                                    "byzantine",
                                    "twin",
                                    "lost-journal",
                                    "damaged-journal",
                                    "lost-ledger",
                                    "old-snapshot",
                                    "bad-clock",
                                    "misdirected-writes",
                                    "bit-rot"};
  return kNames[static_cast<std::size_t>(flaw)];
}

bool Mix::faultless() const {
  const bool network =
      loss + corrupt + clog + reset + cut + lag + partition_start + capacity + replay_old == 0 &&
      !reorder && delay_min + delay_mean < 50'000;
  const bool processes =
      crash + crash_all + crash_in_write + failed_sync + pause + disk_full == 0 &&
      rolling_ticks == 0 && slow_disks + slow_cpus == 0 && disk_mean < 10'000 && clock_drift == 0;
  const bool sound =
      std::all_of(flaws.begin(), flaws.end(), [](Flaw f) { return f == Flaw::kNone; });
  // Rotation changes views on time.
  return !directed && network && processes && sound && rotation_ms == 0 &&
         conflicting + expiring == 0;
}

Mix draw_mix(Rng& rng) {
  Mix mix;
  mix.validators = rng.between(4, 7);
  // One run in 16 has no fault at all.
  const bool calm = rng.below(16) == 0;
  mix.flaws.assign(mix.validators, Flaw::kNone);
  mix.fault_ticks = rng.between(500, 6000);
  if (calm) {
    mix.delay_mean = rng.between(200, 5000);
    mix.transactions_per_minute = static_cast<std::uint32_t>(rng.between(5, 200));
    mix.send_to_all = up_to(rng, 500'000);
    mix.duplicate_submit = up_to(rng, 300'000);
    return mix;
  }
  draw_network(mix, rng);
  draw_processes(mix, rng);
  draw_clients(mix, rng);
  draw_flaws(mix, rng);
  mix.whole_core = rng.below(2) == 0;
  constexpr std::uint64_t kRotations[] = {500, 2000, 10'000};
  if (rng.below(4) == 0) mix.rotation_ms = kRotations[rng.below(3)];
  return mix;
}

std::string describe(const Mix& mix) {
  std::string text =
      std::to_string(mix.validators) + " validators, " + std::to_string(mix.fault_ticks) + " ticks";
  const auto add = [&text](const char* what, std::uint64_t value) {
    if (value != 0) text += std::string(", ") + what + " " + std::to_string(value);
  };
  for (std::size_t i = 0; i < mix.flaws.size(); ++i) {
    if (mix.flaws[i] != Flaw::kNone) text += ", " + std::to_string(i) + " " + name(mix.flaws[i]);
  }
  add("delay-us", mix.delay_min + mix.delay_mean);
  add("loss", mix.loss);
  add("duplicate", mix.duplicate);
  add("replay", mix.replay_old);
  add("corrupt", mix.corrupt);
  add("reorder", mix.reorder ? 1 : 0);
  add("capacity", mix.capacity);
  add("clog", mix.clog);
  add("reset", mix.reset);
  add("cut", mix.cut);
  add("lag", mix.lag);
  add("partition-mode", static_cast<std::uint64_t>(mix.partition));
  add("crash", mix.crash);
  add("crash-all", mix.crash_all);
  add("crash-in-write", mix.crash_in_write);
  add("failed-sync", mix.failed_sync);
  add("failed-read", mix.failed_read);
  add("disk-full", mix.disk_full);
  add("rolling-ticks", mix.rolling_ticks);
  add("pause", mix.pause);
  add("disk-us", mix.disk_mean);
  add("slow-disks", mix.slow_disks);
  add("slow-cpus", mix.slow_cpus);
  if (mix.slow_cpus != 0) add("cpu-us", mix.cpu_mean);
  add("clock-spread-ms", mix.clock_spread_ms);
  add("drift", mix.clock_drift);
  add("transactions-per-minute", mix.transactions_per_minute);
  add("conflicting", mix.conflicting);
  add("expiring", mix.expiring);
  add("garbage", mix.garbage);
  add("whole-core", mix.whole_core ? 1 : 0);
  add("rotation-ms", mix.rotation_ms);
  return text;
}

}  // namespace galen::sim
