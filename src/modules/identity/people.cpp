#include "modules/identity/people.h"

#include "base/limits.h"
#include "ledger/erasure_entries.h"
#include "modules/identity/entry.h"
#include "modules/identity/keys.h"
#include "modules/identity/proxies.h"

namespace galen::identity {

namespace {

using codec::Reader;
using codec::Writer;
using execution::OperationContext;
using execution::StateOverlay;
using execution::StateReader;
using ledger::KeyKind;
using ledger::OperationResult;
using ledger::ResultCode;
using ledger::StateKey;

/// Of a patient whose keys another put in place.
constexpr std::uint16_t kPassedHandsVersion = 2;

/// What both registrations check before keys: submitter, no stray authorisations, derived and fresh
/// id.
ResultCode check_registration(const OperationContext& context,
                              const StateReader& state,
                              const StateKey& key,
                              bool id_is_derived) {
  const ResultCode organisation = check_organisation(state, context.submitter);
  if (organisation != ResultCode::kOk) return organisation;
  if (!context.body.authorisations.empty()) return ResultCode::kBadAuthorisation;
  if (!id_is_derived) return ResultCode::kBadIdentifier;
  if (is_erased(state, key.tree.subject)) return ResultCode::kErased;
  return state.get(key) ? ResultCode::kAlreadyExists : ResultCode::kOk;
}

}  // namespace

ledger::AccountStatus PractitionerEntry::status() const {
  if (active) return ledger::AccountStatus::kActive;
  return revoked ? ledger::AccountStatus::kRevoked : ledger::AccountStatus::kSuspended;
}

Bytes PractitionerEntry::encode() const {
  Writer w;
  w.u16(standings.empty() ? kEntryVersion : kStandingVersion).raw(organisation).enumeration(role);
  w.boolean(emergency_privilege).enumeration(status());
  write_keys(w, signing_keys);
  w.raw(agreement_key).counter(registered);
  if (!standings.empty()) standings.write(w);
  return std::move(w).take();
}

Result<PractitionerEntry> PractitionerEntry::decode(BytesView bytes) {
  Reader r(bytes, "practitioner entry");
  const bool was_changed = read_entry_version(r, kStandingVersion);
  PractitionerEntry entry;
  entry.organisation = r.fixed<AccountId>();
  entry.role = read_code<ledger::Role>(r);
  entry.emergency_privilege = r.boolean();
  const auto status = read_code<ledger::AccountStatus>(r);
  entry.active = status == ledger::AccountStatus::kActive;
  entry.revoked = status == ledger::AccountStatus::kRevoked;
  entry.signing_keys = read_keys(r);
  entry.agreement_key = r.fixed<PublicKey>();
  entry.registered = r.counter<Height>();
  if (was_changed) entry.standings = Standings::read(r);
  if (!r.failed() && entry.standings.latest() != status)
    r.fail_with("status and its changes do not agree");
  GALEN_TRY_STATUS(r.finish());
  return entry;
}

void PractitionerEntry::set_status(ledger::AccountStatus status, Height height) {
  active = status == ledger::AccountStatus::kActive;
  revoked = status == ledger::AccountStatus::kRevoked;
  standings.add(height, status);
}

StateKey PractitionerEntry::key(const AccountId& practitioner) {
  return StateKey::clinical(id_cast<PatientId>(practitioner), KeyKind::kPractitioner, practitioner);
}

std::optional<PractitionerEntry> PractitionerEntry::load(const StateReader& state,
                                                         const AccountId& practitioner) {
  return load_entry<PractitionerEntry>(state, key(practitioner));
}

Bytes PatientEntry::encode() const {
  Writer w;
  w.u16(passed_hands ? kPassedHandsVersion : kEntryVersion).raw(custodian);
  write_keys(w, signing_keys);
  w.raw(agreement_key).enumeration(held_by).counter(registered);
  w.boolean(ever_granted).u32(grants).u32(denies);
  return std::move(w).take();
}

Result<PatientEntry> PatientEntry::decode(BytesView bytes) {
  Reader r(bytes, "patient entry");
  PatientEntry entry;
  entry.passed_hands = read_entry_version(r, kPassedHandsVersion);
  entry.custodian = r.fixed<AccountId>();
  entry.signing_keys = read_keys(r);
  entry.agreement_key = r.fixed<PublicKey>();
  entry.held_by = read_code<ledger::KeyHolder>(r);
  entry.registered = r.counter<Height>();
  entry.ever_granted = r.boolean();
  entry.grants = r.u32();
  entry.denies = r.u32();
  GALEN_TRY_STATUS(r.finish());
  return entry;
}

StateKey PatientEntry::key(const PatientId& patient) {
  return StateKey::clinical(patient, KeyKind::kPatient, patient);
}

std::optional<PatientEntry> PatientEntry::load(const StateReader& state, const PatientId& patient) {
  if (is_erased(state, patient)) return std::nullopt;
  return load_entry<PatientEntry>(state, key(patient));
}

std::optional<PublicKey> registered_agreement_key(const StateReader& state,
                                                  const AccountId& person,
                                                  const PatientId& patient) {
  if (id_cast<PatientId>(person) == patient) {
    const auto entry = PatientEntry::load(state, patient);
    return entry ? std::optional(entry->agreement_key) : std::nullopt;
  }
  if (const auto proxy = ProxyEntry::load(state, patient, person)) {
    return proxy->terms.keys.agreement_key;
  }
  const auto entry = PractitionerEntry::load(state, person);
  return entry ? std::optional(entry->agreement_key) : std::nullopt;
}

bool is_erased(const StateReader& state, const PatientId& subject) {
  return state.get(ledger::Tombstone::key(ledger::subject_path(subject))).has_value();
}

bool is_erased(const StateReader& state, const RecordId& record) {
  return state.get(ledger::Tombstone::key(ledger::record_path(record))).has_value();
}

ResultCode check_patient(const StateReader& state, const PatientId& patient) {
  if (is_erased(state, patient)) return ResultCode::kErased;
  return state.get(PatientEntry::key(patient)) ? ResultCode::kOk : ResultCode::kUnknownPatient;
}

ResultCode check_organisation(const StateReader& state, const AccountId& organisation) {
  const auto entry = execution::OrganisationEntry::load(state, organisation);
  if (!entry) return ResultCode::kUnknownOrganisation;
  return entry->active ? ResultCode::kOk : ResultCode::kOrganisationInactive;
}

OperationResult execute(const OperationContext& context,
                        const ledger::RegisterPractitioner& operation,
                        StateOverlay& state) {
  const AccountId& id = operation.practitioner;
  const StateKey key = PractitionerEntry::key(id);
  const bool derived =
      id == ledger::practitioner_id(context.block.chain, context.submitter, operation.seed);
  if (const auto code = check_registration(context, state, key, derived); code != ResultCode::kOk) {
    return {code, {}};
  }
  // These two roles are earned by being the patient or by the patient's authorisation only.
  if (operation.role == ledger::Role::kPatient || operation.role == ledger::Role::kProxy) {
    return {ResultCode::kNotAuthorised, {}};
  }
  if (!possesses_keys(context, id, operation)) {
    return {ResultCode::kBadPossession, {}};
  }
  PractitionerEntry entry;
  entry.organisation = context.submitter;
  entry.role = operation.role;
  entry.emergency_privilege = operation.emergency_privilege;
  entry.signing_keys = {operation.signing_key};
  entry.agreement_key = operation.agreement_key;
  entry.registered = context.block.height;
  put_entry(context, state, key, entry.encode());
  return {};
}

OperationResult execute(const OperationContext& context,
                        const ledger::RegisterPatient& operation,
                        StateOverlay& state) {
  const StateKey key = PatientEntry::key(operation.patient);
  const bool derived = operation.patient ==
                       ledger::patient_id(context.block.chain, context.submitter, operation.seed);
  if (const auto code = check_registration(context, state, key, derived); code != ResultCode::kOk) {
    return {code, {}};
  }
  if (!possesses_keys(context, id_cast<AccountId>(operation.patient), operation)) {
    return {ResultCode::kBadPossession, {}};
  }
  PatientEntry entry;
  entry.custodian = context.submitter;
  entry.signing_keys = {operation.signing_key};
  entry.agreement_key = operation.agreement_key;
  entry.held_by = operation.held_by;
  entry.registered = context.block.height;
  put_entry(context, state, key, entry.encode());
  return {};
}

}  // namespace galen::identity
