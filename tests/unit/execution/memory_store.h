// State and pages in ordered maps: what storage keeps, without storage. Thread rule: one thread.
#pragma once

#include "execution/state_tree.h"
#include "execution/state_view.h"

#include <map>

namespace galen::execution {

class MemoryStore final : public StateReader, public PageReader {
 public:
  void apply(const StateCommit& commit) {
    for (const auto& [key, write] : commit.values) {
      if (write.value) {
        values_[key] = write;
      } else {
        values_.erase(key);
      }
    }
    for (const auto& [id, bytes] : commit.pages) {
      if (bytes) {
        pages_[id] = *bytes;
      } else {
        pages_.erase(id);
      }
    }
  }

  [[nodiscard]] std::optional<Bytes> get(const ledger::StateKey& key) const override {
    ++reads_[key];
    const auto found = values_.find(key);
    if (found == values_.end()) return std::nullopt;
    return found->second.value;
  }

  void scan(const ledger::TreeId& tree,
            ledger::KeyKind kind,
            const std::function<bool(BytesView, BytesView)>& visit) const override {
    for (const auto& [key, write] : values_) {
      if (key.tree == tree && key.kind == kind && !visit(key.id, *write.value)) return;
    }
  }

  [[nodiscard]] std::optional<Bytes> page(const PageId& id) const override {
    const auto found = pages_.find(id);
    if (found == pages_.end()) return std::nullopt;
    return found->second;
  }

  [[nodiscard]] const StateWrites& values() const { return values_; }

  [[nodiscard]] const std::map<PageId, Bytes>& pages() const { return pages_; }

  [[nodiscard]] int reads(const ledger::StateKey& key) const { return reads_[key]; }

 private:
  StateWrites values_;
  std::map<PageId, Bytes> pages_;
  mutable std::map<ledger::StateKey, int> reads_;
};

}  // namespace galen::execution
