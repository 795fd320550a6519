// A deterministic cluster in memory: n replicas, a lossy, duplicating, reordering network, journals
// that forget unsynced records at a crash, and one optional Byzantine member that signs anything.
// Every signature of an honest member is checked: one content per slot, across restarts (SAF-3).
#pragma once

#include "unit/pbft/fixture.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace galen::pbft::test {

struct ClusterOptions {
  std::size_t n = 4;
  std::uint64_t seed = 1;
  std::optional<std::size_t> byzantine = std::nullopt;
  unsigned loss_percent = 0;
  unsigned duplicate_percent = 0;
  std::uint32_t request_ticks = 25;
  unsigned crash_per_mille = 0;  ///< of each step, while fewer than all are down
};

class Cluster {
 public:
  explicit Cluster(const ClusterOptions& options);

  /// `count` random steps: a delivery, a finished task of an engine, a tick, a crash or a restart.
  void run(std::size_t count);
  /// No more faults; everybody restarts. Delivers everything in order, one tick for all between,
  /// until every honest member has applied `blocks` more than anybody before. False after
  /// `max_ticks`.
  [[nodiscard]] bool heal(std::size_t blocks, std::size_t max_ticks);

  void crash(std::size_t who);
  void restart(std::size_t who);

  /// Messages between the two groups are lost until healed.
  void partition(std::set<std::size_t> group) { group_ = std::move(group); }

  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

  [[nodiscard]] Height highest() const;

  [[nodiscard]] Height applied(std::size_t who) const { return Height{nodes_[who].ledger.size()}; }

  [[nodiscard]] const Replica& replica(std::size_t who) const { return *nodes_[who].replica; }

  [[nodiscard]] std::size_t view_entries() const { return view_entries_; }

  [[nodiscard]] std::string describe() const;

 private:
  struct Block {
    Certificate certificate;
    SharedBytes bytes;
  };

  using Task = std::function<void()>;

  struct Node {
    std::optional<Replica> replica;
    std::vector<JournalRecord> journal;  ///< synced
    Height wiped;
    std::vector<std::vector<JournalRecord>> unsynced;  ///< batches in order
    std::vector<Block> ledger;
    std::vector<Task> tasks;  ///< lost at a crash
    Height syncing_to;
  };

  struct InFlight {
    std::size_t from;
    std::size_t to;
    Message message;
  };

  std::uint64_t random(std::uint64_t below) { return rng_() % below; }

  bool percent(unsigned p) { return random(100) < p; }

  [[nodiscard]] bool is_byzantine(std::size_t who) const { return options_.byzantine == who; }

  [[nodiscard]] bool connected(std::size_t a, std::size_t b) const {
    return group_.contains(a) == group_.contains(b);
  }

  void step(std::size_t who, const Event& event);
  void handle(std::size_t who, Output output);
  void handle(std::size_t who, const Action& action);
  void sync_journal(std::size_t who);
  void check_promise(std::size_t who, const JournalRecord& record);
  void build(std::size_t who, const BuildBlock& ask);
  void commit(std::size_t who, const Certificate& certificate, const SharedBytes& block);
  void catch_up(std::size_t who, Height target, std::size_t from);
  void send(std::size_t from, std::optional<ValidatorIndex> to, const Message& message);
  void deliver(const InFlight& in_flight);
  void tick(std::size_t who);
  void connect(std::size_t who);
  void misbehave(const InFlight& seen);
  void finish_tasks();

  ClusterOptions options_;
  Consortium consortium_;
  std::mt19937_64 rng_;
  std::vector<Node> nodes_;
  std::vector<InFlight> network_;
  std::set<std::size_t> group_;
  std::map<Height, BlockHash> agreed_;
  std::map<std::tuple<std::size_t, int, std::uint64_t, std::uint64_t>, Bytes> promises_;
  std::vector<Certificate> seen_commits_;  ///< what the Byzantine member may cite
  std::map<View, std::map<ValidatorIndex, ViewChange>> seen_changes_;
  std::vector<std::string> violations_;
  std::uint64_t payload_ = 0;
  std::size_t view_entries_ = 0;
  bool faults_ = true;
};

}  // namespace galen::pbft::test
