#include "pbft/verified.h"

#include "base/check.h"
#include "crypto/digest.h"

#include <string>

namespace galen::pbft {

using ledger::VoteType;

namespace {

tl::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kInvalidArgument, std::move(why));
}

std::string member_text(ValidatorIndex member) {
  return "member " + std::to_string(member.value);
}

}  // namespace

Verifier::Verifier(const ChainId& chain,
                   Epoch epoch,
                   std::vector<crypto::VerifyKey> keys,
                   BlockInspector inspector,
                   VerifiedMemo* memo)
    : chain_(chain),
      epoch_(epoch),
      keys_(std::move(keys)),
      inspector_(std::move(inspector)),
      memo_(memo) {}

Result<Verifier> Verifier::create(const ChainId& chain,
                                  Epoch epoch,
                                  const ledger::ValidatorSet& set,
                                  BlockInspector inspector,
                                  VerifiedMemo* memo) {
  std::vector<crypto::VerifyKey> keys;
  for (const ledger::Validator& validator : set.members) {
    GALEN_TRY(auto key, crypto::VerifyKey::decode(validator.consensus_key));
    keys.push_back(std::move(key));
  }
  return Verifier(chain, epoch, std::move(keys), std::move(inspector), memo);
}

void Verifier::prepare() {
  const std::size_t count = std::min(keys_.size(), kMaxTables);
  for (std::size_t i = 0; i < count; ++i) keys_[i] = keys_[i].with_table();
}

Result<VerifiedMessage> Verifier::verify(Message message, ValidatorIndex from) const {
  CHECK(from.value < keys_.size(), "messages come from members");
  return std::visit([&](auto&& m) { return check(std::forward<decltype(m)>(m), from); },
                    std::move(message));
}

galen::Status Verifier::check_epoch(Epoch epoch) const {
  if (epoch != epoch_)
    return refuse("epoch " + std::to_string(epoch.value) + " is not the current one");
  return {};
}

galen::Status Verifier::check_signature(ValidatorIndex member,
                                        BytesView statement,
                                        const Signature& signature) const {
  if (member.value >= keys_.size())
    return refuse(member_text(member) + " is not in the validator set");
  Digest key;
  if (memo_ != nullptr) {
    key = crypto::Hasher("verified-signature")
              .u16(member.value)
              .raw(crypto::sha256(statement))
              .raw(signature)
              .finish();
    if (memo_->contains(key)) return {};
  }
  if (!keys_[member.value].verify(statement, signature)) {
    return fail(ErrorCode::kUnauthenticated,
                "the signature of " + member_text(member) + " does not verify");
  }
  if (memo_ != nullptr) memo_->insert(key);
  return {};
}

galen::Status Verifier::check_certificate(const ledger::Certificate& certificate) const {
  GALEN_TRY_STATUS(check_epoch(certificate.subject.epoch));
  if (certificate.signatures.size() < ledger::quorum(keys_.size())) {
    return fail(ErrorCode::kUnauthenticated,
                "a certificate of " + std::to_string(certificate.signatures.size()) +
                    " votes is below the quorum");
  }
  if (certificate.signatures.rbegin()->first.value >= keys_.size())
    return refuse("a certificate names a non-member");
  const Bytes statement = ledger::vote_statement(chain_, certificate.subject);
  for (const auto& [member, signature] : certificate.signatures) {
    GALEN_TRY_STATUS(check_signature(member, statement, signature));
  }
  return {};
}

galen::Status Verifier::check_vote(const Vote& vote) const {
  GALEN_TRY_STATUS(check_epoch(vote.subject.epoch));
  if (vote.subject.height.value == 0) return refuse("a vote for genesis");
  return check_signature(vote.member, ledger::vote_statement(chain_, vote.subject), vote.signature);
}

Result<VerifiedMessage> Verifier::check(Vote vote, ValidatorIndex from) const {
  GALEN_TRY_STATUS(check_vote(vote));
  return VerifiedMessage(Verified<Vote>(std::move(vote), from));
}

galen::Status Verifier::check_parent(const BlockInfo& block,
                                     const std::optional<ledger::Certificate>& parent) const {
  const bool above_genesis = block.height == Height{1};
  if (above_genesis != !parent.has_value())
    return refuse("a parent certificate is missing or not wanted");
  if (above_genesis) {
    if (block.parent != id_cast<BlockHash>(chain_))
      return refuse("the first block does not follow genesis");
    return {};
  }
  const ledger::VoteSubject& subject = parent->subject;
  if (subject.type != VoteType::kCommit || subject.height.next() != block.height ||
      subject.block != block.parent) {
    return refuse("the certificate is not of the block's parent");
  }
  return check_certificate(*parent);
}

Result<BlockInfo> Verifier::check_proposal(const Proposal& proposal) const {
  const ledger::VoteSubject& subject = proposal.vote.subject;
  GALEN_TRY_STATUS(check_epoch(subject.epoch));
  if (subject.type != VoteType::kPrepare) return refuse("a proposal whose vote is no PREPARE");
  if (proposal.vote.member.value != subject.view.value % keys_.size()) {
    return refuse("a proposal of " + member_text(proposal.vote.member) +
                  ", who is not primary of its view");
  }
  // The signature costs less than a block, and without it the block is anybody's.
  GALEN_TRY_STATUS(check_vote(proposal.vote));
  GALEN_TRY(const BlockInfo info, inspector_(proposal.block));
  if (info.hash != subject.block || info.height != subject.height || info.epoch != subject.epoch) {
    return refuse("a proposal whose block is not the one voted for");
  }
  if (info.origin_view > subject.view) return refuse("a block from a later view than its proposal");
  GALEN_TRY_STATUS(check_parent(info, proposal.parent_certificate));
  return info;
}

Result<VerifiedMessage> Verifier::check(Proposal proposal, ValidatorIndex from) const {
  GALEN_TRY(const BlockInfo info, check_proposal(proposal));
  return VerifiedMessage(Verified<CheckedProposal>({std::move(proposal), info}, from));
}

galen::Status Verifier::check_view_change(const ViewChange& v) const {
  GALEN_TRY_STATUS(check_epoch(v.epoch));
  if (v.new_view.value == 0) return refuse("a VIEW-CHANGE to view 0");
  if (v.committed.has_value() == (v.height.value == 0))
    return refuse("a VIEW-CHANGE without proof of its height");
  if (v.height.value == 0 && v.hash != id_cast<BlockHash>(chain_))
    return refuse("a VIEW-CHANGE from another genesis");
  GALEN_TRY_STATUS(check_signature(v.member, view_change_statement(chain_, v), v.signature));
  if (v.committed) {
    const ledger::VoteSubject& s = v.committed->subject;
    if (s.type != VoteType::kCommit || s.height != v.height || s.block != v.hash) {
      return refuse("a VIEW-CHANGE whose commit certificate is of another block");
    }
    GALEN_TRY_STATUS(check_certificate(*v.committed));
  }
  if (v.prepared) {
    const ledger::VoteSubject& s = v.prepared->subject;
    if (s.type != VoteType::kPrepare || s.height != v.height.next() || s.view >= v.new_view) {
      return refuse("a VIEW-CHANGE whose prepared certificate is of another slot");
    }
    GALEN_TRY_STATUS(check_certificate(*v.prepared));
  }
  return {};
}

Result<VerifiedMessage> Verifier::check(ViewChange view_change, ValidatorIndex from) const {
  GALEN_TRY_STATUS(check_view_change(view_change));
  return VerifiedMessage(Verified<ViewChange>(std::move(view_change), from));
}

galen::Status Verifier::check_new_view(const NewView& n) const {
  GALEN_TRY_STATUS(check_epoch(n.epoch));
  if (n.view.value == 0 || n.member.value != n.view.value % keys_.size()) {
    return refuse("a NEW-VIEW of " + member_text(n.member) + ", who is not its primary");
  }
  if (n.view_changes.size() != ledger::quorum(keys_.size()))
    return refuse("a NEW-VIEW without exactly a quorum");
  for (std::size_t i = 0; i < n.view_changes.size(); ++i) {
    if (n.view_changes[i].new_view != n.view)
      return refuse("a NEW-VIEW with a VIEW-CHANGE to another view");
    if (i > 0 && !(n.view_changes[i - 1].member < n.view_changes[i].member)) {
      return refuse("a NEW-VIEW with two VIEW-CHANGEs of one member");
    }
  }
  GALEN_TRY_STATUS(check_signature(n.member, new_view_statement(chain_, n), n.signature));
  for (const ViewChange& v : n.view_changes) GALEN_TRY_STATUS(check_view_change(v));
  return {};
}

Result<VerifiedMessage> Verifier::check(NewView new_view, ValidatorIndex from) const {
  GALEN_TRY_STATUS(check_new_view(new_view));
  return VerifiedMessage(Verified<NewView>(std::move(new_view), from));
}

Result<VerifiedMessage> Verifier::check(Suspect suspect, ValidatorIndex from) const {
  GALEN_TRY_STATUS(check_epoch(suspect.epoch));
  return VerifiedMessage(Verified<Suspect>(suspect, from));
}

Result<VerifiedMessage> Verifier::check(StatusReport status, ValidatorIndex from) const {
  GALEN_TRY_STATUS(check_epoch(status.epoch));
  const std::size_t n = keys_.size();
  const bool sized = status.suspects.size() == n && status.view_changes.size() == n &&
                     status.echoes.size() == n && status.slots[0].members.size() == n &&
                     status.slots[1].members.size() == n;
  if (!sized) return refuse("a status about another number of members");
  return VerifiedMessage(Verified<StatusReport>(std::move(status), from));
}

Result<VerifiedMessage> Verifier::check(CommitProof proof, ValidatorIndex from) const {
  if (proof.certificate.subject.type != VoteType::kCommit ||
      proof.certificate.subject.height.value == 0) {
    return refuse("a commit proof without COMMITs");
  }
  GALEN_TRY_STATUS(check_certificate(proof.certificate));
  if (proof.block) {
    GALEN_TRY(const BlockInfo info, inspector_(proof.block));
    if (info.hash != proof.certificate.subject.block)
      return refuse("a commit proof with another block");
  }
  return VerifiedMessage(Verified<CommitProof>(std::move(proof), from));
}

Result<VerifiedMessage> Verifier::check(BlockRequest request, ValidatorIndex from) const {
  return VerifiedMessage(Verified<BlockRequest>(request, from));
}

Result<VerifiedMessage> Verifier::check(BlockBody body, ValidatorIndex from) const {
  GALEN_TRY(const BlockInfo info, inspector_(body.block));
  return VerifiedMessage(Verified<CheckedBody>({std::move(body.block), info}, from));
}

Verified<JournalRecord> Verifier::own(JournalRecord record, ValidatorIndex self) const {
  return {std::move(record), self};
}

galen::Status Verifier::check_record(const JournalRecord& record, ValidatorIndex self) const {
  if (const auto* change = std::get_if<ViewChange>(&record)) {
    if (change->member != self) return refuse("a VIEW-CHANGE of another member");
    return check_view_change(*change);
  }
  if (const auto* new_view = std::get_if<NewView>(&record)) {
    return check_new_view(*new_view);  // another's, when a vote relied on it (rule 3)
  }
  const auto& vote = std::get<VoteRecord>(record);
  if (vote.vote.member != self) return refuse("a vote of another member");
  GALEN_TRY_STATUS(check_vote(vote.vote));
  if (vote.block) {
    GALEN_TRY(const BlockInfo info, inspector_(vote.block));
    if (info.hash != vote.vote.subject.block) return refuse("a vote with another block");
    GALEN_TRY_STATUS(check_parent(info, vote.parent_certificate));
  }
  if (vote.prepared) GALEN_TRY_STATUS(check_certificate(*vote.prepared));
  if (vote.new_view) GALEN_TRY_STATUS(check_new_view(*vote.new_view));
  return {};
}

Result<std::vector<Verified<JournalRecord>>> Verifier::restore(std::vector<JournalRecord> records,
                                                               ValidatorIndex self) const {
  std::vector<Verified<JournalRecord>> verified;
  for (JournalRecord& record : records) {
    if (const auto checked = check_record(record, self); !checked) {
      return fail(ErrorCode::kCorrupt, "vote journal: " + checked.error().message);
    }
    verified.push_back(Verified<JournalRecord>(std::move(record), self));
  }
  return verified;
}

}  // namespace galen::pbft
