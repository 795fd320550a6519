// Which committed blocks a validator that is behind asks of whom: several peers at once, one
// request each. What fails is asked elsewhere, and its source comes last (docs/protocol.md,
// "Catching up"). Pure and deterministic; time is a tick. Thread rule: one thread (the engine's
// strand).
#pragma once

#include "base/ids.h"
#include "ledger/block.h"
#include "pbft/token_bucket.h"
#include "pbft/verified.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace galen::engine {

/// A block fetched in bulk whose certificate and contents were verified beside the strand.
struct SyncedBlock {
  pbft::SharedBytes block;
  pbft::BlockInfo info;
  ledger::Certificate certificate;
};

/// What a source did wrong.
enum class SyncFault : std::uint8_t {
  kLate = 1,    ///< no answer in time
  kOvertaken,   ///< others answered kOvertakenBy later requests meanwhile, and everything waits for
                ///< this one
  kWrongRange,  ///< no block, or more than asked
  kInvalid,     ///< a certificate or block that does not verify, or of another height
  kShort,       ///< left out a block that it reported to have and that had room in the reply
};

[[nodiscard]] std::string_view name(SyncFault fault);

/// Heights above the applied one that are asked for or wait here.
inline constexpr std::size_t kSyncWindowBlocks = 512;
/// Bytes of blocks that wait or may arrive. The next block to apply is asked for whatever waits.
inline constexpr std::size_t kSyncBufferBytes = 32 * 1024 * 1024;
inline constexpr std::size_t kMaxSyncRequests = 4;
/// From the request on. Doubles with every fault of the source while nobody better is idle, at most
/// kMaxSyncDoublings times, so that a slow line is not given up for ever.
inline constexpr std::uint64_t kSyncTimeoutTicks = 100;
inline constexpr unsigned kMaxSyncDoublings = 4;
inline constexpr unsigned kOvertakenBy = 2;
/// Nothing is asked of a blamed source for so long, doubling likewise, unless all are blamed.
inline constexpr std::uint64_t kSyncBackOffTicks = 500;

/// Invariants: 1. at most kMaxSyncRequests requests and one per source are open; 2. what waits lies
/// in (applied, applied + kSyncWindowBlocks]; 3. no height is in two open requests, except one that
/// was given up and is being verified after all.
class BlockSync {
 public:
  struct Request {
    ValidatorIndex to;
    Height first;
    std::uint16_t count = 0;
    friend bool operator==(const Request&, const Request&) = default;
  };

  struct Blame {
    ValidatorIndex source;
    SyncFault fault{};
    Height first;  ///< of the request
    friend bool operator==(const Blame&, const Blame&) = default;
  };

  BlockSync(ValidatorIndex self, std::size_t validators, Height applied);

  /// What a peer says it has applied: decides whom to ask, never how far (STX-2).
  void note_status(ValidatorIndex peer, Height applied);
  /// A certificate proves blocks up to here.
  void note_target(Height target);
  /// The ledger has reached `height`.
  void note_applied(Height height);

  /// Gives up what is overdue and returns the requests to send now. `tick` never falls.
  [[nodiscard]] std::vector<Request> ask(std::uint64_t tick);

  /// A reply of `from` with `count` blocks from `first` on is here, unverified. True when it
  /// answers an open request (once), or one given up whose blocks are still missing: then accept,
  /// refuse or drop must follow. Cheap: to be asked before anything is verified.
  [[nodiscard]] bool begin_reply(ValidatorIndex from, Height first, std::size_t count);
  /// The verified blocks of that reply, in order. `erased`: the block behind them has an erased
  /// body there, which is nobody's fault: others are asked for it.
  void accept(ValidatorIndex from, std::vector<SyncedBlock> blocks, bool erased = false);
  /// The reply did not verify.
  void refuse(ValidatorIndex from);
  /// The reply could not be verified here; nobody's fault.
  void drop(ValidatorIndex from);

  /// The next block to apply has erased bodies at f+1 sources, so at a correct one, and no healthy
  /// source that reported it is left to ask: nothing that can be executed is to be had.
  [[nodiscard]] bool is_erased() const;

  /// The block at `height` when it waits here: until note_applied.
  [[nodiscard]] const SyncedBlock* find(Height height) const;

  /// Since the last call, at most kMaxSyncBlames; the oldest are lost.
  [[nodiscard]] std::vector<Blame> take_blames() { return std::exchange(blames_, {}); }

  [[nodiscard]] std::size_t waiting_blocks() const { return waiting_.size(); }

  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_bytes_; }

  [[nodiscard]] std::size_t open_requests() const;

 private:
  struct Asked {
    Height first;
    std::uint16_t count = 0;
    std::uint64_t tick = 0;
    std::uint64_t order = 0;
    Height reported;  ///< by the source, when it was asked: it may apply more before its status
                      ///< says so
    unsigned overtaken = 0;
    bool given_up = false;
    bool verifying = false;

    [[nodiscard]] bool open() const { return !given_up || verifying; }

    [[nodiscard]] bool covers(Height height) const {
      return first <= height && height.value - first.value < count;
    }
  };

  struct Source {
    Source();

    Height reported;
    unsigned faults = 0;
    std::uint64_t healthy_tick = 0;  ///< in back-off before
    std::uint64_t last_order = 0;    ///< of its newest request
    pbft::TokenBucket allowance;     ///< mirrors what the source serves us
    std::optional<Asked> asked;

    [[nodiscard]] bool busy() const { return asked && asked->open(); }
  };

  /// A reply that ended before its request: where, and how many bytes it had.
  struct Cut {
    ValidatorIndex source;
    std::size_t bytes = 0;
  };

  void give_up_overdue();
  [[nodiscard]] bool is_overdue(const Source& source) const;
  [[nodiscard]] std::optional<Request> next_request();
  /// The lowest height nobody is asked for, within window and target.
  [[nodiscard]] std::optional<Height> first_gap() const;
  [[nodiscard]] std::uint16_t gap_length(Height first) const;
  [[nodiscard]] Height next_needed() const;
  [[nodiscard]] bool has_room() const;
  [[nodiscard]] std::optional<ValidatorIndex> best_source(Height first) const;

  [[nodiscard]] bool is_healthy(const Source& source) const { return tick_ >= source.healthy_tick; }

  [[nodiscard]] bool has_erased(std::size_t source, Height height) const;
  [[nodiscard]] bool still_missing(Height first, std::size_t count) const;
  void blame(ValidatorIndex source, SyncFault fault, Height first);
  void keep(SyncedBlock block);
  void note_overtaken(std::uint64_t order);
  void settle_allowance(Source& source, std::size_t used);

  ValidatorIndex self_;
  std::vector<Source> sources_;  ///< by ValidatorIndex; the own place is never used
  Height applied_;
  Height target_;
  std::uint64_t tick_ = 0;
  std::uint64_t order_ = 0;
  std::map<Height, SyncedBlock> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::map<Height, Cut> cuts_;  ///< by the first height left out; within the window
  std::map<Height, std::set<ValidatorIndex>>
      erased_;  ///< who has the block with erased bodies; within the window
  std::vector<Blame> blames_;
};

inline constexpr std::size_t kMaxSyncBlames = 64;

}  // namespace galen::engine
