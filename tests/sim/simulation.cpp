#include "sim/simulation.h"

#include "base/check.h"
#include "crypto/digest.h"
#include "engine/inspect.h"
#include "sim/fast_keys.h"

#include <algorithm>
#include <utility>

namespace galen::sim {

namespace {

constexpr Micros kTick = 10'000;
constexpr std::uint64_t kMaxTicksAtOnce = 1500;  // as node/daemon.cpp
constexpr std::size_t kHistory = 256;
constexpr std::uint32_t kSlowCapacity = 64;  ///< messages under way to a slow processor
constexpr Micros kTake = 300'000;            ///< mean time that an attempt at a state takes
constexpr Micros kReads = 200'000;           ///< mean time between

}  // namespace

Simulation::Simulation(const Mix& mix, Rng rng, bool print)
    : mix_((begin_signatures(), mix)),
      consortium_(sim::consortium(mix.validators, mix.rotation_ms)),
      trace_(print),
      network_rng_(rng.fork(1)),
      fault_rng_(rng.fork(2)),
      invariants_(*consortium_, mix_),
      clients_(*consortium_, mix_, invariants_, rng.fork(3)),
      reader_(*consortium_, invariants_, rng.fork(5)),
      seed_(rng.fork(4)) {
  begin_signatures();  // the consortium may have been signed for an earlier run
  for (std::size_t i = 0; i < mix_.validators; ++i) {
    add_process(ValidatorIndex{static_cast<std::uint16_t>(i)});
    processes_[i]->found();
  }
}

void Simulation::add_process(ValidatorIndex identity) {
  const auto number = static_cast<std::uint32_t>(processes_.size());
  processes_.push_back(std::make_unique<Process>(Process::Parts{
      *this, *consortium_, invariants_, trace_, number, identity, seed_.fork(number)}));
  Process& process = *processes_.back();
  const auto spread = static_cast<std::int64_t>(mix_.clock_spread_ms);
  if (spread > 0)
    process.clock_offset_ms =
        static_cast<std::int64_t>(fault_rng_.between(0, mix_.clock_spread_ms)) - spread / 2;
  if (mix_.clock_drift > 0)
    process.tick_period = fault_rng_.between(kTick - kTick * mix_.clock_drift / 1'000'000,
                                             kTick + kTick * mix_.clock_drift / 1'000'000);
  const bool twin = number >= mix_.validators;
  if (!twin && mix_.flaws[number] == Flaw::kByzantine)
    process.strategy = byzantine::draw_strategy(member(number));
}

byzantine::Member Simulation::member(std::size_t number) const {
  const auto& keys = consortium_->hospitals[number].consensus;
  return {ValidatorIndex{static_cast<std::uint16_t>(number)},
          consortium_->size(),
          consortium_->chain,
          Epoch{},
          [&keys](BytesView statement) { return keys.sign(statement); },
          seed_.fork(number + 100).next_number()};
}

bool Simulation::be_byzantine(std::size_t number, const std::vector<std::string>& names) {
  processes_[number]->strategy = byzantine::make_strategy(member(number), names);
  return processes_[number]->strategy != nullptr;
}

bool Simulation::has_slow_cpu(const Process& process) const {
  return !healed_ && ((mix_.slow_cpus >> process.identity().value) & 1U) != 0;
}

void Simulation::schedule(Micros delay, Kind kind, std::uint32_t process, std::uint32_t slot) {
  const std::uint32_t incarnation =
      process < processes_.size() ? processes_[process]->incarnation() : 0;
  queue_.push_back({now_ + delay, ++order_, kind, process, incarnation, slot});
  std::push_heap(queue_.begin(), queue_.end(), Later{});
}

void Simulation::note(std::size_t process, const std::string& text) {
  if (trace_.on()) trace_.line(now_, "node " + std::to_string(process) + " " + text);
}

void Simulation::start_all() {
  schedule(kReads, Kind::kRead);
  for (std::uint32_t i = 0; i < processes_.size(); ++i) restart(i);
}

void Simulation::crash(std::size_t number, const std::string& cause) {
  if (processes_[number]->up()) processes_[number]->crash(cause);
}

void Simulation::restart(std::size_t number) {
  Process& process = *processes_[number];
  if (process.up()) return;
  note(number, "starts");
  trace_.mix(1, number, now_);
  process.start();
  if (!process.up()) return;
  const auto self = static_cast<std::uint32_t>(number);
  schedule(process.tick_period, Kind::kTick, self);
  for (std::uint32_t i = 0; i < processes_.size(); ++i) {
    if (i == number || !processes_[i]->up() || processes_[i]->identity() == process.identity())
      continue;
    schedule(network_rng_.between(100, 50'000), Kind::kConnect, i, self);
    schedule(network_rng_.between(100, 50'000), Kind::kConnect, self, i);
  }
}

void Simulation::reconnect_all() {
  for (std::uint32_t i = 0; i < processes_.size(); ++i) {
    for (std::uint32_t j = 0; j < processes_.size(); ++j) {
      if (processes_[i]->identity() != processes_[j]->identity())
        schedule(network_rng_.between(100, 100'000), Kind::kConnect, i, j);
    }
  }
}

void Simulation::pause(std::size_t number, Micros duration) {
  note(number, "pauses for " + std::to_string(duration / 1000) + " ms");
  trace_.mix(2, number, duration);
  processes_[number]->paused_until = now_ + duration;
}

std::size_t Simulation::clone(std::size_t number) {
  add_process(processes_[number]->identity());
  processes_.back()->clone_from(*processes_[number]);
  return processes_.size() - 1;
}

void Simulation::plan_crash(std::size_t number, const Planned& planned) {
  planned_[number] = planned;
}

std::optional<std::size_t> Simulation::unhappened() const {
  return planned_.empty() ? std::nullopt : std::optional(planned_.begin()->first);
}

void Simulation::schedule_disk(Process& process) {
  Micros delay = network_rng_.about(mix_.disk_mean) + 1;
  if (!healed_ && ((mix_.slow_disks >> process.identity().value) & 1U) != 0) delay *= 50;
  schedule(delay, Kind::kDisk, process.number());
}

void Simulation::schedule_apply(Process& process) {
  schedule(network_rng_.about(mix_.disk_mean) + 1, Kind::kApply, process.number());
}

void Simulation::schedule_take(Process& process) {
  schedule(network_rng_.about(kTake) + 1, Kind::kTake, process.number());
}

const Process* Simulation::state_source(const Process& process, Height target) {
  std::vector<const Process*> sources;
  for (const auto& other : processes_) {
    const auto reaches = [this](std::size_t from, std::size_t to) {
      const Link& link = links_.at(from, to);
      return !link.partitioned && now_ >= link.cut_until && now_ >= link.clogged_until;
    };
    const bool usable = other->up() && other->strategy == nullptr && other->height() >= target &&
                        other->identity() != process.identity();
    if (usable && reaches(process.number(), other->number()) &&
        reaches(other->number(), process.number()))
      sources.push_back(other.get());
  }
  return sources.empty() ? nullptr : sources[network_rng_.below(sources.size())];
}

CrashPoint Simulation::next_crash_point(Process& process, bool is_apply, bool plannable) {
  CrashPoint point = CrashPoint::kNone;
  if (const auto plan = planned_.find(process.number()); plannable && plan != planned_.end() &&
                                                         plan->second.at_apply == is_apply &&
                                                         --plan->second.count == 0) {
    point = plan->second.point;
    planned_.erase(plan);
  } else if (!healed_ && fault_rng_.chance(mix_.crash_in_write)) {
    point = static_cast<CrashPoint>(fault_rng_.between(1, 3));
  } else if (!healed_ && !is_apply && fault_rng_.chance(mix_.failed_sync)) {
    process.disk().fail_next_sync();
  }
  if (point == CrashPoint::kWithin && !is_apply) process.disk().arm(fault_rng_.below(5));
  return point;
}

void Simulation::died(Process& process, const std::string& cause) {
  note(process.number(), "dies: " + cause);
  trace_.mix(3, process.number(), now_);
  if (!restarts_itself || stays_down_.contains(process.number())) return;
  // Who cannot start, cannot at once either.
  const Micros after_heal = cause == kStartFailed ? 1'000'000 : kTick;
  const Micros delay = healed_ ? after_heal : fault_rng_.about(mix_.restart_mean) + kTick;
  schedule(delay, Kind::kRestart, process.number());
}

Result<engine::VerifiedTransactionPtr> Simulation::resolve(BytesView bytes) {
  constexpr std::size_t kFront = ledger::kTransactionHeaderBytes + Signature::kSize;
  // Which of them stands at a height, each engine asks its own state.
  const auto keys = [this](const AccountId& hospital) { return clients_.keys_ever(hospital); };
  if (bytes.size() < kFront) return verify_transaction(*consortium_, bytes, keys);
  const Digest leaf = crypto::tagged("txleaf", bytes.first(kFront));
  const auto known = verified_.find(leaf);
  if (known != verified_.end() && equal(known->second->transaction->bytes, bytes))
    return known->second;
  auto verified = verify_transaction(*consortium_, bytes, keys);
  if (verified) verified_.insert_or_assign(leaf, *verified);
  return verified;
}

Result<pbft::BlockInfo> Simulation::inspect(const pbft::SharedBytes& block, Process& process) {
  for (const auto& [bytes, info] : inspected_) {
    if (bytes == block) return info;
  }
  GALEN_TRY(const pbft::BlockInfo info, engine::inspect_block(consortium_->chain, block, process));
  inspected_[next_inspected_++ % inspected_.size()] = {block, info};
  return info;
}

// Network.

void Simulation::deliver_later(std::uint32_t from,
                               std::uint32_t to,
                               const Packet& packet,
                               Micros delay) {
  Link& link = links_.at(from, to);
  // Who reads slowly makes others drop what they cannot send.
  const std::uint32_t capacity = mix_.capacity != 0              ? mix_.capacity
                                 : has_slow_cpu(*processes_[to]) ? kSlowCapacity
                                                                 : 0;
  if (capacity != 0 && !healed_ && link.under_way >= capacity) return;
  Micros arrival = now_ + delay + link.lag + mix_.delay_min + network_rng_.about(mix_.delay_mean);
  arrival = std::max(arrival, link.clogged_until);
  if (!mix_.reorder) {
    Micros& last = link.last_arrival[static_cast<std::size_t>(packet.channel)];
    arrival = std::max(arrival, last);
    last = arrival;
  }
  ++link.under_way;
  std::uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(deliveries_.size());
    deliveries_.push_back({from, packet, link.connection});
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
    deliveries_[slot] = {from, packet, link.connection};
  }
  schedule(arrival - now_, Kind::kDeliver, to, slot);
}

void Simulation::transmit(Process& from, ValidatorIndex to, Packet packet, Micros delay) {
  if (filter && !filter(from.number(), to, packet)) return;
  if (mix_.replay_old != 0 && !healed_) {
    if (history_.size() < kHistory) {
      history_.push_back({from.number(), packet, 0});
    } else {
      history_[fault_rng_.below(kHistory)] = {from.number(), packet, 0};
    }
  }
  for (const auto& process : processes_) {
    if (process->identity() != to || process->number() == from.number()) continue;
    const Link& link = links_.at(from.number(), process->number());
    if (link.partitioned || now_ < link.cut_until) continue;
    if (!healed_ && network_rng_.chance(mix_.loss)) continue;
    deliver_later(from.number(), process->number(), packet, delay);
    if (healed_) continue;
    if (network_rng_.chance(mix_.duplicate))
      deliver_later(from.number(), process->number(), packet, delay);
    if (network_rng_.chance(mix_.replay_old) && !history_.empty()) {
      const Delivery& old = history_[network_rng_.below(history_.size())];
      if (processes_[old.from]->identity() != to)
        deliver_later(old.from, process->number(), old.packet, delay);
    }
  }
}

void Simulation::deliver(const Event& event) {
  const Delivery delivery = std::move(deliveries_[event.slot]);
  deliveries_[event.slot] = {};
  free_slots_.push_back(event.slot);
  Link& link = links_.at(delivery.from, event.process);
  if (delivery.connection != link.connection) return;
  --link.under_way;
  Process& to = *processes_[event.process];
  if (!to.up() || to.incarnation() != event.incarnation) return;
  Packet packet = delivery.packet;
  if (!healed_ && network_rng_.chance(mix_.corrupt) && !packet.bytes->empty()) {
    Bytes bytes = *packet.bytes;
    switch (network_rng_.below(3)) {
      case 0:
        bytes[network_rng_.below(bytes.size())] ^=
            static_cast<std::uint8_t>(1U << network_rng_.below(8));
        break;
      case 1: bytes.resize(network_rng_.below(bytes.size())); break;
      default:
        bytes[network_rng_.below(bytes.size())] =
            static_cast<std::uint8_t>(network_rng_.below(256));
        break;
    }
    packet = {packet.channel, std::make_shared<const Bytes>(std::move(bytes)), nullptr};
  }
  trace_.mix(4, (std::uint64_t{delivery.from} << 32U) | event.process, packet.bytes->size());
  if (trace_.on()) {
    note(event.process,
         "<- " + std::to_string(delivery.from) + " " +
             (packet.message                             ? std::string(pbft::name(*packet.message))
              : packet.channel == engine::Channel::kBulk ? "bulk"
                                                         : "undecodable") +
             ", " + std::to_string(packet.bytes->size()) + " bytes");
  }
  to.receive(processes_[delivery.from]->identity(), packet);
}

// Events.

void Simulation::tick_process(Process& process) {
  const std::uint64_t due = (now_ - process.last_tick) / process.tick_period;
  process.last_tick += due * process.tick_period;
  if (due > kMaxTicksAtOnce) process.tick(due - kMaxTicksAtOnce);
  for (std::uint64_t i = 0; i < std::min(due, kMaxTicksAtOnce) && process.up(); ++i)
    process.tick(1);
  if (process.up() && !process.strategy) invariants_.bounded(process.identity(), process.status());
  schedule(process.tick_period, Kind::kTick, process.number());
}

void Simulation::step() {
  CHECK(!queue_.empty(), "ticks never end");
  std::pop_heap(queue_.begin(), queue_.end(), Later{});
  const Event event = queue_.back();
  queue_.pop_back();
  now_ = std::max(now_, event.at);
  handle(event);
}

void Simulation::handle(const Event& event) {
  if (event.kind == Kind::kFaults) return faults_tick();
  if (event.kind == Kind::kClient) {
    if (!healed_ || now_ < clients_until_) {
      clients_.act(event.slot, now_, reachable(), submitter());
      schedule(clients_.next_action(), Kind::kClient, 0, event.slot);
    }
    return;
  }
  if (event.kind == Kind::kRead) {
    reader_.act(now_, processes_);
    return schedule(network_rng_.about(kReads) + 1, Kind::kRead);
  }
  Process& process = *processes_[event.process];
  if (event.kind == Kind::kRestart) {
    if (process.up() || process.incarnation() != event.incarnation ||
        stays_down_.contains(event.process))
      return;
    if (flaw_due_.erase(event.process) > 0) apply_flaw(event.process);
    if (!healed_ && fault_rng_.chance(mix_.crash_in_write)) process.disk().arm(fault_rng_.below(8));
    if (!healed_ && fault_rng_.chance(mix_.failed_read))
      process.disk().fail_read_after(fault_rng_.below(2));
    return restart(event.process);
  }
  if (event.kind != Kind::kDeliver && (!process.up() || process.incarnation() != event.incarnation))
    return;
  const Micros free_at = std::max(process.paused_until, process.busy_until);
  if (process.up() && now_ < free_at) {
    Event later = event;
    later.at = free_at;
    later.order = ++order_;
    queue_.push_back(later);
    std::push_heap(queue_.begin(), queue_.end(), Later{});
    return;
  }
  ++events_;
  if (has_slow_cpu(process)) process.busy_until = now_ + fault_rng_.about(mix_.cpu_mean);
  switch (event.kind) {
    case Kind::kTick: return tick_process(process);
    case Kind::kDeliver: return deliver(event);
    case Kind::kDisk: return process.complete_disk();
    case Kind::kApply: return process.complete_apply();
    case Kind::kTake: return process.complete_take();
    case Kind::kConnect: return process.peer_connected(processes_[event.slot]->identity());
    default: return;
  }
}

bool Simulation::run_until(const std::function<bool()>& condition, Micros limit) {
  const Micros end = now_ + limit;
  while (now_ < end) {
    if (condition()) return true;
    if (queue_.empty()) now_ = end;  // nothing runs
    if (now_ < end) step();
  }
  return condition();
}

Clients::Submit Simulation::submitter() {
  return [this](std::size_t number, const Bytes& transaction) {
    Process& process = *processes_[number];
    if (!process.up() || now_ < process.paused_until) return;
    const bool honest = process.strategy == nullptr;
    process.submit(transaction, [this, honest](const Result<engine::Committed>& result) {
      trace_.mix(5, result ? result->height.value : 0, now_);
      if (result && honest) invariants_.acknowledged(*result);
    });
  };
}

std::vector<std::size_t> Simulation::reachable() const {
  if (healed_) return core_;
  std::vector<std::size_t> up;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (processes_[i]->up()) up.push_back(i);
  }
  return up;
}

}  // namespace galen::sim
