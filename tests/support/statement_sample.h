// A patient's access log in memory, and access statements about it under a certified header, built
// without the node's code. For tests of what clients verify. Thread rule: one thread.
#pragma once

#include "crypto/merkle_range.h"
#include "modules/audit/statement_source.h"
#include "support/memory_state.h"
#include "support/proof_sample.h"

#include <optional>
#include <utility>
#include <vector>

namespace galen::support {

template <class Id>
Id filled_id(std::uint8_t byte) {
  Id id;
  id.value.fill(byte);
  return id;
}

/// By the first organisation's clinician, refused.
inline audit::AccessEntry sample_access(const ledger::Genesis& genesis,
                                        const PatientId& patient,
                                        std::uint64_t height) {
  audit::AccessEntry entry;
  entry.request.request = filled_id<RequestId>(static_cast<std::uint8_t>(height));
  entry.request.person = filled_id<AccountId>(21);
  entry.request.patient = patient;
  entry.request.records = {filled_id<RecordId>(5)};
  entry.request.purpose = "TREAT";
  entry.role = ledger::Role::kClinician;
  entry.submitter = genesis.organisations.front().id;
  entry.time = TimeMs{1'700'000'000'000 + 1000 * height};
  entry.height = Height{height};
  entry.decisions = {{filled_id<RecordId>(5), policy::Reason::kNoConsent, std::nullopt, {}}};
  return entry;
}

class SampleLog {
 public:
  explicit SampleLog(ledger::Genesis genesis, const PatientId& patient = filled_id<PatientId>(7))
      : genesis_(std::move(genesis)), patient_(patient) {}

  [[nodiscard]] const ledger::Genesis& genesis() const { return genesis_; }

  [[nodiscard]] const PatientId& patient() const { return patient_; }

  [[nodiscard]] const std::vector<audit::AccessEntry>& entries() const { return entries_; }

  [[nodiscard]] const std::vector<Bytes>& bytes() const { return bytes_; }

  [[nodiscard]] const execution::StateReader& state() const { return state_; }

  void add(audit::AccessEntry entry) {
    bytes_.push_back(entry.encode());
    leaves_.push_back(crypto::merkle_leaf(bytes_.back()));
    range_.append(leaves_.back());
    state_.put(audit::AccessEntry::key(patient_, entries_.size()), bytes_.back());
    state_.put(audit::access_range_key(patient_), audit::encode_access_range(range_));
    entries_.push_back(std::move(entry));
    proof_.reset();
  }

  void add_at(std::uint64_t height) { add(sample_access(genesis_, patient_, height)); }

  /// Of the log's range, or, while it is empty, of its absence. At height 7.
  [[nodiscard]] const ledger::StateProof& proof() const {
    if (!proof_) proof_ = make_proof();
    return *proof_;
  }

  /// Of any stretch, whether it answers for the range or not.
  [[nodiscard]] audit::Statement statement(const audit::StatementRange& range,
                                           const audit::LogStretch& stretch) const {
    audit::Statement made{range, proof(), stretch.first, {}, {}};
    for (std::uint64_t i = stretch.first; i < stretch.last; ++i) made.entries.push_back(bytes_[i]);
    if (stretch.first < stretch.last) {
      made.path = crypto::merkle_range_path(leaves_, stretch.first, stretch.last);
    }
    return made;
  }

  [[nodiscard]] audit::Statement statement(const audit::StatementRange& range) const {
    return statement(range, *audit::find_stretch(state_, patient_, range));
  }

 private:
  [[nodiscard]] ledger::StateProof make_proof() const {
    const auto key = audit::access_range_key(patient_);
    const auto other = audit::AccessEntry::key(patient_, 1);
    const Bytes value = audit::encode_access_range(range_);
    return prove_single_leaf(genesis_, entries_.empty() ? other : key, value, key);
  }

  ledger::Genesis genesis_;
  PatientId patient_;
  test::MemoryState state_;
  crypto::MerkleFrontier range_;
  std::vector<audit::AccessEntry> entries_;
  std::vector<Bytes> bytes_;
  std::vector<Digest> leaves_;
  mutable std::optional<ledger::StateProof> proof_;  ///< signing takes its time
};

}  // namespace galen::support
