// State in ordered maps, for tests that need no storage. Thread rule: one thread.
#pragma once

#include "execution/state_tree.h"
#include "execution/state_view.h"

#include <cstddef>
#include <map>
#include <optional>
#include <utility>

namespace galen::test {

class MemoryState final : public execution::StateReader, public execution::PageReader {
 public:
  [[nodiscard]] std::optional<Bytes> get(const ledger::StateKey& key) const override {
    const auto found = values_.find(key);
    if (found == values_.end()) return std::nullopt;
    return found->second;
  }

  void scan(const ledger::TreeId& tree,
            ledger::KeyKind kind,
            const std::function<bool(BytesView, BytesView)>& visit) const override {
    for (auto it = values_.lower_bound(ledger::StateKey{tree, kind, {}}); it != values_.end();
         ++it) {
      if (it->first.tree != tree || it->first.kind != kind) return;
      if (!visit(it->first.id, it->second)) return;
    }
  }

  [[nodiscard]] std::optional<Bytes> page(const execution::PageId& id) const override {
    const auto found = pages_.find(id);
    if (found == pages_.end()) return std::nullopt;
    return found->second;
  }

  [[nodiscard]] std::optional<PatientId> subject_at(const SubjectPath& path,
                                                    ledger::TreeKind compartment) const override {
    for (const auto& [key, value] : values_) {
      if (key.tree.kind != compartment || key.kind != execution::naming_kind(compartment)) continue;
      if (ledger::subject_path(key.tree.subject) == path) return key.tree.subject;
    }
    return std::nullopt;
  }

  void put(const ledger::StateKey& key, Bytes value) { values_[key] = std::move(value); }

  void erase(const ledger::StateKey& key) { values_.erase(key); }

  /// What an overlay over this state would change. Pages stay as they are.
  void apply(const execution::StateWrites& writes) {
    for (const auto& [key, write] : writes) {
      if (write.value) {
        values_[key] = *write.value;
      } else {
        values_.erase(key);
      }
    }
  }

  /// A block's or the genesis' commit: values and pages.
  void apply(const execution::StateCommit& commit) {
    apply(commit.values);
    for (const auto& [id, bytes] : commit.pages) {
      if (bytes) {
        pages_[id] = *bytes;
      } else {
        pages_.erase(id);
      }
    }
  }

  [[nodiscard]] std::size_t size() const { return values_.size(); }

  friend bool operator==(const MemoryState& a, const MemoryState& b) {
    return a.values_ == b.values_ && a.pages_ == b.pages_;
  }

 private:
  std::map<ledger::StateKey, Bytes> values_;
  std::map<execution::PageId, Bytes> pages_;
};

}  // namespace galen::test
