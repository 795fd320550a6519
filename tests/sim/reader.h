// Doctors who fetch records: what was permitted is asked of the custodian's node by the gate that
// galend asks before every chunk (rpc/release_gate.h), soon after its entry and again and again, as
// a slow download would. Checks I13. Thread rule: one thread.
#pragma once

#include "rpc/release_gate.h"
#include "sim/invariants.h"
#include "sim/process.h"
#include "sim/rng.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace galen::sim {

class Reader {
 public:
  Reader(const Consortium& consortium, const Invariants& invariants, Rng rng)
      : consortium_(consortium), invariants_(invariants), rng_(rng) {}

  /// Asks for one record at each process that runs unchanged code, and for a further chunk of one
  /// download that is under way.
  void act(Micros now, const std::vector<std::unique_ptr<Process>>& processes);

  /// Records and chunks that were released.
  [[nodiscard]] std::uint64_t released() const { return released_; }

 private:
  struct Access {
    TxId transaction;
    ledger::AccessRequest request;
    TimeMs time;
  };

  struct Download {
    std::uint32_t process = 0;
    std::uint32_t incarnation = 0;
    rpc::Release release;
  };

  void learn();
  void open(Micros now, Process& process);
  void next_chunk(Micros now, const std::vector<std::unique_ptr<Process>>& processes);
  void note(Micros now, const Process& process, const ledger::AccessRequest& request);

  const Consortium& consortium_;
  const Invariants& invariants_;
  Rng rng_;
  std::size_t learnt_ = 0;  ///< blocks
  std::deque<Access> accesses_;
  std::vector<Download> downloads_;
  std::uint64_t released_ = 0;
};

}  // namespace galen::sim
