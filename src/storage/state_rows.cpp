#include "storage/state_rows.h"

#include "base/check.h"
#include "ledger/erasure_entries.h"
#include "storage/body_rows.h"

#include <set>
#include <utility>

namespace galen::storage {

using ledger::StateKey;
using ledger::TreeKind;

/// The value, or the end of the process: a state that cannot be read must not be guessed.
template <class T>
T StateRows::expect(Result<T> result) const {
  if (!result) store_.fatal("state cannot be read: " + result.error().message);
  return *std::move(result);
}

void StateRows::expect_done(const Status& status) const {
  if (!status) store_.fatal("state cannot be scanned: " + status.error().message);
}

std::optional<Bytes> StateRows::row(Column column, BytesView key) const {
  return expect(store_.get(column, key, snapshot_.get()));
}

SubjectKeysPtr StateRows::keys_of(const ledger::TreeId& tree) const {
  return keys_at(ledger::subject_path(tree.subject), tree.kind);
}

Bytes StateRows::opened(const SubjectKeys& keys, BytesView row_key, BytesView sealed) const {
  return expect(keys.open(seal_context(Column::kSubjects, row_key), sealed));
}

std::optional<ValueRow> StateRows::value(const StateKey& key) const {
  if (key.tree.kind == TreeKind::kMain) {
    const auto stored = row(Column::kState, main_value_key(key));
    if (!stored) return std::nullopt;
    return expect(decode_value_row(*stored));
  }
  const SubjectKeysPtr keys = keys_of(key.tree);
  if (!keys) return std::nullopt;
  const Bytes row_key = subject_value_key(*keys, key);
  const auto stored = row(Column::kSubjects, row_key);
  if (!stored) return std::nullopt;
  SubjectValueRow found = expect(decode_subject_value_row(opened(*keys, row_key, *stored)));
  if (found.id != key.id) store_.fatal("state cannot be read: a row holds another key's value");
  return std::move(found.row);
}

std::optional<Bytes> StateRows::get(const StateKey& key) const {
  std::optional<ValueRow> found = value(key);
  if (!found) return std::nullopt;
  return std::move(found->value);
}

std::optional<Digest> StateRows::value_salt(const StateKey& key) const {
  const std::optional<ValueRow> found = value(key);
  if (!found) return std::nullopt;
  return found->s;
}

void StateRows::scan(const ledger::TreeId& tree,
                     ledger::KeyKind kind,
                     const std::function<bool(BytesView, BytesView)>& visit) const {
  const auto done = [&](const Status& status) {
    if (!status) store_.fatal("state cannot be scanned: " + status.error().message);
  };
  const auto column = [](Column c) { return static_cast<std::size_t>(c); };
  if (tree.kind == TreeKind::kMain) {
    CHECK(keeps_id(kind), "ids of this kind are not kept");
    const Bytes prefix = main_value_prefix(kind);
    const auto visit_row = [&](BytesView key, BytesView stored) {
      return visit(key.subspan(prefix.size()), expect(decode_value_row(stored)).value);
    };
    return done(store_.ledger->scan(column(Column::kState), prefix, visit_row, snapshot_.get()));
  }
  const SubjectKeysPtr keys = keys_of(tree);
  if (!keys) return;
  const auto visit_row = [&](BytesView key, BytesView stored) {
    const SubjectValueRow found = expect(decode_subject_value_row(opened(*keys, key, stored)));
    return visit(found.id, found.row.value);
  };
  done(store_.ledger->scan(column(Column::kSubjects),
                           subject_value_prefix(keys->handle(), kind),
                           visit_row,
                           snapshot_.get()));
}

SubjectKeysPtr StateRows::keys_at(const SubjectPath& path, TreeKind tree) const {
  const KeyName name = store_.keyring->name_of(path, compartment_of(tree));
  if (!snapshot_) return expect(store_.keyring->find_visible(name));
  return expect(store_.keyring->find_visible(name, store_.ledger->sequence_of(*snapshot_)));
}

std::optional<PatientId> StateRows::subject_at(const SubjectPath& path,
                                               TreeKind compartment) const {
  const SubjectKeysPtr keys = keys_at(path, compartment);
  if (!keys) return std::nullopt;
  return named_by(*keys, execution::naming_kind(compartment));
}

std::optional<PatientId> StateRows::named_by(const SubjectKeys& keys, ledger::KeyKind kind) const {
  std::optional<PatientId> subject;
  const auto visit = [&](BytesView key, BytesView stored) {
    subject = PatientId::from(expect(decode_subject_value_row(opened(keys, key, stored))).id);
    return false;
  };
  const Bytes prefix = subject_value_prefix(keys.handle(), kind);
  expect_done(store_.ledger->scan(
      static_cast<std::size_t>(Column::kSubjects), prefix, visit, snapshot_.get()));
  return subject;
}

std::optional<PatientId> StateRows::clinical_subject(const Digest& key_hash) const {
  // The key hash of a subject's leaf is his path.
  const SubjectKeysPtr keys = keys_at(id_cast<SubjectPath>(key_hash), TreeKind::kClinical);
  if (!keys) return std::nullopt;
  if (auto patient = named_by(*keys, ledger::KeyKind::kPatient)) return patient;
  return named_by(*keys, ledger::KeyKind::kPractitioner);
}

void StateRows::subjects(const std::function<bool(const PatientId&)>& visit) const {
  bool going = true;
  const auto tell = [&](const std::optional<PatientId>& subject) {
    if (subject) going = visit(*subject);
    return going;
  };
  const auto each = [&](ledger::KeyKind kind,
                        const std::function<bool(BytesView, BytesView)>& row) {
    if (!going) return;
    const Bytes prefix = main_value_prefix(kind);
    expect_done(store_.ledger->scan(
        static_cast<std::size_t>(Column::kState),
        prefix,
        [&](BytesView key, BytesView stored) { return row(key.subspan(prefix.size()), stored); },
        snapshot_.get()));
  };
  each(ledger::KeyKind::kOrganisation,
       [&](BytesView id, BytesView) { return tell(PatientId::from(id)); });
  each(ledger::KeyKind::kSubjectRoot,
       [&](BytesView hash, BytesView) { return tell(clinical_subject(Digest::from(hash))); });
  // The audit log of an erased patient outlives him.
  each(ledger::KeyKind::kTombstone, [&](BytesView, BytesView stored) {
    const auto erased = expect(ledger::Tombstone::decode(expect(decode_value_row(stored)).value));
    if (erased.scope != ledger::ErasureScope::kPatient || erased.audit) return true;
    return tell(subject_at(erased.subject, TreeKind::kAudit));
  });
}

std::uint64_t StateRows::count_bodies(const ledger::BodiesOf& bodies) const {
  const SubjectKeysPtr keys = keys_at(bodies.path, bodies.compartment);
  if (!keys) return 0;
  std::uint64_t count = 0;
  if (!bodies.shared_with.empty()) {
    std::set<KeyName> others;
    for (const SubjectPath& other : bodies.shared_with) {
      others.insert(store_.keyring->name_of(other, compartment_of(bodies.compartment)));
    }
    const auto visit = [&](BytesView, const LinkBodyRow& row) -> Status {
      if (others.contains(row.other)) ++count;
      return {};
    };
    expect_done(visit_links(store_, *keys, visit, snapshot_.get()));
    return count;
  }
  if (!bodies.record) {
    expect_done(store_.ledger->scan(
        static_cast<std::size_t>(Column::kBodies),
        keys->handle(),
        [&](BytesView, BytesView) {
          ++count;
          return true;
        },
        snapshot_.get()));
    return count;
  }
  const auto visit = [&](const StoredBody&, const ledger::Operation& operation) -> Status {
    if (ledger::is_among(bodies, operation)) ++count;
    return {};
  };
  expect_done(visit_bodies(store_, *keys, visit, snapshot_.get()));
  return count;
}

std::optional<Bytes> StateRows::page(const execution::PageId& id) const {
  if (id.tree.kind == TreeKind::kMain) return row(Column::kState, main_page_key(id));
  const SubjectKeysPtr keys = keys_of(id.tree);
  if (!keys) return std::nullopt;
  const Bytes row_key = subject_page_key(keys->handle(), id);
  const auto stored = row(Column::kSubjects, row_key);
  if (!stored) return std::nullopt;
  return opened(*keys, row_key, *stored);
}

}  // namespace galen::storage
