#include "rpc/identity_queries.h"

#include "execution/executor.h"
#include "ledger/state_key.h"
#include "modules/identity/links.h"
#include "rpc/requester_signature.h"
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

enum class Shown : std::uint8_t { kWhoAnswersForHim, kHimself };

/// A link that was taken back names a stranger when it was a mistake.
bool is_unlinked(const StateKey& key, BytesView value) {
  if (key.kind != KeyKind::kLink) return false;
  const auto link = identity::LinkEntry::decode(value);
  return !link || link->unlinked_at;
}

void add_person(const execution::StateReader& state,
                const PatientId& subject,
                Shown to,
                v1::GetAccountResponse& response) {
  const ledger::TreeId tree{ledger::TreeKind::kClinical, subject};
  for (const KeyKind kind : {KeyKind::kPatient,
                             KeyKind::kPractitioner,
                             KeyKind::kProxy,
                             KeyKind::kProxyRevocation,
                             KeyKind::kLink,
                             KeyKind::kRecovery,
                             KeyKind::kRecoveryRequest}) {
    state.scan(tree, kind, [&](BytesView id, BytesView value) {
      const StateKey key = StateKey::clinical(subject, kind, id);
      const bool hidden = to == Shown::kHimself && is_unlinked(key, value);
      if (!hidden) add(key, value, response);
      return true;
    });
  }
}

}  // namespace

Status get_account(Backend& backend,
                   const Caller& caller,
                   const v1::GetAccountRequest& request,
                   v1::GetAccountResponse& response) {
  if (is_signed(request)) GALEN_TRY_STATUS(require_fresh(backend));
  // Before the snapshot, which may be the older of the two.
  const Status caught_up = require_caught_up(backend);
  const auto snapshot = backend.ledger().snapshot();
  response.set_height(snapshot->head().height().value);
  GALEN_TRY(
      const auto self,
      asking_himself(
          backend, caller, *snapshot, {ledger::OwnQuery::kAccount}, request.account(), request));
  if (self) {
    add_person(*snapshot, *self, Shown::kHimself, response);
    return {};
  }
  GALEN_TRY(const auto account, fixed_field<AccountId>(request.account(), "account"));
  if (execution::OrganisationEntry::load(*snapshot, account)) {
    add_organisation(*snapshot, account, response);
    return {};
  }
  GALEN_TRY_STATUS(caught_up);
  const auto subject = id_cast<PatientId>(account);
  if (owner_of(*snapshot, subject) != caller.organisation) return not_found();
  add_person(*snapshot, subject, Shown::kWhoAnswersForHim, response);
  return {};
}

}  // namespace galen::rpc
