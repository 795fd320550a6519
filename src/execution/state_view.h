// World state as the executor and the modules see it: an ordered map of StateKey -> value, read
// through StateReader, written through a StateOverlay that remembers what to undo. Thread rule: a
// StateOverlay belongs to one thread; a StateReader as its implementation says.
#pragma once

#include "base/bytes.h"
#include "ledger/erasure_operations.h"
#include "ledger/state_key.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace galen::execution {

/// Where the main tree holds the root of a subject's tree. REQUIRES: not the main tree.
[[nodiscard]] ledger::StateKey subject_root_key(const ledger::TreeId& tree);

/// Read access to committed or speculative state. Storage that cannot answer (I/O error, corrupt
/// row) stops the process: execution is total and has no error path (SAF-7, DUR-5).
class StateReader {
 public:
  virtual ~StateReader() = default;
  [[nodiscard]] virtual std::optional<Bytes> get(const ledger::StateKey& key) const = 0;
  /// Calls `visit(id, value)` for every key of this kind in the tree, in unspecified but for equal
  /// implementations equal order, until it returns false. Callers must not depend on the order.
  virtual void scan(const ledger::TreeId& tree,
                    ledger::KeyKind kind,
                    const std::function<bool(BytesView id, BytesView value)>& visit) const = 0;
  /// Root of a subject's clinical or audit tree, when it is the root of just what this reader shows
  /// of the tree: it names that content, so what was computed from it holds wherever the same root
  /// stands. nullopt for an empty tree and while writes wait for their commit.
  [[nodiscard]] virtual std::optional<Bytes> subtree_root(const ledger::TreeId& tree) const;

  // What erasure orders ask, who know paths only. A function of the chain up to this state, as the
  // rest; a reader that holds no chain knows nobody and counts nothing.

  /// The patient whose compartment this is: of the clinical one by its kPatient, of a sealed audit
  /// one by its kSealed. nullopt when there is none.
  [[nodiscard]] virtual std::optional<PatientId> subject_at(const SubjectPath& path,
                                                            ledger::TreeKind compartment) const;
  /// Bodies of a compartment's operations, rejected ones too; only of the record when there is one.
  [[nodiscard]] virtual std::uint64_t count_bodies(const ledger::BodiesOf& bodies) const;
};

/// What tells whose compartment a subtree is.
[[nodiscard]] ledger::KeyKind naming_kind(ledger::TreeKind compartment);

/// A pending write: a value with the salt that blinds its commitment, or a deletion.
struct StateWrite {
  std::optional<Bytes> value;
  Digest s;  ///< ledger::leaf_salt(...) or zero for system writes
  friend bool operator==(const StateWrite&, const StateWrite&) = default;
};

using StateWrites = std::map<ledger::StateKey, StateWrite>;

/// Writes over a base that is not owned and must outlive it. `mark` / `rollback` undo a failed
/// operation.
class StateOverlay final : public StateReader {
 public:
  explicit StateOverlay(const StateReader& base) : base_(base) {}

  [[nodiscard]] std::optional<Bytes> get(const ledger::StateKey& key) const override;
  void scan(const ledger::TreeId& tree,
            ledger::KeyKind kind,
            const std::function<bool(BytesView, BytesView)>& visit) const override;
  [[nodiscard]] std::optional<PatientId> subject_at(const SubjectPath& path,
                                                    ledger::TreeKind compartment) const override;

  [[nodiscard]] std::uint64_t count_bodies(const ledger::BodiesOf& bodies) const override {
    return base_.count_bodies(bodies);
  }

  void put(const ledger::StateKey& key, Bytes value, const Digest& s);
  void erase(const ledger::StateKey& key);

  [[nodiscard]] std::optional<Bytes> subtree_root(const ledger::TreeId& tree) const override;

  /// What this overlay lies over.
  [[nodiscard]] const StateReader& base() const { return base_; }

  /// Calls `visit(id, value)` for every key of this kind in the tree that was written here,
  /// ascending; a deleted one has no value.
  void scan_writes(
      const ledger::TreeId& tree,
      ledger::KeyKind kind,
      const std::function<void(BytesView id, const std::optional<Bytes>& value)>& visit) const;

  using Mark = std::size_t;

  [[nodiscard]] Mark mark() const { return undo_.size(); }

  /// Forgets every write since `mark`. REQUIRES: a mark of this overlay, not rolled back past.
  void rollback(Mark mark);

  [[nodiscard]] const StateWrites& writes() const { return writes_; }

 private:
  struct Undo {
    ledger::StateKey key;
    std::optional<StateWrite> before;
  };

  void set(const ledger::StateKey& key, StateWrite write);

  const StateReader& base_;
  StateWrites writes_;
  std::vector<Undo> undo_;
};

}  // namespace galen::execution
