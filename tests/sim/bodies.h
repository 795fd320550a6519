// Which personal bodies of a chain are stored, which went with an erasure, and which wait for one
// that was ordered (PRIVACY.md 12-18): what storage/ does with rows and keys. Thread rule: values.
#pragma once

#include "execution/executor.h"
#include "ledger/block.h"
#include "ledger/erasure_operations.h"
#include "support/memory_state.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace galen::sim {

class Bodies {
 public:
  using Place = std::pair<std::uint32_t, std::uint16_t>;  ///< transaction and operation

  /// The next block. What came after its erasure is never stored; bodies of an erased record go at
  /// once, those of an erased patient when carry_out says so.
  void add(Height height,
           const std::vector<ledger::DecodedTransactionPtr>& transactions,
           const execution::BlockOutcome& outcome);

  /// As execution::StateReader.
  [[nodiscard]] std::uint64_t count(const ledger::BodiesOf& bodies) const;

  /// Orders so far.
  [[nodiscard]] std::size_t orders() const { return orders_.size(); }

  [[nodiscard]] bool is_open(std::size_t order) const { return !orders_[order].done; }

  /// Takes every body of the order.
  void carry_out(std::size_t order);

  /// Bodies of this block that are gone.
  [[nodiscard]] std::set<Place> holes(Height height) const;

 private:
  struct Body {
    Height height;
    Place place;
    ledger::DecodedTransactionPtr transaction;
    bool gone = false;

    [[nodiscard]] const ledger::Operation& operation() const {
      return transaction->operations[place.second].value;
    }
  };

  struct Order {
    ledger::BodiesOf bodies;
    bool done = false;
  };

  [[nodiscard]] bool is_erased(const ledger::Operation& operation) const;

  std::vector<Body> bodies_;
  std::vector<Order> orders_;
};

/// State that knows its chain.
class ChainState final : public execution::StateReader {
 public:
  /// Both outlive this.
  ChainState(const galen::test::MemoryState& state, const Bodies& bodies)
      : state_(state), bodies_(bodies) {}

  [[nodiscard]] std::optional<Bytes> get(const ledger::StateKey& key) const override {
    return state_.get(key);
  }

  void scan(const ledger::TreeId& tree,
            ledger::KeyKind kind,
            const std::function<bool(BytesView, BytesView)>& visit) const override {
    state_.scan(tree, kind, visit);
  }

  [[nodiscard]] std::optional<Bytes> subtree_root(const ledger::TreeId& tree) const override {
    return state_.subtree_root(tree);
  }

  [[nodiscard]] std::optional<PatientId> subject_at(const SubjectPath& path,
                                                    ledger::TreeKind compartment) const override {
    return state_.subject_at(path, compartment);
  }

  [[nodiscard]] std::uint64_t count_bodies(const ledger::BodiesOf& bodies) const override {
    return bodies_.count(bodies);
  }

 private:
  const galen::test::MemoryState& state_;
  const Bodies& bodies_;
};

/// The block with these operations as their commitments. `block` decodes.
[[nodiscard]] Bytes with_holes(const ChainId& chain,
                               BytesView block,
                               const std::set<Bodies::Place>& holes);

}  // namespace galen::sim
