#include "engine/application.h"

#include "modules/audit/audit.h"
#include "modules/audit/log_emergency.h"
#include "modules/consent/consent.h"
#include "modules/emergency/declarations.h"
#include "modules/emergency/journals.h"
#include "modules/identity/people.h"
#include "modules/records/records.h"

namespace galen::engine {

namespace {

using ledger::OperationResult;

/// An operation finds its module here.
struct Dispatch {
  const execution::OperationContext& context;
  execution::StateOverlay& state;

  OperationResult operator()(const ledger::RegisterPractitioner& operation) const {
    return identity::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::RegisterPatient& operation) const {
    return identity::execute(context, operation, state);
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

  OperationResult operator()(const ledger::AppendRecord& operation) const {
    return records::execute(context, operation, state);
  }

  OperationResult operator()(const ledger::LogAccess& operation) const {
    return audit::execute(context, operation, state);
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

  /// Every type without a line above: its format is defined, its module does not exist.
  template <class T>
  OperationResult operator()(const T&) const {
    return {ledger::ResultCode::kNotSupported, {}};
  }
};

}  // namespace

OperationResult ModuleApplication::execute(const execution::OperationContext& context,
                                           execution::StateOverlay& state) const {
  return std::visit(Dispatch{context, state}, context.operation.value);
}

}  // namespace galen::engine
