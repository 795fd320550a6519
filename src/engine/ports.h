// Everything the engine needs from outside, on one page (ARCHITECTURE.md 3). Production binds
// RocksDB, gRPC, key files and the system clock; the simulator binds virtual ones to the same
// engine. Thread rule: called from the engine's strand only; completions are posted back to that
// strand.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "engine/candidate.h"
#include "execution/state_tree.h"
#include "execution/state_view.h"
#include "ledger/block.h"
#include "ledger/evidence.h"
#include "ledger/fail_stop.h"
#include "pbft/journal_record.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace galen::engine {

/// Consensus messages are small and urgent; bulk carries transactions and block synchronisation.
enum class Channel : std::uint8_t { kConsensus = 1, kBulk = 2 };

using SharedBytes = std::shared_ptr<const Bytes>;

/// Bounded, lossy, ordered per (peer, channel): a full queue drops the message and counts it; the
/// protocol re-sends through its status exchange.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void send(ValidatorIndex to, Channel channel, SharedBytes message) = 0;
  [[nodiscard]] virtual bool connected(ValidatorIndex peer) const = 0;
};

/// The node's consensus key.
class Signer {
 public:
  virtual ~Signer() = default;
  [[nodiscard]] virtual Signature sign(BytesView statement) = 0;
};

/// Wall clock, for block times only; timers count ticks.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimeMs now() const = 0;
};

/// A transaction whose submitter's signature was verified, with the memo keys of every signature in
/// it that was verified on the way.
struct VerifiedTransaction {
  ledger::DecodedTransactionPtr transaction;
  std::vector<Digest> verified;
};

using VerifiedTransactionPtr = std::shared_ptr<const VerifiedTransaction>;

/// Transactions verified beside the strand, by their bytes. The one port that any thread may call.
class Transactions {
 public:
  virtual ~Transactions() = default;
  /// From memory when these very bytes were verified before, else decoded and verified now. Errors
  /// of ledger::decode_and_check; kPermissionDenied, kUnauthenticated for the submitter's
  /// signature.
  [[nodiscard]] virtual Result<VerifiedTransactionPtr> resolve(BytesView bytes) = 0;

  /// resolve() of each, in order; cheaper together.
  [[nodiscard]] virtual std::vector<Result<VerifiedTransactionPtr>> resolve_all(
      std::span<const Bytes> transactions) {
    std::vector<Result<VerifiedTransactionPtr>> results;
    results.reserve(transactions.size());
    for (const Bytes& bytes : transactions) results.push_back(resolve(bytes));
    return results;
  }

  /// resolve() for a transaction of a block that a quorum certified, without verifying its
  /// submitter's signature: the quorum's correct members did, and this member has to apply the
  /// block whatever it finds (CONSENSUS.md 7; docs/adr/0008). What comes from here is never
  /// admitted nor proposed.
  [[nodiscard]] virtual Result<VerifiedTransactionPtr> resolve_certified(BytesView bytes) {
    return resolve(bytes);
  }

  /// These are committed or dropped: memory may forget them.
  virtual void settle(const std::vector<ledger::DecodedTransactionPtr>& transactions) = 0;
};

/// A later state than the one before, taken over without executing the blocks between.
struct TakenState {
  Head head;
  /// Of every height above the head before, up to this one.
  std::function<ledger::Certificate(Height)> certificate;
  /// Transactions between that carry an erasure order.
  std::vector<ledger::DecodedTransactionPtr> erasures;
};

/// Committed ledger and vote journal. A failed write never returns: the process stops (DUR-5).
class Store {
 public:
  virtual ~Store() = default;
  /// State and pages of the committed head; they change only inside apply's completion.
  [[nodiscard]] virtual const execution::StateReader& state() const = 0;
  [[nodiscard]] virtual const execution::PageReader& pages() const = 0;
  /// Appends to the vote journal with one sync, then posts `done`. Calls complete in order.
  virtual void append_votes(std::vector<pbft::JournalRecord> records,
                            std::function<void()> done) = 0;
  /// Applies the block in one synced batch, then posts `done`. REQUIRES: it continues the head.
  virtual void apply(CandidatePtr block,
                     ledger::Certificate certificate,
                     std::function<void()> done) = 0;
  /// Takes the state of a certified head at or above `target` from peers, in its own time, then
  /// posts `done`; state() and pages() are that state's from then on. Once at a time; no apply
  /// meanwhile.
  virtual void take_state(Height target, std::function<void(TakenState)> done) = 0;
  /// Under which certificate the block at an applied height stands; nullopt: at genesis.
  [[nodiscard]] virtual std::optional<ledger::Certificate> certificate(Height height) const = 0;
  /// Stores in the vote journal that this key's memory is not whole: no later start may vote with
  /// it.
  virtual void remember_amnesia() = 0;
  /// Sends a committed block with its certificate to a peer, in its own time; nothing when pruned.
  virtual void answer_block(ValidatorIndex to, Height height) = 0;
  /// Stores it durably in its own time, behind everything that votes wait for; bounded, each slot
  /// once (SAF-16). May drop it and count that.
  virtual void keep_evidence(const ledger::Evidence& evidence) = 0;
  /// Leaves the bundle behind and stops the process: the ledger contradicts a certificate (SAF-15).
  [[noreturn]] virtual void fail_stop(const ledger::FailStopBundle& bundle) = 0;
};

}  // namespace galen::engine
