// Evidence: two votes of one member for different blocks in one slot, which no honest member ever
// signs (CONSENSUS.md 1, 3, 4; SAF-16). Anybody checks it offline with the genesis document alone
// (`galen evidence verify`). It holds no bodies (PRIVACY.md 16). FROZEN (docs/formats.md). Thread
// rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/block.h"
#include "ledger/genesis.h"

namespace galen::ledger {

/// H("evidence-id" || encoding).
using EvidenceId = FixedBytes<struct EvidenceIdTag, 32>;

/// What may hold one vote of one member, for ever.
struct VoteSlot {
  Epoch epoch;
  ValidatorIndex member;
  Height height;
  View view;
  VoteType type = VoteType::kPrepare;
  friend auto operator<=>(const VoteSlot&, const VoteSlot&) = default;
};

/// One of the two votes: what it is for, and the member's signature of the vote statement.
struct SignedBlock {
  BlockHash block;
  Signature signature;
  friend bool operator==(const SignedBlock&, const SignedBlock&) = default;
};

struct Evidence {
  ChainId chain;
  VoteSlot slot;
  SignedBlock first;   ///< the smaller block hash: one pair has one encoding
  SignedBlock second;  ///< another block
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

/// In the order the format wants. REQUIRES: two blocks.
[[nodiscard]] Evidence make_evidence(const ChainId& chain,
                                     const VoteSlot& slot,
                                     const SignedBlock& a,
                                     const SignedBlock& b);

[[nodiscard]] Bytes encode(const Evidence& evidence);
/// kMalformed.
[[nodiscard]] Result<Evidence> decode_evidence(BytesView bytes);
[[nodiscard]] EvidenceId evidence_id(const Evidence& evidence);

/// The member signed both votes. kWrongChain, kUnauthenticated with what is wrong. Knows epoch 0
/// only, whose validators the genesis names. REQUIRES: validate(genesis) succeeded.
[[nodiscard]] Status verify(const Evidence& evidence, const Genesis& genesis);

}  // namespace galen::ledger
