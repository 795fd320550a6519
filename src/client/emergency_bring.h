// Bringing single operations of an emergency to the chain, where a part may be there already.
// Thread rule: one thread.
#pragma once

#include "client/emergency_files.h"
#include "client/session.h"

namespace galen::client {

/// Commits one operation. kOk also when the chain has it; else the refusal. kUnavailable,
/// kDeadlineExceeded when the chain does not answer.
[[nodiscard]] Result<ledger::ResultCode> bring(Session& session, const Authorised& operation);

/// Brings a kept declaration unless the chain has it, and marks it.
[[nodiscard]] Result<ledger::ResultCode> bring_declaration(Session& session,
                                                           KeptDeclaration& declared);

}  // namespace galen::client
