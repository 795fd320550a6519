// F6: block import. Bytes of a peer become a block or a refusal; two different inputs never pass for the same
// block, because the hash binds every byte that is looked at (SAF-5).
#include "engine/inspect.h"
#include "fuzz/target.h"
#include "unit/ledger/samples.h"

#include <map>

namespace galen::fuzz {

namespace {

using ledger::samples::Dice;

class DecodedOnly final : public engine::Transactions {
 public:
  explicit DecodedOnly(const ChainId& chain) : chain_(chain) {}

  Result<engine::VerifiedTransactionPtr> resolve(BytesView bytes) override {
    GALEN_TRY(auto decoded, ledger::decode_and_check(to_bytes(bytes), chain_));
    return std::make_shared<const engine::VerifiedTransaction>(engine::VerifiedTransaction{decoded, {}});
  }

  void settle(const std::vector<ledger::DecodedTransactionPtr>&) override {}

 private:
  ChainId chain_;
};

ChainId chain() {
  return ledger::samples::transaction().header.chain;
}

Bytes block_of(std::size_t transactions) {
  ledger::Block block{ledger::samples::block_header(), {}};
  block.header.chain = chain();
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < transactions; ++i) {
    ledger::Transaction transaction = ledger::samples::transaction();
    transaction.header.nonce.sequence += i;
    Bytes bytes = ledger::encode(transaction);
    auto decoded = ledger::decode_and_check(bytes, chain());
    CHECK(decoded.has_value(), "the sample transaction is well formed");
    leaves.push_back((*decoded)->leaf);
    block.transactions.push_back(std::move(bytes));
  }
  block.header.transactions_root = ledger::transactions_root(leaves);
  return ledger::encode(block);
}

}  // namespace

std::vector<Bytes> seeds() {
  return {block_of(1), block_of(2), block_of(5), block_of(0)};
}

}  // namespace galen::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace galen;
  static fuzz::DecodedOnly transactions(fuzz::chain());
  static std::map<BlockHash, Bytes> accepted;
  const auto block = std::make_shared<const Bytes>(data, data + size);
  const auto info = engine::inspect_block(fuzz::chain(), block, transactions);
  if (!info) return 0;
  const auto decoded = ledger::decode_block(*block);
  CHECK(decoded.has_value() && equal(ledger::encode(*decoded), *block), "a block has one encoding");
  if (accepted.size() > 10'000) accepted.clear();
  const auto [known, is_new] = accepted.emplace(info->hash, *block);
  CHECK(is_new || known->second == *block, "equal hashes mean equal blocks");
  return 0;
}
