// Whether the primary passes over a transaction (CONSENSUS.md, "Time, fairness, rotation"; LIV-9,
// LIV-10). Every validator knows every transaction, and pools are first in, first out: a primary
// that commits what came later, and not a valid one that it surely has, censors.
//   1. A transaction is overtaken when one that arrived here a second later was committed in this
//      view.
//   2. From then on it is sent to the primary every second; a second after the first time the
//      primary
//      is taken to have it, whatever its submitter did.
//   3. It is censored when it still waits T_incl after that, and one that arrived here T_incl / 2
//      or
//      more after that was committed. An honest primary has room for what is sent to it as
//      overtaken, whatever else fills its pool: it keeps a reserve for each validator
//      (mempool/pool.h), proposes that first, and a watch never has more under way than fits there.
//      Pure. Thread rule: the engine's strand.
#pragma once

#include "base/ids.h"
#include "mempool/pool.h"

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace galen::engine {

/// In ticks of pbft::kTickMs.
struct CensorshipTimes {
  std::uint64_t inclusion = 500;  ///< T_incl
  std::uint64_t acknowledgement =
      100;  ///< after which the primary is taken to have what was sent to it
};

class CensorshipWatch {
 public:
  explicit CensorshipWatch(const CensorshipTimes& times) : times_(times) {}

  struct Verdict {
    std::vector<ledger::DecodedTransactionPtr> forward;  ///< to the primary, again
    bool censored = false;
  };

  /// Another primary: everything counts anew.
  void enter_view(View view);

  [[nodiscard]] View view() const { return view_; }

  /// A block of this view committed a transaction that arrived here at this tick.
  void note_committed(std::uint64_t admitted_tick);

  /// `valid` tells whether an honest primary would admit and propose a transaction now.
  [[nodiscard]] Verdict judge(const mempool::Pool& pool,
                              std::uint64_t tick,
                              const std::function<bool(const ledger::DecodedTransaction&)>& valid);

 private:
  struct Watched {
    std::uint64_t first_sent = 0;
    std::uint64_t last_sent = 0;
    std::size_t bytes = 0;
    bool seen = false;  ///< by the running judge()
  };

  /// Whether the primary's reserve has room for it besides what is watched.
  [[nodiscard]] bool has_room(const ledger::DecodedTransaction& transaction) const;

  [[nodiscard]] bool is_censored(const Watched& watched, std::uint64_t tick) const;

  CensorshipTimes times_;
  View view_;
  std::uint64_t newest_committed_ = 0;  ///< latest admission tick among what this view committed
  std::map<TxId, Watched> watched_;     ///< at most mempool::kMaxReservedPerValidator
  std::size_t watched_bytes_ = 0;       ///< of them; at most mempool::kMaxReservedBytesPerValidator
};

/// Overtaken transactions looked at in one judge().
inline constexpr std::size_t kMaxLookedAt = 1024;

}  // namespace galen::engine
