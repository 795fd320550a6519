// Verification of peer messages, off the strand (DOS-4, SAF-2, SAF-5): the replica takes
// Verified<M> only, and only a Verifier makes one. A proposal's block is inspected here, so that
// its bytes are known to be what the vote's hash binds. Thread rule: a Verifier is const after
// construction; as thread-safe as its memo and inspector.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "crypto/keys.h"
#include "ledger/block.h"
#include "pbft/journal_record.h"
#include "pbft/message.h"

#include <functional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

namespace galen::pbft {

/// What the core must know of an opaque block.
struct BlockInfo {
  BlockHash hash;
  Height height;
  BlockHash parent;
  Epoch epoch;
  View origin_view;
  friend bool operator==(const BlockInfo&, const BlockInfo&) = default;
};

/// Decodes a block and recomputes everything its hash binds (transactions root included): equal
/// hashes from it mean equal blocks. kMalformed, kTooLarge.
using BlockInspector = std::function<Result<BlockInfo>(const SharedBytes& block)>;

/// Memory of verified signatures: certificates are made of votes that were verified before. A pure
/// cache: forgetting costs time only. Implementations used by several threads lock.
class VerifiedMemo {
 public:
  virtual ~VerifiedMemo() = default;
  [[nodiscard]] virtual bool contains(const Digest& key) = 0;
  virtual void insert(const Digest& key) = 0;
};

/// A proposal and what its block says.
struct CheckedProposal {
  Proposal proposal;
  BlockInfo block;
};

/// A block body and its hash.
struct CheckedBody {
  SharedBytes block;
  BlockInfo info;
};

template <class M>
class Verified {
 public:
  [[nodiscard]] const M& message() const { return message_; }

  /// Who sent it through the authenticated channel; not always who signed it.
  [[nodiscard]] ValidatorIndex from() const { return from_; }

 private:
  friend class Verifier;

  Verified(M message, ValidatorIndex from) : message_(std::move(message)), from_(from) {}

  M message_;
  ValidatorIndex from_;
};

using VerifiedMessage = std::variant<Verified<Vote>,
                                     Verified<CheckedProposal>,
                                     Verified<ViewChange>,
                                     Verified<NewView>,
                                     Verified<Suspect>,
                                     Verified<StatusReport>,
                                     Verified<CommitProof>,
                                     Verified<BlockRequest>,
                                     Verified<CheckedBody>>;

/// Checks messages of one epoch.
class Verifier {
 public:
  /// `memo` may be null and must outlive the Verifier. kMalformed when a member's key is no point.
  [[nodiscard]] static Result<Verifier> create(const ChainId& chain,
                                               Epoch epoch,
                                               const ledger::ValidatorSet& set,
                                               BlockInspector inspector,
                                               VerifiedMemo* memo);

  /// Makes verifying quicker, for one that lives long: 30 ms and 150 KB for each member, of the
  /// first kMaxTables.
  void prepare();
  static constexpr std::size_t kMaxTables = 32;

  /// Cheap checks first, then the block, then signatures. `from` is the authenticated peer.
  /// kInvalidArgument (wrong epoch, member, shape), kUnauthenticated (a signature), or the
  /// inspector's failure. REQUIRES: from is a member.
  [[nodiscard]] Result<VerifiedMessage> verify(Message message, ValidatorIndex from) const;

  /// All signatures valid and of distinct members, at least Q; for blocks fetched in bulk.
  [[nodiscard]] galen::Status check_certificate(const ledger::Certificate& certificate) const;

  /// An own record after it was signed and synced; not verified again.
  [[nodiscard]] Verified<JournalRecord> own(JournalRecord record, ValidatorIndex self) const;

  /// Own records as read back from the journal: every signature and block is checked. kCorrupt.
  [[nodiscard]] Result<std::vector<Verified<JournalRecord>>> restore(
      std::vector<JournalRecord> records, ValidatorIndex self) const;

 private:
  Verifier(const ChainId& chain,
           Epoch epoch,
           std::vector<crypto::VerifyKey> keys,
           BlockInspector inspector,
           VerifiedMemo* memo);

  [[nodiscard]] Result<VerifiedMessage> check(Vote vote, ValidatorIndex from) const;
  [[nodiscard]] Result<VerifiedMessage> check(Proposal proposal, ValidatorIndex from) const;
  [[nodiscard]] Result<VerifiedMessage> check(ViewChange view_change, ValidatorIndex from) const;
  [[nodiscard]] Result<VerifiedMessage> check(NewView new_view, ValidatorIndex from) const;
  [[nodiscard]] Result<VerifiedMessage> check(Suspect suspect, ValidatorIndex from) const;
  [[nodiscard]] Result<VerifiedMessage> check(StatusReport status, ValidatorIndex from) const;
  [[nodiscard]] Result<VerifiedMessage> check(CommitProof proof, ValidatorIndex from) const;
  [[nodiscard]] Result<VerifiedMessage> check(BlockRequest request, ValidatorIndex from) const;
  [[nodiscard]] Result<VerifiedMessage> check(BlockBody body, ValidatorIndex from) const;

  [[nodiscard]] galen::Status check_vote(const Vote& vote) const;
  [[nodiscard]] Result<BlockInfo> check_proposal(const Proposal& proposal) const;
  [[nodiscard]] galen::Status check_parent(const BlockInfo& block,
                                           const std::optional<ledger::Certificate>& parent) const;
  [[nodiscard]] galen::Status check_view_change(const ViewChange& view_change) const;
  [[nodiscard]] galen::Status check_new_view(const NewView& new_view) const;
  [[nodiscard]] galen::Status check_record(const JournalRecord& record, ValidatorIndex self) const;
  [[nodiscard]] galen::Status check_epoch(Epoch epoch) const;
  [[nodiscard]] galen::Status check_signature(ValidatorIndex member,
                                              BytesView statement,
                                              const Signature& signature) const;

  ChainId chain_;
  Epoch epoch_;
  std::vector<crypto::VerifyKey> keys_;
  BlockInspector inspector_;
  VerifiedMemo* memo_;
};

}  // namespace galen::pbft
