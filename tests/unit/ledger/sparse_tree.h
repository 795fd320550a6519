// The sparse Merkle tree of ledger/state_key.h by its definition, without any cleverness: the
// reference that proofs are built from and checked against. Thread rule: values.
#pragma once

#include "ledger/state_key.h"

#include <map>

namespace galen::ledger::samples {

class SparseTree {
 public:
  void put(const StateKey& key, BytesView value, const Digest& s, Height height);

  void put(const LeafContent& leaf) { leaves_[leaf.key_hash] = leaf; }

  [[nodiscard]] Digest root() const;
  [[nodiscard]] TreePath path(const Digest& key_hash) const;

 private:
  std::map<Digest, LeafContent> leaves_;
};

}  // namespace galen::ledger::samples
