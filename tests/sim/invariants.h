// What must hold after every event, for every correct node (docs/simulator.md lists it): a global
// ledger of signatures, the one certified chain, and what clients were told. A violation throws.
// Thread rule: one thread.
#pragma once

#include "engine/candidate.h"
#include "engine/engine.h"
#include "ledger/evidence_index.h"
#include "pbft/journal_record.h"
#include "sim/bodies.h"
#include "sim/consortium.h"
#include "sim/mix.h"
#include "sim/reference.h"
#include "sim/virtual_disk.h"
#include "support/memory_state.h"

#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace galen::sim {

struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// `id` as in docs/simulator.md, e.g. "I1".
[[noreturn]] void violated(const std::string& id, const std::string& what);

/// A block some correct node applied.
struct CanonicalBlock {
  BlockHash hash;
  ledger::BlockHeader header;
  std::vector<ledger::DecodedTransactionPtr> transactions;
  View lowest_view;      ///< of the certificates it was applied with
  Micros committed = 0;  ///< when a correct node applied it first
};

/// When and on which state a node released a record.
struct ReadMoment {
  Height height;
  TimeMs block_time;  ///< of that height
  TimeMs clock;       ///< the node's own
  Micros now = 0;     ///< true time
};

class Invariants {
 public:
  Invariants(const Consortium& consortium, const Mix& mix);

  /// A correct engine signed a record and asks for it to be synced.
  void signed_by(ValidatorIndex author, const pbft::JournalRecord& record, Micros now);
  /// A message leaves a process that runs unchanged code.
  void sent_by(ValidatorIndex from, const pbft::Message& message, const VirtualDisk& disk);
  /// Any process, Byzantine or not, sends a proposal.
  void proposed(const pbft::Proposal& proposal, Micros now);
  /// A correct node holds a verified NEW-VIEW.
  void accepted(const pbft::NewView& new_view);
  void applied(ValidatorIndex at,
               const engine::Candidate& block,
               const ledger::Certificate& certificate,
               Micros now);
  /// It went over to a later state without executing the blocks between.
  void took(ValidatorIndex at,
            Height before,
            const engine::Head& head,
            const ledger::Certificate& certificate);
  /// A process that runs unchanged code released the record of this access, or a further chunk of
  /// it.
  void released(ValidatorIndex at,
                const ReadMoment& moment,
                const ledger::AccessRequest& request) const;
  /// A correct node's process has evidence durable on its disk.
  void stored(ValidatorIndex at, std::uint32_t process, const ledger::Evidence& evidence);
  /// What that process reads back at a start.
  void holds_evidence(ValidatorIndex at,
                      std::uint32_t process,
                      const ledger::EvidenceIndex& evidence) const;

  /// Its ledger is gone or an older one, the evidence with it.
  void lost_evidence(std::uint32_t process) { evidence_.erase(process); }

  void traced(ValidatorIndex at, const pbft::TraceRecord& record);
  /// A correct node has dealt with a verified vote that came alone; `applied` and `view` are what
  /// it had before. Two that contradict each other, while it holds votes of that place, are
  /// evidence to it.
  void heard(ValidatorIndex at, const pbft::Vote& vote, Height applied, View view);

  /// Its memory of what it heard ends with the process.
  void ended(ValidatorIndex at) { heard_.erase(at); }

  /// A correct node said "committed" to a client.
  void acknowledged(const engine::Committed& committed);
  void bounded(ValidatorIndex at, const engine::EngineStatus& status);
  /// Its key is in one place and its journal is its own, or gone.
  [[nodiscard]] bool is_correct(ValidatorIndex member) const;
  /// Nothing but crashes happens to its disk: they must not cost it its votes. (Without its ledger
  /// a node cannot tell a torn frame that has served from one that has not: amnesia is right.)
  [[nodiscard]] bool keeps_votes(ValidatorIndex member) const;

  using NodeStates = std::vector<std::pair<Height, const galen::test::MemoryState*>>;
  /// Replays the chain from genesis with fresh state and compares each node's state with it; then
  /// its second half from a copy of the state between.
  void check_replay(const NodeStates& nodes) const;

  [[nodiscard]] Height height() const { return Height{chain_.size()}; }

  /// Pieces of evidence that correct nodes made durable.
  [[nodiscard]] std::size_t evidence_stored() const { return evidence_stored_; }

  [[nodiscard]] std::optional<Height> committed(const TxId& id) const;

  [[nodiscard]] const std::vector<CanonicalBlock>& chain() const { return chain_; }

  /// A hospital's signing keys after the last block, by index; zero: retired.
  [[nodiscard]] const std::vector<PublicKey>& keys(const AccountId& hospital) const {
    return reference_.keys(hospital);
  }

  /// How the access that was committed last was decided.
  [[nodiscard]] std::optional<bool> last_permit() const { return reference_.last_permit(); }

  /// Bodies of the chain so far, as an erasure order must count them.
  [[nodiscard]] std::uint64_t count(const ledger::BodiesOf& bodies) const {
    return bodies_.count(bodies);
  }

  /// The highest view that a correct member has asked for by a VIEW-CHANGE.
  [[nodiscard]] View highest_view_asked() const;

  /// States that were taken over.
  [[nodiscard]] std::size_t states_taken() const { return states_taken_; }

 private:
  enum class Kind : std::uint8_t { kPrepare, kCommit, kViewChange, kNewView };

  struct SlotKey {
    ValidatorIndex author;
    Kind kind{};
    View view;
    Height height;
    friend auto operator<=>(const SlotKey&, const SlotKey&) = default;
  };

  struct Signed {
    Signature signature;
    std::uint64_t order = 0;  ///< of signing
    bool sent = false;
  };

  /// What a correct node heard in its present run, and whom it saw contradict himself.
  struct Heard {
    std::map<SlotKey, BlockHash> votes;
    std::set<std::tuple<ValidatorIndex, View, Height>> exposed;
  };

  struct Replay {
    galen::test::MemoryState state;
    Bodies bodies;
    Height height;
  };

  static void check_states(const Replay& replay, const NodeStates& nodes);
  void replay_block(Replay& replay, const CanonicalBlock& block) const;
  void sent_own(const SlotKey& key, const Signature& signature, const VirtualDisk& disk);
  void check_views(const SlotKey& key, std::uint64_t order);
  void extend(ValidatorIndex at, const engine::Candidate& block, Micros now);
  void check_time(const ledger::BlockHeader& header, const BlockHash& hash) const;
  [[nodiscard]] bool clocks_are_sound() const;

  const Consortium& consortium_;
  const Mix& mix_;
  bool faultless_;
  std::map<SlotKey, Signed> signatures_;
  std::uint64_t order_ = 0;
  std::map<BlockHash, Micros> first_proposed_;
  std::set<BlockHash> judged_;
  std::vector<CanonicalBlock> chain_;
  Reference reference_;
  Bodies bodies_;
  std::size_t states_taken_ = 0;
  std::map<TxId, Height> committed_;
  std::set<std::pair<AccountId, std::uint64_t>> nonces_;
  std::map<std::uint32_t, std::vector<ledger::EvidenceId>> evidence_;  ///< durable, by process
  std::size_t evidence_stored_ = 0;
  std::map<ValidatorIndex, Heard> heard_;
};

}  // namespace galen::sim
