#include "rpc/identity_queries.h"

#include "execution/executor.h"
#include "ledger/state_key.h"
#include "rpc/status_mapping.h"
#include "rpc/visibility.h"
#include "rpc/wire.h"

namespace galen::rpc {
namespace {

using ledger::KeyKind;
using ledger::StateKey;

void add(const StateKey& key, BytesView value, v1::GetAccountResponse& response) {
  v1::StateItem* item = response.add_items();
  item->set_key(wire(key.encode()));
  item->set_value(wire(value));
}

void add_organisation(const execution::StateReader& state,
                      const AccountId& organisation,
                      v1::GetAccountResponse& response) {
  for (const KeyKind kind : {KeyKind::kOrganisation, KeyKind::kBallot}) {
    const StateKey key = StateKey::main(kind, organisation);
    if (const auto value = state.get(key)) add(key, *value, response);
  }
}

void add_person(const execution::StateReader& state,
                const PatientId& subject,
                v1::GetAccountResponse& response) {
  const ledger::TreeId tree{ledger::TreeKind::kClinical, subject};
  for (const KeyKind kind : {KeyKind::kPatient,
                             KeyKind::kPractitioner,
                             KeyKind::kProxy,
                             KeyKind::kLink,
                             KeyKind::kRecovery,
                             KeyKind::kRecoveryRequest}) {
    state.scan(tree, kind, [&](BytesView id, BytesView value) {
      add(StateKey::clinical(subject, kind, id), value, response);
      return true;
    });
  }
}

}  // namespace

Status get_account(Backend& backend,
                   const Caller& caller,
                   const v1::GetAccountRequest& request,
                   v1::GetAccountResponse& response) {
  GALEN_TRY(const auto account, fixed_field<AccountId>(request.account(), "account"));
  const auto snapshot = backend.ledger().snapshot();
  response.set_height(snapshot->head().height().value);
  if (execution::OrganisationEntry::load(*snapshot, account)) {
    add_organisation(*snapshot, account, response);
    return {};
  }
  const auto subject = id_cast<PatientId>(account);
  if (owner_of(*snapshot, subject) != caller.organisation) return not_found();
  add_person(*snapshot, subject, response);
  return {};
}

}  // namespace galen::rpc
