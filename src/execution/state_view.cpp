#include "execution/state_view.h"

#include "base/check.h"

#include <set>

namespace galen::execution {

using ledger::StateKey;

StateKey subject_root_key(const ledger::TreeId& tree) {
  CHECK(tree.kind != ledger::TreeKind::kMain, "the main tree has no root in itself");
  const ledger::KeyKind kind = tree.kind == ledger::TreeKind::kClinical
                                   ? ledger::KeyKind::kSubjectRoot
                                   : ledger::KeyKind::kAuditRoot;
  return StateKey::main(kind, tree.subject);
}

std::optional<Bytes> StateReader::subtree_root(const ledger::TreeId& tree) const {
  return get(subject_root_key(tree));
}

std::optional<PatientId> StateReader::subject_at(const SubjectPath& /*path*/,
                                                 ledger::TreeKind /*compartment*/) const {
  return std::nullopt;
}

std::uint64_t StateReader::count_bodies(const ledger::BodiesOf& /*bodies*/) const {
  return 0;
}

ledger::KeyKind naming_kind(ledger::TreeKind compartment) {
  CHECK(compartment != ledger::TreeKind::kMain, "the main tree is nobody's");
  return compartment == ledger::TreeKind::kClinical ? ledger::KeyKind::kPatient
                                                    : ledger::KeyKind::kSealed;
}

std::optional<Bytes> StateOverlay::get(const StateKey& key) const {
  const auto written = writes_.find(key);
  return written == writes_.end() ? base_.get(key) : written->second.value;
}

void StateOverlay::scan(const ledger::TreeId& tree,
                        ledger::KeyKind kind,
                        const std::function<bool(BytesView, BytesView)>& visit) const {
  bool stopped = false;
  std::set<Bytes> shadowed;  // ids of the base that were written here, and visited or left out
  base_.scan(tree, kind, [&](BytesView id, BytesView value) {
    const auto written = writes_.find(StateKey{tree, kind, to_bytes(id)});
    if (written == writes_.end()) {
      stopped = !visit(id, value);
    } else {
      shadowed.insert(written->first.id);
      if (written->second.value) stopped = !visit(id, *written->second.value);
    }
    return !stopped;
  });
  for (auto it = writes_.lower_bound(StateKey{tree, kind, {}}); !stopped && it != writes_.end();
       ++it) {
    if (it->first.tree != tree || it->first.kind != kind) return;
    if (!it->second.value || shadowed.contains(it->first.id)) continue;
    stopped = !visit(it->first.id, *it->second.value);
  }
}

std::optional<Bytes> StateOverlay::subtree_root(const ledger::TreeId& tree) const {
  // Kinds start at 1: nothing in a tree sorts before this.
  const auto first = writes_.lower_bound(StateKey{tree, ledger::KeyKind{}, {}});
  if (first != writes_.end() && first->first.tree == tree) return std::nullopt;
  return base_.subtree_root(tree);
}

void StateOverlay::scan_writes(
    const ledger::TreeId& tree,
    ledger::KeyKind kind,
    const std::function<void(BytesView, const std::optional<Bytes>&)>& visit) const {
  for (auto it = writes_.lower_bound(StateKey{tree, kind, {}}); it != writes_.end(); ++it) {
    if (it->first.tree != tree || it->first.kind != kind) return;
    visit(it->first.id, it->second.value);
  }
}

std::optional<PatientId> StateOverlay::subject_at(const SubjectPath& path,
                                                  ledger::TreeKind compartment) const {
  for (const auto& [key, write] : writes_) {
    if (key.tree.kind != compartment || key.kind != naming_kind(compartment)) continue;
    if (ledger::subject_path(key.tree.subject) != path) continue;
    return write.value ? std::optional(key.tree.subject) : std::nullopt;
  }
  return base_.subject_at(path, compartment);
}

void StateOverlay::put(const StateKey& key, Bytes value, const Digest& s) {
  set(key, StateWrite{std::move(value), s});
}

void StateOverlay::erase(const StateKey& key) {
  set(key, StateWrite{std::nullopt, Digest{}});
}

void StateOverlay::set(const StateKey& key, StateWrite write) {
  const auto [slot, fresh] = writes_.try_emplace(key);
  if (fresh) {
    undo_.push_back(Undo{key, std::nullopt});
  } else {
    undo_.push_back(Undo{key, std::move(slot->second)});
  }
  slot->second = std::move(write);
}

void StateOverlay::rollback(Mark mark) {
  CHECK(mark <= undo_.size(), "a mark of this overlay that was not rolled back past");
  while (undo_.size() > mark) {
    Undo& last = undo_.back();
    if (last.before) {
      writes_[last.key] = std::move(*last.before);
    } else {
      writes_.erase(last.key);
    }
    undo_.pop_back();
  }
}

}  // namespace galen::execution
