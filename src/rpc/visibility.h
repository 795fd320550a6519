// Whose data a subject's state is, and so who may see bodies, results and proofs of it (PRIVACY.md
// 27). Thread rule: pure functions over a snapshot.
#pragma once

#include "base/ids.h"
#include "execution/state_view.h"
#include "ledger/transaction.h"

#include <optional>

namespace galen::rpc {

/// The organisation answerable for a subject: a patient's custodian, a practitioner's organisation,
/// an organisation itself (its log of unknown records). nullopt when unknown or erased.
[[nodiscard]] std::optional<AccountId> owner_of(const execution::StateReader& state,
                                                const PatientId& subject);

/// True when `caller` may see this operation of a transaction: he submitted it, or he answers for
/// its subject. False for an erased one.
[[nodiscard]] bool may_see(const execution::StateReader& state,
                           const AccountId& caller,
                           const ledger::Transaction& transaction,
                           const ledger::OperationSlot& slot);

}  // namespace galen::rpc
