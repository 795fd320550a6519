#include "engine/state_wire.h"

#include "base/hex.h"

#include <gtest/gtest.h>

namespace galen::engine {
namespace {

ledger::Certificate some_certificate() {
  ledger::Certificate certificate;
  certificate.subject.type = ledger::VoteType::kCommit;
  certificate.subject.height = Height{7};
  Signature signature;
  signature.value.fill(1);
  certificate.signatures[ValidatorIndex{2}] = signature;
  return certificate;
}

GapBlock some_block() {
  GapBlock block{{1, 2, 3}, some_certificate(), {}};
  GapReceipt receipt{true, Digest::from(Bytes(32, 4)), {}};
  receipt.results = {{ledger::OperationResult{ledger::ResultCode::kOk, {5}}, false},
                     {std::nullopt, false},
                     {std::nullopt, true}};
  block.receipts = {receipt};
  return block;
}

StatePlace some_place() {
  StatePlace place;
  place.at.tree = {ledger::TreeKind::kAudit, PatientId::from(Bytes(32, 6))};
  place.at.digits = {15, 0, 3};
  place.hash = Digest::from(Bytes(32, 7));
  return place;
}

/// A bucket of one organisation, proven by its leaf.
struct Sample {
  StatePart part;
  StatePlace place;

  Sample() {
    StateValue value{
        ledger::KeyKind::kOrganisation, Bytes(32, 1), Digest::from(Bytes(32, 2)), {3, 4}};
    ledger::LeafContent leaf;
    leaf.key_hash = ledger::StateKey::main(value.kind, value.id).hash();
    leaf.value_commitment = ledger::value_commitment(value.s, value.value);
    leaf.height = Height{5};
    part = {execution::BucketPart{leaf}, {value}};
    place.hash = leaf.hash();
  }
};

std::vector<StateMessage> all() {
  return {GapRequest{1, Height{5}, 3},
          GapReply{2, {some_block(), some_block()}, some_certificate()},
          HeadRequest{3},
          HeadReply{4, {}, some_certificate()},
          StateRequest{5, Height{9}, {some_place(), some_place()}},
          StateReply{6, {Sample().part}}};
}

TEST(StateWire, GoldenBytes) {
  EXPECT_EQ(to_hex(encode(StateMessage(GapRequest{1, Height{5}, 3}))),
            "10"
            "0000000000000001"
            "0000000000000005"
            "0003");
  EXPECT_EQ(to_hex(encode(StateMessage(HeadRequest{3}))),
            "12"
            "0000000000000003");
  StatePlace place;
  place.at.digits = {15, 1};
  const std::string zeros(64, '0');
  EXPECT_EQ(to_hex(encode(StateMessage(StateRequest{5, Height{9}, {place}}))),
            "14"
            "0000000000000005"
            "0000000000000009"
            "0001"
            "00" +
                zeros +
                "02"
                "0f"
                "01" +
                zeros);
  EXPECT_EQ(to_hex(encode(StateMessage(StateReply{6, {}}))),
            "15"
            "0000000000000006"
            "0000");
  GapReply reply{2, {some_block()}, some_certificate()};
  const std::string certificate = to_hex(ledger::encode(some_certificate()));
  const std::string length = to_hex(Bytes{0,
                                          0,
                                          static_cast<std::uint8_t>(certificate.size() / 512),
                                          static_cast<std::uint8_t>(certificate.size() / 2 % 256)});
  std::string four;
  for (int i = 0; i < 32; ++i) four += "04";
  EXPECT_EQ(to_hex(encode(StateMessage(reply))),
            "11"
            "0000000000000002"
            "0001"
            "00000003"
            "010203" +
                length + certificate +
                "0001"
                "01" +
                four +
                "0003"
                "01"
                "00000007"
                "0000"
                "00000001"
                "05"
                "00"
                "02" +
                length + certificate);
}

TEST(StateWire, DecodesWhatItEncodesAndNothingElse) {
  for (const StateMessage& message : all()) {
    Bytes bytes = encode(message);
    EXPECT_TRUE(is_state_message(bytes));
    const auto decoded = decode_state_message(bytes);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    EXPECT_EQ(*decoded, message);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_state_message(BytesView(bytes).first(size)).has_value()) << size;
    }
    bytes.push_back(0);
    EXPECT_FALSE(decode_state_message(bytes).has_value());
  }
  EXPECT_FALSE(is_state_message(Bytes{4}));
  EXPECT_FALSE(is_state_message(Bytes{22}));
}

TEST(StateWire, AnAnswerIsKnownByItsNumberBeforeItIsDecoded) {
  for (const StateMessage& message : all()) {
    const bool is_answer = std::holds_alternative<GapReply>(message) ||
                           std::holds_alternative<HeadReply>(message) ||
                           std::holds_alternative<StateReply>(message);
    const auto number = answered_number(encode(message));
    EXPECT_EQ(number.has_value(), is_answer);
    if (number) {
      EXPECT_EQ(*number, number_of(message));
    }
  }
}

TEST(StateWire, RefusesMoreThanTheLimits) {
  StateRequest request{1, Height{1}, std::vector<StatePlace>(kMaxStatePlaces, some_place())};
  EXPECT_TRUE(decode_state_message(encode(StateMessage(request))).has_value());
  request.places.push_back(some_place());
  EXPECT_FALSE(decode_state_message(encode(StateMessage(request))).has_value());
  StateRequest deep{1, Height{1}, {some_place()}};
  deep.places[0].at.digits.assign(64, 1);
  EXPECT_FALSE(decode_state_message(encode(StateMessage(deep))).has_value());
  deep.places[0].at.digits = {16};
  EXPECT_FALSE(decode_state_message(encode(StateMessage(deep))).has_value());
  GapReply reply{1,
                 std::vector<GapBlock>(limits::kMaxSyncBlocksPerReply + 1, some_block()),
                 some_certificate()};
  EXPECT_FALSE(decode_state_message(encode(StateMessage(reply))).has_value());
  EXPECT_FALSE(decode_state_message(Bytes(kMaxStateMessageBytes + 1)).has_value());
}

TEST(StateWire, APartIsProvenWithItsValues) {
  const Sample sample;
  const auto proven = prove_part(sample.part, sample.place);
  ASSERT_TRUE(proven.has_value()) << proven.error().message;
  EXPECT_EQ(proven->keys.at(0),
            ledger::StateKey::main(ledger::KeyKind::kOrganisation, Bytes(32, 1)));
  for (const auto change :
       {+[](Sample& s) { s.part.values[0].value[0] ^= 1; },
        +[](Sample& s) { s.part.values[0].s.value[0] ^= 1; },
        +[](Sample& s) { s.part.values[0].id[0] ^= 1; },
        +[](Sample& s) { s.part.values[0].id.pop_back(); },
        +[](Sample& s) { s.part.values[0].kind = ledger::KeyKind::kGroup; },
        +[](Sample& s) { s.part.values[0].kind = ledger::KeyKind::kPatient; },
        +[](Sample& s) { s.part.values[0].kind = static_cast<ledger::KeyKind>(200); },
        +[](Sample& s) { s.part.values.clear(); },
        +[](Sample& s) { s.part.values.push_back(s.part.values[0]); },
        +[](Sample& s) { s.place.hash.value[0] ^= 1; }}) {
    Sample other;
    change(other);
    EXPECT_FALSE(prove_part(other.part, other.place).has_value());
  }
}

}  // namespace
}  // namespace galen::engine
