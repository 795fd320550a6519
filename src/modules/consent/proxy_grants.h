// What a proxy may grant in the patient's name, and the end of it with the proxy (PRIVACY.md 33;
// docs/consent.md). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"
#include "modules/identity/proxies.h"

namespace galen::consent {

/// Whether these terms stay within the proxy's scope and time. kNotAuthorised (a label that is
/// hidden from him; a deny of every label, when some are), kInvalidWindow (no end, or one after
/// his own).
[[nodiscard]] ledger::ResultCode check_proxy_terms(const identity::ProxyEntry& proxy,
                                                   ledger::Effect effect,
                                                   const ledger::GrantTerms& terms);

/// Ends the proxy and, with it, everything he granted or denied that stands. Codes as
/// identity::revoke_proxy.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::RevokeProxy& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::consent
