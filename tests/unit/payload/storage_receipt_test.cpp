#include "payload/storage_receipt.h"

#include "fixture.h"

namespace galen::payload {
namespace {

StorageReceipt sample() {
  StorageReceipt receipt;
  receipt.record = filled<RecordId>(2);
  receipt.address = filled<PayloadAddress>(4);
  receipt.size = 1000;
  receipt.time = TimeMs{1'700'000'000'000};
  receipt.node = filled<AccountId>(3);
  return receipt;
}

StorageReceipt signed_sample(const crypto::PrivateKey& key) {
  return sign_receipt(
      filled<ChainId>(1), sample(), [&](BytesView statement) { return key.sign(statement); });
}

TEST(StorageReceipt, VerifiesUnderTheSignersKeyOnly) {
  const auto key = test_key(1);
  const auto receipt = signed_sample(key);
  EXPECT_TRUE(verify_receipt(filled<ChainId>(1), receipt, key.public_key()));
  EXPECT_FALSE(verify_receipt(filled<ChainId>(1), receipt, test_key(2).public_key()));
  EXPECT_FALSE(verify_receipt(filled<ChainId>(9), receipt, key.public_key()));
}

TEST(StorageReceipt, EveryChangedByteIsRefused) {
  const auto key = test_key(1);
  const Bytes bytes = signed_sample(key).encode();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= 1U;
    const auto decoded = StorageReceipt::decode(changed);
    EXPECT_FALSE(decoded && verify_receipt(filled<ChainId>(1), *decoded, key.public_key()))
        << "byte " << i;
  }
}

TEST(StorageReceipt, DecodesToWhatWasEncoded) {
  const auto receipt = signed_sample(test_key(1));
  const auto decoded = StorageReceipt::decode(receipt.encode());
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, receipt);
}

TEST(StorageReceipt, GoldenStatement) {
  EXPECT_EQ(to_hex(storage_statement(filled<ChainId>(1), sample())),
            "0673746f726564"
            "0001"
            "0101010101010101010101010101010101010101010101010101010101010101"
            "0202020202020202020202020202020202020202020202020202020202020202"
            "0404040404040404040404040404040404040404040404040404040404040404"
            "00000000000003e8"
            "0000018bcfe56800"
            "0303030303030303030303030303030303030303030303030303030303030303");
}

}  // namespace
}  // namespace galen::payload
