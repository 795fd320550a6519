// Entries of audit logs: who asked for which records of a patient, and what decide() answered,
// permitted and refused alike; who read the log; administrative acts (PRIVACY.md 21, HEALTH.md 3).
// In the patient's audit tree, or, for unknown patients and records, in the audit tree of the
// organisation that asked. FROZEN (docs/formats.md). Thread rule: as the state's.
#pragma once

#include "crypto/merkle.h"
#include "execution/executor.h"
#include "ledger/operation.h"
#include "modules/policy/reason.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace galen::audit {

struct RecordDecision {
  RecordId record;
  policy::Reason reason = policy::Reason::kNoConsent;
  std::optional<GrantId> grant;
  std::vector<std::string> obligations;
  friend bool operator==(const RecordDecision&, const RecordDecision&) = default;

  [[nodiscard]] bool permit() const { return policy::is_permit(reason); }
};

/// An act that asks for no record: a log was read, or something administrative was done.
struct LogAct {
  std::variant<ledger::LogAuditRead, ledger::LogAdministration> operation;
  /// Of a reading, permitted or refused; an administrative act is told, not decided.
  std::optional<policy::Reason> reason{};
  friend bool operator==(const LogAct&, const LogAct&) = default;

  [[nodiscard]] bool permit() const { return reason && policy::is_permit(*reason); }
};

/// Who acts, for whom, on whose log and why, as an access request without records: no request of an
/// access ever equals it.
[[nodiscard]] ledger::AccessRequest request_of(const ledger::LogAuditRead& operation);
[[nodiscard]] ledger::AccessRequest request_of(const ledger::LogAdministration& operation);

/// kAccess, id = u64 index in its log, from 0 without gaps.
struct AccessEntry {
  ledger::AccessRequest request;  ///< as asked, all its record ids included; of an act request_of()
  /// Absent when the requester was not authenticated, and for an act of the organisation itself.
  std::optional<ledger::Role> role;
  AccountId submitter;
  TimeMs time;  ///< block time
  Height height;
  std::vector<RecordDecision> decisions;  ///< of the records this log answers for, ascending
  /// Of an emergency release: the journal's entry. It stands here after the release, so late, and
  /// its reasons are the word of the node that kept the journal (PRIVACY.md 36).
  std::optional<ledger::LogEmergency> emergency{};
  std::optional<LogAct> act{};  ///< then there are no decisions
  friend bool operator==(const AccessEntry&, const AccessEntry&) = default;

  /// The decision on one record; nullptr when this entry has none.
  [[nodiscard]] const RecordDecision* find(const RecordId& record) const;
  [[nodiscard]] Bytes encode() const;
  /// kMalformed, kTooLarge.
  [[nodiscard]] static Result<AccessEntry> decode(BytesView bytes);
  /// `log` is the patient, or the organisation of an own log.
  [[nodiscard]] static ledger::StateKey key(const PatientId& log, std::uint64_t index);
};

/// The audit tree of an organisation's own log.
[[nodiscard]] PatientId organisation_log(const AccountId& organisation);

[[nodiscard]] std::optional<AccessEntry> load_access(const execution::StateReader& state,
                                                     const PatientId& log,
                                                     std::uint64_t index);

/// At most `max` entries from `from` on, as stored: proofs hash these bytes.
[[nodiscard]] std::vector<Bytes> list_access(const execution::StateReader& state,
                                             const PatientId& log,
                                             std::uint64_t from,
                                             std::size_t max);

/// kAccessRange: count and frontier of merkle_leaf(entry bytes) of all entries; empty before the
/// first.
[[nodiscard]] crypto::MerkleFrontier load_access_range(const execution::StateReader& state,
                                                       const PatientId& log);
[[nodiscard]] ledger::StateKey access_range_key(const PatientId& log);
[[nodiscard]] Bytes encode_access_range(const crypto::MerkleFrontier& frontier);
/// kMalformed.
[[nodiscard]] Result<crypto::MerkleFrontier> decode_access_range(BytesView bytes);

/// Writes the entry as the next of the log and returns its index.
std::uint64_t append_access(const execution::OperationContext& context,
                            execution::StateOverlay& state,
                            const PatientId& log,
                            const AccessEntry& entry);

/// kRequest: index of the entry that decided a request id, of this person and patient, in this log.
[[nodiscard]] std::optional<std::uint64_t> find_request(const execution::StateReader& state,
                                                        const PatientId& log,
                                                        const ledger::AccessRequest& request);
/// The entry that decided exactly this access in this log, permitted or not; nullopt when none did.
[[nodiscard]] std::optional<AccessEntry> deciding_entry(const execution::StateReader& state,
                                                        const PatientId& log,
                                                        const ledger::AccessRequest& request);
[[nodiscard]] ledger::StateKey request_key(const PatientId& log,
                                           const ledger::AccessRequest& request);
[[nodiscard]] Bytes encode_request_index(std::uint64_t index);

}  // namespace galen::audit
