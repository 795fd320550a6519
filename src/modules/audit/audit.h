// LogAccess: the execution that decides and records an access in one step, so that decision and
// audit entry cannot drift apart (PRIVACY.md 21, 29; docs/consent.md). Detail bytes FROZEN
// (docs/formats.md). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"
#include "modules/audit/consent_memory.h"

#include <cstdint>
#include <vector>

namespace galen::audit {

/// Detail of a LogAccess result: all the requester learns. It names neither log nor index, since
/// they would tell denied from unknown and count the patient's accesses (PRIVACY.md 27, 28). A
/// release goes by the access entry, not by these bits. FROZEN.
struct AccessOutcome {
  std::vector<bool> permits;  ///< for each record of the request, in its order
  friend bool operator==(const AccessOutcome&, const AccessOutcome&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<AccessOutcome> decode(BytesView bytes);
};

/// `memory` saves work and changes no answer (consent_memory.h). Never fails: the code is kOk and
/// the detail an AccessOutcome, whatever was asked by whom.
///  - Known records are answered in the patient's log. What was refused or is not there, and every
///    list, stands as Asked in the submitter's own log, too, unless that is the custodian's.
///  - A request id is decided once: the same request again answers with the first entry and writes
///    nothing; another request under the same id is recorded and denied.
///  - A requester who is not authenticated, whose request has expired or expires too late, or names
///    another recipient key than the registered one, is recorded and denied without using up the
///    request id.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::LogAccess& operation,
                                              execution::StateOverlay& state,
                                              ConsentMemory* memory = nullptr);

}  // namespace galen::audit
