// State and tree pages in ordered maps, so that a benchmark measures code and not a disk. Thread
// rule: one thread.
#pragma once

#include "execution/state_tree.h"
#include "execution/state_view.h"

#include <map>
#include <optional>

namespace galen::bench {

class MemoryLedger final : public execution::StateReader, public execution::PageReader {
 public:
  [[nodiscard]] std::optional<Bytes> get(const ledger::StateKey& key) const override {
    const auto found = values_.find(key);
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  }

  void scan(const ledger::TreeId& tree,
            ledger::KeyKind kind,
            const std::function<bool(BytesView, BytesView)>& visit) const override {
    for (auto it = values_.lower_bound({tree, kind, {}}); it != values_.end(); ++it) {
      if (it->first.tree != tree || it->first.kind != kind) return;
      if (!visit(it->first.id, it->second)) return;
    }
  }

  [[nodiscard]] std::optional<Bytes> page(const execution::PageId& id) const override {
    const auto found = pages_.find(id);
    return found == pages_.end() ? std::nullopt : std::optional(found->second);
  }

  /// Commits `writes` as the next block. REQUIRES: nothing is deleted.
  void commit(const execution::StateWrites& writes) {
    height_ = height_.next();
    const execution::StateCommit commit = execution::commit_writes(*this, writes, height_);
    for (const auto& [key, write] : commit.values) values_[key] = write.value.value_or(Bytes{});
    for (const auto& [id, bytes] : commit.pages) {
      if (bytes) {
        pages_[id] = *bytes;
      } else {
        pages_.erase(id);
      }
    }
  }

 private:
  std::map<ledger::StateKey, Bytes> values_;
  std::map<execution::PageId, Bytes> pages_;
  Height height_;
};

}  // namespace galen::bench
