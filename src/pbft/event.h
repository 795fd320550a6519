// What happens to a replica: verified messages, and answers of the engine to its outputs.
// Thread rule: values.
#pragma once

#include "base/ids.h"
#include "ledger/block.h"
#include "pbft/verified.h"

#include <optional>
#include <variant>

namespace galen::pbft {

/// An own record came back signed and synced: from here own messages take the path of foreign ones.
struct Persisted {
  Verified<JournalRecord> record;
};

/// Answers BuildBlock: the engine built and executed a block on the applied head.
struct ProposalBuilt {
  View view;
  BlockInfo info;
  SharedBytes block;
};

/// Answers BuildBlock: nothing in the pool can be proposed now. Counts as
/// PendingTransactions{false}; the next PendingTransactions{true} asks again.
struct BuildDeclined {
  View view;
  Height height;
};

/// Outcome of CheckBlock.
enum class BlockVerdict : std::uint8_t {
  kValid = 1,
  kInvalid = 2,   ///< the primary of the view is faulty
  kUntimely = 3,  ///< its time is outside the window; only fresh blocks are judged
};

/// Answers CheckBlock.
struct BlockChecked {
  View view;
  BlockHash block;
  BlockVerdict verdict = BlockVerdict::kInvalid;
};

/// A block was applied with its certificate in one synced batch (from CommitBlock or from sync).
struct Applied {
  ledger::Certificate certificate;
  /// The time of this view is over with this block (rotation by block time): its replicas change
  /// it.
  std::optional<View> view_ended = std::nullopt;
};

/// Answers CompareCertificate: another block was applied at that height, under `known`.
struct CertifiedBefore {
  ledger::Certificate known;
  ledger::Certificate conflicting;
};

/// Whether a valid transaction waits in the pool. Send on every change; repeating it is harmless.
struct PendingTransactions {
  bool pending = false;
};

/// The streams to a peer came up: it gets a status at once.
struct PeerConnected {
  ValidatorIndex peer;
};

/// The engine found censorship by the primary of the view (CONSENSUS.md, fairness).
struct PrimarySuspected {
  View view;
};

/// So many times kTickMs have passed on the monotonic clock: more than one after a pause.
struct Tick {
  std::uint64_t passed = 1;
};

using Event = std::variant<Verified<Vote>,
                           Verified<CheckedProposal>,
                           Verified<ViewChange>,
                           Verified<NewView>,
                           Verified<Suspect>,
                           Verified<StatusReport>,
                           Verified<CommitProof>,
                           Verified<BlockRequest>,
                           Verified<CheckedBody>,
                           Persisted,
                           ProposalBuilt,
                           BuildDeclined,
                           BlockChecked,
                           Applied,
                           CertifiedBefore,
                           PendingTransactions,
                           PeerConnected,
                           PrimarySuspected,
                           Tick>;

/// A verified message is an event.
[[nodiscard]] inline Event to_event(VerifiedMessage message) {
  return std::visit([](auto&& m) -> Event { return Event(std::forward<decltype(m)>(m)); },
                    std::move(message));
}

}  // namespace galen::pbft
