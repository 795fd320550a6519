// The record index: entries about records whose content stays off the chain (HEALTH.md 2.2,
// PRIVACY.md 9). Values FROZEN (docs/formats.md). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"
#include "modules/policy/facts.h"

#include <map>
#include <optional>
#include <vector>

namespace galen::records {

/// Where a version came from: the version it replaces, and why.
struct RecordOrigin {
  RecordId replaces;
  ledger::RecordChange reason = ledger::RecordChange::kNewVersion;
  std::optional<ledger::RecordChange> label_reason;  ///< why it has labels the old one had not
  std::vector<RecordId> earlier;  ///< what that one replaced, and so on, the oldest first
  friend bool operator==(const RecordOrigin&, const RecordOrigin&) = default;
};

/// That a newer version stands in its place.
struct RecordSuccession {
  RecordId by;    ///< zero in a list: it is not for the reader, and nothing else here counts
  TimeMs time;    ///< block time
  Height height;  ///< of that block
  friend bool operator==(const RecordSuccession&, const RecordSuccession&) = default;
};

/// That it was entered in error.
struct RecordRetraction {
  ledger::RecordChange reason = ledger::RecordChange::kWrongPatient;
  TimeMs time;    ///< block time
  Height height;  ///< of that block
  friend bool operator==(const RecordRetraction&, const RecordRetraction&) = default;
};

/// Clinical tree of the patient, kRecord, id = record. Versions form a line: one entry is replaced
/// by at most one other and replaces at most one other.
struct RecordEntry {
  ledger::AppendRecord record;
  AccountId custodian;
  ledger::RecordStatus status = ledger::RecordStatus::kCurrent;
  TimeMs appended;  ///< block time
  Height height;    ///< of that block
  std::optional<RecordOrigin> origin{};
  std::optional<RecordSuccession> succeeded{};
  std::optional<RecordRetraction> retracted{};
  friend bool operator==(const RecordEntry&, const RecordEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed, kTooLarge.
  [[nodiscard]] static Result<RecordEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const PatientId& patient, const RecordId& record);
  /// Also nullopt for an erased record.
  [[nodiscard]] static std::optional<RecordEntry> load(const execution::StateReader& state,
                                                       const PatientId& patient,
                                                       const RecordId& record);

  [[nodiscard]] policy::RecordFacts facts() const;
  /// The status it had right after the block at `height`. REQUIRES: height >= this->height.
  [[nodiscard]] ledger::RecordStatus status_at(Height height) const;
  /// All of it as it was then. REQUIRES as above.
  [[nodiscard]] RecordEntry as_of(Height height) const;
};

/// Every record of a patient, unfiltered: callers show what decide() lets the requester discover.
[[nodiscard]] std::map<RecordId, RecordEntry> list_records(const execution::StateReader& state,
                                                           const PatientId& patient);

/// kUnknownOrganisation, kOrganisationInactive, kBadAuthorisation (none is due), kErased,
/// kUnknownPatient, kNotCustodian, kBadIdentifier, kAlreadyExists.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::AppendRecord& operation,
                                              execution::StateOverlay& state);

/// As for AppendRecord, and of the replaced version: kErased, kUnknownRecord, kNotCurrent (it was
/// replaced or retracted before), kInvalidReason (a reason that is none for a new version, new
/// labels without a reason, or a reason without new labels), kTooManyVersions.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::ReplaceRecord& operation,
                                              execution::StateOverlay& state);

/// Of a present or a superseded version. kUnknownOrganisation, kOrganisationInactive,
/// kBadAuthorisation (none is due), kErased, kUnknownPatient, kNotCustodian, kUnknownRecord,
/// kNotCurrent (retracted before), kInvalidReason.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::RetractRecord& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::records
