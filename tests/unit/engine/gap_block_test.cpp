#include "engine/gap_block.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

namespace galen::engine {
namespace {

constexpr ValidatorIndex kFirst{0};
constexpr ValidatorIndex kSecond{1};
constexpr ValidatorIndex kThird{2};

class FixedRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = ++last_;
  }

 private:
  std::uint8_t last_ = 0;
};

/// One block of one transaction with two operations, and its results.
class GapBlockTest : public testing::Test {
 protected:
  GapBlockTest() {
    FixedRandom random;
    ledger::TransactionBuilder builder(chain_, AccountId::from(Bytes(32, 5)), 0, random);
    for (std::uint8_t i = 1; i <= 2; ++i) {
      ledger::AppendRecord append;
      append.patient = PatientId::from(Bytes(32, i));
      append.record = RecordId::from(Bytes(32, i));
      append.mime_type = "text/plain";
      builder.add(append);
    }
    const auto header = builder.header({0, 1}, TimeMs{1000});
    Signature signature;
    signature.value[31] = signature.value[63] = 1;
    transaction_ = std::move(builder).finish(header, signature);
    std::vector<Digest> commitments;
    for (std::size_t i = 0; i < 2; ++i) {
      results_.push_back({ledger::ResultCode::kOk, Bytes{static_cast<std::uint8_t>(i)}});
      const auto& body = std::get<ledger::OperationBody>(transaction_.operations[i]);
      commitments.push_back(ledger::result_commitment(body.salt, results_[i]));
    }
    receipt_ = {ledger::transaction_id(header), true, ledger::results_root(commitments)};
    block_.header.chain = chain_;
    block_.header.height = Height{9};
    block_.header.transactions_root =
        ledger::transactions_root({ledger::transaction_leaf(header, signature)});
    block_.header.receipts_root = ledger::receipts_root({receipt_});
  }

  /// As a source has it that lacks these bodies.
  [[nodiscard]] GapBlock sent(const std::set<std::size_t>& holes = {}, bool late = false) const {
    ledger::Transaction tx = transaction_;
    GapReceipt receipt{receipt_.ok, receipt_.results_root, {}};
    for (std::uint16_t i = 0; i < 2; ++i) {
      if (!holes.contains(i)) {
        receipt.results.push_back({results_[i], false});
        continue;
      }
      const auto& body = std::get<ledger::OperationBody>(transaction_.operations[i]);
      tx.operations[i] = ledger::operation_commitment(chain_, i, body);
      receipt.results.push_back({std::nullopt, late});
    }
    GapBlock block;
    block.block = ledger::encode(ledger::Block{block_.header, {ledger::encode(tx)}});
    block.certificate.subject = {
        Epoch{}, ledger::VoteType::kCommit, View{}, Height{9}, ledger::block_hash(block_.header)};
    block.receipts = {receipt};
    return block;
  }

  [[nodiscard]] CheckedGapBlock checked(const GapBlock& block) const {
    auto result = check_gap_block(chain_, block);
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return *std::move(result);
  }

  ChainId chain_ = ChainId::from(Bytes(32, 7));
  ledger::Transaction transaction_;
  std::vector<ledger::OperationResult> results_;
  ledger::Receipt receipt_;
  ledger::Block block_;
};

TEST_F(GapBlockTest, WholeAndWithHolesItAgreesWithItsHeader) {
  EXPECT_FALSE(has_holes(checked(sent())));
  EXPECT_TRUE(has_holes(checked(sent({0}))));
  EXPECT_TRUE(has_holes(checked(sent({0, 1}))));
}

TEST_F(GapBlockTest, WhatDoesNotAgreeIsRefused) {
  const std::map<std::string, std::function<void(GapBlock&)>> kinds = {
      {"result", [](GapBlock& b) { b.receipts[0].results[0].result->detail.push_back(1); }},
      {"receipt", [](GapBlock& b) { b.receipts[0].ok = false; }},
      {"results root", [](GapBlock& b) { b.receipts[0].results_root.value[0] ^= 1; }},
      {"no receipts", [](GapBlock& b) { b.receipts.clear(); }},
      {"fewer results", [](GapBlock& b) { b.receipts[0].results.pop_back(); }},
      {"body without result", [](GapBlock& b) { b.receipts[0].results[1] = {}; }},
      {"late body", [](GapBlock& b) { b.receipts[0].results[1].late = true; }},
      {"bytes", [](GapBlock& b) { b.block[b.block.size() - 40] ^= 1; }},
      {"prepares", [](GapBlock& b) { b.certificate.subject.type = ledger::VoteType::kPrepare; }},
      {"height", [](GapBlock& b) { b.certificate.subject.height = Height{8}; }},
      {"epoch", [](GapBlock& b) { b.certificate.subject.epoch = Epoch{1}; }},
      {"hash", [](GapBlock& b) { b.certificate.subject.block.value[0] ^= 1; }}};
  for (const auto& [name, change] : kinds) {
    GapBlock block = sent();
    change(block);
    EXPECT_FALSE(check_gap_block(chain_, block).has_value()) << name;
  }
  EXPECT_FALSE(check_gap_block(ChainId::from(Bytes(32, 8)), sent()).has_value());
  GapBlock hole = sent({0});
  hole.receipts[0].results[0].result = results_[0];
  EXPECT_FALSE(check_gap_block(chain_, hole).has_value()) << "a result of a body that is not there";
}

TEST_F(GapBlockTest, ABodyThatAnySourceHasIsThere) {
  GapMerge merged(checked(sent({0, 1})), kFirst);
  EXPECT_FALSE(merged.settled(2));
  merged.add(checked(sent()), kSecond);
  ASSERT_TRUE(merged.settled(2));
  EXPECT_FALSE(has_holes(merged.finish(2)));
  EXPECT_EQ(merged.finish(2).receipts[0].results[1].result, results_[1]);
}

TEST_F(GapBlockTest, AHoleNeedsAsManyWordsAsOneOfThemIsHonest) {
  GapMerge merged(checked(sent({0}, true)), kFirst);
  merged.add(checked(sent({0}, true)), kFirst);
  EXPECT_FALSE(merged.settled(2)) << "the same word twice";
  merged.add(checked(sent({0}, false)), kSecond);
  EXPECT_FALSE(merged.settled(2)) << "only one of them says that it came late";
  merged.add(checked(sent({0}, true)), kThird);
  ASSERT_TRUE(merged.settled(2));
  EXPECT_EQ(merged.late_holes(2), (std::vector<GapMerge::Place>{{0, 0}}));
  const CheckedGapBlock block = merged.finish(2);
  EXPECT_TRUE(has_holes(block));
  EXPECT_EQ(block.receipts[0].results[1].result, results_[1]) << "two sources told it alike";
}

TEST_F(GapBlockTest, ABodyThatOneSourceKeptStopsNobody) {
  GapMerge merged(checked(sent({1})), kFirst);
  merged.add(checked(sent({0, 1})), kSecond);
  EXPECT_FALSE(merged.settled(2));
  merged.add(checked(sent({0, 1})), kThird);
  ASSERT_TRUE(merged.settled(2));
  const CheckedGapBlock block = merged.finish(2);
  EXPECT_FALSE(block.receipts[0].results[0].result.has_value());
  EXPECT_EQ(ledger::encode(block.transactions[0]),
            ledger::encode(checked(sent({0, 1})).transactions[0]));
}

TEST_F(GapBlockTest, AResultThatNothingProvesNeedsThemToo) {
  GapBlock lie = sent({0});
  lie.receipts[0].results[1].result->detail = {9, 9};
  GapMerge merged(checked(lie), kFirst);
  merged.add(checked(sent({0})), kSecond);
  EXPECT_FALSE(merged.settled(2));
  merged.add(checked(sent({0})), kThird);
  ASSERT_TRUE(merged.settled(2));
  EXPECT_EQ(merged.finish(2).receipts[0].results[1].result, results_[1]);
}

}  // namespace
}  // namespace galen::engine
