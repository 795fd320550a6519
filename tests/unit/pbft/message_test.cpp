// Encodings of messages and journal records: golden bytes, round trips, limits.
#include "pbft/message.h"

#include "base/hex.h"
#include "base/limits.h"
#include "crypto/digest.h"
#include "pbft/journal_record.h"

#include <gtest/gtest.h>

namespace galen::pbft {
namespace {

using ledger::VoteType;

Signature fixed_signature(std::uint8_t fill) {
  Signature signature;
  for (std::size_t i = 0; i < 32; ++i) signature.value[i] = fill;
  signature.value[63] = fill;
  return signature;
}

BlockHash hash_of(std::uint8_t fill) {
  BlockHash hash;
  hash.value.fill(fill);
  return hash;
}

Vote sample_vote(VoteType type) {
  return {{Epoch{1}, type, View{2}, Height{3}, hash_of(4)}, ValidatorIndex{2}, fixed_signature(5)};
}

ledger::Certificate sample_certificate(VoteType type, Height height) {
  ledger::Certificate certificate{{Epoch{1}, type, View{1}, height, hash_of(6)}, {}};
  for (std::uint16_t i = 0; i < 3; ++i) {
    certificate.signatures.emplace(ValidatorIndex{i},
                                   fixed_signature(static_cast<std::uint8_t>(i + 1)));
  }
  return certificate;
}

SharedBytes sample_block() {
  return std::make_shared<const Bytes>(Bytes{1, 2, 3, 4, 5});
}

ViewChange sample_view_change(std::uint16_t member) {
  return {Epoch{1},
          View{7},
          Height{2},
          hash_of(6),
          sample_certificate(VoteType::kCommit, Height{2}),
          sample_certificate(VoteType::kPrepare, Height{3}),
          ValidatorIndex{member},
          fixed_signature(9)};
}

NewView sample_new_view() {
  return {Epoch{1},
          View{7},
          {sample_view_change(0), sample_view_change(1)},
          ValidatorIndex{3},
          fixed_signature(8)};
}

StatusReport sample_status() {
  StatusReport status;
  status.epoch = Epoch{1};
  status.view = View{2};
  status.view_change = View{3};
  status.timer_expired = true;
  status.applied = Height{4};
  status.applied_hash = hash_of(5);
  status.max_commit_height = Height{5};
  status.suspects = {true, false, false, true};
  status.view_changes = {View{0}, View{3}, View{0}, View{9}};
  status.stamp = 0x0102030405060708;
  status.echoes = {0, 1, 0, 0xf1f2f3f4f5f6f7f8};
  for (HeldSlot& slot : status.slots) slot.members.resize(4);
  status.slots[0].proposal = HeldVote{View{2}, hash_of(7)};
  status.slots[0].members[1].prepare = HeldVote{View{2}, hash_of(7)};
  status.slots[1].members[3].commit = HeldVote{View{1}, hash_of(8)};
  return status;
}

std::vector<Message> samples() {
  return {sample_vote(VoteType::kPrepare),
          Proposal{sample_vote(VoteType::kPrepare),
                   sample_block(),
                   sample_certificate(VoteType::kCommit, Height{2})},
          sample_view_change(2),
          sample_new_view(),
          Suspect{Epoch{1}, View{2}},
          sample_status(),
          CommitProof{sample_certificate(VoteType::kCommit, Height{3}), sample_block()},
          BlockRequest{Height{3}, hash_of(4)},
          BlockBody{sample_block()}};
}

std::vector<JournalRecord> sample_records() {
  VoteRecord prepare;
  prepare.vote = sample_vote(VoteType::kPrepare);
  prepare.is_proposal = true;
  prepare.block = sample_block();
  prepare.parent_certificate = sample_certificate(VoteType::kCommit, Height{2});
  prepare.new_view = sample_new_view();
  VoteRecord commit;
  commit.vote = sample_vote(VoteType::kCommit);
  commit.prepared = sample_certificate(VoteType::kPrepare, Height{3});
  return {prepare, commit, sample_view_change(2), sample_new_view()};
}

std::string fingerprint(BytesView bytes) {
  return to_hex(crypto::sha256(bytes).view().first(8));
}

TEST(ConsensusMessage, EncodingsAreFrozen) {
  const std::vector<std::string> golden = {"7012020013b062c7",
                                           "361db7adfb4486cd",
                                           "0994332e23ffc130",
                                           "5fa823bf0d6a6ab1",
                                           "27aa6640740a4ccc",
                                           "6ccf999b5bd8f827",
                                           "835c4d8db9053e8f",
                                           "2f86472dd98e3770",
                                           "a61448a3fd96bec5"};
  const std::vector<Message> messages = samples();
  ASSERT_EQ(golden.size(), messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    EXPECT_EQ(fingerprint(encode(messages[i])), golden[i]) << name(messages[i]);
  }
  EXPECT_EQ(to_hex(encode(Message(Suspect{Epoch{1}, View{2}}))),
            "0500000000000000010000000000000002");
}

TEST(JournalRecord, EncodingsAreFrozen) {
  const std::vector<std::string> golden = {
      "fee9fd18c678b5c0", "81891c77645ab106", "d7207633e8e2155a", "5777c71ecd4cc7b2"};
  const std::vector<JournalRecord> records = sample_records();
  ASSERT_EQ(golden.size(), records.size());
  for (std::size_t i = 0; i < records.size(); ++i)
    EXPECT_EQ(fingerprint(encode(records[i])), golden[i]) << i;
}

TEST(ConsensusMessage, StatementsAreFrozen) {
  ChainId chain;
  chain.value.fill(1);
  EXPECT_EQ(fingerprint(view_change_statement(chain, sample_view_change(2))), "508ea7e156c5f756");
  EXPECT_EQ(fingerprint(new_view_statement(chain, sample_new_view())), "a728138fa58c7797");
}

TEST(ConsensusMessage, DecodesToWhatWasEncoded) {
  for (const Message& message : samples()) {
    const Bytes bytes = encode(message);
    const auto decoded = decode_message(bytes);
    ASSERT_TRUE(decoded) << name(message) << ": " << decoded.error().message;
    EXPECT_EQ(*decoded, message);
    EXPECT_EQ(encode(*decoded), bytes);
  }
}

TEST(ConsensusMessage, EveryPrefixAndEveryExtraByteIsRefused) {
  for (const Message& message : samples()) {
    Bytes bytes = encode(message);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_message(BytesView(bytes).first(size)))
          << name(message) << " cut at " << size;
    }
    bytes.push_back(0);
    EXPECT_FALSE(decode_message(bytes)) << name(message);
  }
}

TEST(ConsensusMessage, AFlippedByteIsRefusedOrMeansSomethingElse) {
  for (const Message& message : samples()) {
    const Bytes bytes = encode(message);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      Bytes changed = bytes;
      changed[at] ^= 0x11U;
      const auto decoded = decode_message(changed);
      if (!decoded) continue;
      EXPECT_EQ(encode(*decoded), changed) << name(message) << " byte " << at;
    }
  }
}

TEST(ConsensusMessage, AnUnknownTypeIsRefused) {
  for (const int type : {0, 10, 255}) {
    EXPECT_FALSE(decode_message(Bytes{static_cast<std::uint8_t>(type), 0, 0, 0}));
  }
}

TEST(ConsensusMessage, TheLargestBlockPassesAndOneByteMoreDoesNot) {
  Proposal proposal{sample_vote(VoteType::kPrepare),
                    std::make_shared<const Bytes>(limits::kMaxBlockBytes),
                    sample_certificate(VoteType::kCommit, Height{2})};
  EXPECT_TRUE(decode_message(encode(Message(proposal))));
  proposal.block = std::make_shared<const Bytes>(limits::kMaxBlockBytes + 1);
  EXPECT_FALSE(decode_message(encode(Message(proposal))));
  const Bytes oversized(limits::kMaxPeerMessageBytes + 1, 1);
  EXPECT_EQ(decode_message(oversized).error().code, ErrorCode::kTooLarge);
}

TEST(ConsensusMessage, AnUnsignedVoteIsRefused) {
  Vote vote = sample_vote(VoteType::kPrepare);
  vote.signature = {};
  EXPECT_FALSE(decode_message(encode(Message(vote))));
}

TEST(ConsensusMessage, ViewChangesOfANewViewAreSortedAndUnique) {
  NewView new_view = sample_new_view();
  new_view.view_changes[1].member = new_view.view_changes[0].member;
  EXPECT_FALSE(decode_message(encode(Message(new_view))));
}

TEST(JournalRecord, DecodesToWhatWasEncoded) {
  for (const JournalRecord& record : sample_records()) {
    const auto decoded = decode_journal_record(encode(record));
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, record);
  }
}

TEST(JournalRecord, APrepareComesWithItsBlockAndACommitWithItsCertificate) {
  VoteRecord prepare;
  prepare.vote = sample_vote(VoteType::kPrepare);
  EXPECT_FALSE(decode_journal_record(encode(JournalRecord(prepare))));
  VoteRecord commit;
  commit.vote = sample_vote(VoteType::kCommit);
  EXPECT_FALSE(decode_journal_record(encode(JournalRecord(commit))));
}

TEST(JournalRecord, WhatLeavesIsTheSignedMessage) {
  const auto records = sample_records();
  EXPECT_TRUE(std::holds_alternative<Proposal>(message_of(records[0])));
  EXPECT_TRUE(std::holds_alternative<Vote>(message_of(records[1])));
  EXPECT_TRUE(std::holds_alternative<ViewChange>(message_of(records[2])));
  EXPECT_TRUE(std::holds_alternative<NewView>(message_of(records[3])));
}

}  // namespace
}  // namespace galen::pbft
