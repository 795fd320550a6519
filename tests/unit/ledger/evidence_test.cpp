#include "ledger/evidence.h"

#include "base/limits.h"
#include "ledger/fail_stop.h"
#include "samples.h"

#include <gtest/gtest.h>

namespace galen::ledger {
namespace {

SignedBlock vote_for(const Genesis& genesis,
                     const ChainId& chain,
                     const VoteSlot& slot,
                     std::uint8_t fill) {
  const auto block = samples::pattern<BlockHash>(fill);
  const Bytes statement =
      vote_statement(chain, {slot.epoch, slot.type, slot.view, slot.height, block});
  return {block, samples::consensus_key(genesis, slot.member.value).sign(statement)};
}

class EvidenceTest : public testing::Test {
 protected:
  EvidenceTest() : genesis_(samples::valid_genesis(4)), chain_(chain_id(genesis_)) {}

  [[nodiscard]] Evidence pair_at(const VoteSlot& slot) const {
    return make_evidence(
        chain_, slot, vote_for(genesis_, chain_, slot, 9), vote_for(genesis_, chain_, slot, 5));
  }

  [[nodiscard]] std::string refusal(const Evidence& evidence) const {
    const Status status = verify(evidence, genesis_);
    return status ? "" : status.error().message;
  }

  Genesis genesis_;
  ChainId chain_;
  const VoteSlot slot_{Epoch{0}, ValidatorIndex{2}, Height{7}, View{3}, VoteType::kCommit};
};

TEST_F(EvidenceTest, TwoSignedVotesOfOneSlotVerify) {
  EXPECT_EQ(refusal(pair_at(slot_)), "");
  VoteSlot prepare = slot_;
  prepare.type = VoteType::kPrepare;
  EXPECT_EQ(refusal(pair_at(prepare)), "");
}

TEST_F(EvidenceTest, OnePairHasOneEncodingWhateverCameFirst) {
  const SignedBlock a = vote_for(genesis_, chain_, slot_, 5);
  const SignedBlock b = vote_for(genesis_, chain_, slot_, 9);
  const Evidence evidence = make_evidence(chain_, slot_, a, b);
  EXPECT_EQ(evidence, make_evidence(chain_, slot_, b, a));
  EXPECT_EQ(evidence.first, a);
  Evidence turned = evidence;
  std::swap(turned.first, turned.second);
  EXPECT_FALSE(decode_evidence(encode(turned)));
  EXPECT_NE(refusal(turned), "");
}

TEST_F(EvidenceTest, HedgedSignaturesOfOneVoteAreNoEvidence) {
  Evidence evidence = pair_at(slot_);
  evidence.second = vote_for(genesis_, chain_, slot_, 5);  // the same block, signed again
  EXPECT_FALSE(decode_evidence(encode(evidence)));
  EXPECT_EQ(refusal(evidence), "evidence: the two votes do not contradict each other");
}

TEST_F(EvidenceTest, EveryChangedByteIsRefused) {
  const Bytes bytes = encode(pair_at(slot_));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const unsigned flip : {0x01U, 0x80U, 0xffU}) {
      Bytes changed = bytes;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ flip);
      const auto decoded = decode_evidence(changed);
      EXPECT_FALSE(decoded && verify(*decoded, genesis_)) << "byte " << i;
    }
  }
}

TEST_F(EvidenceTest, NamesWhatIsWrong) {
  Evidence other_chain = pair_at(slot_);
  other_chain.chain = samples::pattern<ChainId>(1);
  EXPECT_EQ(verify(other_chain, genesis_).error().code, ErrorCode::kWrongChain);
  Evidence wrong_member = pair_at(slot_);
  wrong_member.slot.member = ValidatorIndex{1};
  EXPECT_EQ(refusal(wrong_member),
            "evidence: the signature of member 1 under the first vote is not valid");
  Evidence second = pair_at(slot_);
  second.second.signature = second.first.signature;
  EXPECT_EQ(refusal(second),
            "evidence: the signature of member 2 under the second vote is not valid");
  Evidence outsider = pair_at(slot_);
  outsider.slot.member = ValidatorIndex{4};
  EXPECT_EQ(refusal(outsider), "evidence: member 4 is not in the validator set");
  VoteSlot later = slot_;
  later.epoch = Epoch{1};
  EXPECT_EQ(refusal(pair_at(later)),
            "evidence: the validators of epoch 1 are not those of the genesis");
  VoteSlot genesis_vote = slot_;
  genesis_vote.height = Height{};
  EXPECT_EQ(refusal(pair_at(genesis_vote)), "evidence: votes for genesis");
  for (const auto& status : {verify(wrong_member, genesis_), verify(outsider, genesis_)})
    EXPECT_EQ(status.error().code, ErrorCode::kUnauthenticated);
}

TEST_F(EvidenceTest, TheIdIsOfTheWholeEncoding) {
  const Evidence evidence = pair_at(slot_);
  EXPECT_EQ(evidence_id(evidence), evidence_id(*decode_evidence(encode(evidence))));
  Evidence other = evidence;
  other.second.signature = samples::fixed_signature(3);
  EXPECT_NE(evidence_id(evidence), evidence_id(other));
}

class FailStopTest : public EvidenceTest {
 protected:
  [[nodiscard]] Certificate commit(std::uint8_t fill, View view = View{3}) const {
    Certificate certificate;
    certificate.subject = {
        Epoch{0}, VoteType::kCommit, view, Height{7}, samples::pattern<BlockHash>(fill)};
    const Bytes statement = vote_statement(chain_, certificate.subject);
    for (std::uint16_t i = 0; i < 3; ++i)
      certificate.signatures[ValidatorIndex{i}] =
          samples::consensus_key(genesis_, i).sign(statement);
    return certificate;
  }

  [[nodiscard]] FailStopBundle bundle() const {
    return {chain_, "two certificates", {commit(5), commit(9)}, std::nullopt};
  }

  [[nodiscard]] std::string refusal(const FailStopBundle& bundle) const {
    const Status status = verify(bundle, genesis_);
    return status ? "" : status.error().message;
  }
};

TEST_F(FailStopTest, TwoCertificatesOrOneWithItsHeaderVerify) {
  EXPECT_EQ(refusal(bundle()), "");
  FailStopBundle root = bundle();
  root.header = samples::block_header();
  root.certificates = {commit(0)};
  root.certificates[0].subject.block = block_hash(*root.header);
  EXPECT_NE(refusal(root), "") << "not signed for this block";
  const Bytes statement = vote_statement(chain_, root.certificates[0].subject);
  for (auto& [member, signature] : root.certificates[0].signatures)
    signature = samples::consensus_key(genesis_, member.value).sign(statement);
  EXPECT_EQ(refusal(root), "");
  root.header->time = root.header->time.next();
  EXPECT_EQ(refusal(root), "fail-stop bundle: the header is not of the certified block");
}

TEST_F(FailStopTest, NamesWhatIsWrong) {
  FailStopBundle empty = bundle();
  empty.certificates.clear();
  EXPECT_EQ(refusal(empty), "fail-stop bundle: it holds no certificate");
  FailStopBundle same = bundle();
  same.certificates = {commit(5), commit(5, View{4})};
  EXPECT_EQ(refusal(same), "fail-stop bundle: the two certificates do not contradict each other");
  FailStopBundle few = bundle();
  few.certificates[1].signatures.erase(ValidatorIndex{2});
  EXPECT_EQ(verify(few, genesis_).error().code, ErrorCode::kUnauthenticated);
  FailStopBundle prepared = bundle();
  prepared.certificates[0].subject.type = VoteType::kPrepare;
  EXPECT_NE(refusal(prepared), "");
  FailStopBundle foreign = bundle();
  foreign.chain = samples::pattern<ChainId>(1);
  EXPECT_EQ(verify(foreign, genesis_).error().code, ErrorCode::kWrongChain);
}

TEST_F(FailStopTest, AReasonThatIsTooLongIsCutNotRefused) {
  FailStopBundle wordy = bundle();
  wordy.reason = std::string(limits::kMaxFailStopReasonBytes + 1, 'x');
  const auto decoded = decode_fail_stop(encode(wordy));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->reason.size(), limits::kMaxFailStopReasonBytes);
  wordy.certificates.push_back(commit(7));
  EXPECT_FALSE(decode_fail_stop(encode(wordy))) << "three certificates";
}

}  // namespace
}  // namespace galen::ledger
