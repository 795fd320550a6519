#include "modules/consent/proxy_grants.h"

#include "modules/consent/grants.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"

namespace galen::consent {

using ledger::ResultCode;
using policy::GrantStatus;

ResultCode check_proxy_terms(const identity::ProxyEntry& proxy,
                             ledger::Effect effect,
                             const ledger::GrantTerms& terms) {
  const bool hidden_labels = !proxy.terms.excluded_labels.empty();
  const bool denies_all = effect == ledger::Effect::kDeny && terms.labels.empty();
  if ((denies_all && hidden_labels) || !proxy.covers(terms.labels, terms.labels_key_id)) {
    return ResultCode::kNotAuthorised;
  }
  const bool within = terms.valid_to && *terms.valid_to <= proxy.end();
  return within ? ResultCode::kOk : ResultCode::kBeyondProxy;
}

ledger::OperationResult execute(const execution::OperationContext& context,
                                const ledger::RevokeProxy& operation,
                                execution::StateOverlay& state) {
  const ResultCode code = identity::revoke_proxy(context, operation, state);
  if (code != ResultCode::kOk) return {code, {}};
  const auto patient = identity::PatientEntry::load(state, operation.patient);
  if (patient) context.charge(work_of(patient->grants));
  const Grantor proxy{ledger::AuthorisationRole::kProxy, operation.proxy};
  for (auto& [id, grant] : list_grants(state, operation.patient)) {
    if (grant.grantor != proxy || grant.status != GrantStatus::kActive) continue;
    GrantEntry ended = grant;
    ended.status = GrantStatus::kRevoked;
    ended.ended_at = context.block.time;
    identity::put_entry(context, state, GrantEntry::key(operation.patient, id), ended.encode());
  }
  return {};
}

}  // namespace galen::consent
