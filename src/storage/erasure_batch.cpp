#include "storage/erasure_batch.h"

#include "base/check.h"
#include "ledger/erasure_entries.h"
#include "ledger/payload_names.h"
#include "storage/rows.h"

#include <algorithm>
#include <utility>

namespace galen::storage {

namespace {

using ledger::ErasureScope;
using ledger::Tombstone;

constexpr std::size_t column(Column c) {
  return static_cast<std::size_t>(c);
}

Compartment compartment_of_scope(ErasureScope scope) {
  return scope == ErasureScope::kAudit ? Compartment::kAudit : Compartment::kClinical;
}

/// The content a body speaks of, off the chain.
const ledger::AppendRecord* appended_by(const ledger::Operation& operation) {
  if (const auto* append = std::get_if<ledger::AppendRecord>(&operation)) return append;
  if (const auto* replace = std::get_if<ledger::ReplaceRecord>(&operation)) return &replace->next;
  return nullptr;
}

}  // namespace

KeyName late_locator() {
  KeyName name;
  name.value.fill(0xff);
  return name;
}

Status LocatorChanges::zero(const Bytes& body_key) {
  GALEN_TRY(const BodyPlace body, decode_body_key(body_key));
  const auto [at, fresh] = changed_.try_emplace(body.place.height);
  if (fresh) {
    GALEN_TRY(const auto row, store_.get(Column::kBlocks, locators_key(body.place.height)));
    if (!row) return fail(ErrorCode::kCorrupt, "a block's locators are missing");
    GALEN_TRY(at->second, decode_locators(*row));
  }
  GALEN_TRY(const auto stored, store_.get(Column::kBlocks, permanent_key(body.place)));
  if (!stored) return fail(ErrorCode::kCorrupt, "a body without its transaction");
  GALEN_TRY(const PermanentRow permanent, decode_permanent_row(*stored));
  const std::size_t number = std::size_t{permanent.first_operation} + body.operation;
  if (number >= at->second.size()) return fail(ErrorCode::kCorrupt, "a locator is missing");
  at->second[number] = KeyName{};
  return {};
}

void LocatorChanges::add_rows(Batch& batch) const {
  for (const auto& [height, locators] : changed_) {
    batch.put(column(Column::kBlocks), locators_key(height), encode(locators));
  }
}

Compartment StandingOrder::compartment() const {
  return compartment_of_scope(scope);
}

bool StandingOrder::is_about(const ledger::Operation& operation) const {
  const bool audit = compartment() == Compartment::kAudit;
  const auto tree = audit ? ledger::TreeKind::kAudit : ledger::TreeKind::kClinical;
  return ledger::is_among({path, tree, record}, operation);
}

std::vector<StandingOrder> orders_in(const CommitBatch& block) {
  std::vector<StandingOrder> orders;
  for (std::uint32_t i = 0; i < block.transactions.size(); ++i) {
    if (!block.outcome.receipts[i].ok) continue;
    const auto& operations = block.transactions[i]->operations;
    for (std::size_t k = 0; k < operations.size(); ++k) {
      StandingOrder order;
      order.id = {block.transactions[i]->id, static_cast<std::uint16_t>(k)};
      order.height = block.header.height;
      order.index = i;
      if (const auto* whole = std::get_if<ledger::ErasePatient>(&operations[k].value)) {
        order.path = whole->path;
        order.scope = whole->scope;
        order.audit_until = whole->audit_until;
      } else if (const auto* one = std::get_if<ledger::EraseRecord>(&operations[k].value)) {
        order.path = one->path;
        order.scope = ErasureScope::kRecord;
        order.record = one->record;
      } else {
        continue;
      }
      orders.push_back(order);
    }
  }
  return orders;
}

ErasureRow row_of(const StandingOrder& order) {
  ErasureRow row;
  row.scope = order.scope;
  row.path = order.path;
  row.height = order.height;
  row.audit_until = order.audit_until;
  return row;
}

void count_into(ErasureRow& row, const ChainId& chain, const ledger::Operation& operation) {
  ++row.operations;
  const ledger::AppendRecord* appended = appended_by(operation);
  if (appended == nullptr) return;
  const PayloadAddress& address = appended->payload;
  row.files.push_back({address, ledger::envelopes_name(chain, appended->record, address)});
}

void note_shared(ErasureRow& row, const StoredBody& body) {
  if (!body.is_shared()) return;
  const Handle first = handle_in(body.keys.front());
  row.shared.push_back(first == row.handle ? handle_in(body.keys.back()) : first);
}

void sort_lists(ErasureRow& row) {
  std::sort(row.files.begin(), row.files.end());
  row.files.erase(std::unique(row.files.begin(), row.files.end()), row.files.end());
  std::sort(row.shared.begin(), row.shared.end());
  row.shared.erase(std::unique(row.shared.begin(), row.shared.end()), row.shared.end());
}

ErasureBatch::ErasureBatch(const Store& store, const CommitBatch& block)
    : store_(store), block_(block), orders_(orders_in(block)), locators_(store) {}

bool ErasureBatch::counts(std::size_t number, const ledger::Operation& operation) const {
  if (!orders_[number].is_about(operation)) return false;
  const auto end = orders_.begin() + static_cast<std::ptrdiff_t>(number);
  return std::none_of(
      orders_.begin(), end, [&](const Order& earlier) { return earlier.is_about(operation); });
}

Result<std::optional<Tombstone>> ErasureBatch::tombstone(const ledger::StateKey& key) const {
  const auto& values = block_.outcome.state.values;
  std::optional<Bytes> value;
  if (const auto written = values.find(key); written != values.end()) {
    value = written->second.value;
  } else {
    GALEN_TRY(const auto stored, store_.get(Column::kState, main_value_key(key)));
    if (!stored) return std::optional<Tombstone>{};
    GALEN_TRY(ValueRow row, decode_value_row(*stored));
    value = std::move(row.value);
  }
  if (!value) return std::optional<Tombstone>{};
  GALEN_TRY(Tombstone decoded, Tombstone::decode(*value));
  return std::optional<Tombstone>{std::move(decoded)};
}

Result<bool> ErasureBatch::is_gone(const PatientId& subject, Compartment compartment) const {
  GALEN_TRY(const auto person, tombstone(Tombstone::key(ledger::subject_path(subject))));
  return person && (compartment == Compartment::kClinical || person->audit.has_value());
}

Result<bool> ErasureBatch::is_gone(const ledger::Operation& operation) const {
  const Compartment compartment = compartment_of(ledger::type_of(operation));
  GALEN_TRY(const bool subject, is_gone(ledger::subject_of(operation), compartment));
  if (subject) return true;
  if (const auto other = ledger::other_subject_of(operation)) return is_gone(*other, compartment);
  const auto record = ledger::record_of(operation);
  if (!record) return false;
  GALEN_TRY(const auto gone, tombstone(Tombstone::key(ledger::record_path(*record))));
  return gone.has_value();
}

Result<ErasureBatch::Fate> ErasureBatch::fate(const ledger::Operation& operation,
                                              std::uint32_t index) const {
  GALEN_TRY(const bool gone, is_gone(operation));
  if (!gone) return Fate::kStored;
  for (std::size_t number = 0; number < orders_.size(); ++number) {
    if (index < orders_[number].index && counts(number, operation)) return Fate::kErased;
  }
  return Fate::kLate;
}

Status ErasureBatch::add_rows(Batch& batch) {
  for (std::size_t i = 0; i < orders_.size(); ++i) GALEN_TRY_STATUS(add_order(i, batch));
  locators_.add_rows(batch);
  return {};
}

Status ErasureBatch::add_order(std::size_t number, Batch& batch) {
  const Order& order = orders_[number];
  ErasureRow row = row_of(order);
  const KeyName name = store_.keyring->name_of(order.path, order.compartment());
  GALEN_TRY(const SubjectKeysPtr keys, store_.keyring->find(name));
  if (keys) {
    row.handle = keys->handle();
    row.name = name;
    GALEN_TRY_STATUS(take_bodies(number, *keys, row, batch));
    if (!order.record) concealed_.push_back(name);
  }
  take_unstored(number, row);
  sort_lists(row);
  batch.put(column(Column::kMeta), erasure_key(order.id), encode(row));
  return {};
}

/// Bodies of the order's own block, before it.
void ErasureBatch::take_unstored(std::size_t number, ErasureRow& row) const {
  for (std::uint32_t i = 0; i < orders_[number].index; ++i) {
    for (const ledger::DecodedOperation& operation : block_.transactions[i]->operations) {
      if (counts(number, operation.value)) count_into(row, store_.chain, operation.value);
    }
  }
}

Status ErasureBatch::take_bodies(std::size_t number,
                                 const SubjectKeys& keys,
                                 ErasureRow& row,
                                 Batch& batch) {
  const Order& order = orders_[number];
  return visit_bodies(
      store_, keys, [&](const StoredBody& body, const ledger::Operation& operation) -> Status {
        if (!counts(number, operation)) return {};
        count_into(row, store_.chain, operation);
        if (!order.record && !body.is_shared()) return {};
        // Of a record, whose key lives on with its patient, and of a link, which the other
        // patient's handle names too, the rows go at once: the next order counts what is left, on
        // every node the same.
        note_shared(row, body);
        for (const Bytes& key : body.keys) batch.remove(column(Column::kBodies), key);
        return locators_.zero(body.keys.front());
      });
}

}  // namespace galen::storage
