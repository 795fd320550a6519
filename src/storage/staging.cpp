#include "storage/staging.h"

#include "base/check.h"
#include "crypto/digest.h"
#include "storage/rows.h"

#include <utility>

namespace galen::storage {

namespace {

constexpr std::size_t kColumn = static_cast<std::size_t>(Column::kStaging);
constexpr std::size_t kPendingBytes = std::size_t{1024} * 1024;

bool is_main(const ledger::TreeId& tree) {
  return tree.kind == ledger::TreeKind::kMain;
}

BytesView handle_of(const SubjectKeys* keys) {
  return keys == nullptr ? BytesView{} : BytesView(keys->handle());
}

}  // namespace

Staging::Staging(Store& store) : store_(store) {
  auto data_key = store_.random.next<DataKey>();
  main_keys_ = std::make_shared<const SubjectKeys>(KeyName{}, Handle{}, data_key);
  crypto::cleanse(data_key.value);
}

Status Staging::clear() {
  pending_.reset();
  Batch batch(*store_.ledger);
  for (const char kind : {'n', 'w', 'r'})
    batch.remove_prefix(kColumn, Bytes{static_cast<std::uint8_t>(kind)});
  GALEN_TRY_STATUS(store_.ledger->write(batch));
  GALEN_TRY_STATUS(store_.ledger->flush());
  const Status compacted = store_.ledger->compact(kColumn, {});
  // Nobody waits for these rows to be gone but an erasure, and that compacts the column again.
  if (!compacted && compacted.error().code != ErrorCode::kFailedPrecondition) return compacted;
  return store_.ledger->drop_obsolete_files();
}

Result<SubjectKeysPtr> Staging::keys_of(const ledger::TreeId& tree) const {
  if (is_main(tree)) return SubjectKeysPtr{};
  GALEN_TRY(const auto keys,
            store_.keyring->ensure({SubjectRef{tree.subject, compartment_of(tree.kind)}}));
  return keys.front();
}

Result<SubjectKeysPtr> Staging::find_keys(const ledger::TreeId& tree) const {
  if (is_main(tree)) return SubjectKeysPtr{};
  return store_.keyring->find(SubjectRef{tree.subject, compartment_of(tree.kind)});
}

Status Staging::make_keys(const std::vector<ledger::TreeId>& trees) {
  std::vector<SubjectRef> subjects;
  for (const ledger::TreeId& tree : trees) {
    if (!is_main(tree)) subjects.push_back({tree.subject, compartment_of(tree.kind)});
  }
  GALEN_TRY(const auto made, store_.keyring->ensure(subjects));
  CHECK(made.size() == subjects.size(), "keys of each");
  return {};
}

Result<std::optional<Bytes>> Staging::get(const SubjectKeys* keys, BytesView key) const {
  GALEN_TRY(std::optional<Bytes> row, store_.get(Column::kStaging, key));
  if (!row || keys == nullptr) return row;
  GALEN_TRY(Bytes opened, keys->open(seal_context(Column::kStaging, key), *row));
  return std::optional<Bytes>{std::move(opened)};
}

Status Staging::put(const SubjectKeys* keys, BytesView key, BytesView value) {
  if (!pending_) pending_.emplace(*store_.ledger);
  if (keys == nullptr) {
    pending_->put(kColumn, key, value);
  } else {
    const auto nonce = store_.random.next<crypto::AeadNonce>();
    pending_->put(kColumn, key, keys->seal(nonce, seal_context(Column::kStaging, key), value));
  }
  return pending_->bytes() < kPendingBytes ? Status{} : flush();
}

Status Staging::flush() {
  if (!pending_) return {};
  GALEN_TRY_STATUS(store_.ledger->write(*pending_));
  pending_.reset();
  return {};
}

Result<std::optional<execution::Page>> Staging::old_page(const execution::PageId& at) const {
  std::optional<Bytes> row;
  if (is_main(at.tree)) {
    GALEN_TRY(row, store_.get(Column::kState, main_page_key(at)));
  } else {
    GALEN_TRY(const SubjectKeysPtr keys, find_keys(at.tree));
    if (!keys) return std::optional<execution::Page>{};
    const Bytes key = subject_page_key(keys->handle(), at);
    GALEN_TRY(const std::optional<Bytes> sealed, store_.get(Column::kSubjects, key));
    if (!sealed) return std::optional<execution::Page>{};
    GALEN_TRY(row, keys->open(seal_context(Column::kSubjects, key), *sealed));
  }
  if (!row) return std::optional<execution::Page>{};
  GALEN_TRY(execution::Page page, execution::decode_page(*row));
  return std::optional<execution::Page>{std::move(page)};
}

Result<bool> Staging::has(const execution::PageId& at, const Digest& hash) const {
  GALEN_TRY(const auto old, old_page(at));
  if (old && execution::fold(*old, at.digits.size()).hash == hash) return true;
  GALEN_TRY(const auto staged, page(at, hash));
  return staged.has_value();
}

Status Staging::put_page(const execution::PageId& at,
                         const Digest& hash,
                         const execution::Page& page) {
  GALEN_TRY(const SubjectKeysPtr keys, keys_of(at.tree));
  return put(keys.get(), staged_page_key(handle_of(keys.get()), at, hash), execution::encode(page));
}

Status Staging::put_value(const ledger::StateKey& key,
                          const Digest& leaf,
                          const Digest& s,
                          BytesView value) {
  GALEN_TRY(const SubjectKeysPtr keys, keys_of(key.tree));
  const StagedValue row{key.kind, key.id, s, to_bytes(value)};
  const SubjectKeysPtr& sealing = keys ? keys : main_keys_;
  return put(sealing.get(), staged_value_key(handle_of(keys.get()), leaf), encode(row));
}

Result<std::optional<execution::Page>> Staging::page(const execution::PageId& at,
                                                     const Digest& hash) const {
  GALEN_TRY(const SubjectKeysPtr keys, find_keys(at.tree));
  if (!keys && !is_main(at.tree)) return std::optional<execution::Page>{};
  GALEN_TRY(const auto row, get(keys.get(), staged_page_key(handle_of(keys.get()), at, hash)));
  if (!row) return std::optional<execution::Page>{};
  GALEN_TRY(execution::Page page, execution::decode_page(*row));
  return std::optional<execution::Page>{std::move(page)};
}

Result<std::optional<StagedValue>> Staging::value(const ledger::TreeId& tree,
                                                  const Digest& leaf) const {
  GALEN_TRY(const SubjectKeysPtr keys, find_keys(tree));
  if (!keys && !is_main(tree)) return std::optional<StagedValue>{};
  const SubjectKeysPtr& sealing = keys ? keys : main_keys_;
  GALEN_TRY(const auto row, get(sealing.get(), staged_value_key(handle_of(keys.get()), leaf)));
  if (!row) return std::optional<StagedValue>{};
  GALEN_TRY(StagedValue value, decode_staged_value(*row));
  return std::optional<StagedValue>{std::move(value)};
}

}  // namespace galen::storage
