#include "ledger/proof.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "crypto/merkle.h"
#include "ledger/fields.h"

namespace galen::ledger {

namespace {

using codec::Reader;
using codec::Writer;

constexpr std::uint16_t kProofVersion = 1;
constexpr std::size_t kMaxProofValueBytes = limits::kMaxGenesisBytes;
/// Siblings of a leaf among limits::kMaxTransactionsPerBlock.
constexpr std::size_t kMaxBlockPath = 12;
static_assert((std::size_t{1} << kMaxBlockPath) == limits::kMaxTransactionsPerBlock);

tl::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kUnauthenticated, "proof: " + std::move(why));
}

/// A path to where a key is *absent* also proves other absent keys, so that a damaged key could
/// pass. The checksum makes every changed byte visible; it adds nothing against a forger, nor need
/// it.
Bytes with_checksum(Writer writer) {
  const Digest checksum = crypto::tagged("proof", writer.view());
  writer.raw(checksum);
  return std::move(writer).take();
}

Result<BytesView> without_checksum(BytesView bytes) {
  if (bytes.size() < Digest::kSize) return fail(ErrorCode::kMalformed, "proof: too short");
  const BytesView content = bytes.first(bytes.size() - Digest::kSize);
  if (!equal(crypto::tagged("proof", content), bytes.last(Digest::kSize))) {
    return fail(ErrorCode::kMalformed, "proof: its checksum does not fit, the file is damaged");
  }
  return content;
}

void read_version(Reader& r) {
  if (r.u16() != kProofVersion) r.fail_with("another version of proofs");
}

void write_opening(Writer& w, const ValueOpening& opening) {
  w.raw(opening.s).bytes(opening.value);
}

ValueOpening read_opening(Reader& r) {
  ValueOpening opening;
  opening.s = r.fixed<Digest>();
  opening.value = to_bytes(r.bytes(kMaxProofValueBytes));
  return opening;
}

void write_path(Writer& w, const TreePath& path) {
  fields::write(w, path);
}

void write_digest(Writer& w, const Digest& digest) {
  w.raw(digest);
}

Digest read_digest(Reader& r) {
  return r.fixed<Digest>();
}

std::vector<Digest> read_block_path(Reader& r) {
  const std::size_t count = r.count(kMaxBlockPath);
  std::vector<Digest> path;
  for (std::size_t i = 0; i < count && !r.failed(); ++i) path.push_back(r.fixed<Digest>());
  return path;
}

/// The header belongs to the chain and Q of the genesis validators committed it.
Status check_certified(const BlockHeader& header,
                       const Certificate& certificate,
                       const Genesis& genesis) {
  const ChainId chain = chain_id(genesis);
  if (header.chain != chain) {
    return fail(ErrorCode::kWrongChain, "proof: it belongs to another chain than the genesis");
  }
  const ValidatorSet set = validator_set(genesis);
  if (header.epoch != Epoch{} || header.validators != validators_hash(set)) {
    return refuse("the block's validators are not those of the genesis");
  }
  const VoteSubject& subject = certificate.subject;
  if (subject.type != VoteType::kCommit || subject.epoch != header.epoch ||
      subject.height != header.height || subject.block != block_hash(header)) {
    return refuse("the certificate is not about this block");
  }
  return verify_certificate(certificate, chain, set);
}

Status check_root(const TreePath& path,
                  const Digest& key_hash,
                  const Digest& root,
                  const char* what) {
  GALEN_TRY(const Digest implied, path.root(key_hash));
  if (implied != root) return refuse(std::string("the path does not lead to ") + what);
  return {};
}

bool opens(const LeafContent& leaf, const Digest& s, BytesView value) {
  return leaf.value_commitment == value_commitment(s, value);
}

/// Whether the key is present at the end of `path`, and that the opening says so.
Result<ProvenState> check_end(const StateProof& proof, const TreePath& path) {
  ProvenState state{proof.header.height, proof.header.time, false, {}, std::nullopt};
  if (!path.shows_presence(proof.key.hash())) {
    if (proof.opening) return refuse("a value for an absent key");
    return state;
  }
  if (!proof.opening) return refuse("the value of a present key is missing");
  if (!opens(*path.leaf, proof.opening->s, proof.opening->value)) {
    return refuse("the value does not open the commitment of its leaf");
  }
  state.present = true;
  state.value = proof.opening->value;
  state.written = path.leaf->height;
  return state;
}

Result<ProvenState> check_in_subtree(const StateProof& proof) {
  const TreeId& tree = proof.key.tree;
  const KeyKind kind = tree.kind == TreeKind::kAudit ? KeyKind::kAuditRoot : KeyKind::kSubjectRoot;
  const Digest root_key = StateKey::main(kind, tree.subject).hash();
  GALEN_TRY_STATUS(
      check_root(proof.main_path, root_key, proof.header.state_root, "the state root"));
  if (!proof.main_path.shows_presence(root_key)) {
    if (proof.subtree_root || proof.subtree_path || proof.opening) {
      return refuse("parts for a subject that is absent");
    }
    return check_end(proof, proof.main_path);
  }
  if (!proof.subtree_root || !proof.subtree_path) return refuse("the subject's tree is missing");
  if (!opens(*proof.main_path.leaf, Digest{}, *proof.subtree_root)) {
    return refuse("the root of the subject's tree does not open its leaf");
  }
  GALEN_TRY_STATUS(check_root(*proof.subtree_path,
                              proof.key.hash(),
                              *proof.subtree_root,
                              "the root of the subject's tree"));
  return check_end(proof, *proof.subtree_path);
}

/// Whether the leaf stands at the proof's index of exactly its count of leaves under the certified
/// root.
bool leads_to(const TransactionProof& proof,
              const Digest& leaf,
              const std::vector<Digest>& path,
              std::string_view tag,
              const Digest& root) {
  const auto implied = crypto::merkle_implied_root(leaf, proof.index, proof.count, path);
  return implied && counted_root(tag, proof.count, *implied) == root;
}

}  // namespace

Bytes encode(const StateProof& proof) {
  Writer w;
  w.tag("state-proof").u16(kProofVersion);
  fields::write(w, proof.header);
  fields::write(w, proof.certificate);
  fields::write(w, proof.key);
  fields::write(w, proof.main_path);
  fields::write_optional(w, proof.subtree_root, write_digest);
  fields::write_optional(w, proof.subtree_path, write_path);
  fields::write_optional(w, proof.opening, write_opening);
  return with_checksum(std::move(w));
}

Result<StateProof> decode_state_proof(BytesView bytes) {
  GALEN_TRY(const BytesView content, without_checksum(bytes));
  Reader r(content, "state proof");
  r.tag("state-proof");
  read_version(r);
  StateProof proof;
  proof.header = fields::read_block_header(r);
  proof.certificate = fields::read_certificate(r);
  proof.key = fields::read_state_key(r);
  proof.main_path = fields::read_tree_path(r);
  proof.subtree_root = fields::read_optional<Digest>(r, read_digest);
  proof.subtree_path = fields::read_optional<TreePath>(r, fields::read_tree_path);
  proof.opening = fields::read_optional<ValueOpening>(r, read_opening);
  return fields::finish(r, std::move(proof));
}

Bytes encode(const TransactionProof& proof) {
  Writer w;
  w.tag("transaction-proof").u16(kProofVersion);
  fields::write(w, proof.header);
  fields::write(w, proof.certificate);
  fields::write(w, proof.transaction);
  w.raw(proof.signature).u32(proof.index).u32(proof.count);
  fields::write_ids(w, proof.transaction_path);
  fields::write(w, proof.receipt);
  fields::write_ids(w, proof.receipt_path);
  return with_checksum(std::move(w));
}

Result<TransactionProof> decode_transaction_proof(BytesView bytes) {
  GALEN_TRY(const BytesView content, without_checksum(bytes));
  Reader r(content, "transaction proof");
  r.tag("transaction-proof");
  read_version(r);
  TransactionProof proof;
  proof.header = fields::read_block_header(r);
  proof.certificate = fields::read_certificate(r);
  proof.transaction = fields::read_transaction_header(r);
  proof.signature = fields::read_canonical_signature(r);
  proof.index = r.u32();
  proof.count = r.u32();
  if (proof.index >= proof.count || proof.count > limits::kMaxTransactionsPerBlock) {
    r.fail_with("a place outside the block");
  }
  proof.transaction_path = read_block_path(r);
  proof.receipt = fields::read_receipt(r);
  proof.receipt_path = read_block_path(r);
  return fields::finish(r, std::move(proof));
}

Result<ProvenState> verify(const StateProof& proof, const Genesis& genesis) {
  GALEN_TRY_STATUS(check_certified(proof.header, proof.certificate, genesis));
  if (proof.key.tree.kind != TreeKind::kMain) return check_in_subtree(proof);
  if (proof.subtree_root || proof.subtree_path) return refuse("a subject's tree for another key");
  GALEN_TRY_STATUS(
      check_root(proof.main_path, proof.key.hash(), proof.header.state_root, "the state root"));
  return check_end(proof, proof.main_path);
}

Status verify(const TransactionProof& proof, const Genesis& genesis) {
  GALEN_TRY_STATUS(check_certified(proof.header, proof.certificate, genesis));
  if (proof.transaction.chain != proof.header.chain) {
    return fail(ErrorCode::kWrongChain, "proof: the transaction belongs to another chain");
  }
  const Digest leaf = crypto::merkle_leaf(transaction_leaf(proof.transaction, proof.signature));
  if (!leads_to(
          proof, leaf, proof.transaction_path, kTransactionsTag, proof.header.transactions_root)) {
    return refuse("the path does not lead to the transactions root");
  }
  if (proof.receipt.transaction != transaction_id(proof.transaction)) {
    return refuse("the receipt is of another transaction");
  }
  if (!leads_to(proof,
                receipt_leaf(proof.receipt),
                proof.receipt_path,
                kReceiptsTag,
                proof.header.receipts_root)) {
    return refuse("the receipt's path does not lead to the receipts root");
  }
  return {};
}

}  // namespace galen::ledger
