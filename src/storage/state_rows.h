// World state as rows: reads values and pages of the newest head or of a RocksDB snapshot.
// Thread rule: any thread.
#pragma once

#include "execution/state_tree.h"
#include "execution/state_view.h"
#include "storage/store.h"

#include <memory>

namespace galen::storage {

class StateRows final : public execution::StateReader, public execution::PageReader {
 public:
  /// `snapshot` null: the newest. The store outlives this.
  StateRows(const Store& store, std::shared_ptr<const rocksdb::Snapshot> snapshot)
      : store_(store), snapshot_(std::move(snapshot)) {}

  [[nodiscard]] std::optional<Bytes> get(const ledger::StateKey& key) const override;
  void scan(const ledger::TreeId& tree,
            ledger::KeyKind kind,
            const std::function<bool(BytesView, BytesView)>& visit) const override;
  [[nodiscard]] std::optional<Bytes> page(const execution::PageId& id) const override;
  [[nodiscard]] std::optional<PatientId> subject_at(const SubjectPath& path,
                                                    ledger::TreeKind compartment) const override;
  [[nodiscard]] std::uint64_t count_bodies(const ledger::BodiesOf& bodies) const override;
  [[nodiscard]] std::optional<Digest> value_salt(const ledger::StateKey& key) const;
  // As StateSnapshot's.
  [[nodiscard]] std::optional<PatientId> clinical_subject(const Digest& key_hash) const;
  void subjects(const std::function<bool(const PatientId&)>& visit) const;

 private:
  [[nodiscard]] std::optional<ValueRow> value(const ledger::StateKey& key) const;
  /// Of an order's subject: nullptr when it is concealed or gone.
  [[nodiscard]] SubjectKeysPtr keys_at(const SubjectPath& path, ledger::TreeKind tree) const;
  /// The id of the one value of this kind in the compartment.
  [[nodiscard]] std::optional<PatientId> named_by(const SubjectKeys& keys,
                                                  ledger::KeyKind kind) const;
  [[nodiscard]] SubjectKeysPtr keys_of(const ledger::TreeId& tree) const;
  [[nodiscard]] std::optional<Bytes> row(Column column, BytesView key) const;
  [[nodiscard]] Bytes opened(const SubjectKeys& keys, BytesView row_key, BytesView sealed) const;
  void expect_done(const Status& status) const;
  template <class T>
  [[nodiscard]] T expect(Result<T> result) const;

  const Store& store_;
  std::shared_ptr<const rocksdb::Snapshot> snapshot_;
};

}  // namespace galen::storage
