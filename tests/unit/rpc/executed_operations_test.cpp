// What past decisions read of a committed block: its order, without what failed or was erased.
#include "rpc/executed_operations.h"

#include "unit/rpc/fake_backend.h"

#include <gtest/gtest.h>

#include <string_view>

namespace galen::rpc {
namespace {

class ExecutedOperations : public ::testing::Test {
 protected:
  /// One block of an access and a grant after it.
  ExecutedOperations() {
    const auto& hospital = backend_.world.hospitals[0];
    height_ = place(backend_.reader.commit(hospital, ward_.access())).height;
    const auto next = place(backend_.reader.commit(hospital, ledger::GrantAccess{ward_.terms()}));
    const storage::StoredBlock& second = backend_.reader.blocks.at(next.height);
    block().block.transactions.push_back(second.block.transactions.front());
    block().receipts.push_back(second.receipts.front());
    block().outcomes = {outcome("access"), outcome("grant")};
  }

  [[nodiscard]] storage::TransactionPlace place(const TxId& id) const {
    return backend_.reader.places.at(id);
  }

  static std::vector<storage::StoredOutcome> outcome(std::string_view detail) {
    storage::StoredOutcome stored;
    stored.result = ledger::OperationResult{ledger::ResultCode::kOk, to_bytes(detail)};
    return {stored};
  }

  storage::StoredBlock& block() { return backend_.reader.blocks.at(height_); }

  [[nodiscard]] std::vector<audit::ExecutedOperation> executed() const {
    return executed_operations(backend_.reader, height_);
  }

  test::FakeBackend backend_;
  test::Ward ward_{backend_.world};
  Height height_;
};

TEST_F(ExecutedOperations, StandInTheirOrderWithTheirResults) {
  const auto all = executed();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<ledger::LogAccess>(all[0].value));
  EXPECT_EQ(all[0].detail, to_bytes(std::string_view("access")));
  EXPECT_TRUE(std::holds_alternative<ledger::GrantAccess>(all[1].value));
  EXPECT_EQ(all[1].detail, to_bytes(std::string_view("grant")));
}

TEST_F(ExecutedOperations, AreNoneOfATransactionThatFailed) {
  block().receipts.front().ok = false;
  const auto all = executed();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<ledger::GrantAccess>(all.front().value));
}

TEST_F(ExecutedOperations, AreNoneWhoseBodyIsErased) {
  auto transaction = ledger::decode_transaction(block().block.transactions.front()).value();
  const auto body = std::get<ledger::OperationBody>(transaction.operations.front());
  transaction.operations.front() = ledger::operation_commitment(backend_.world.chain, 0, body);
  block().block.transactions.front() = ledger::encode(transaction);
  block().outcomes.front().front().result.reset();
  const auto all = executed();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<ledger::GrantAccess>(all.front().value));
}

TEST_F(ExecutedOperations, AreNoneOfABlockThatIsNotKept) {
  EXPECT_TRUE(executed_operations(backend_.reader, Height{99}).empty());
}

}  // namespace
}  // namespace galen::rpc
