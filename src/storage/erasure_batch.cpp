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

bool is_about(const ledger::Operation& operation, const std::optional<RecordPath>& record) {
  if (!record) return true;
  const auto named = ledger::record_of(operation);
  return named && ledger::record_path(*named) == *record;
}

}  // namespace

KeyName late_locator() {
  KeyName name;
  name.value.fill(0xff);
  return name;
}

Status visit_bodies(
    const Store& store,
    const SubjectKeys& keys,
    const std::function<Status(BytesView row_key, const ledger::Operation& operation)>& visit,
    const rocksdb::Snapshot* snapshot) {
  Status status;
  const auto open = [&](BytesView key, BytesView sealed) -> Status {
    GALEN_TRY(const Bytes opened, keys.open(seal_context(Column::kBodies, key), sealed));
    GALEN_TRY(const BodyRow row, decode_body_row(opened));
    GALEN_TRY(const ledger::Operation operation, ledger::decode_operation(row.body.operation));
    return visit(key, operation);
  };
  GALEN_TRY_STATUS(store.ledger->scan(
      column(Column::kBodies), keys.handle(),
      [&](BytesView key, BytesView sealed) {
        status = open(key, sealed);
        return status.has_value();
      },
      snapshot));
  return status;
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
  return storage::is_about(operation, record);
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

void sort_files(ErasureRow& row) {
  std::sort(row.files.begin(), row.files.end());
  row.files.erase(std::unique(row.files.begin(), row.files.end()), row.files.end());
}

ErasureBatch::ErasureBatch(const Store& store, const CommitBatch& block)
    : store_(store), block_(block), orders_(orders_in(block)), locators_(store) {}

bool ErasureBatch::covers(const Order& order,
                          const SubjectRef& subject,
                          const ledger::Operation& operation) const {
  return order.compartment() == subject.compartment &&
         ledger::subject_path(subject.subject) == order.path && order.is_about(operation);
}

bool ErasureBatch::counts(std::size_t number,
                          const SubjectRef& subject,
                          const ledger::Operation& operation) const {
  if (!covers(orders_[number], subject, operation)) return false;
  for (std::size_t earlier = 0; earlier < number; ++earlier) {
    if (covers(orders_[earlier], subject, operation)) return false;
  }
  return true;
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

Result<bool> ErasureBatch::is_gone(const SubjectRef& subject,
                                   const ledger::Operation& operation) const {
  GALEN_TRY(const auto person, tombstone(Tombstone::key(ledger::subject_path(subject.subject))));
  if (person) return subject.compartment == Compartment::kClinical || person->audit.has_value();
  const auto record = ledger::record_of(operation);
  if (!record) return false;
  GALEN_TRY(const auto gone, tombstone(Tombstone::key(ledger::record_path(*record))));
  return gone.has_value();
}

Result<ErasureBatch::Fate> ErasureBatch::fate(const SubjectRef& subject,
                                              const ledger::Operation& operation,
                                              std::uint32_t index) const {
  GALEN_TRY(const bool gone, is_gone(subject, operation));
  if (!gone) return Fate::kStored;
  for (std::size_t number = 0; number < orders_.size(); ++number) {
    if (index < orders_[number].index && counts(number, subject, operation)) return Fate::kErased;
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
  sort_files(row);
  batch.put(column(Column::kMeta), erasure_key(order.id), encode(row));
  return {};
}

/// Bodies of the order's own block, before it.
void ErasureBatch::take_unstored(std::size_t number, ErasureRow& row) const {
  for (std::uint32_t i = 0; i < orders_[number].index; ++i) {
    for (const ledger::DecodedOperation& operation : block_.transactions[i]->operations) {
      if (ledger::class_of(operation.type) != ledger::TransactionClass::kPersonal) continue;
      const SubjectRef subject{operation.subject, storage::compartment_of(operation.type)};
      if (counts(number, subject, operation.value)) {
        count_into(row, store_.chain, operation.value);
      }
    }
  }
}

Status ErasureBatch::take_bodies(std::size_t number,
                                 const SubjectKeys& keys,
                                 ErasureRow& row,
                                 Batch& batch) {
  const Order& order = orders_[number];
  return visit_bodies(
      store_, keys, [&](BytesView key, const ledger::Operation& operation) -> Status {
        const SubjectRef subject{ledger::subject_of(operation), order.compartment()};
        if (!counts(number, subject, operation)) return {};
        count_into(row, store_.chain, operation);
        if (!order.record) return {};
        // Of a record, whose key lives on with its patient, the rows go at once: the next order counts
        // what is left, on every node the same.
        batch.remove(column(Column::kBodies), key);
        return locators_.zero(to_bytes(key));
      });
}

}  // namespace galen::storage
