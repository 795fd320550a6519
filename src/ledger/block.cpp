#include "ledger/block.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "crypto/merkle.h"
#include "ledger/fields.h"

namespace galen::ledger {

using codec::Reader;
using codec::Writer;

namespace fields {

void write(Writer& w, const BlockHeader& h) {
  w.u16(h.version).raw(h.chain).counter(h.height).raw(h.parent).counter(h.epoch);
  w.raw(h.validators).raw(h.next_validators).counter(h.origin_view).counter(h.time);
  w.raw(h.transactions_root).raw(h.receipts_root).raw(h.state_root);
}

BlockHeader read_block_header(Reader& r) {
  BlockHeader h;
  h.version = r.u16();
  if (!r.failed() && h.version != kBlockVersion) {
    r.fail_with("block version " + std::to_string(h.version) + " is not supported");
  }
  h.chain = r.fixed<ChainId>();
  h.height = r.counter<Height>();
  h.parent = r.fixed<BlockHash>();
  h.epoch = r.counter<Epoch>();
  h.validators = r.fixed<Digest>();
  h.next_validators = r.fixed<Digest>();
  h.origin_view = r.counter<View>();
  h.time = r.counter<TimeMs>();
  h.transactions_root = r.fixed<Digest>();
  h.receipts_root = r.fixed<Digest>();
  h.state_root = r.fixed<Digest>();
  return h;
}

}  // namespace fields

Bytes encode(const BlockHeader& header) {
  Writer w;
  fields::write(w, header);
  return std::move(w).take();
}

Result<BlockHeader> decode_block_header(BytesView bytes) {
  Reader r(bytes, "block header");
  const BlockHeader header = fields::read_block_header(r);
  return fields::finish(r, header);
}

Bytes encode(const Block& block) {
  std::size_t size = 0;
  for (const Bytes& transaction : block.transactions) size += transaction.size() + 4;
  Writer w(size + 512);
  fields::write(w, block.header);
  w.count(block.transactions.size());
  for (const Bytes& transaction : block.transactions) w.bytes(transaction);
  return std::move(w).take();
}

Result<Block> decode_block(BytesView bytes) {
  if (bytes.size() > limits::kMaxBlockBytes) {
    return fail(ErrorCode::kTooLarge,
                "block: " + std::to_string(bytes.size()) + " bytes, the limit is " +
                    std::to_string(limits::kMaxBlockBytes));
  }
  Reader r(bytes, "block");
  Block block;
  block.header = fields::read_block_header(r);
  const std::size_t count = r.count(limits::kMaxTransactionsPerBlock);
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    block.transactions.push_back(to_bytes(r.bytes(limits::kMaxTransactionBytes)));
  }
  return fields::finish(r, std::move(block));
}

BlockHash block_hash(const BlockHeader& header) {
  return id_cast<BlockHash>(crypto::tagged("block", encode(header)));
}

Digest counted_root(std::string_view tag, std::size_t count, const Digest& merkle_root) {
  return crypto::Hasher(tag).u32(static_cast<std::uint32_t>(count)).raw(merkle_root).finish();
}

Digest transactions_root(const std::vector<Digest>& transaction_leaves) {
  std::vector<Digest> leaves;
  leaves.reserve(transaction_leaves.size());
  for (const Digest& leaf : transaction_leaves) leaves.push_back(crypto::merkle_leaf(leaf));
  return counted_root(kTransactionsTag, leaves.size(), crypto::merkle_root(leaves));
}

Digest receipts_root(const std::vector<Receipt>& receipts) {
  std::vector<Digest> leaves;
  leaves.reserve(receipts.size());
  for (const Receipt& receipt : receipts) leaves.push_back(receipt_leaf(receipt));
  return counted_root(kReceiptsTag, leaves.size(), crypto::merkle_root(leaves));
}

}  // namespace galen::ledger
