#include "storage/state_intake.h"

#include "codec/codec.h"
#include "storage/body_rows.h"
#include "storage/rows.h"
#include "storage/state_plan.h"

#include <utility>

namespace galen::storage {

namespace {

constexpr std::size_t kBatchBytes = std::size_t{4} * 1024 * 1024;

constexpr std::size_t column(Column c) {
  return static_cast<std::size_t>(c);
}

bool comes_before(const BodyPlace& body, const StandingOrder& order) {
  return body.place < TransactionPlace{order.height, order.index};
}

/// Carries out every row of the log; may be repeated.
Status carry_out(Store& store) {
  std::optional<Batch> batch;
  Status status;
  const auto add = [&](BytesView key, BytesView value) -> Status {
    GALEN_TRY(const Redo redo, decode_redo(key, value));
    if (!batch) batch.emplace(*store.ledger);
    if (redo.value) {
      batch->put(redo.column, redo.key, *redo.value);
    } else {
      batch->remove(redo.column, redo.key);
    }
    if (batch->bytes() < kBatchBytes) return {};
    GALEN_TRY_STATUS(store.ledger->write(*batch));
    batch.reset();
    return {};
  };
  GALEN_TRY_STATUS(store.ledger->scan(
      column(Column::kStaging), redo_prefix(), [&](BytesView key, BytesView value) {
        status = add(key, value);
        return status.has_value();
      }));
  GALEN_TRY_STATUS(status);
  return batch ? store.ledger->write(*batch) : Status{};
}

}  // namespace

StateIntake::StateIntake(std::shared_ptr<Store> store)
    : store_(std::move(store)), staging_(*store_), commits_(*store_) {}

Status StateIntake::add_block(const CommitBatch& block) {
  const ErasureBatch erasures(*store_, block);
  Batch batch(*store_->ledger, column(Column::kStaging));
  GALEN_TRY_STATUS(commits_.add_block(block, erasures, batch));
  for (StandingOrder& order : orders_in(block)) orders_.push_back(std::move(order));
  return store_->ledger->write(batch);
}

Status StateIntake::prepare(const Digest& state_root) {
  GALEN_TRY_STATUS(StatePlan(*store_, staging_).write(state_root));
  prepared_ = state_root;
  return {};
}

Status StateIntake::add_orders() {
  for (const StandingOrder& order : orders_) GALEN_TRY_STATUS(add_order(order));
  Batch batch(*store_->ledger, column(Column::kStaging));
  // Of a whole compartment, without links, the job zeroes them, when it deletes the bodies.
  LocatorChanges locators(*store_);
  for (const Bytes& key : taken_) {
    GALEN_TRY_STATUS(locators.zero(key));
    batch.remove(column(Column::kBodies), key);
  }
  locators.add_rows(batch);
  return store_->ledger->write(batch);
}

Status StateIntake::add_order(const StandingOrder& order) {
  ErasureRow row = row_of(order);
  const KeyName name = store_->keyring->name_of(order.path, order.compartment());
  GALEN_TRY(const SubjectKeysPtr keys, store_->keyring->find(name));
  if (keys) {
    row.handle = keys->handle();
    row.name = name;
    GALEN_TRY_STATUS(take_stored(order, *keys, row));
    GALEN_TRY_STATUS(take_staged(order, *keys, row));
    if (!order.record) concealed_.push_back(name);
  } else if (!order.record) {
    GALEN_TRY_STATUS(take_links_of(name));
  }
  sort_lists(row);
  Batch batch(*store_->ledger, column(Column::kStaging));
  batch.put(column(Column::kMeta), erasure_key(order.id), encode(row));
  return store_->ledger->write(batch);
}

Status StateIntake::take_stored(const StandingOrder& order,
                                const SubjectKeys& keys,
                                ErasureRow& row) {
  return visit_bodies(
      *store_, keys, [&](const StoredBody& body, const ledger::Operation& operation) -> Status {
        if (!order.is_about(operation) || taken_.contains(body.keys.front())) return {};
        count_into(row, store_->chain, operation);
        if (!order.record && !body.is_shared()) return {};
        note_shared(row, body);
        taken_.insert(body.keys.begin(), body.keys.end());
        return {};
      });
}

/// Of a subject whose keys are gone already, as a newer keyring beside an older ledger has it: the
/// rows of his links in the places of the others, which open no more but would be counted as
/// theirs.
Status StateIntake::take_links_of(const KeyName& name) {
  return store_->keyring->each([&](const SubjectKeysPtr& keys) {
    return visit_links(*store_, *keys, [&](BytesView key, const LinkBodyRow& row) -> Status {
      if (row.other == name) taken_.insert(to_bytes(key));
      return {};
    });
  });
}

/// Bodies of the gap that sources still had.
Status StateIntake::take_staged(const StandingOrder& order,
                                const SubjectKeys& keys,
                                ErasureRow& row) {
  codec::Writer prefix;
  prefix.raw(redo_prefix(column(Column::kBodies))).raw(keys.handle());
  const ReadBody read_staged = [&](BytesView key) -> Result<std::optional<Bytes>> {
    const Bytes at = redo_key(column(Column::kBodies), key);
    GALEN_TRY(const auto staged, store_->get(Column::kStaging, at));
    if (!staged) return std::optional<Bytes>{};
    GALEN_TRY(Redo redo, decode_redo(at, *staged));
    return std::move(redo.value);
  };
  std::vector<std::pair<std::vector<Bytes>, bool>> gone;
  Status status;
  const auto read = [&](BytesView staged_key, BytesView staged) -> Status {
    GALEN_TRY(const Redo redo, decode_redo(staged_key, staged));
    if (!redo.value) return {};
    GALEN_TRY(const auto body,
              open_body(*store_->keyring, keys, redo.key, *redo.value, read_staged));
    if (!body) return fail(ErrorCode::kCorrupt, "a staged body without its other half");
    GALEN_TRY(const ledger::Operation operation,
              ledger::decode_operation(body->row.body.operation));
    if (!order.is_about(operation)) return {};
    GALEN_TRY(const BodyPlace place, decode_body_key(redo.key));
    const bool counted = comes_before(place, order);
    if (counted) count_into(row, store_->chain, operation);
    gone.emplace_back(body->keys, counted);
    return {};
  };
  GALEN_TRY_STATUS(store_->ledger->scan(
      column(Column::kStaging), prefix.view(), [&](BytesView key, BytesView value) {
        status = read(key, value);
        return status.has_value();
      }));
  GALEN_TRY_STATUS(status);
  for (const auto& [body_keys, counted] : gone) GALEN_TRY_STATUS(drop_staged(body_keys, counted));
  return {};
}

Status StateIntake::drop_staged(const std::vector<Bytes>& body_keys, bool counted) {
  GALEN_TRY(const BodyPlace body, decode_body_key(body_keys.front()));
  const auto staged = [&](const Bytes& key) -> Result<Bytes> {
    GALEN_TRY(const auto row,
              store_->get(Column::kStaging, redo_key(column(Column::kBlocks), key)));
    if (!row) return fail(ErrorCode::kCorrupt, "a staged body without its block");
    GALEN_TRY(Redo redo, decode_redo(redo_key(column(Column::kBlocks), key), *row));
    if (!redo.value) return fail(ErrorCode::kCorrupt, "a staged block that goes");
    return std::move(*redo.value);
  };
  GALEN_TRY(const Bytes permanent_bytes, staged(permanent_key(body.place)));
  GALEN_TRY(const PermanentRow permanent, decode_permanent_row(permanent_bytes));
  GALEN_TRY(const Bytes locator_bytes, staged(locators_key(body.place.height)));
  GALEN_TRY(Locators locators, decode_locators(locator_bytes));
  const std::size_t number = std::size_t{permanent.first_operation} + body.operation;
  if (number >= locators.size()) return fail(ErrorCode::kCorrupt, "a locator is missing");
  locators[number] = counted ? KeyName{} : late_locator();
  Batch batch(*store_->ledger);
  batch.put(column(Column::kStaging),
            redo_key(column(Column::kBlocks), locators_key(body.place.height)),
            redo_put(encode(locators)));
  for (const Bytes& key : body_keys) {
    batch.remove(column(Column::kStaging), redo_key(column(Column::kBodies), key));
  }
  return store_->ledger->write(batch);
}

Status begin_switch(Store& store, const SwitchRow& row) {
  Batch batch(*store.ledger);
  batch.put(column(Column::kStaging), switch_key(), encode(row));
  return store.ledger->write(batch);
}

Status finish_switch(Store& store) {
  GALEN_TRY(const auto stored, store.get(Column::kStaging, switch_key()));
  if (stored) {
    GALEN_TRY(const SwitchRow row, decode_switch_row(*stored));
    GALEN_TRY_STATUS(carry_out(store));
    GALEN_TRY(const auto before, store.get(Column::kMeta, head_key()));
    HeadRow head{row.height, row.journal_sequence, store.keyring->id(), store.keyring->made(), 0};
    if (before) {
      GALEN_TRY(const HeadRow old, decode_head_row(*before));
      head.strange_notes = old.strange_notes;
    }
    Batch batch(*store.ledger);
    batch.put(column(Column::kMeta), head_key(), encode(head));
    batch.remove(column(Column::kStaging), switch_key());
    GALEN_TRY_STATUS(store.ledger->write(batch));
  }
  bool empty = true;
  GALEN_TRY_STATUS(store.ledger->scan(
      column(Column::kStaging), {}, [&](BytesView, BytesView) { return empty = false; }));
  return empty ? Status{} : Staging(store).clear();
}

}  // namespace galen::storage
