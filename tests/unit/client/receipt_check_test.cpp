#include "client/receipt_check.h"

#include "support/proof_sample.h"

#include <gtest/gtest.h>

#include <functional>

namespace galen::client {
namespace {

using support::numbered_key;

class ReceiptCheckTest : public ::testing::Test {
 protected:
  ReceiptCheckTest() {
    sent_.record.value.fill(1);
    sent_.address.value.fill(2);
    sent_.size = 1000;
    sent_.node = genesis_.validators[0].organisation;
  }

  [[nodiscard]] payload::StorageReceipt receipt() const {
    payload::StorageReceipt receipt;
    receipt.record = sent_.record;
    receipt.address = sent_.address;
    receipt.size = sent_.size;
    receipt.time = TimeMs{1'700'000'000'000};
    receipt.node = sent_.node;
    return receipt;
  }

  [[nodiscard]] Bytes signed_by(const payload::StorageReceipt& receipt,
                                const crypto::PrivateKey& key) const {
    const auto sign = [&key](BytesView statement) { return key.sign(statement); };
    return payload::sign_receipt(ledger::chain_id(genesis_), receipt, sign).encode();
  }

  [[nodiscard]] Result<payload::StorageReceipt> check(const Bytes& bytes) const {
    return check_storage_receipt(bytes, sent_, genesis_);
  }

  void expect_refused(const Bytes& bytes, const std::string& why) const {
    const auto checked = check(bytes);
    ASSERT_FALSE(checked) << why;
    EXPECT_EQ(checked.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(checked.error().message.find(why), std::string::npos) << checked.error().message;
  }

  ledger::Genesis genesis_ = support::sample_genesis();
  SentObject sent_;
};

TEST_F(ReceiptCheckTest, TheRegisteredKeysReceiptPasses) {
  const auto checked = check(signed_by(receipt(), numbered_key(6, 1)));
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(checked->time, TimeMs{1'700'000'000'000});
}

TEST_F(ReceiptCheckTest, EveryFlippedByteIsRefused) {
  const Bytes good = signed_by(receipt(), numbered_key(6, 1));
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= 1U;
    const auto checked = check(bad);
    ASSERT_FALSE(checked) << "byte " << i;
    EXPECT_EQ(checked.error().code, ErrorCode::kCorrupt) << "byte " << i;
  }
}

TEST_F(ReceiptCheckTest, NoOtherKeyMaySign) {
  // Another node's receipt key, and this node's keys for other uses.
  for (const auto& key :
       {numbered_key(6, 2), numbered_key(1, 1), numbered_key(4, 1), numbered_key(5, 1)}) {
    expect_refused(signed_by(receipt(), key), "registered receipt key");
  }
}

TEST_F(ReceiptCheckTest, AnotherObjectsOrNodesReceiptIsRefused) {
  const auto changed = [&](const std::function<void(payload::StorageReceipt&)>& change) {
    auto other = receipt();
    change(other);
    return signed_by(other, numbered_key(6, 1));
  };
  expect_refused(changed([](auto& r) { r.record.value[0] ^= 1; }), "another object");
  expect_refused(changed([](auto& r) { r.address.value[0] ^= 1; }), "another object");
  expect_refused(changed([](auto& r) { r.size += 1; }), "another object");
  expect_refused(changed([&](auto& r) { r.node = genesis_.validators[1].organisation; }),
                 "another node");
}

}  // namespace
}  // namespace galen::client
