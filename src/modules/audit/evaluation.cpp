#include "modules/audit/evaluation.h"

#include "modules/emergency/declarations.h"
#include "modules/identity/people.h"

namespace galen::audit {

namespace {

using execution::StateReader;
using identity::PatientEntry;
using identity::PractitionerEntry;
using ledger::AuthorisationRole;

bool is_subject(const ledger::AccessRequest& request) {
  return id_cast<PatientId>(request.person) == request.patient;
}

}  // namespace

PatientConsent::PatientConsent(const StateReader& state,
                               const PatientId& patient,
                               std::string_view purpose)
    : grants_(consent::list_grants(state, patient)) {
  const auto entry = PatientEntry::load(state, patient);
  context_.ever_granted = entry && entry->ever_granted;
  for (const auto& [id, grant] : grants_) context_.grants.push_back(grant.facts(id));
  if (purpose == policy::kBreakGlassPurpose) {
    context_.emergencies = emergency::emergencies_of(state, patient);
  }
}

policy::Decision PatientConsent::decide(const policy::PolicyTables& tables,
                                        const policy::Requester& requester,
                                        const records::RecordEntry& record,
                                        const policy::Request& request) const {
  return policy::decide(tables, requester, record.facts(), context_, request);
}

std::optional<policy::Requester> load_requester(const StateReader& state,
                                                const ledger::AccessRequest& request) {
  policy::Requester requester;
  requester.person = request.person;
  if (is_subject(request)) {
    if (!PatientEntry::load(state, request.patient)) return std::nullopt;
    requester.role = ledger::Role::kPatient;
    return requester;
  }
  const auto practitioner = PractitionerEntry::load(state, request.person);
  if (!practitioner || !practitioner->active) return std::nullopt;
  if (practitioner->organisation != request.organisation) return std::nullopt;
  const auto organisation = execution::OrganisationEntry::load(state, request.organisation);
  if (!organisation) return std::nullopt;
  requester.role = practitioner->role;
  requester.emergency_privilege = practitioner->emergency_privilege;
  requester.organisation = request.organisation;
  requester.kind = organisation->kind;
  requester.region = organisation->region;
  requester.organisation_active = organisation->active;
  return requester;
}

bool names_registered_recipient(const StateReader& state, const ledger::AccessRequest& request) {
  return identity::registered_agreement_key(state, request.person, request.patient) ==
         request.recipient_key;
}

std::optional<policy::Requester> authenticate(const StateReader& state,
                                              const ledger::AccessRequest& request,
                                              const identity::SignedOperation& signed_operation,
                                              const ledger::Authorisation& authorisation,
                                              execution::SignatureVerifier& signatures) {
  auto requester = load_requester(state, request);
  if (!requester || authorisation.account != request.person) return std::nullopt;
  std::vector<PublicKey> keys;
  if (requester->role == ledger::Role::kPatient) {
    if (authorisation.role != AuthorisationRole::kPatient) return std::nullopt;
    keys = PatientEntry::load(state, request.patient)->signing_keys;
  } else {
    const bool own_node = request.organisation == signed_operation.submitter;
    if (!own_node || authorisation.role != AuthorisationRole::kRequester) return std::nullopt;
    keys = PractitionerEntry::load(state, request.person)->signing_keys;
  }
  const auto code =
      identity::check_authorisation(signed_operation, authorisation, keys, signatures);
  return code == ledger::ResultCode::kOk ? requester : std::nullopt;
}

policy::Decision evaluate(const StateReader& state,
                          const ledger::Parameters& parameters,
                          const policy::Requester& requester,
                          const RecordName& name,
                          const policy::Request& request) {
  const policy::PolicyTables tables = policy::tables_of(parameters);
  // Staleness is tested first, for known and unknown records alike (PRIVACY.md 28).
  if (policy::is_stale(tables, request.purpose, request.state_age_ms)) {
    return {false, policy::Reason::kStaleState, std::nullopt, {}, {}};
  }
  const policy::Decision unknown{false, policy::Reason::kUnknownRecord, std::nullopt, {}, {}};
  if (!PatientEntry::load(state, name.patient)) return unknown;
  const auto entry = records::RecordEntry::load(state, name.patient, name.record);
  if (!entry) return unknown;
  return PatientConsent(state, name.patient, request.purpose)
      .decide(tables, requester, *entry, request);
}

policy::Request policy_request(const ledger::AccessRequest& request, const policy::Instant& at) {
  policy::Request result;
  result.purpose = request.purpose;
  result.action = request.action;
  result.project = request.project;
  result.at = at;
  return result;
}

}  // namespace galen::audit
