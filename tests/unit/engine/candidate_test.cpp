// A proposed block is judged, a certified one is executed (docs/adr/0008).
#include "engine/candidate.h"

#include "base/limits.h"
#include "engine/inspect.h"
#include "engine/signature_memo.h"
#include "network.h"

#include <gtest/gtest.h>

namespace galen::engine {
namespace {

using test::Network;

class CandidateTest : public ::testing::Test {
 protected:
  CandidateTest() : network_(1), memo_(16) {
    chain_.chain = network_.chain;
    chain_.validators = ledger::validators_hash(ledger::validator_set(network_.genesis));
    chain_.validator_count = 4;
    chain_.parameters = network_.genesis.parameters;
  }

  [[nodiscard]] const Head& head() const { return network_.disks_[0].head; }

  [[nodiscard]] ExecutionContext execution() {
    return {network_.disks_[0].state, network_.disks_[0].state, application_, memo_};
  }

  /// A transaction whose submitter's signature is another transaction's.
  [[nodiscard]] ledger::DecodedTransactionPtr forged() {
    auto transaction = ledger::decode_and_check(network_.patient_transaction(0), network_.chain)
                           .value()
                           ->transaction;
    transaction.signature =
        ledger::decode_and_check(network_.patient_transaction(0), network_.chain)
            .value()
            ->transaction.signature;
    return ledger::decode_and_check(ledger::encode(transaction), network_.chain).value();
  }

  /// The block of these transactions, judged as `standing` says, after `change` to its header.
  template <class Change>
  Result<CandidatePtr> check(const ledger::DecodedTransactionPtr& transaction,
                             Standing standing,
                             const Change& change) {
    const TimeMs time{network_.time_ms};
    const CandidatePtr built =
        build_candidate(chain_, head(), View{0}, time, {transaction}, execution());
    auto block = ledger::decode_block(*built->bytes).value();
    change(block.header);
    const auto bytes = std::make_shared<const Bytes>(ledger::encode(block));
    return check_candidate(chain_,
                           head(),
                           block,
                           bytes,
                           {transaction},
                           Arrival{true, View{0}, time, standing},
                           execution());
  }

  Network network_;
  ChainContext chain_;
  ModuleApplication application_;
  SignatureMemo memo_;
};

TEST_F(CandidateTest, AProposedBlockWithAForgedSubmitterIsRefused) {
  const auto checked = check(forged(), Standing::kProposed, [](ledger::BlockHeader&) {});
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().code, ErrorCode::kUnauthenticated);
}

TEST_F(CandidateTest, ACertifiedBlockIsExecutedWithoutJudgingItsSubmitters) {
  const auto checked = check(forged(), Standing::kCertified, [](ledger::BlockHeader&) {});
  ASSERT_TRUE(checked.has_value()) << checked.error().message;
  EXPECT_TRUE((*checked)->outcome.receipts.at(0).ok);
}

TEST_F(CandidateTest, EveryRootOfACertifiedBlockIsCompared) {
  const auto good =
      ledger::decode_and_check(network_.patient_transaction(0), network_.chain).value();
  ASSERT_TRUE(check(good, Standing::kCertified, [](ledger::BlockHeader&) {}).has_value());
  const auto flipped = [](Digest& root) { root.value[5] ^= 1U; };
  EXPECT_FALSE(check(good, Standing::kCertified, [&](auto& header) {
                 flipped(header.transactions_root);
               }).has_value());
  EXPECT_FALSE(check(good, Standing::kCertified, [&](auto& header) {
                 flipped(header.receipts_root);
               }).has_value());
  EXPECT_FALSE(check(good, Standing::kCertified, [&](auto& header) {
                 flipped(header.state_root);
               }).has_value());
  EXPECT_FALSE(check(good, Standing::kCertified, [&](auto& header) {
                 flipped(header.validators);
               }).has_value());
}

TEST_F(CandidateTest, AFreshBlocksTimeIsJudgedByItsArrival) {
  const ledger::Parameters& p = chain_.parameters;
  View origin{0};
  const auto judged = [&](std::uint64_t time, std::uint64_t arrived, bool fresh) {
    ledger::BlockHeader header;
    header.origin_view = origin;
    header.chain = chain_.chain;
    header.height = Height{1};
    header.parent = head().hash;
    header.validators = header.next_validators = chain_.validators;
    header.time = TimeMs{time};
    const Status status = check_header(chain_, head(), header, {fresh, origin, TimeMs{arrived}});
    return status ? std::nullopt : std::optional(status.error().code);
  };
  const std::uint64_t now = network_.time_ms + 100'000;
  EXPECT_EQ(judged(now, now, true), std::nullopt);
  EXPECT_EQ(judged(now + p.precision_ms, now, true), std::nullopt);
  EXPECT_EQ(judged(now + p.precision_ms + 1, now, true), ErrorCode::kDeadlineExceeded)
      << "from the future";
  EXPECT_EQ(judged(now - p.precision_ms - p.message_delay_ms, now, true), std::nullopt);
  EXPECT_EQ(judged(now - p.precision_ms - p.message_delay_ms - 1, now, true),
            ErrorCode::kDeadlineExceeded)
      << "late";
  // Each view since the parent's allows as much again, up to sixteen (CONSENSUS.md, Time).
  for (const std::uint64_t views : {1U, 3U, 16U, 17U}) {
    origin = View{views};
    const std::uint64_t delay = p.message_delay_ms * (1 + std::min<std::uint64_t>(views, 16));
    EXPECT_EQ(judged(now - p.precision_ms - delay, now, true), std::nullopt) << views;
    EXPECT_EQ(judged(now - p.precision_ms - delay - 1, now, true), ErrorCode::kDeadlineExceeded)
        << views;
  }
  origin = View{0};
  EXPECT_EQ(judged(now + 60'000, now, false), std::nullopt)
      << "a forced block's time is not judged again";
  EXPECT_EQ(judged(head().time.value, now, false), ErrorCode::kInvalidArgument)
      << "not after the parent's";
}

TEST_F(CandidateTest, ABlockWithOtherTransactionsThanItsHeaderNamesIsRefusedUnexecuted) {
  const auto one =
      ledger::decode_and_check(network_.patient_transaction(0), network_.chain).value();
  const auto other =
      ledger::decode_and_check(network_.patient_transaction(0), network_.chain).value();
  const CandidatePtr built =
      build_candidate(chain_, head(), View{0}, TimeMs{network_.time_ms}, {one}, execution());
  EXPECT_TRUE(inspect_block(network_.chain, built->bytes, *network_.nodes_[0]).has_value());
  ledger::Block block = ledger::decode_block(*built->bytes).value();
  for (const std::vector<Bytes>& transactions :
       {std::vector<Bytes>{other->bytes}, std::vector<Bytes>{one->bytes, other->bytes}}) {
    block.transactions = transactions;
    const auto changed = std::make_shared<const Bytes>(ledger::encode(block));
    EXPECT_FALSE(inspect_block(network_.chain, changed, *network_.nodes_[0]).has_value());
  }
}

/// Counts what is asked of it.
class NobodyAsks final : public Transactions {
 public:
  Result<VerifiedTransactionPtr> resolve(BytesView) override {
    ++asked;
    return fail(ErrorCode::kUnauthenticated, "not asked for");
  }

  void settle(const std::vector<ledger::DecodedTransactionPtr>&) override {}

  int asked = 0;
};

/// Every operation takes half of what one transaction may.
class CostlyApplication final : public execution::Application {
 public:
  [[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                                execution::StateOverlay&) const override {
    context.charge(limits::kMaxWorkPerTransaction);
    return {};
  }
};

TEST_F(CandidateTest, ABlockWithMoreWorkThanAllowedIsNeitherMadeNorTaken) {
  std::vector<ledger::DecodedTransactionPtr> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(
        ledger::decode_and_check(network_.patient_transaction(0), network_.chain).value());
  }
  const CostlyApplication costly;
  const ExecutionContext execution{
      network_.disks_[0].state, network_.disks_[0].state, costly, memo_};
  const TimeMs time{network_.time_ms};
  const CandidatePtr built = build_candidate(chain_, head(), View{0}, time, all, execution);
  ASSERT_EQ(built->transactions.size(), 3U);
  ledger::Block block = ledger::decode_block(*built->bytes).value();
  EXPECT_EQ(block.transactions.size(), 3U);
  const auto judge = [&](const std::vector<ledger::DecodedTransactionPtr>& transactions) {
    return check_candidate(chain_,
                           head(),
                           block,
                           std::make_shared<const Bytes>(ledger::encode(block)),
                           transactions,
                           Arrival{true, View{0}, time, Standing::kProposed},
                           execution);
  };
  EXPECT_TRUE(judge(built->transactions).has_value());
  block.transactions.clear();
  std::vector<Digest> leaves;
  for (const auto& transaction : all) {
    block.transactions.push_back(transaction->bytes);
    leaves.push_back(transaction->leaf);
  }
  block.header.transactions_root = ledger::transactions_root(leaves);
  const auto refused = judge(all);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "block: more work than allowed");
}

TEST_F(CandidateTest, AnInventedBlockCostsNoSignatureCheck) {
  const auto one =
      ledger::decode_and_check(network_.patient_transaction(0), network_.chain).value();
  const CandidatePtr built =
      build_candidate(chain_, head(), View{0}, TimeMs{network_.time_ms}, {one}, execution());
  NobodyAsks transactions;
  const BlockHash other = BlockHash::from(Bytes(32, 9));
  EXPECT_FALSE(
      inspect_block(network_.chain, built->bytes, transactions, Standing::kCertified, &other)
          .has_value());
  ledger::Block block = ledger::decode_block(*built->bytes).value();
  block.transactions.push_back(one->bytes);
  const auto invented = std::make_shared<const Bytes>(ledger::encode(block));
  EXPECT_FALSE(inspect_block(network_.chain, invented, transactions).has_value());
  EXPECT_EQ(transactions.asked, 0);
  EXPECT_FALSE(
      inspect_block(network_.chain, built->bytes, transactions, Standing::kCertified, &built->hash)
          .has_value());
  EXPECT_EQ(transactions.asked, 1);
}

}  // namespace
}  // namespace galen::engine
