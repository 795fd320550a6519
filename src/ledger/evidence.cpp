#include "ledger/evidence.h"

#include "base/check.h"
#include "codec/codec.h"
#include "crypto/digest.h"
#include "crypto/keys.h"
#include "ledger/fields.h"

#include <string>

namespace galen::ledger {

namespace {

using codec::Reader;
using codec::Writer;

constexpr std::uint16_t kEvidenceVersion = 1;

/// What contradicts what. Only pairs that no honest member signs get a number
/// (docs/protocol.md, "Evidence").
enum class EvidenceKind : std::uint8_t { kTwoVotes = 1 };

bool is_kind(EvidenceKind kind) {
  return kind == EvidenceKind::kTwoVotes;
}

bool is_vote_type(VoteType type) {
  return type == VoteType::kPrepare || type == VoteType::kCommit;
}

tl::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kUnauthenticated, "evidence: " + std::move(why));
}

void write(Writer& w, const SignedBlock& vote) {
  w.raw(vote.block).raw(vote.signature);
}

SignedBlock read_signed_block(Reader& r) {
  SignedBlock vote;
  vote.block = r.fixed<BlockHash>();
  vote.signature = r.fixed<Signature>();
  if (!r.failed() && !crypto::is_canonical(vote.signature))
    r.fail_with("a signature that is not canonical");
  return vote;
}

Status check_vote(const Evidence& evidence, const SignedBlock& vote, const PublicKey& key) {
  const VoteSlot& s = evidence.slot;
  const Bytes statement =
      vote_statement(evidence.chain, {s.epoch, s.type, s.view, s.height, vote.block});
  if (crypto::verify(key, statement, vote.signature)) return {};
  const std::string which = vote == evidence.first ? "first" : "second";
  return refuse("the signature of member " + std::to_string(s.member.value) + " under the " +
                which + " vote is not valid");
}

}  // namespace

Evidence make_evidence(const ChainId& chain,
                       const VoteSlot& slot,
                       const SignedBlock& a,
                       const SignedBlock& b) {
  CHECK(a.block != b.block, "votes for one block are no evidence");
  return a.block < b.block ? Evidence{chain, slot, a, b} : Evidence{chain, slot, b, a};
}

Bytes encode(const Evidence& evidence) {
  const VoteSlot& s = evidence.slot;
  Writer w;
  w.tag("evidence").u16(kEvidenceVersion).raw(evidence.chain).enumeration(EvidenceKind::kTwoVotes);
  w.counter(s.epoch).u16(s.member.value).counter(s.height).counter(s.view).enumeration(s.type);
  write(w, evidence.first);
  write(w, evidence.second);
  return std::move(w).take();
}

Result<Evidence> decode_evidence(BytesView bytes) {
  Reader r(bytes, "evidence");
  r.tag("evidence");
  if (r.u16() != kEvidenceVersion) r.fail_with("another version of evidence");
  Evidence evidence;
  evidence.chain = r.fixed<ChainId>();
  (void)r.enumeration<EvidenceKind>(is_kind);
  VoteSlot& s = evidence.slot;
  s.epoch = r.counter<Epoch>();
  s.member = ValidatorIndex{r.u16()};
  s.height = r.counter<Height>();
  s.view = r.counter<View>();
  s.type = r.enumeration<VoteType>(is_vote_type);
  evidence.first = read_signed_block(r);
  evidence.second = read_signed_block(r);
  if (!r.failed() && !(evidence.first.block < evidence.second.block))
    r.fail_with("votes unsorted or for the same block");
  return fields::finish(r, std::move(evidence));
}

EvidenceId evidence_id(const Evidence& evidence) {
  return id_cast<EvidenceId>(crypto::tagged("evidence-id", encode(evidence)));
}

Status verify(const Evidence& evidence, const Genesis& genesis) {
  const VoteSlot& s = evidence.slot;
  if (evidence.chain != chain_id(genesis))
    return fail(ErrorCode::kWrongChain, "evidence: it belongs to another chain than the genesis");
  if (s.epoch != Epoch{})
    return refuse("the validators of epoch " + std::to_string(s.epoch.value) +
                  " are not those of the genesis");
  if (s.member.value >= genesis.validators.size())
    return refuse("member " + std::to_string(s.member.value) + " is not in the validator set");
  // Nobody can vote for genesis: a block hash there would be the chain id.
  if (s.height == Height{}) return refuse("votes for genesis");
  if (!(evidence.first.block < evidence.second.block))
    return refuse("the two votes do not contradict each other");
  const PublicKey& key = genesis.validators[s.member.value].consensus_key;
  GALEN_TRY_STATUS(check_vote(evidence, evidence.first, key));
  return check_vote(evidence, evidence.second, key);
}

}  // namespace galen::ledger
