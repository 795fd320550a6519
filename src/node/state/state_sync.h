// Takes the state of a later certified head from peers: the blocks up to it, then what its tree has
// and ours has not (PRIVACY.md 18, docs/adr/0011). Believes nothing that is not proven by a
// certificate or, where nothing proves it, told alike by f+1 members. Goes on until it has it.
// Thread rule: one thread of its own, which it blocks.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "engine/gap_block.h"
#include "engine/state_wire.h"
#include "engine/wire.h"
#include "ledger/fail_stop.h"
#include "pbft/token_bucket.h"
#include "storage/database.h"
#include "storage/state_intake.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace galen::node {

/// A source that has not answered by then is asked last for a while.
inline constexpr std::uint64_t kStateAnswerMs = 5'000;
/// A source that has not given the whole state by then comes after the others: what it gave is
/// kept.
inline constexpr std::uint64_t kStateGoalMs = 60'000;
/// How long one source may take to fill the holes of one answer.
inline constexpr std::uint64_t kHolesMs = 10'000;
/// Between attempts when nobody has what is needed.
inline constexpr std::uint64_t kStatePauseMs = 500;

class StateSync {
 public:
  struct Parts {
    storage::Database& database;
    /// Q valid signatures of distinct members.
    std::function<Status(const ledger::Certificate&)> check_certificate;
    ValidatorIndex self;
    std::size_t validators = 0;
    std::function<std::optional<engine::StateMessage>(ValidatorIndex, const engine::StateMessage&)>
        ask;
    std::function<bool(ValidatorIndex)> connected;
    std::function<void(std::uint64_t milliseconds)> pause;
    std::function<bool()> stopping;
    std::function<std::uint64_t()> now_ms;  ///< never falls
    /// A head it goes for now.
    std::function<void(const storage::Head&)> aim;
    /// What a source did wrong.
    std::function<void(ValidatorIndex, const std::string&)> blame;
    /// Certified blocks contradict each other, or the own head (SAF-15). In a node it does not
    /// return.
    std::function<void(const ledger::FailStopBundle&)> fork;
  };

  /// Ready for Database::take.
  struct Outcome {
    std::unique_ptr<storage::StateIntake> intake;
    storage::Head head;
    std::vector<ledger::DecodedTransactionPtr> erasures;  ///< of the gap, those that carry an order
  };

  explicit StateSync(Parts parts);

  /// kUnavailable when stopped; kCorrupt, kIo from storage.
  [[nodiscard]] Result<Outcome> run(Height target);

 private:
  struct Source {
    unsigned faults = 0;
    std::uint64_t asked = 0;  ///< counts questions
    /// Mirrors what the source spends on us, so as not to ask in vain.
    pbft::TokenBucket allowance{engine::kServeBurstBytes, engine::kServeBytesPerTick};
  };

  /// A page whose lower parts are on their way: staged when all of them are.
  struct Open {
    execution::PageId at;
    Digest hash;
    execution::Page page;
    std::shared_ptr<Open> parent;
    std::size_t missing = 0;
  };

  struct Wanted {
    engine::StatePlace place;
    std::shared_ptr<Open> parent;
  };

  /// Where the state is to be had.
  struct Goal {
    storage::Head head;
    ValidatorIndex source;
  };

  // Each of these: true when done; false when another attempt is due; an error of storage.
  [[nodiscard]] Result<bool> attempt(Height target, std::optional<storage::Head>& reached);
  [[nodiscard]] std::optional<Goal> find_goal(Height at_least);
  [[nodiscard]] Result<bool> fetch_blocks(const Goal& goal);
  [[nodiscard]] std::optional<std::vector<engine::CheckedGapBlock>> ask_blocks(
      ValidatorIndex source, Height first, Height last);
  [[nodiscard]] bool fill_holes(std::vector<engine::GapMerge>& blocks, ValidatorIndex first_source);
  [[nodiscard]] Status keep(const engine::GapMerge& merged);
  [[nodiscard]] Result<bool> fetch_state(const Goal& goal);
  [[nodiscard]] Result<bool> fetch_places(const Goal& goal, std::vector<Wanted>& stack);
  [[nodiscard]] Status take_part(const Wanted& wanted,
                                 const engine::StatePart& part,
                                 engine::ProvenPart proven,
                                 std::vector<Wanted>& stack);
  [[nodiscard]] Status want(engine::StatePlace place,
                            const std::shared_ptr<Open>& parent,
                            std::vector<Wanted>& stack);
  [[nodiscard]] Status complete(std::shared_ptr<Open> open);

  [[nodiscard]] std::vector<ValidatorIndex> sources() const;  ///< best first
  [[nodiscard]] std::optional<engine::StateMessage> ask(ValidatorIndex source,
                                                        const engine::StateMessage& question);
  void report_fork(std::vector<ledger::Certificate> certificates,
                   const ledger::BlockHeader& header);
  void blame(ValidatorIndex source, const std::string& what);

  [[nodiscard]] std::size_t enough() const { return ledger::fault_bound(parts_.validators) + 1; }

  Parts parts_;
  std::vector<Source> sources_;
  std::uint64_t questions_ = 0;
  std::unique_ptr<storage::StateIntake> intake_;
  std::vector<ledger::DecodedTransactionPtr> erasures_;
  Height next_;                                            ///< block to fetch
  BlockHash parent_;                                       ///< of the block before
  std::optional<ledger::Certificate> parent_certificate_;  ///< absent at genesis only
  Height erased_as_of_;  ///< the highest head at which a body that we lack was said to be erased
};

}  // namespace galen::node
