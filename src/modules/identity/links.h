// Two patients of two custodians are one person: attested by both custodians, taken back by either
// or by the patient. Nothing is moved or re-keyed, and a link opens nothing: decide() does not look
// at it. Values FROZEN (docs/formats.md). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"

#include <map>
#include <optional>

namespace galen::identity {

/// kLink, id = the other patient; in the clinical trees of both, so it goes with either's keys.
struct LinkEntry {
  AccountId submitter;
  AccountId other_custodian;  ///< who agreed; the submitter again when both patients are its own
  TimeMs linked;              ///< block time
  Height height;              ///< of that block
  std::optional<TimeMs> unlinked_at;
  ledger::UnlinkReason reason = ledger::UnlinkReason::kWrongPerson;  ///< once unlinked
  friend bool operator==(const LinkEntry&, const LinkEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<LinkEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const PatientId& patient, const PatientId& other);
  [[nodiscard]] static std::optional<LinkEntry> load(const execution::StateReader& state,
                                                     const PatientId& patient,
                                                     const PatientId& other);
};

/// Every link of a patient, taken back ones too, by the other patient.
[[nodiscard]] std::map<PatientId, LinkEntry> list_links(const execution::StateReader& state,
                                                        const PatientId& patient);

/// Submitted by the custodian of one, authorised (kCustodian) by the custodian of the other; alone
/// when both are its own. Everything of Authorities::load, kErased, kUnknownPatient,
/// kNotAuthorised, kAlreadyExists, kSequenceUsed.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::LinkPatient& operation,
                                              execution::StateOverlay& state);

/// Submitted by either custodian, or signed (kPatient) by either patient. kNotLinked and as above.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::UnlinkPatient& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::identity
