// The record index: entries about records whose content stays off the chain (HEALTH.md 2.2,
// PRIVACY.md 9). Values FROZEN (docs/formats.md). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"
#include "modules/policy/facts.h"

#include <map>
#include <optional>

namespace galen::records {

/// Clinical tree of the patient, kRecord, id = record.
struct RecordEntry {
  ledger::AppendRecord record;
  AccountId custodian;
  ledger::RecordStatus status = ledger::RecordStatus::kCurrent;
  TimeMs appended;  ///< block time
  Height height;    ///< of that block
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
};

/// Every record of a patient, unfiltered: callers show what decide() lets the requester discover.
[[nodiscard]] std::map<RecordId, RecordEntry> list_records(const execution::StateReader& state,
                                                           const PatientId& patient);

/// kUnknownOrganisation, kOrganisationInactive, kBadAuthorisation (none is due), kErased,
/// kUnknownPatient, kNotCustodian, kBadIdentifier, kAlreadyExists.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::AppendRecord& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::records
