// LogEmergency: the entry of an emergency release in the log of its patient, written after the fact
// from the journal of the node that released (PRIVACY.md 25, 26, 36). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"
#include "modules/identity/authorisation.h"

namespace galen::audit {

/// What a requester signs for an emergency release: his LogAccess, brought by his own organisation.
/// `operation` are the canonical bytes of that LogAccess; the result refers to them.
[[nodiscard]] identity::SignedOperation emergency_statement(const ChainId& chain,
                                                            TimeMs time,
                                                            const ledger::AccessRequest& request,
                                                            BytesView operation);

/// By the organisation whose node keeps the journal. What the entry says is taken as it is: known
/// records to the patient's log, all others to the submitter's own. Without a role when the
/// requester's signature does not verify. kInvalidReason (a reason that is none), and those of
/// emergency::note_logged.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::LogEmergency& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::audit
