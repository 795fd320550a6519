#include "ledger/block.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "crypto/merkle.h"
#include "samples.h"

#include <gtest/gtest.h>

namespace galen::ledger {
namespace {

using samples::pattern;

TEST(Block, ComesBackFromItsBytes) {
  const Bytes header = encode(samples::block_header());
  EXPECT_EQ(header.size(), 258U);
  EXPECT_EQ(*decode_block_header(header), samples::block_header());
  const Bytes block = encode(samples::block());
  EXPECT_EQ(*decode_block(block), samples::block());
}

TEST(Block, HashDependsOnEveryByteOfTheHeader) {
  const Bytes bytes = encode(samples::block_header());
  const BlockHash hash = block_hash(samples::block_header());
  std::size_t decodable = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes other = bytes;
    other[i] ^= 1;
    const auto header = decode_block_header(other);
    if (!header) continue;  // the version
    ++decodable;
    EXPECT_NE(block_hash(*header), hash) << i;
  }
  EXPECT_EQ(decodable, bytes.size() - 2);
}

TEST(Block, RefusesTooManyBytesOrTransactions) {
  const auto large = decode_block(Bytes(limits::kMaxBlockBytes + 1));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kTooLarge);
  Block block = samples::block();
  block.transactions.assign(limits::kMaxTransactionsPerBlock, Bytes{1});
  EXPECT_TRUE(decode_block(encode(block)));
  block.transactions.push_back(Bytes{1});
  EXPECT_FALSE(decode_block(encode(block)));
  block.transactions = {Bytes(limits::kMaxTransactionBytes + 1)};
  EXPECT_FALSE(decode_block(encode(block)));
}

TEST(Block, RefusesAnotherVersionAndHugeCounters) {
  BlockHeader header = samples::block_header();
  header.version = 2;
  EXPECT_FALSE(decode_block_header(encode(header)));
  header = samples::block_header();
  header.height = Height{kMaxCounter + 1};
  EXPECT_FALSE(decode_block_header(encode(header)));
  header.height = Height{kMaxCounter};
  EXPECT_TRUE(decode_block_header(encode(header)));
}

TEST(Block, RootsAreMerkleTreesOverLeavesWithTheirCount) {
  const auto a = pattern<Digest>(1);
  const auto b = pattern<Digest>(2);
  const Digest tree = crypto::merkle_node(crypto::merkle_leaf(a), crypto::merkle_leaf(b));
  EXPECT_EQ(transactions_root({a, b}), crypto::Hasher("transactions").u32(2).raw(tree).finish());
  const Receipt receipt = samples::receipt();
  const Digest leaf = crypto::merkle_leaf(encode(receipt));
  EXPECT_EQ(receipts_root({receipt}), crypto::Hasher("receipts").u32(1).raw(leaf).finish());
}

TEST(VoteStatement, BindsEveryField) {
  const auto chain = pattern<ChainId>(1);
  const VoteSubject subject = samples::certificate().subject;
  const Bytes statement = vote_statement(chain, subject);
  EXPECT_EQ(statement.size(), 5U + 2 + 32 + 8 + 1 + 8 + 8 + 32);
  EXPECT_NE(statement, vote_statement(pattern<ChainId>(2), subject));
  std::vector<VoteSubject> others(5, subject);
  others[0].epoch = Epoch{1};
  others[1].type = VoteType::kPrepare;
  others[2].view = View{8};
  others[3].height = Height{13};
  others[4].block = pattern<BlockHash>(1);
  for (const VoteSubject& other : others) EXPECT_NE(vote_statement(chain, other), statement);
}

TEST(ValidatorSet, ComesBackFromItsBytes) {
  const ValidatorSet set = validator_set(samples::valid_genesis(5));
  const Bytes bytes = encode(set);
  EXPECT_EQ(*decode_validator_set(bytes), set);
  ValidatorSet other = set;
  std::swap(other.members[0], other.members[1]);
  EXPECT_NE(validators_hash(other), validators_hash(set));
}

TEST(ValidatorSet, RefusesTwoSeatsForOneKeyOrOwner) {
  const ValidatorSet set = validator_set(samples::valid_genesis(4));
  ValidatorSet twin = set;
  twin.members[3].consensus_key = twin.members[0].consensus_key;
  EXPECT_FALSE(decode_validator_set(encode(twin)));
  twin = set;
  twin.members[3].organisation = twin.members[1].organisation;
  EXPECT_FALSE(decode_validator_set(encode(twin)));
  twin = set;
  twin.members[3].tls_key = twin.members[2].consensus_key;
  EXPECT_FALSE(decode_validator_set(encode(twin)));
  EXPECT_FALSE(decode_validator_set(encode(ValidatorSet{})));
}

}  // namespace
}  // namespace galen::ledger
