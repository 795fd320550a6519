#include "ledger/transaction.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "crypto/merkle.h"
#include "ledger/fields.h"

namespace galen::ledger {

namespace {

using codec::Reader;
using codec::Writer;

constexpr std::uint16_t kAuthorisationVersion = 1;
constexpr std::uint64_t kMaxSequence = (std::uint64_t{1} << 48U) - 1;
constexpr std::uint8_t kErasedSlot = 0;
constexpr std::uint8_t kBodySlot = 1;

void write(Writer& w, const Authorisation& a) {
  w.enumeration(a.role).raw(a.account).u16(a.key_index).raw(a.submitter).u64(a.sequence);
  w.counter(a.not_after).raw(a.signature);
}

Authorisation read_authorisation(Reader& r) {
  Authorisation a;
  a.role = fields::read_enumeration<AuthorisationRole>(r);
  a.account = r.fixed<AccountId>();
  a.key_index = r.u16();
  a.submitter = r.fixed<AccountId>();
  a.sequence = r.u64();
  if (a.sequence > kMaxCounter) r.fail_with("an authorisation's sequence above 2^62");
  a.not_after = r.counter<TimeMs>();
  a.signature = fields::read_canonical_signature(r);
  return a;
}

void write(Writer& w, const std::vector<Authorisation>& authorisations) {
  w.count(authorisations.size());
  for (const Authorisation& a : authorisations) write(w, a);
}

void write(Writer& w, const OperationBody& body) {
  w.raw(body.salt).bytes(body.operation);
  write(w, body.authorisations);
}

OperationBody read_operation_body(Reader& r) {
  OperationBody body;
  body.salt = r.fixed<Random32>();
  body.operation = to_bytes(r.bytes(limits::kMaxOperationBytes));
  const std::size_t count = r.count(limits::kMaxAuthorisationsPerOperation);
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    body.authorisations.push_back(read_authorisation(r));
  }
  return body;
}

OperationSlot read_slot(Reader& r) {
  const std::uint8_t kind = r.u8();
  if (kind == kBodySlot) return read_operation_body(r);
  if (kind != kErasedSlot) r.fail_with("a slot that is neither a body nor erased");
  return r.fixed<Digest>();
}

Digest slot_commitment(const ChainId& chain, std::uint16_t index, const OperationSlot& slot) {
  if (const auto* body = std::get_if<OperationBody>(&slot)) {
    return operation_commitment(chain, index, *body);
  }
  return std::get<Digest>(slot);
}

}  // namespace

Nonce Nonce::unpack(std::uint64_t value) {
  return Nonce{static_cast<std::uint16_t>(value >> 48U), value & kMaxSequence};
}

namespace fields {

void write(Writer& w, const TransactionHeader& h) {
  w.u16(h.version).enumeration(h.tx_class).raw(h.chain).raw(h.submitter).u16(h.key_index);
  w.u64(h.nonce.packed()).counter(h.valid_until).u16(h.operation_count).raw(h.operations_root);
}

TransactionHeader read_transaction_header(Reader& r) {
  TransactionHeader h;
  h.version = r.u16();
  if (!r.failed() && h.version != kTransactionVersion) {
    r.fail_with("transaction version " + std::to_string(h.version) + " is not supported");
  }
  h.tx_class = read_enumeration<TransactionClass>(r);
  h.chain = r.fixed<ChainId>();
  h.submitter = r.fixed<AccountId>();
  h.key_index = r.u16();
  h.nonce = Nonce::unpack(r.u64());
  if (h.nonce.sequence == 0) r.fail_with("a nonce of sequence 0");
  h.valid_until = r.counter<TimeMs>();
  h.operation_count = r.u16();
  if (h.operation_count == 0 || h.operation_count > limits::kMaxOperationsPerTransaction) {
    r.fail_with("no operation or too many");
  }
  h.operations_root = r.fixed<Digest>();
  return h;
}

}  // namespace fields

Bytes encode(const TransactionHeader& header) {
  Writer w(kTransactionHeaderBytes);
  fields::write(w, header);
  return std::move(w).take();
}

Result<TransactionHeader> decode_transaction_header(BytesView bytes) {
  Reader r(bytes, "transaction header");
  const TransactionHeader header = fields::read_transaction_header(r);
  return fields::finish(r, header);
}

Bytes encode(const Transaction& transaction) {
  Writer w;
  fields::write(w, transaction.header);
  w.raw(transaction.signature);
  for (const OperationSlot& slot : transaction.operations) {
    if (const auto* body = std::get_if<OperationBody>(&slot)) {
      w.u8(kBodySlot);
      write(w, *body);
    } else {
      w.u8(kErasedSlot).raw(std::get<Digest>(slot));
    }
  }
  return std::move(w).take();
}

Result<Transaction> decode_transaction(BytesView bytes) {
  if (bytes.size() > limits::kMaxTransactionBytes) {
    return fail(ErrorCode::kTooLarge,
                "transaction: " + std::to_string(bytes.size()) + " bytes, the limit is " +
                    std::to_string(limits::kMaxTransactionBytes));
  }
  Reader r(bytes, "transaction");
  Transaction tx;
  tx.header = fields::read_transaction_header(r);
  tx.signature = fields::read_canonical_signature(r);
  GALEN_TRY_STATUS(r.status());
  tx.operations.reserve(tx.header.operation_count);
  for (std::size_t i = 0; i < tx.header.operation_count && !r.failed(); ++i) {
    tx.operations.push_back(read_slot(r));
  }
  GALEN_TRY_STATUS(r.finish());
  if (operations_root(tx.header.chain, tx.operations) != tx.header.operations_root) {
    return fail(ErrorCode::kMalformed,
                "transaction: its operations are not the ones in its header");
  }
  return tx;
}

Bytes encode(const OperationBody& body) {
  Writer w;
  write(w, body);
  return std::move(w).take();
}

Bytes encode(const Authorisation& authorisation) {
  Writer w;
  write(w, authorisation);
  return std::move(w).take();
}

Result<Authorisation> decode_authorisation(BytesView bytes) {
  Reader r(bytes, "authorisation");
  Authorisation authorisation = read_authorisation(r);
  GALEN_TRY_STATUS(r.finish());
  return authorisation;
}

Result<OperationBody> decode_operation_body(BytesView bytes) {
  Reader r(bytes, "operation body");
  OperationBody body = read_operation_body(r);
  return fields::finish(r, std::move(body));
}

Digest operation_commitment(const ChainId& chain, std::uint16_t index, const OperationBody& body) {
  Writer authorisations;
  write(authorisations, body.authorisations);
  crypto::Hasher hasher("op");
  hasher.raw(chain).u16(index).raw(body.salt).bytes(body.operation).bytes(authorisations.view());
  return hasher.finish();
}

Digest operations_root(const ChainId& chain, const std::vector<OperationSlot>& operations) {
  CHECK(operations.size() <= 0xffffU, "an operation's index has 16 bits");
  std::vector<Digest> leaves;
  leaves.reserve(operations.size());
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const auto index = static_cast<std::uint16_t>(i);
    leaves.push_back(crypto::merkle_leaf(slot_commitment(chain, index, operations[i])));
  }
  return crypto::merkle_root(leaves);
}

TxId transaction_id(const TransactionHeader& header) {
  return id_cast<TxId>(crypto::tagged("tx", encode(header)));
}

Digest transaction_leaf(const TransactionHeader& header, const Signature& signature) {
  return crypto::tagged("txleaf", encode(header), signature);
}

Result<Digest> transaction_leaf_of(BytesView encoded) {
  constexpr std::size_t kFront = kTransactionHeaderBytes + Signature::kSize;
  if (encoded.size() < kFront) return fail(ErrorCode::kMalformed, "transaction: too short");
  return crypto::tagged("txleaf", encoded.first(kFront));
}

Bytes signing_bytes(const TransactionHeader& header) {
  Writer w(kTransactionHeaderBytes + 7);
  w.tag("txsign");
  fields::write(w, header);
  return std::move(w).take();
}

Bytes authorisation_statement(const ChainId& chain,
                              const Authorisation& authorisation,
                              const PatientId& subject,
                              OperationType type,
                              BytesView operation) {
  const Authorisation& a = authorisation;
  Writer w;
  w.tag("auth").u16(kAuthorisationVersion).raw(chain).enumeration(a.role).raw(a.account);
  w.u16(a.key_index).raw(subject).raw(a.submitter).u64(a.sequence).counter(a.not_after);
  w.enumeration(type).raw(crypto::sha256(operation));
  return std::move(w).take();
}

GrantId grant_id(BytesView authorisation_statement) {
  return id_cast<GrantId>(crypto::tagged("grant", authorisation_statement));
}

}  // namespace galen::ledger
