// Simulation: the faults of the first phase, the healing and the demands of the second.
#include "base/check.h"
#include "sim/simulation.h"

#include <algorithm>

namespace galen::sim {

namespace {

constexpr Micros kTick = 10'000;
/// What the second phase may take: the longest timeouts of f + 2 views, and catching up.
constexpr Micros kConvergence = 300'000'000;
/// Within which everything comes that was on its way at the healing.
constexpr Micros kSoon = 1'000'000;
/// For so long a flaw of the running disk strikes now and then.
constexpr std::uint64_t kFlawTicks = 100;
/// New transactions arrive for so long after the healing.
constexpr Micros kFreshLoad = 3'000'000;

/// In a run, a member with one of these cannot be counted on to vote.
bool may_not_vote(Flaw flaw) {
  return flaw != Flaw::kNone && flaw != Flaw::kBadClock;
}

}  // namespace

void Simulation::plan_flaws() {
  for (std::size_t i = 0; i < mix_.validators; ++i) {
    if (mix_.flaws[i] != Flaw::kNone)
      flaw_ticks_[i] = fault_rng_.between(50, mix_.fault_ticks - kFlawTicks);
  }
}

void Simulation::apply_flaw(std::size_t number) {
  Process& process = *processes_[number];
  note(number, std::string("suffers: ") + name(mix_.flaws[number]));
  trace_.mix(6, number, static_cast<std::uint64_t>(mix_.flaws[number]));
  switch (mix_.flaws[number]) {
    case Flaw::kLostJournal: return process.lose_journal();
    case Flaw::kDamagedJournal: return process.damage_journal();
    case Flaw::kLostLedger: return process.lose_ledger();
    case Flaw::kOldSnapshot: return process.restore_snapshot();
    case Flaw::kMisdirected: return process.disk().misdirect_next_write();
    case Flaw::kBitRot: return process.damage_journal();
    default: return;
  }
}

void Simulation::partition_or_heal() {
  if (links_.is_partitioned()) {
    if (!fault_rng_.chance(mix_.partition_heal)) return;
    trace_.mix(7, now_);
    if (trace_.on()) trace_.line(now_, "the partition ends");
    links_.heal();
    return reconnect_all();
  }
  if (mix_.partition == Partition::kNone || !fault_rng_.chance(mix_.partition_start)) return;
  std::vector<std::vector<std::size_t>> groups(2);
  const std::size_t alone = fault_rng_.below(processes_.size());
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (mix_.partition == Partition::kIsolateOne) {
      groups[i == alone ? 0 : 1].push_back(i);
    } else if (mix_.partition != Partition::kBridge || i != alone) {
      groups[fault_rng_.below(2)].push_back(i);
    }
  }
  trace_.mix(8, now_, groups[0].size());
  if (trace_.on())
    trace_.line(now_,
                "a partition of " + std::to_string(groups[0].size()) + " and " +
                    std::to_string(groups[1].size()));
  links_.partition(groups, mix_.one_way);
}

void Simulation::network_faults() {
  const auto anybody = [this] { return fault_rng_.below(processes_.size()); };
  if (fault_rng_.chance(mix_.clog)) {
    Link& link = links_.at(anybody(), anybody());
    link.clogged_until = now_ + fault_rng_.about(mix_.clog_mean);
  }
  if (fault_rng_.chance(mix_.cut))
    links_.at(anybody(), anybody()).cut_until = now_ + fault_rng_.about(2'000'000);
  if (fault_rng_.chance(mix_.lag)) {
    const std::size_t late = anybody();
    const Micros lag = fault_rng_.below(3) == 0 ? 0 : fault_rng_.about(mix_.lag_mean);
    for (std::size_t i = 0; i < processes_.size(); ++i) links_.at(i, late).lag = lag;
  }
  if (fault_rng_.chance(mix_.reset)) {
    const auto a = static_cast<std::uint32_t>(anybody());
    const auto b = static_cast<std::uint32_t>(anybody());
    if (processes_[a]->identity() != processes_[b]->identity()) {
      links_.reset(a, b);
      schedule(network_rng_.between(100, 100'000), Kind::kConnect, a, b);
      schedule(network_rng_.between(100, 100'000), Kind::kConnect, b, a);
    }
  }
  partition_or_heal();
}

void Simulation::disk_faults() {
  if (fault_rng_.chance(mix_.disk_full)) {
    const std::size_t number = fault_rng_.below(processes_.size());
    note(number, "has a full disk");
    processes_[number]->full_until = now_ + fault_rng_.about(mix_.full_mean);
  }
  for (const auto& process : processes_) process->fill_disk(now_ < process->full_until);
}

void Simulation::flaws_tick() {
  for (const auto& [number, tick] : flaw_ticks_) {
    const Flaw flaw = mix_.flaws[number];
    Process& process = *processes_[number];
    if (flaw == Flaw::kBadClock) {
      if (fault_tick_ % 100 == tick % 100)
        process.clock_offset_ms = static_cast<std::int64_t>(fault_rng_.below(1'200'000)) - 600'000;
    } else if (flaw == Flaw::kTwin) {
      if (fault_tick_ == tick) restart(clone(number));
    } else if (flaw == Flaw::kMisdirected || flaw == Flaw::kBitRot) {
      const bool strikes = fault_tick_ >= tick && fault_tick_ < tick + kFlawTicks;
      if (strikes && (fault_tick_ - tick) % 10 == 0 && fault_rng_.below(2) == 0) apply_flaw(number);
      if (fault_tick_ == tick + kFlawTicks) crash(number, "after its flaw");
    } else if (fault_tick_ == tick && flaw != Flaw::kByzantine) {
      flaw_due_.insert(number);
      crash(number, "before its flaw");
    } else if (flaw == Flaw::kOldSnapshot && fault_tick_ == tick / 2) {
      process.take_snapshot();
    }
  }
}

void Simulation::faults_tick() {
  if (healed_) return;
  ++fault_tick_;
  schedule(kTick, Kind::kFaults);
  if (fault_tick_ % 50 == 0) clients_.repeat(now_, reachable(), submitter());
  const auto anybody = [this] { return fault_rng_.below(processes_.size()); };
  if (fault_rng_.chance(mix_.crash)) crash(anybody(), "killed");
  if (fault_rng_.chance(mix_.crash_all)) {
    for (std::size_t i = 0; i < processes_.size(); ++i) crash(i, "killed with all");
  }
  if (mix_.rolling_ticks != 0 && fault_tick_ % mix_.rolling_ticks == 0)
    crash(fault_tick_ / mix_.rolling_ticks % processes_.size(), "stopped, to start again");
  if (fault_rng_.chance(mix_.pause)) pause(anybody(), fault_rng_.about(mix_.pause_mean));
  network_faults();
  disk_faults();
  flaws_tick();
}

std::vector<std::size_t> Simulation::choose_core() {
  std::vector<std::size_t> sound;
  for (std::size_t i = 0; i < mix_.validators; ++i) {
    if (!may_not_vote(mix_.flaws[i])) sound.push_back(i);
  }
  const std::size_t least = mix_.validators - consortium_->fault_bound();
  CHECK(sound.size() >= least, "at most f members have a flaw");
  while (!mix_.whole_core && sound.size() > least)
    sound.erase(sound.begin() + static_cast<std::ptrdiff_t>(fault_rng_.below(sound.size())));
  return sound;
}

/// What is on its way for longer than a sound network takes comes now, in its order: behind it
/// everything else of its stream would wait. So does what a paused process had put off, its ticks
/// among it.
void Simulation::hurry() {
  const Micros soon = now_ + kSoon;
  for (Event& event : queue_) {
    const bool of_faults = event.kind == Kind::kRestart || event.kind == Kind::kFaults;
    if (!of_faults) event.at = std::min(event.at, soon);
  }
  std::make_heap(queue_.begin(), queue_.end(), Later{});
  links_.hurry(soon);
}

void Simulation::heal() {
  healed_ = true;
  clients_until_ = now_ + kFreshLoad;
  core_ = choose_core();
  links_.heal();
  hurry();
  trace_.mix(9, now_, core_.size());
  if (trace_.on()) trace_.line(now_, "healed: a core of " + std::to_string(core_.size()));
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    Process& process = *processes_[i];
    process.paused_until = std::min(process.paused_until, now_);
    process.busy_until = std::min(process.busy_until, now_);
    process.full_until = 0;
    process.fill_disk(false);
    const bool in_core = std::find(core_.begin(), core_.end(), i) != core_.end();
    const bool runs =
        in_core || (process.strategy != nullptr) ||
        (may_not_vote(mix_.flaws[process.identity().value]) && fault_rng_.below(2) == 0);
    if (!runs) {
      stays_down_.insert(i);
      crash(i, "left out of the core");
      continue;
    }
    if (in_core && mix_.flaws[i] == Flaw::kBadClock) process.clock_offset_ms = 0;
    if (flaw_due_.erase(i) > 0) apply_flaw(i);
    restart(i);
  }
  reconnect_all();
  for (std::size_t i = 0; i < mix_.validators; ++i) (void)clients_.want(i, now_);
}

bool Simulation::converged() const {
  if (now_ < clients_until_ + kTick || clients_.pending(now_) > 0) return false;
  return std::all_of(core_.begin(), core_.end(), [this](std::size_t i) {
    return processes_[i]->up() && processes_[i]->height() == invariants_.height();
  });
}

void Simulation::demand_progress() {
  const Micros end = now_ + kConvergence;
  const Height before = invariants_.height();
  View view = invariants_.highest_view_asked();
  for (const std::size_t i : core_) view = std::max(view, processes_[i]->view());
  while (now_ < end) {
    if (converged() && invariants_.height() > before) return demand_few_views(view);
    clients_.repeat(now_, core_, submitter());
    const Micros next = now_ + 100'000;
    while (now_ < next) step();
  }
  std::string what = std::to_string(clients_.pending(now_)) + " transactions pend, heads:";
  for (const std::size_t i : core_) what += " " + std::to_string(processes_[i]->height().value);
  what += ", chain " + std::to_string(invariants_.height().value);
  violated("I15",
           "no convergence " + std::to_string(kConvergence / 1'000'000) +
               " s after the healing: " + what);
}

/// At most f primaries in a row are bad; one view more brings everybody together.
void Simulation::demand_few_views(View before) const {
  const View last = invariants_.chain().back().lowest_view;
  if (mix_.rotation_ms > 0 || last <= before) return;
  const std::uint64_t views = last.value - before.value;
  if (views > consortium_->fault_bound() + 2)
    violated("I15",
             "everything committed only " + std::to_string(views) + " views after the healing");
}

RunResult Simulation::run() {
  RunResult result;
  try {
    plan_flaws();
    start_all();
    schedule(kTick, Kind::kFaults);
    for (std::uint32_t i = 0; i < consortium_->size(); ++i)
      schedule(clients_.next_action(), Kind::kClient, 0, i);
    const Micros end = mix_.fault_ticks * kTick;
    while (now_ < end) step();
    heal();
    demand_progress();
    std::vector<std::pair<Height, const galen::test::MemoryState*>> states;
    for (const auto& process : processes_)
      states.emplace_back(process->height(), &process->ledger().state);
    invariants_.check_replay(states);
    result.passed = true;
  } catch (const Violation& violation) {
    result.violation = violation.what();
  }
  for (const auto& process : processes_) {
    result.highest_view = std::max(result.highest_view, process->view());
  }
  result.trace_hash = trace_.hash();
  result.simulated = now_;
  result.events = events_;
  result.evidence = invariants_.evidence_stored();
  result.releases = reader_.released();
  result.states_taken = invariants_.states_taken();
  result.blocks = invariants_.height().value;
  for (const CanonicalBlock& block : invariants_.chain())
    result.transactions += block.transactions.size();
  return result;
}

RunResult run_seed(std::uint64_t seed, bool print) {
  Rng rng(seed);
  Rng mix_rng = rng.fork(0);
  const Mix mix = draw_mix(mix_rng);
  if (print)
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), describe(mix).c_str());
  Simulation simulation(mix, rng.fork(1), print);
  return simulation.run();
}

}  // namespace galen::sim
