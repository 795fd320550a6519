#include "engine/application.h"

#include "modules/audit/audit.h"
#include "modules/audit/log_administration.h"
#include "modules/audit/log_emergency.h"
#include "modules/audit/log_reading.h"
#include "modules/consent/consent.h"
#include "modules/consent/proxy_grants.h"
#include "modules/emergency/declarations.h"
#include "modules/emergency/journals.h"
#include "modules/erasure/holds.h"
#include "modules/erasure/orders.h"
#include "modules/groups/groups.h"
#include "modules/identity/links.h"
#include "modules/identity/people.h"
#include "modules/identity/proxies.h"
#include "modules/identity/recovery.h"
#include "modules/identity/rotation.h"
#include "modules/identity/suspension.h"
#include "modules/records/records.h"

namespace galen::engine {

namespace {

using ledger::OperationResult;

/// An operation finds its module here.
struct Dispatch {
  const execution::OperationContext& context;
  execution::StateOverlay& state;
  audit::ConsentMemory& consents;

  OperationResult operator()(const ledger::RegisterPractitioner& operation) const {
    return identity::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::RegisterPatient& operation) const {
    return identity::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::RotateKey& operation) const {
    return identity::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::Suspend& operation) const {
    return identity::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::RotatePersonKey& operation) const {
    return identity::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::SuspendPractitioner& operation) const {
    return identity::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::SetRecovery& operation) const {
    return identity::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::RequestRecovery& operation) const {
    return identity::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::VetoRecovery& operation) const {
    return identity::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::CompleteRecovery& operation) const {
    return identity::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::AuthorizeProxy& operation) const {
    return identity::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::LinkPatient& operation) const {
    return identity::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::UnlinkPatient& operation) const {
    return identity::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::RevokeProxy& operation) const {
    return consent::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::GrantAccess& operation) const {
    return consent::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::DenyAccess& operation) const {
    return consent::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::RevokeAccess& operation) const {
    return consent::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::DefineGroup& operation) const {
    return groups::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::UpdateGroup& operation) const {
    return groups::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::ChangeMembership& operation) const {
    return groups::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::AppendRecord& operation) const {
    return records::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::ReplaceRecord& operation) const {
    return records::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::RetractRecord& operation) const {
    return records::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::LogAccess& operation) const {
    return audit::execute(context, operation, state, &consents);
  }

  OperationResult operator()(const ledger::RequestErasure& operation) const {
    return erasure::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::WithdrawErasure& operation) const {
    return erasure::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::ErasePatient& operation) const {
    consents.clear();
    return erasure::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::EraseRecord& operation) const {
    return erasure::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::AttestErasure& operation) const {
    return erasure::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::PlaceHold& operation) const {
    return erasure::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::LiftHold& operation) const {
    return erasure::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::LogEmergency& operation) const {
    return audit::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::DeclareEmergency& operation) const {
    return emergency::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::ReviewEmergency& operation) const {
    return emergency::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::AnchorJournal& operation) const {
    return emergency::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::AnchorJournalReceipt& operation) const {
    return emergency::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::LogAuditRead& operation) const {
    return audit::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::LogAdministration& operation) const {
    return audit::execute(context, operation, state);
  }
};

}  // namespace

OperationResult ModuleApplication::execute(const execution::OperationContext& context,
                                           execution::StateOverlay& state) const {
  return std::visit(Dispatch{context, state, consents_}, context.operation.value);
}

}  // namespace galen::engine
