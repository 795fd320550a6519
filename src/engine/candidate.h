// Building and checking one block on the committed head (CONSENSUS.md 14, 15; SAF-5, SAF-6).
// Nothing here is durable: a candidate lives in memory until a certificate commits it (SAF-8).
// Thread rule: the engine's strand.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "execution/executor.h"
#include "ledger/block.h"
#include "ledger/transaction.h"

#include <memory>
#include <optional>
#include <vector>

namespace galen::engine {

/// The committed head a block builds on.
struct Head {
  Height height;
  BlockHash hash;  ///< the chain id's bytes at genesis
  TimeMs time;
  View origin_view;
  Digest state_root;
  std::optional<TimeMs> view_start =
      std::nullopt;  ///< time of the first block of origin_view, when known
};

/// What stays the same from block to block within an epoch.
struct ChainContext {
  ChainId chain;
  Epoch epoch;
  Digest validators;
  std::size_t validator_count = 0;
  ledger::Parameters parameters;
};

/// A block with its execution on the head it was made for.
struct Candidate {
  ledger::BlockHeader header;
  BlockHash hash;
  std::shared_ptr<const Bytes> bytes;  ///< encode(Block)
  std::vector<ledger::DecodedTransactionPtr> transactions;
  execution::BlockOutcome outcome;
};

using CandidatePtr = std::shared_ptr<const Candidate>;

/// The head once `block` is applied on `head`.
[[nodiscard]] Head head_after(const Head& head, const Candidate& block);

/// Whether the time of the head's origin view is over (rotation by block time). `period_ms` 0:
/// never.
[[nodiscard]] bool view_ended(const Head& head, std::uint64_t period_ms);

/// State and rules that execution needs.
struct ExecutionContext {
  const execution::StateReader& state;
  const execution::PageReader& pages;
  const execution::Application& application;
  execution::SignatureVerifier& signatures;
};

/// Executes `transactions` (each passed check_transaction) into a block proposed in `view` at
/// `time`. REQUIRES: transactions not empty, time > head.time.
[[nodiscard]] CandidatePtr build_candidate(const ChainContext& chain,
                                           const Head& head,
                                           View view,
                                           TimeMs time,
                                           std::vector<ledger::DecodedTransactionPtr> transactions,
                                           const ExecutionContext& execution);

/// Whether a block's transactions are still to be judged, or the members of a quorum did and
/// certified it: then it is executed and its roots compared, whatever stands in it (docs/adr/0008).
enum class Standing : std::uint8_t { kProposed, kCertified };

/// How a block came: fresh in this view, or forced or certified, where proposer and time are the
/// origin view's business and not checked again (SAF-10).
struct Arrival {
  bool fresh = true;
  View view;       ///< of the vote
  TimeMs arrived;  ///< local clock when the proposal arrived
  Standing standing = Standing::kProposed;
};

/// Header rules that need no execution: chain, height, parent, epoch, sets, limits, proposer, time.
/// kInvalidArgument with the rule; kDeadlineExceeded when only its time is untimely.
[[nodiscard]] Status check_header(const ChainContext& chain,
                                  const Head& head,
                                  const ledger::BlockHeader& header,
                                  const Arrival& arrival);

/// check_header, every transaction of a proposed block against the parent state, execution, and all
/// three roots.
/// `transactions` are the block's, decoded, in order. Errors as check_header.
[[nodiscard]] Result<CandidatePtr> check_candidate(
    const ChainContext& chain,
    const Head& head,
    const ledger::Block& block,
    std::shared_ptr<const Bytes> bytes,
    std::vector<ledger::DecodedTransactionPtr> transactions,
    const Arrival& arrival,
    const ExecutionContext& execution);

}  // namespace galen::engine
