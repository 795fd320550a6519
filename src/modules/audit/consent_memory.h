// Patients' grants as committed, decoded and indexed, remembered between accesses. Named by patient
// and root of his clinical tree, which commits to every value in it: the same root is the same
// grants, whichever state shows it, so nothing remembered is ever stale and answers do not depend
// on what is remembered. Thread rule: CommittedGrants any thread; a ConsentCache one thread.
#pragma once

#include "execution/state_view.h"
#include "modules/consent/grants.h"
#include "modules/policy/consent_index.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

namespace galen::audit {

/// All grants of a patient, ended ones too, and their index.
class CommittedGrants {
 public:
  explicit CommittedGrants(std::map<GrantId, consent::GrantEntry> entries);
  CommittedGrants(const CommittedGrants&) = delete;
  CommittedGrants& operator=(const CommittedGrants&) = delete;

  [[nodiscard]] const policy::ConsentIndex& index() const { return index_; }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  /// comparisons_of() all of them.
  [[nodiscard]] std::uint64_t comparisons() const { return comparisons_; }

  /// Those to groups and projects, whose members the index does not know.
  [[nodiscard]] const std::map<GrantId, consent::GrantEntry>& of_groups() const {
    return of_groups_;
  }

  /// What it holds in memory, about.
  [[nodiscard]] std::size_t bytes() const;

 private:
  std::map<GrantId, consent::GrantEntry> entries_;
  std::map<GrantId, consent::GrantEntry> of_groups_;
  policy::ConsentIndex index_;  ///< refers to entries_
  std::uint64_t comparisons_ = 0;
};

/// What comparing a grant with one record takes at worst, in visits of a grant of which nothing has
/// to be compared (about 10 ns): its data with the line of a record's versions, its labels with the
/// record's.
[[nodiscard]] std::uint64_t comparisons_of(const ledger::GrantTerms& terms);

/// Index of these entries, which it refers to.
[[nodiscard]] policy::ConsentIndex index_of(const std::map<GrantId, consent::GrantEntry>& entries);

class ConsentMemory {
 public:
  virtual ~ConsentMemory() = default;
  /// What was kept under this patient and root; null otherwise.
  [[nodiscard]] virtual std::shared_ptr<const CommittedGrants> find(const PatientId& patient,
                                                                    BytesView root) = 0;
  /// May keep nothing. REQUIRES: the grants of a state in which the patient's clinical tree has
  /// this root.
  virtual void keep(const PatientId& patient,
                    BytesView root,
                    std::shared_ptr<const CommittedGrants> grants) = 0;
  /// Drops what is kept of an erased patient.
  virtual void forget(const PatientId& patient) = 0;
  /// Drops everything: at an erasure, whose order names nobody.
  virtual void clear() = 0;
};

struct ConsentCacheLimits {
  std::size_t max_patients = 4096;
  std::size_t max_bytes = std::size_t{64} << 20U;
};

/// The newest root of each patient; those not asked for the longest go first.
class ConsentCache final : public ConsentMemory {
 public:
  explicit ConsentCache(ConsentCacheLimits limits = {}) : limits_(limits) {}

  [[nodiscard]] std::shared_ptr<const CommittedGrants> find(const PatientId& patient,
                                                            BytesView root) override;
  void keep(const PatientId& patient,
            BytesView root,
            std::shared_ptr<const CommittedGrants> grants) override;
  void forget(const PatientId& patient) override;
  void clear() override;

  [[nodiscard]] std::size_t patients() const { return entries_.size(); }

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    Bytes root;
    std::shared_ptr<const CommittedGrants> grants;
    std::size_t bytes = 0;
    std::uint64_t asked = 0;
  };

  ConsentCacheLimits limits_;
  std::map<PatientId, Entry> entries_;
  std::map<std::uint64_t, PatientId> by_age_;  ///< Entry::asked -> patient
  std::uint64_t clock_ = 0;                    ///< counts questions
  std::size_t bytes_ = 0;
};

/// The grants of a patient in this state, from memory when it has them. Without a patient's entry,
/// or without a root that names the grants (StateReader::subtree_root), nothing is remembered.
[[nodiscard]] std::shared_ptr<const CommittedGrants> load_grants(
    const execution::StateReader& state, const PatientId& patient, ConsentMemory* memory);

}  // namespace galen::audit
