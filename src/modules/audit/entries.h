// Entries of audit logs: who asked for which records of a patient, and what decide() answered,
// permitted and refused alike; who read the log; administrative acts (PRIVACY.md 21, HEALTH.md 3).
// In the patient's audit tree. What was refused or not there stands in the tree of the organisation
// that asked, too, in words that fit both. FROZEN (docs/formats.md). Thread rule: as the state's.
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

/// What the log of the organisation that asked keeps of its act: that it was, by whom and why, not
/// about whom. The same for a patient who denies, for one who is not there, and after an erasure
/// (R21, PRIVACY.md 28). The act itself stands in the transaction's body while that stands; whoever
/// kept the operation proves by its digest that it was this one.
struct Asked {
  /// The submitter's own word about a release that its node made.
  struct Release {
    JournalId journal;
    std::uint64_t number = 1;
    TimeMs time;  ///< by the clock of the node
    friend bool operator==(const Release&, const Release&) = default;
  };

  /// The same about an administrative act.
  struct Told {
    ledger::AdministrativeAct act = ledger::AdministrativeAct::kExport;
    std::optional<AccountId> recipient;
    TimeMs time;
    friend bool operator==(const Told&, const Told&) = default;
  };

  ledger::OperationType type = ledger::OperationType::kLogAccess;
  TxId transaction;
  std::uint16_t operation = 0;  ///< its index in the transaction
  Digest digest;  ///< digest_of() the operation, whose request id is random and secret
  /// kListed, kBreakGlass (of a release), kNotFound, or why nobody was asked; nullopt of an
  /// administrative act.
  std::optional<policy::Reason> reason;
  std::optional<Release> release{};  ///< exactly of a LogEmergency
  std::optional<Told> told{};        ///< exactly of a LogAdministration
  friend bool operator==(const Asked&, const Asked&) = default;

  [[nodiscard]] bool permit() const { return reason && policy::is_permit(*reason); }
};

[[nodiscard]] Digest digest_of(const ledger::Operation& operation);

/// kAccess, id = u64 index in its log, from 0 without gaps.
struct AccessEntry {
  /// As asked, all its record ids included; of an act request_of(); with `asked` organisation,
  /// purpose and action only, and the person unless it may be a patient or his proxy.
  ledger::AccessRequest request;
  /// Absent when the requester was not authenticated, and for an act of the organisation itself.
  std::optional<ledger::Role> role;
  AccountId submitter;
  TimeMs time;  ///< block time
  Height height;
  std::vector<RecordDecision> decisions;  ///< of the records this log answers for, ascending
  /// Of an emergency release: the journal's entry. It stands here after the release, so late, and
  /// its reasons are the word of the node that kept the journal (PRIVACY.md 36).
  std::optional<ledger::LogEmergency> emergency{};
  std::optional<LogAct> act{};   ///< then there are no decisions
  std::optional<Asked> asked{};  ///< then there are no decisions
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

/// The same as the asking organisation's log keeps it. `reason` as in Asked.
[[nodiscard]] AccessEntry asked_entry(const execution::OperationContext& context,
                                      const execution::StateReader& state,
                                      const AccessEntry& entry,
                                      std::optional<policy::Reason> reason);

[[nodiscard]] std::optional<AccessEntry> load_access(const execution::StateReader& state,
                                                     const PatientId& log,
                                                     std::uint64_t index);

/// Whether it is the entry of exactly this operation.
[[nodiscard]] bool is_entry_of(const AccessEntry& entry, const ledger::Operation& operation);

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
