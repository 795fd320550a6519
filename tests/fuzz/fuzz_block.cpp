// F6: block import. Bytes of a peer become a block or a refusal; two different inputs never pass
// for the same block, because the hash binds every byte that is looked at (SAF-5).
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
    return std::make_shared<const engine::VerifiedTransaction>(
        engine::VerifiedTransaction{decoded, {}});
  }

  void settle(const std::vector<ledger::DecodedTransactionPtr>&) override {}

 private:
  ChainId chain_;
};

ChainId chain() {
  return ledger::samples::transaction().header.chain;
}

Bytes block_of(const std::vector<ledger::Transaction>& transactions) {
  ledger::Block block{ledger::samples::block_header(), {}};
  block.header.chain = chain();
  std::vector<Digest> leaves;
  for (const ledger::Transaction& transaction : transactions) {
    Bytes bytes = ledger::encode(transaction);
    auto decoded = ledger::decode_and_check(bytes, chain());
    CHECK(decoded.has_value(), "the sample transaction is well formed");
    leaves.push_back((*decoded)->leaf);
    block.transactions.push_back(std::move(bytes));
  }
  block.header.transactions_root = ledger::transactions_root(leaves);
  return ledger::encode(block);
}

std::vector<ledger::Transaction> alike(std::size_t count) {
  std::vector<ledger::Transaction> list(count, ledger::samples::transaction());
  for (std::size_t i = 0; i < count; ++i) list[i].header.nonce.sequence += i;
  return list;
}

std::vector<ledger::Transaction> one_of_each_operation() {
  std::vector<ledger::Transaction> list;
  Dice dice(6);
  for (const ledger::Operation& operation : ledger::samples::operations()) {
    ledger::TransactionBuilder builder(chain(), {}, 0, dice);
    builder.add(operation, {ledger::samples::authorisation()});
    const auto header = builder.header(ledger::Nonce{0, list.size() + 1}, TimeMs{1});
    list.push_back(std::move(builder).finish(header, ledger::samples::fixed_signature(1)));
  }
  return list;
}

}  // namespace

std::vector<Bytes> seeds() {
  return {block_of(alike(1)),
          block_of(alike(2)),
          block_of(alike(5)),
          block_of({}),
          block_of(one_of_each_operation())};
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
