// One of everything that can happen, each in a block of its own, for tests of who sees it.
// Thread rule: one thread.
#pragma once

#include "unit/rpc/fake_backend.h"

#include <algorithm>
#include <string>
#include <tuple>

namespace galen::test {

/// What a hospital's journal of emergencies says of one request.
struct Journaled {
  policy::Reason reason = policy::Reason::kBreakGlass;
  std::string purpose = "BTG";
  bool by_patient = false;  ///< he asked through hospital 1, else its clinician did
  bool is_signed = true;    ///< by whoever asked
};

/// hospital 0 has the patient, hospital 1 the clinician who asks.
class Happenings {
 public:
  explicit Happenings(FakeBackend& backend) : backend_(backend), ward_(backend.world) {}

  [[nodiscard]] Ward& ward() { return ward_; }

  RecordId append() {
    const auto operation = world().record_operation(hospital(0), ward_.patient.patient());
    must(backend_.happen(operation, hospital(0)));
    return operation.record;
  }

  GrantId grant() { return give(ledger::GrantAccess{ward_.terms()}); }

  GrantId deny_all() { return give(world().deny_all(ward_.patient)); }

  void revoke(const GrantId& grant) {
    const ledger::RevokeAccess revoke{ward_.patient.patient(), grant, {}};
    must(backend_.happen(revoke, hospital(0), {signed_by_patient(revoke)}));
  }

  void access() {
    const auto access = ward_.access();
    must(backend_.happen(access, hospital(1), {ward_.sign(access)}));
  }

  PatientId register_patient() {
    const auto operation = world().patient_operation(hospital(0), test_key(world().next_number()));
    must(backend_.happen(operation, hospital(0)));
    return operation.patient;
  }

  /// The ward's clinician has no such privilege.
  void refused_emergency() {
    const auto declared = declaration(ward_.clinician);
    const auto result = backend_.happen(
        declared, hospital(1), {requested_by(declared, ward_.clinician, hospital(1))});
    CHECK(result.code == ledger::ResultCode::kNotPrivileged, "no privilege");
  }

  /// By a privileged clinician of hospital 1, whom a privacy officer of the patient's hospital
  /// reviews.
  void emergency() {
    const Party doctor = world().add_practitioner(hospital(1), ledger::Role::kClinician, true);
    const Party officer = world().add_practitioner(hospital(0), ledger::Role::kPrivacyOfficer);
    const auto declared = declaration(doctor);
    must(backend_.happen(declared, hospital(1), {requested_by(declared, doctor, hospital(1))}));
    const ledger::ReviewEmergency review{
        declared.patient, declared.declaration, officer.id, ledger::ReviewOutcome::kJustified};
    must(backend_.happen(review, hospital(0), {requested_by(review, officer, hospital(0))}));
  }

  /// The custodian's node opened the record without the chain, or refused it; once in a test.
  void release(const Journaled& told = {}) {
    tell(journaled(hospital(0), ward_.record, told), hospital(0), told);
  }

  /// Hospital 2 tells of a release by its own node, which has no key of this patient; with the
  /// clinician's signature when it got hold of one.
  void release_elsewhere(const RecordId& record, bool is_signed) {
    Journaled told;
    told.is_signed = is_signed;
    tell(journaled(hospital(2), record, told), hospital(2), told);
  }

  /// An entry of a journal of this hospital's, anchored.
  ledger::LogEmergency journaled(const Party& teller,
                                 const RecordId& record,
                                 const Journaled& told) {
    ledger::LogEmergency entry;
    entry.journal = test_id<JournalId>(world().next_number());
    entry.salt = test_id<Random32>(world().next_number());
    entry.declaration = test_id<DeclarationId>(world().next_number());
    entry.request = ward_.access().request;
    if (told.by_patient) entry.request.person = ward_.patient.id;
    entry.request.purpose = told.purpose;
    entry.request.records = {record};
    entry.reasons = {static_cast<std::uint8_t>(told.reason)};
    entry.state_height = world().height;
    entry.time = world().now;
    ledger::AnchorJournal anchor;
    anchor.organisation = teller.id;
    anchor.journal = entry.journal;
    anchor.head = ledger::journal_entry_hash(world().chain, entry);
    must(backend_.happen(anchor, teller));
    return entry;
  }

  /// With a patient of hospital 2, who agrees.
  Party link() {
    Party other = world().add_patient(hospital(2));
    ledger::LinkPatient link;
    std::tie(link.patient, link.other) = std::minmax({ward_.patient.patient(), other.patient()});
    must(backend_.happen(link,
                         hospital(0),
                         {world().sign(link,
                                       hospital(2),
                                       ledger::AuthorisationRole::kCustodian,
                                       {.sequence = ++sequence_, .submitter = hospital(0).id})}));
    return other;
  }

  /// Refused: the patient is not hospital 1's.
  void foreign_append() {
    const auto operation = world().record_operation(hospital(1), ward_.patient.patient());
    CHECK(backend_.happen(operation, hospital(1)).code == ledger::ResultCode::kNotCustodian,
          "another custodian's patient");
  }

 private:
  [[nodiscard]] HealthWorld& world() { return backend_.world; }

  [[nodiscard]] const Party& hospital(std::size_t i) { return backend_.world.hospitals[i]; }

  static void must(const ledger::OperationResult& result) {
    CHECK(result.code == ledger::ResultCode::kOk, ledger::name(result.code).data());
  }

  /// Brings it to the log, with the signature of whoever asked, or one by another key.
  void tell(const ledger::LogEmergency& entry, const Party& teller, const Journaled& told) {
    using ledger::AuthorisationRole;
    const Party& asker = told.by_patient ? ward_.patient : ward_.clinician;
    const Party forger{asker.id, teller.key};
    const auto role = told.by_patient ? AuthorisationRole::kPatient : AuthorisationRole::kRequester;
    const auto authorisation = world().sign(ledger::LogAccess{entry.request},
                                            told.is_signed ? asker : forger,
                                            role,
                                            {.submitter = hospital(1).id});
    must(backend_.happen(entry, teller, {authorisation}));
  }

  /// For an hour, by a person of hospital 1.
  ledger::DeclareEmergency declaration(const Party& person) {
    ledger::DeclareEmergency declared;
    declared.seed = test_id<Random32>(world().next_number());
    declared.person = person.id;
    declared.organisation = hospital(1).id;
    declared.patient = ward_.patient.patient();
    declared.from = world().now;
    declared.to = TimeMs{world().now.value + 3'600'000};
    declared.declaration = ledger::declaration_id(world().chain, declared);
    return declared;
  }

  ledger::Authorisation requested_by(const ledger::Operation& operation,
                                     const Party& person,
                                     const Party& at) {
    return world().sign(
        operation, person, ledger::AuthorisationRole::kRequester, {.submitter = at.id});
  }

  ledger::Authorisation signed_by_patient(const ledger::Operation& operation) {
    return world().sign(operation,
                        ward_.patient,
                        ledger::AuthorisationRole::kPatient,
                        {.sequence = ++sequence_, .submitter = hospital(0).id});
  }

  GrantId give(const ledger::Operation& operation) {
    const auto result = backend_.happen(operation, hospital(0), {signed_by_patient(operation)});
    must(result);
    return GrantId::from(result.detail);
  }

  FakeBackend& backend_;
  Ward ward_;
  std::uint64_t sequence_ = 1000;
};

}  // namespace galen::test
