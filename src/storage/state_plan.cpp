#include "storage/state_plan.h"

#include "codec/codec.h"
#include "storage/rows.h"

#include <algorithm>
#include <utility>

namespace galen::storage {

namespace {

using execution::Bucket;
using execution::InnerPage;
using execution::NodeKind;
using ledger::KeyKind;
using ledger::StateKey;
using ledger::TreeId;
using ledger::TreeKind;

constexpr std::size_t kBatchBytes = std::size_t{4} * 1024 * 1024;

constexpr KeyKind kHashedKinds[] = {
    KeyKind::kSubjectRoot, KeyKind::kAuditRoot, KeyKind::kTombstone};

bool is_root(KeyKind kind) {
  return kind == KeyKind::kSubjectRoot || kind == KeyKind::kAuditRoot;
}

TreeId tree_of(KeyKind kind, BytesView id) {
  return {kind == KeyKind::kSubjectRoot ? TreeKind::kClinical : TreeKind::kAudit,
          PatientId::from(id)};
}

Bytes hashed_row(KeyKind kind, const Digest& key_hash) {
  codec::Writer w;
  w.raw(main_value_prefix(kind)).raw(key_hash);
  return std::move(w).take();
}

execution::PageId child_of(const execution::PageId& at, std::size_t child) {
  execution::PageId id = at;
  id.digits.push_back(static_cast<std::uint8_t>(child));
  return id;
}

}  // namespace

Status StatePlan::write(const Digest& state_root) {
  GALEN_TRY_STATUS(staging_.flush());
  GALEN_TRY_STATUS(add_tree(TreeId{}, state_root));
  return flush(true);
}

Status StatePlan::flush(bool all) {
  if (!batch_ || (!all && batch_->bytes() < kBatchBytes)) return {};
  GALEN_TRY_STATUS(store_.ledger->write(*batch_));
  batch_.reset();
  return {};
}

Status StatePlan::put(Column column, BytesView key, BytesView value, const SubjectKeys* keys) {
  if (!batch_) batch_.emplace(*store_.ledger, static_cast<std::size_t>(Column::kStaging));
  if (keys == nullptr) {
    batch_->put(static_cast<std::size_t>(column), key, value);
  } else {
    const auto nonce = store_.random.next<crypto::AeadNonce>();
    batch_->put(
        static_cast<std::size_t>(column), key, keys->seal(nonce, seal_context(column, key), value));
  }
  return flush(false);
}

Status StatePlan::remove(Column column, BytesView key) {
  if (!batch_) batch_.emplace(*store_.ledger, static_cast<std::size_t>(Column::kStaging));
  batch_->remove(static_cast<std::size_t>(column), key);
  return flush(false);
}

Status StatePlan::put_page(const Tree& tree, const PageId& at, const std::optional<Page>& page) {
  const bool main = at.tree.kind == TreeKind::kMain;
  const Column column = main ? Column::kState : Column::kSubjects;
  const Bytes key = main ? main_page_key(at) : subject_page_key(tree.keys->handle(), at);
  return page ? put(column, key, execution::encode(*page), tree.keys.get()) : remove(column, key);
}

Status StatePlan::add_tree(const TreeId& id, const Digest& root) {
  Tree tree{id, root, nullptr, {}};
  GALEN_TRY(tree.keys, staging_.keys_of(id));
  GALEN_TRY_STATUS(add_place(tree, PageId{id, {}}, root));
  return remove_vanished(tree);
}

Status StatePlan::add_place(Tree& tree, const PageId& at, const Digest& hash) {
  GALEN_TRY(const std::optional<Page> old, staging_.old_page(at));
  if (old && execution::fold(*old, at.digits.size()).hash == hash) return {};
  GALEN_TRY(const std::optional<Page> page, staging_.page(at, hash));
  if (!page) return fail(ErrorCode::kInternal, "a part of the state is not staged");
  GALEN_TRY_STATUS(put_page(tree, at, page));
  if (const auto* bucket = std::get_if<Bucket>(&*page)) {
    GALEN_TRY_STATUS(add_bucket(tree, *bucket));
  } else {
    const auto& inner = std::get<InnerPage>(*page);
    for (std::size_t i = 0; i < execution::kPageChildren; ++i) {
      const execution::NodeSummary& child = inner.children.at(i);
      if (child.kind != NodeKind::kEmpty)
        GALEN_TRY_STATUS(add_place(tree, child_of(at, i), child.hash));
    }
  }
  return leave_old(tree, at, *page, old);
}

Status StatePlan::add_bucket(Tree& tree, const Bucket& bucket) {
  for (const execution::PageLeaf& leaf : bucket.leaves) {
    GALEN_TRY(const std::optional<StagedValue> value, staging_.value(tree.id, leaf.hash));
    if (!value) return fail(ErrorCode::kInternal, "a value of the state is not staged");
    const StateKey key{tree.id, value->kind, value->id};
    const ValueRow row{value->s, value->value};
    if (tree.keys) {
      const Bytes plaintext = encode(SubjectValueRow{value->id, row});
      GALEN_TRY_STATUS(
          put(Column::kSubjects, subject_value_key(*tree.keys, key), plaintext, tree.keys.get()));
      continue;
    }
    GALEN_TRY_STATUS(put(Column::kState, main_value_key(key), encode(row), nullptr));
    if (is_root(value->kind)) {
      GALEN_TRY_STATUS(add_tree(tree_of(value->kind, value->id), Digest::from(value->value)));
    }
  }
  return {};
}

/// What the stored state has at and below this place and the new one has not.
Status StatePlan::leave_old(Tree& tree,
                            const PageId& at,
                            const Page& page,
                            const std::optional<Page>& old) {
  if (!old) return {};
  if (const auto* bucket = std::get_if<Bucket>(&*old)) return note_old(tree, *bucket);
  const auto* inner = std::get_if<InnerPage>(&page);
  const auto& before = std::get<InnerPage>(*old);
  for (std::size_t i = 0; i < execution::kPageChildren; ++i) {
    if (before.children.at(i).kind == NodeKind::kEmpty) continue;
    // A child that is still there is looked into as a place of its own.
    if (inner != nullptr && inner->children.at(i).kind != NodeKind::kEmpty) continue;
    GALEN_TRY_STATUS(drop_old(tree, child_of(at, i)));
  }
  return {};
}

Status StatePlan::drop_old(Tree& tree, const PageId& at) {
  GALEN_TRY(const std::optional<Page> old, staging_.old_page(at));
  if (!old) return {};
  GALEN_TRY_STATUS(put_page(tree, at, std::nullopt));
  if (const auto* bucket = std::get_if<Bucket>(&*old)) return note_old(tree, *bucket);
  for (std::size_t i = 0; i < execution::kPageChildren; ++i) {
    const bool empty = std::get<InnerPage>(*old).children.at(i).kind == NodeKind::kEmpty;
    if (!empty) GALEN_TRY_STATUS(drop_old(tree, child_of(at, i)));
  }
  return {};
}

Status StatePlan::note_old(Tree& tree, const Bucket& old) {
  for (const execution::PageLeaf& leaf : old.leaves) {
    GALEN_TRY(const bool stays, is_in_new(tree, leaf.content.key_hash));
    if (!stays) tree.vanished.insert(leaf.content.key_hash);
  }
  return {};
}

Result<std::optional<execution::Page>> StatePlan::new_page(const PageId& at,
                                                           const Digest& hash) const {
  GALEN_TRY(std::optional<Page> staged, staging_.page(at, hash));
  if (staged) return staged;
  return staging_.old_page(at);
}

Result<bool> StatePlan::is_in_new(const Tree& tree, const Digest& key_hash) const {
  PageId at{tree.id, {}};
  Digest hash = tree.root;
  for (;;) {
    GALEN_TRY(const std::optional<Page> page, new_page(at, hash));
    if (!page) return false;
    if (const auto* bucket = std::get_if<Bucket>(&*page)) {
      return std::any_of(bucket->leaves.begin(), bucket->leaves.end(), [&](const auto& leaf) {
        return leaf.content.key_hash == key_hash;
      });
    }
    const std::size_t child = execution::digit(key_hash, at.digits.size());
    const execution::NodeSummary& summary = std::get<InnerPage>(*page).children.at(child);
    if (summary.kind == NodeKind::kEmpty) return false;
    hash = summary.hash;
    at = child_of(at, child);
  }
}

/// Pages name key hashes only: the rows of what is gone are found by looking through their tree.
Status StatePlan::remove_vanished(Tree& tree) {
  if (tree.vanished.empty()) return {};
  if (!tree.keys) return remove_vanished_main(tree);
  std::vector<Bytes> rows;
  Status status;
  const Handle handle = tree.keys->handle();
  codec::Writer prefix;
  prefix.raw(handle).u8('v');
  const auto read = [&](BytesView key, BytesView sealed) -> Status {
    GALEN_TRY(const Bytes opened, tree.keys->open(seal_context(Column::kSubjects, key), sealed));
    GALEN_TRY(const SubjectValueRow row, decode_subject_value_row(opened));
    const StateKey found{tree.id, static_cast<KeyKind>(key[Handle::kSize + 1]), row.id};
    if (tree.vanished.contains(found.hash())) rows.push_back(to_bytes(key));
    return {};
  };
  GALEN_TRY_STATUS(store_.ledger->scan(static_cast<std::size_t>(Column::kSubjects),
                                       prefix.view(),
                                       [&](BytesView key, BytesView sealed) {
                                         status = read(key, sealed);
                                         return status.has_value();
                                       }));
  GALEN_TRY_STATUS(status);
  for (const Bytes& key : rows) GALEN_TRY_STATUS(remove(Column::kSubjects, key));
  return {};
}

Status StatePlan::remove_vanished_main(Tree& tree) {
  std::set<Digest> left = tree.vanished;
  for (const Digest& key_hash : tree.vanished) {
    for (const KeyKind kind : kHashedKinds) {
      const Bytes key = hashed_row(kind, key_hash);
      GALEN_TRY(const auto row, store_.get(Column::kState, key));
      if (!row) continue;
      GALEN_TRY_STATUS(remove(Column::kState, key));
      if (kind == KeyKind::kAuditRoot) GALEN_TRY_STATUS(remove_emptied_audit(key_hash));
      left.erase(key_hash);
    }
  }
  if (left.empty()) return {};
  std::vector<Bytes> rows;
  GALEN_TRY_STATUS(store_.ledger->scan(
      static_cast<std::size_t>(Column::kState), Bytes{'v'}, [&](BytesView key, BytesView) {
        const auto kind = static_cast<KeyKind>(key[1]);
        if (!keeps_id(kind)) return true;
        if (left.contains(StateKey{TreeId{}, kind, to_bytes(key.subspan(2))}.hash()))
          rows.push_back(to_bytes(key));
        return true;
      }));
  for (const Bytes& key : rows) GALEN_TRY_STATUS(remove(Column::kState, key));
  return {};
}

Status StatePlan::remove_emptied_audit(const Digest& key_hash) {
  std::optional<PatientId> owner;
  GALEN_TRY_STATUS(store_.ledger->scan(
      static_cast<std::size_t>(Column::kState),
      main_value_prefix(KeyKind::kOrganisation),
      [&](BytesView key, BytesView) {
        const StateKey root{TreeId{}, KeyKind::kAuditRoot, to_bytes(key.subspan(2))};
        if (root.hash() == key_hash) owner = PatientId::from(root.id);
        return !owner;
      }));
  if (!owner) return {};  // of an erased patient: the job of his order takes the rows
  GALEN_TRY(const SubjectKeysPtr keys,
            store_.keyring->find(SubjectRef{*owner, Compartment::kAudit}));
  if (!keys) return {};
  std::vector<Bytes> rows;
  GALEN_TRY_STATUS(store_.ledger->scan(
      static_cast<std::size_t>(Column::kSubjects), keys->handle(), [&](BytesView key, BytesView) {
        rows.push_back(to_bytes(key));
        return true;
      }));
  for (const Bytes& key : rows) GALEN_TRY_STATUS(remove(Column::kSubjects, key));
  return {};
}

}  // namespace galen::storage
