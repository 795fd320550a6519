#include "storage/commit_rows.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace galen::storage {

namespace {

using ledger::TreeKind;

constexpr std::size_t kNoncesPerDraw = 256;

void put(Batch& batch, Column column, BytesView key, BytesView value) {
  batch.put(static_cast<std::size_t>(column), key, value);
}

void put_or_remove(Batch& batch, Column column, BytesView key, const std::optional<Bytes>& value) {
  if (value) {
    put(batch, column, key, *value);
  } else {
    batch.remove(static_cast<std::size_t>(column), key);
  }
}

bool is_public(const ledger::DecodedTransaction& transaction) {
  return transaction.transaction.header.tx_class == ledger::TransactionClass::kPublic;
}

/// A transaction that came with erased bodies has no decoded operations, so the ones that are
/// present are decoded here.
ledger::Operation operation_of(const ledger::DecodedTransaction& transaction, std::size_t index) {
  const auto& body = std::get<ledger::OperationBody>(transaction.transaction.operations[index]);
  Result<ledger::Operation> operation = ledger::decode_operation(body.operation);
  CHECK(operation.has_value(), "a transaction was decoded before it is stored");
  return *std::move(operation);
}

Digest commitment_of(const ChainId& chain, std::size_t index, const ledger::OperationSlot& slot) {
  if (const auto* erased = std::get_if<Digest>(&slot)) return *erased;
  return ledger::operation_commitment(
      chain, static_cast<std::uint16_t>(index), std::get<ledger::OperationBody>(slot));
}

PermanentRow permanent_row(const CommitBatch& block, std::uint32_t index, const ChainId& chain) {
  const ledger::Transaction& transaction = block.transactions[index]->transaction;
  const ledger::Receipt& receipt = block.outcome.receipts[index];
  PermanentRow row{
      transaction.header, transaction.signature, {}, receipt.ok, receipt.results_root, 0};
  row.commitments.reserve(transaction.operations.size());
  for (std::size_t i = 0; i < transaction.operations.size(); ++i) {
    row.commitments.push_back(commitment_of(chain, i, transaction.operations[i]));
  }
  return row;
}

bool is_body(const ledger::OperationSlot& slot) {
  return std::holds_alternative<ledger::OperationBody>(slot);
}

}  // namespace

CommitRows::CommitRows(Store& store) : store_(store) {}

Status CommitRows::add_state(const execution::StateCommit& state, Batch& batch) {
  Subjects subjects;
  for (const auto& [key, write] : state.values) {
    if (key.tree.kind == TreeKind::kMain) continue;
    subjects[{key.tree.subject, compartment_of(key.tree.kind)}];
  }
  GALEN_TRY_STATUS(ensure(subjects));
  add_state_rows(state, subjects, batch);
  return {};
}

Result<CommitRows::Destinations> CommitRows::destinations(const CommitBatch& block,
                                                          const ErasureBatch& erasures) {
  Destinations result;
  for (std::uint32_t index = 0; index < block.transactions.size(); ++index) {
    const ledger::DecodedTransaction& transaction = *block.transactions[index];
    if (is_public(transaction)) continue;
    const auto& slots = transaction.transaction.operations;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (!is_body(slots[i])) continue;
      std::optional<ledger::Operation> decoded;
      if (transaction.operations.empty()) decoded = operation_of(transaction, i);
      const ledger::Operation& operation = decoded ? *decoded : transaction.operations[i].value;
      const Compartment compartment = compartment_of(ledger::type_of(operation));
      Destination destination{{ledger::subject_of(operation), compartment}, {}, {}};
      if (const auto other = ledger::other_subject_of(operation))
        destination.other = {*other, compartment};
      GALEN_TRY(destination.fate, erasures.fate(operation, index));
      result[{index, static_cast<std::uint16_t>(i)}] = destination;
    }
  }
  return result;
}

Status CommitRows::add_block(const CommitBatch& block, const ErasureBatch& erasures, Batch& batch) {
  CHECK(block.outcome.receipts.size() == block.transactions.size() &&
            block.outcome.results.size() == block.transactions.size(),
        "an outcome per transaction");
  Subjects subjects;
  for (const auto& [key, write] : block.outcome.state.values) {
    if (key.tree.kind == TreeKind::kMain) continue;
    subjects[{key.tree.subject, compartment_of(key.tree.kind)}];
  }
  GALEN_TRY(const Destinations bodies, destinations(block, erasures));
  for (const auto& [place, body] : bodies) {
    if (body.fate != ErasureBatch::Fate::kStored) continue;
    subjects[body.subject];
    if (body.other) subjects[*body.other];
  }
  GALEN_TRY_STATUS(ensure(subjects));
  put(batch,
      Column::kBlocks,
      header_key(block.header.height),
      encode_header_row(block.header, block.certificate));
  add_transactions(block, bodies, subjects, batch);
  add_state_rows(block.outcome.state, subjects, batch);
  return {};
}

Status CommitRows::ensure(Subjects& subjects) {
  std::vector<SubjectRef> wanted;
  wanted.reserve(subjects.size());
  for (const auto& [subject, keys] : subjects) wanted.push_back(subject);
  GALEN_TRY(std::vector<SubjectKeysPtr> found, store_.keyring->ensure(wanted));
  std::size_t next = 0;
  for (auto& [subject, keys] : subjects) keys = std::move(found[next++]);
  return {};
}

void CommitRows::add_state_rows(const execution::StateCommit& state,
                                const Subjects& subjects,
                                Batch& batch) {
  for (const auto& [key, write] : state.values) add_value(key, write, subjects, batch);
  for (const auto& [id, page] : state.pages) add_page(id, page, subjects, batch);
}

void CommitRows::add_value(const ledger::StateKey& key,
                           const execution::StateWrite& write,
                           const Subjects& subjects,
                           Batch& batch) {
  if (key.tree.kind == TreeKind::kMain) {
    std::optional<Bytes> row;
    if (write.value) row = encode(ValueRow{write.s, *write.value});
    return put_or_remove(batch, Column::kState, main_value_key(key), row);
  }
  const SubjectKeys& keys = *subjects.at({key.tree.subject, compartment_of(key.tree.kind)});
  const Bytes row_key = subject_value_key(keys, key);
  if (!write.value) return put_or_remove(batch, Column::kSubjects, row_key, std::nullopt);
  const Bytes plaintext = encode(SubjectValueRow{key.id, {write.s, *write.value}});
  put_sealed(Column::kSubjects, row_key, keys, plaintext, batch);
}

void CommitRows::add_page(const execution::PageId& id,
                          const std::optional<Bytes>& page,
                          const Subjects& subjects,
                          Batch& batch) {
  if (id.tree.kind == TreeKind::kMain) {
    return put_or_remove(batch, Column::kState, main_page_key(id), page);
  }
  const SubjectKeys& keys = *subjects.at({id.tree.subject, compartment_of(id.tree.kind)});
  const Bytes row_key = subject_page_key(keys.handle(), id);
  if (!page) return put_or_remove(batch, Column::kSubjects, row_key, std::nullopt);
  put_sealed(Column::kSubjects, row_key, keys, *page, batch);
}

void CommitRows::add_transactions(const CommitBatch& block,
                                  const Destinations& destinations,
                                  const Subjects& subjects,
                                  Batch& batch) {
  Locators locators;
  for (std::uint32_t index = 0; index < block.transactions.size(); ++index) {
    const TransactionPlace place{block.header.height, index};
    PermanentRow row = permanent_row(block, index, store_.chain);
    row.first_operation = static_cast<std::uint32_t>(locators.size());
    put(batch, Column::kBlocks, permanent_key(place), encode(row));
    put(batch, Column::kTransactions, block.transactions[index]->id, encode(place));
    add_bodies(block, index, destinations, subjects, locators, batch);
  }
  put(batch, Column::kBlocks, locators_key(block.header.height), encode(locators));
}

void CommitRows::add_bodies(const CommitBatch& block,
                            std::uint32_t index,
                            const Destinations& destinations,
                            const Subjects& subjects,
                            Locators& locators,
                            Batch& batch) {
  const ledger::DecodedTransaction& transaction = *block.transactions[index];
  const TransactionPlace place{block.header.height, index};
  const auto& slots = transaction.transaction.operations;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    KeyName& name = locators.emplace_back();
    const auto operation = static_cast<std::uint16_t>(i);
    if (!is_body(slots[i])) {
      const auto& late = block.late_holes;
      if (std::find(late.begin(), late.end(), std::pair(index, operation)) != late.end())
        name = late_locator();
      continue;
    }
    const Bytes row = encode(
        BodyRow{std::get<ledger::OperationBody>(slots[i]), block.outcome.results[index].at(i)});
    if (is_public(transaction)) {
      put(batch, Column::kBlocks, public_body_key(place, operation), row);
      continue;
    }
    const Destination& destination = destinations.at({index, operation});
    if (destination.fate != ErasureBatch::Fate::kStored) {
      if (destination.fate == ErasureBatch::Fate::kLate) name = late_locator();
      continue;
    }
    name = subjects.at(destination.subject)->name();
    add_body({place, operation}, destination, subjects, row, batch);
  }
}

void CommitRows::add_body(const BodyPlace& at,
                          const Destination& destination,
                          const Subjects& subjects,
                          BytesView row,
                          Batch& batch) {
  const SubjectKeys& keys = *subjects.at(destination.subject);
  if (!destination.other) {
    const Bytes key = body_key(keys.handle(), at.place, at.operation);
    return put_sealed(Column::kBodies, key, keys, row, batch);
  }
  const SubjectKeys& other = *subjects.at(*destination.other);
  const Bytes key = link_body_key(keys.handle(), at.place, at.operation);
  const Bytes inner = other.seal(next_nonce(), seal_context(Column::kBodies, key), row);
  put_sealed(Column::kBodies, key, keys, encode(LinkBodyRow{other.name(), inner}), batch);
  const Bytes other_key = link_body_key(other.handle(), at.place, at.operation);
  put_sealed(Column::kBodies, other_key, other, encode(LinkBodyRow{keys.name(), {}}), batch);
}

void CommitRows::put_sealed(
    Column column, BytesView key, const SubjectKeys& keys, BytesView plaintext, Batch& batch) {
  put(batch, column, key, keys.seal(next_nonce(), seal_context(column, key), plaintext));
}

crypto::AeadNonce CommitRows::next_nonce() {
  constexpr std::size_t kSize = crypto::AeadNonce::kSize;
  if (next_nonce_ == nonces_.size()) {
    nonces_.resize(kNoncesPerDraw * kSize);
    store_.random.fill(nonces_);
    next_nonce_ = 0;
  }
  const auto nonce = crypto::AeadNonce::from(BytesView(nonces_).subspan(next_nonce_, kSize));
  next_nonce_ += kSize;
  return nonce;
}

}  // namespace galen::storage
