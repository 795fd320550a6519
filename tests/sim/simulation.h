// One run: an ordered queue of events over processes, links, clients and faults, all of it decided
// by one seed. First anything may go wrong and only safety is asked; then a core of sound nodes is
// healed and everything pending must commit. Thread rule: one thread.
#pragma once

#include "byzantine/catalogue.h"
#include "sim/clients.h"
#include "sim/consortium.h"
#include "sim/invariants.h"
#include "sim/links.h"
#include "sim/mix.h"
#include "sim/process.h"
#include "sim/reader.h"
#include "sim/trace.h"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace galen::sim {

struct RunResult {
  bool passed = false;
  std::string violation;
  std::uint64_t trace_hash = 0;
  Micros simulated = 0;
  std::uint64_t events = 0;
  std::uint64_t blocks = 0;
  std::uint64_t transactions = 0;
  View highest_view;
  std::size_t evidence = 0;    ///< pieces that correct nodes stored
  std::uint64_t releases = 0;  ///< of records, or further chunks of them
  std::uint64_t states_taken = 0;
};

class Simulation final : public Surroundings {
 public:
  /// `rng` decides everything that `mix` leaves open.
  Simulation(const Mix& mix, Rng rng, bool print);

  /// Both phases. Never throws.
  [[nodiscard]] RunResult run();

  // Steps of scenarios. They throw Violation.
  void step();
  [[nodiscard]] bool run_until(const std::function<bool()>& condition, Micros limit);

  [[nodiscard]] std::size_t size() const { return processes_.size(); }

  [[nodiscard]] Process& process(std::size_t number) { return *processes_[number]; }

  [[nodiscard]] const Consortium& consortium() const { return *consortium_; }

  [[nodiscard]] Invariants& invariants() { return invariants_; }

  [[nodiscard]] Links& links() { return links_; }

  [[nodiscard]] Clients& clients() { return clients_; }

  [[nodiscard]] Trace& trace() { return trace_; }

  void start_all();
  void crash(std::size_t number, const std::string& cause);
  void restart(std::size_t number);
  void pause(std::size_t number, Micros duration);
  /// Both ends learn that their streams broke and came back.
  void reconnect_all();
  /// Adds a process with a copy of the key and the directory of `number`.
  std::size_t clone(std::size_t number);

  /// Puts strategies of the catalogue before a process. False when a name is unknown.
  [[nodiscard]] bool be_byzantine(std::size_t number, const std::vector<std::string>& names);

  struct Planned {
    CrashPoint point = CrashPoint::kNone;
    bool at_apply = false;
    std::uint64_t count = 1;
  };

  /// The count-th task of votes that the process writes from now on, or block that it applies, ends
  /// like this (scenarios).
  void plan_crash(std::size_t number, const Planned& planned);
  /// A process whose plan has not happened.
  [[nodiscard]] std::optional<std::size_t> unhappened() const;

  /// Hands transactions to processes; checks what they are told.
  [[nodiscard]] Clients::Submit submitter();

  /// Sees every message as it leaves; false: the message is lost (scenarios).
  std::function<bool(std::size_t from, ValidatorIndex to, const Packet& packet)> filter;
  /// Restarts of dead processes; scenarios do them by hand.
  bool restarts_itself = true;

  // Surroundings
  [[nodiscard]] Micros now() const override { return now_; }

  void transmit(Process& from, ValidatorIndex to, Packet packet, Micros delay) override;
  void schedule_disk(Process& process) override;
  void schedule_apply(Process& process) override;
  void schedule_take(Process& process) override;
  const Process* state_source(const Process& process, Height target) override;
  CrashPoint next_crash_point(Process& process, bool is_apply, bool plannable) override;
  void died(Process& process, const std::string& cause) override;
  Result<engine::VerifiedTransactionPtr> resolve(BytesView bytes) override;
  Result<pbft::BlockInfo> inspect(const pbft::SharedBytes& block, Process& process) override;

 private:
  enum class Kind : std::uint8_t {
    kTick,
    kDeliver,
    kDisk,
    kApply,
    kTake,
    kRestart,
    kConnect,
    kFaults,
    kClient,
    kRead
  };

  struct Event {
    Micros at = 0;
    std::uint64_t order = 0;
    Kind kind{};
    std::uint32_t process = 0;
    std::uint32_t incarnation = 0;
    std::uint32_t slot = 0;  ///< delivery, or peer, or hospital
  };

  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };

  struct Delivery {
    std::uint32_t from = 0;  ///< process
    Packet packet;
    std::uint32_t connection = 0;  ///< it left through
  };

  void add_process(ValidatorIndex identity);
  [[nodiscard]] byzantine::Member member(std::size_t number) const;
  [[nodiscard]] bool has_slow_cpu(const Process& process) const;
  void schedule(Micros delay, Kind kind, std::uint32_t process = 0, std::uint32_t slot = 0);
  void handle(const Event& event);
  void deliver(const Event& event);
  void tick_process(Process& process);
  void deliver_later(std::uint32_t from, std::uint32_t to, const Packet& packet, Micros delay);
  void note(std::size_t process, const std::string& text);
  [[nodiscard]] std::vector<std::size_t> reachable() const;

  // faults.cpp
  void faults_tick();
  void network_faults();
  void disk_faults();
  void flaws_tick();
  void apply_flaw(std::size_t number);
  void partition_or_heal();
  void plan_flaws();
  void heal();
  void hurry();
  [[nodiscard]] std::vector<std::size_t> choose_core();
  [[nodiscard]] bool converged() const;
  void demand_progress();
  void demand_few_views(View before) const;

  Mix mix_;
  std::shared_ptr<const Consortium> consortium_;
  Trace trace_;
  Rng network_rng_;
  Rng fault_rng_;
  Invariants invariants_;
  Links links_;
  Clients clients_;
  Reader reader_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<Event> queue_;
  std::vector<Delivery> deliveries_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<Delivery> history_;  ///< for replays of old messages
  std::map<Digest, engine::VerifiedTransactionPtr> verified_;
  std::array<std::pair<pbft::SharedBytes, pbft::BlockInfo>, 8>
      inspected_;  ///< the same bytes reach everybody
  std::size_t next_inspected_ = 0;
  std::map<std::size_t, Planned> planned_;
  std::map<std::size_t, std::uint64_t> flaw_ticks_;  ///< when a member's flaw strikes
  std::set<std::size_t> flaw_due_;                   ///< strikes at the next restart
  std::set<std::size_t> stays_down_;
  std::vector<std::size_t> core_;
  Micros now_ = 0;
  std::uint64_t order_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t fault_tick_ = 0;
  Micros clients_until_ = 0;  ///< in the second phase
  bool healed_ = false;
  Rng seed_;
};

/// A whole run of one seed.
[[nodiscard]] RunResult run_seed(std::uint64_t seed, bool print);

}  // namespace galen::sim
