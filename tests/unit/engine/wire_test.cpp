#include "engine/wire.h"

#include "base/hex.h"
#include "base/limits.h"

#include <gtest/gtest.h>

namespace galen::engine {
namespace {

CertifiedBlock some_block() {
  CertifiedBlock block;
  block.block = {1, 2, 3};
  block.certificate.subject.type = ledger::VoteType::kCommit;
  block.certificate.subject.height = Height{7};
  Signature signature;
  signature.value.fill(1);
  block.certificate.signatures[ValidatorIndex{2}] = signature;
  return block;
}

TEST(BulkMessage, GoldenBytes) {
  EXPECT_EQ(to_hex(encode(BulkMessage(TransactionBatch{{{0xaa}, {0xbb, 0xcc}}}))),
            "01000200000001aa00000002bbcc");
  EXPECT_EQ(to_hex(encode(BulkMessage(TransactionBatch{{{0xaa}}, true}))),
            "040001"
            "00000001aa");
  EXPECT_EQ(to_hex(encode(BulkMessage(RangeRequest{Height{5}, 3}))), "0200000000000000050003");
}

TEST(BulkMessage, DecodesWhatItEncodes) {
  for (const BulkMessage& message :
       {BulkMessage(TransactionBatch{{{1}, {2, 3}}}),
        BulkMessage(TransactionBatch{{{1}}, true}),
        BulkMessage(RangeRequest{Height{9}, 64}),
        BulkMessage(RangeReply{Height{9}, {some_block(), some_block()}})}) {
    const Bytes bytes = encode(message);
    const auto decoded = decode_bulk_message(bytes);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    EXPECT_EQ(*decoded, message);
  }
}

TEST(BulkMessage, RefusesUnknownTypesTrailingBytesAndTruncation) {
  Bytes bytes = encode(BulkMessage(RangeReply{Height{9}, {some_block()}}));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_bulk_message(BytesView(bytes).first(size)).has_value()) << size;
  }
  bytes.push_back(0);
  EXPECT_FALSE(decode_bulk_message(bytes).has_value());
  bytes = encode(BulkMessage(TransactionBatch{{{1}}, true}));
  bytes[0] = 5;
  EXPECT_FALSE(decode_bulk_message(bytes).has_value());
}

TEST(BulkMessage, RefusesMoreThanTheLimits) {
  TransactionBatch batch;
  batch.transactions.resize(kMaxBatchTransactions + 1, Bytes{1});
  EXPECT_FALSE(decode_bulk_message(encode(BulkMessage(batch))).has_value());
  batch.transactions.pop_back();
  EXPECT_TRUE(decode_bulk_message(encode(BulkMessage(batch))).has_value());
  RangeReply reply{Height{1},
                   std::vector<CertifiedBlock>(limits::kMaxSyncBlocksPerReply + 1, some_block())};
  EXPECT_FALSE(decode_bulk_message(encode(BulkMessage(reply))).has_value());
  EXPECT_FALSE(decode_bulk_message(Bytes(limits::kMaxPeerMessageBytes + 1)).has_value());
}

}  // namespace
}  // namespace galen::engine
