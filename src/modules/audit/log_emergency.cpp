#include "modules/audit/log_emergency.h"

#include "base/limits.h"
#include "modules/audit/entries.h"
#include "modules/audit/evaluation.h"
#include "modules/audit/log_reading.h"
#include "modules/emergency/declarations.h"
#include "modules/emergency/journals.h"
#include "modules/identity/people.h"
#include "modules/records/records.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace galen::audit {

namespace {

using execution::OperationContext;
using execution::StateOverlay;
using ledger::LogEmergency;
using ledger::ResultCode;

std::optional<policy::Requester> requester_of(const OperationContext& context,
                                              const LogEmergency& operation,
                                              const StateOverlay& state) {
  if (context.body.authorisations.size() != 1) return std::nullopt;
  const Bytes signed_bytes =
      ledger::encode(ledger::Operation(ledger::LogAccess{operation.request}));
  // Whether it had expired is judged at the release, not when the entry comes.
  const auto statement =
      emergency_statement(context.block.chain, operation.time, operation.request, signed_bytes);
  return authenticate(
      state, operation.request, statement, context.body.authorisations.front(), context.signatures);
}

RecordDecision decision_of(const LogEmergency& operation, std::size_t place) {
  RecordDecision decision;
  decision.record = operation.request.records[place];
  decision.reason = static_cast<policy::Reason>(operation.reasons[place]);
  if (decision.reason == policy::Reason::kBreakGlass) {
    decision.obligations = {"notify-patient", "review"};
  }
  return decision;
}

/// Whether the requester asked for this: he signed a request, which any member may have seen, not
/// the journal's entry.
bool asked_for_it(const LogEmergency& operation, const policy::Requester& requester) {
  const ledger::AccessRequest& request = operation.request;
  const bool acts_for_patient =
      requester.role == ledger::Role::kPatient || requester.role == ledger::Role::kProxy;
  const std::uint64_t at = operation.time.value;
  return !acts_for_patient && request.purpose == policy::kBreakGlassPurpose &&
         at < request.expiry.value && request.expiry.value - at <= limits::kMaxAccessRequestMs;
}

/// Whose organisation answers for a release: nobody's on the custodian's word alone, but its own.
std::optional<ledger::Role> answering_role(const OperationContext& context,
                                           const LogEmergency& operation,
                                           const std::optional<policy::Requester>& requester,
                                           const StateOverlay& state) {
  const ledger::AccessRequest& request = operation.request;
  if (requester) {
    return asked_for_it(operation, *requester) ? std::optional(requester->role) : std::nullopt;
  }
  if (request.organisation != context.submitter) return std::nullopt;
  const auto person = identity::PractitionerEntry::load(state, request.person);
  return person ? person->role : ledger::Role::kClinician;
}

/// A patient's log, and no organisation's own.
bool is_someones(const StateOverlay& state, const PatientId& log) {
  return identity::PatientEntry::load(state, log) || identity::is_erased(state, log);
}

bool is_release(const RecordDecision& decision) {
  return decision.reason == policy::Reason::kBreakGlass;
}

}  // namespace

identity::SignedOperation emergency_statement(const ChainId& chain,
                                              TimeMs time,
                                              const ledger::AccessRequest& request,
                                              BytesView operation) {
  return {chain, time, request.organisation, ledger::LogAccess::kType, request.patient, operation};
}

ledger::OperationResult execute(const OperationContext& context,
                                const LogEmergency& operation,
                                StateOverlay& state) {
  const bool listed =
      std::all_of(operation.reasons.begin(), operation.reasons.end(), [](std::uint8_t reason) {
        return policy::is_valid(static_cast<policy::Reason>(reason));
      });
  if (!listed) return {ResultCode::kInvalidReason, {}};
  const ResultCode noted = emergency::note_logged(context, operation, state);
  if (noted != ResultCode::kOk) return {noted, {}};
  AccessEntry entry;
  entry.request = operation.request;
  entry.emergency = operation;
  const auto requester = requester_of(context, operation, state);
  if (requester) entry.role = requester->role;
  entry.submitter = context.submitter;
  entry.time = context.block.time;
  entry.height = context.block.height;
  const PatientId& patient = operation.request.patient;
  const bool is_alive = identity::PatientEntry::load(state, patient).has_value();
  // Only the custodian's node has the keys; it answers for an erased patient's log, too.
  const bool is_custodians =
      is_someones(state, patient) && log_owner(state, patient) == context.submitter;
  bool has_unknown = false;
  for (std::size_t i = 0; i < operation.request.records.size(); ++i) {
    const RecordDecision decision = decision_of(operation, i);
    const bool is_here =
        is_alive && records::RecordEntry::load(state, patient, decision.record).has_value();
    // What was released and then erased was released all the same.
    const bool is_gone =
        is_custodians && (!is_alive || identity::is_erased(state, decision.record));
    const bool known = is_here || is_gone;
    if (known) entry.decisions.push_back(decision);
    has_unknown = has_unknown || !known;
  }
  if (!entry.decisions.empty()) append_access(context, state, patient, entry);
  const auto answering = is_custodians ? answering_role(context, operation, requester, state)
                                       : std::optional<ledger::Role>();
  if (answering && std::any_of(entry.decisions.begin(), entry.decisions.end(), is_release)) {
    emergency::note_released(context, operation, *answering, state);
  }
  // Its reasons are the submitter's own word: they tell it nothing.
  if (has_unknown || !is_custodians) {
    const bool released = std::find(operation.reasons.begin(),
                                    operation.reasons.end(),
                                    static_cast<std::uint8_t>(policy::Reason::kBreakGlass)) !=
                          operation.reasons.end();
    const auto reason = released ? policy::Reason::kBreakGlass : policy::Reason::kNotFound;
    append_access(context,
                  state,
                  organisation_log(context.submitter),
                  asked_entry(context, state, entry, reason));
  }
  return {};
}

}  // namespace galen::audit
