#include "rpc/visibility.h"

#include "execution/executor.h"
#include "ledger/operation.h"
#include "modules/identity/people.h"

#include <variant>

namespace galen::rpc {

std::optional<AccountId> owner_of(const execution::StateReader& state, const PatientId& subject) {
  if (const auto patient = identity::PatientEntry::load(state, subject)) return patient->custodian;
  const auto account = id_cast<AccountId>(subject);
  if (const auto practitioner = identity::PractitionerEntry::load(state, account)) {
    return practitioner->organisation;
  }
  if (execution::OrganisationEntry::load(state, account)) return account;
  return std::nullopt;
}

bool may_see(const execution::StateReader& state,
             const AccountId& caller,
             const ledger::Transaction& transaction,
             const ledger::OperationSlot& slot) {
  const auto* body = std::get_if<ledger::OperationBody>(&slot);
  if (body == nullptr) return false;
  if (transaction.header.submitter == caller) return true;
  if (transaction.header.tx_class == ledger::TransactionClass::kPublic) return true;
  const auto operation = ledger::decode_operation(body->operation);
  if (!operation) return false;
  if (owner_of(state, ledger::subject_of(*operation)) == caller) return true;
  const auto other = ledger::other_subject_of(*operation);
  return other && owner_of(state, *other) == caller;
}

}  // namespace galen::rpc
