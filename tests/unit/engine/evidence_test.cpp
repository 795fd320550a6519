// What the engine does with evidence: to the store, in the format anybody verifies (SAF-15,
// SAF-16).
#include "engine/engine.h"
#include "network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace galen::engine::test {
namespace {

pbft::Vote signed_vote(const Network& network,
                       std::uint16_t member,
                       const ledger::VoteSubject& subject) {
  const Bytes statement = ledger::vote_statement(network.chain, subject);
  return {subject, ValidatorIndex{member}, network.hospitals[member].consensus.sign(statement)};
}

BlockHash other_block(std::uint8_t fill) {
  return BlockHash::from(Bytes(32, fill));
}

ledger::Certificate commit_by(const Network& network, std::uint8_t fill, View view) {
  ledger::Certificate certificate{
      {Epoch{}, ledger::VoteType::kCommit, view, Height{1}, other_block(fill)}, {}};
  for (std::uint16_t i = 1; i < 4; ++i)
    certificate.signatures.emplace(ValidatorIndex{i},
                                   signed_vote(network, i, certificate.subject).signature);
  return certificate;
}

void deliver(Network& network, std::size_t to, const pbft::Message& message, std::uint16_t from) {
  network.nodes_[to]->receive(ValidatorIndex{from}, Channel::kConsensus, pbft::encode(message));
}

TEST(EngineEvidence, TwoVotesComeToTheStoreAsEvidenceThatVerifies) {
  Network network(1);
  ledger::VoteSubject subject{
      Epoch{}, ledger::VoteType::kPrepare, View{0}, Height{1}, other_block(9)};
  deliver(network, 0, signed_vote(network, 3, subject), 3);
  EXPECT_TRUE(network.disks_[0].evidence.empty());
  subject.block = other_block(5);
  deliver(network, 0, signed_vote(network, 3, subject), 3);
  ASSERT_EQ(network.disks_[0].evidence.size(), 1U);
  const ledger::Evidence& evidence = network.disks_[0].evidence[0];
  EXPECT_EQ(evidence.slot.member, ValidatorIndex{3});
  EXPECT_EQ(evidence.first.block, other_block(5)) << "in the order of the format";
  const auto verified = ledger::verify(evidence, network.genesis);
  EXPECT_TRUE(verified) << verified.error().message;
}

TEST(EngineEvidence, WorkGoesOnAfterEvidence) {
  Network network(2);
  for (const std::uint8_t fill : {std::uint8_t{1}, std::uint8_t{2}}) {
    const ledger::VoteSubject subject{
        Epoch{}, ledger::VoteType::kCommit, View{0}, Height{1}, other_block(fill)};
    deliver(network, 0, signed_vote(network, 3, subject), 3);
  }
  network.submit(0, network.patient_transaction(0));
  EXPECT_TRUE(network.run_until([&] { return network.all_at(Height{1}); }));
  EXPECT_EQ(network.disks_[0].evidence.size(), 1U) << "its honest COMMIT came as well";
}

TEST(EngineEvidence, AFailStopLeavesBothCertificates) {
  Network network(3);
  network.may_fail_stop = true;
  const auto first = commit_by(network, 1, View{0});
  const auto second = commit_by(network, 2, View{0});
  deliver(network, 0, pbft::CommitProof{first, nullptr}, 1);
  EXPECT_THROW(deliver(network, 0, pbft::CommitProof{second, nullptr}, 2), std::runtime_error);
  ASSERT_TRUE(network.disks_[0].fail_stop);
  const ledger::FailStopBundle& bundle = *network.disks_[0].fail_stop;
  EXPECT_EQ(bundle.certificates, (std::vector{first, second}));
  const auto verified = ledger::verify(bundle, network.genesis);
  EXPECT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(network.disks_[0].evidence.size(), 3U)
      << "who signed both is named before the process ends";
}

TEST(EngineEvidence, AForkBelowTheHeadIsNoticed) {
  Network network(4);
  network.may_fail_stop = true;
  for (std::uint64_t height = 1; height <= 3; ++height) {
    network.submit(0, network.patient_transaction(0));
    ASSERT_TRUE(network.run_until([&] { return network.all_at(Height{height}); }));
  }
  const ledger::Certificate applied = network.disks_[0].blocks[0].certificate;
  EXPECT_NO_THROW(deliver(network, 0, pbft::CommitProof{applied, nullptr}, 1));
  const auto forked = commit_by(network, 1, applied.subject.view);
  EXPECT_THROW(deliver(network, 0, pbft::CommitProof{forked, nullptr}, 2), std::runtime_error);
  ASSERT_TRUE(network.disks_[0].fail_stop);
  EXPECT_EQ(network.disks_[0].fail_stop->certificates, (std::vector{applied, forked}));
  const auto verified = ledger::verify(*network.disks_[0].fail_stop, network.genesis);
  EXPECT_TRUE(verified) << verified.error().message;
}

TEST(EngineEvidence, AMemberBehindOnAnotherForkIsSentTheCertificateOfItsHeight) {
  Network network(5);
  for (std::uint64_t height = 1; height <= 3; ++height) {
    network.submit(0, network.patient_transaction(0));
    ASSERT_TRUE(network.run_until([&] { return network.all_at(Height{height}); }));
  }
  std::vector<Height> proofs;
  network.tampers =
      [&](ValidatorIndex from, ValidatorIndex, Channel channel, SharedBytes bytes, std::uint64_t&) {
        if (from != ValidatorIndex{0} || channel != Channel::kConsensus) return bytes;
        const auto message = pbft::decode_message(*bytes);
        if (const auto* proof = std::get_if<pbft::CommitProof>(&*message); proof && !proof->block)
          proofs.push_back(proof->certificate.subject.height);
        return bytes;
      };
  pbft::StatusReport status;
  status.applied = Height{1};
  status.suspects.resize(4);
  status.view_changes.resize(4);
  status.echoes.resize(4);
  status.max_commit_height = Height{1};
  for (pbft::HeldSlot& slot : status.slots) slot.members.resize(4);
  status.applied_hash = network.disks_[0].blocks[0].certificate.subject.block;
  deliver(network, 0, status, 2);
  network.run_ticks(1);
  EXPECT_EQ(std::count(proofs.begin(), proofs.end(), Height{1}), 0);
  status.applied_hash = other_block(1);
  deliver(network, 0, status, 2);
  network.run_ticks(1);
  EXPECT_EQ(std::count(proofs.begin(), proofs.end(), Height{1}), 1);
}

}  // namespace
}  // namespace galen::engine::test
