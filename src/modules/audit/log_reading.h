// LogAuditRead: somebody reads an audit log, and that is an entry of that log before he sees it
// (HEALTH.md 3, PRIVACY.md 27, 28; docs/consent.md "Reading an audit log"). One entry is one
// reading of a range, however many pages. Detail bytes FROZEN (docs/formats.md). Thread rule: as
// the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"
#include "modules/audit/entries.h"
#include "modules/policy/facts.h"

#include <optional>

namespace galen::audit {

/// Detail of a LogAuditRead result: all the reader learns. Refused and unknown look the same.
/// FROZEN.
struct ReadOutcome {
  bool permit = false;
  friend bool operator==(const ReadOutcome&, const ReadOutcome&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<ReadOutcome> decode(BytesView bytes);
};

/// Who answers for a log: a patient's custodian, also when only the log is left of him, or the
/// organisation whose own log it is. nullopt when it is unknown or erased.
[[nodiscard]] std::optional<AccountId> log_owner(const execution::StateReader& state,
                                                 const PatientId& log);

/// The reader, his signature not checked; an organisation that reads as itself has the rights of a
/// privacy officer. nullopt when he is nobody.
[[nodiscard]] std::optional<policy::Requester> load_reader(const execution::StateReader& state,
                                                           const ledger::LogAuditRead& operation);

/// Whether this reader may read that log at this time, and why (not). Permits: the patient himself,
/// a proxy in force from whom no label is hidden, auditors, and, of what their organisation answers
/// for, privacy officers and the organisation itself; each for a purpose that his role may assert.
[[nodiscard]] policy::Reason judge_reading(const execution::StateReader& state,
                                           const ledger::Parameters& parameters,
                                           const ledger::LogAuditRead& operation,
                                           const policy::Requester& reader,
                                           const policy::Instant& at);

/// Never fails: the code is kOk and the detail a ReadOutcome. The entry of a known log stands
/// there; refused by another's log, or of an unknown or erased one, it stands as Asked in the
/// submitter's own. The same request again answers
/// with the first entry and writes nothing; another request under the same id is recorded and
/// refused, and so is one that is not authenticated, has expired or expires too late; these use up
/// no request id. The reader signs, or, when he is the organisation itself, nobody beside the
/// submitter does.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::LogAuditRead& operation,
                                              execution::StateOverlay& state);

/// The index of the entry that decided this reading, permitted or not; nullopt when none did.
[[nodiscard]] std::optional<std::uint64_t> find_reading(const execution::StateReader& state,
                                                        const PatientId& log,
                                                        const ledger::LogAuditRead& operation);

}  // namespace galen::audit
