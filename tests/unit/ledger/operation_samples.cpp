#include "samples.h"

namespace galen::ledger::samples {

namespace {

const auto kPatient = pattern<PatientId>(0x10);
const auto kAccount = pattern<AccountId>(0x10);
const auto kPractitioner = pattern<AccountId>(0x80);
const auto kOrganisation = pattern<AccountId>(0x72);
constexpr TimeMs kTime{1'760'000'000'000};
constexpr TimeMs kLater{1'770'000'000'000};

NewKey new_key(std::uint8_t first, std::uint16_t index) {
  return NewKey{fixed_key(first), index, fixed_key(first + 1), fixed_signature(0x41)};
}

PersonKeys person_keys() {
  return PersonKeys{fixed_key(0x51), fixed_key(0x52), fixed_signature(0x42), fixed_signature(0x43)};
}

void add_identity(std::vector<Operation>& list) {
  list.push_back(RotateKey{kOrganisation, KeyUse::kSigning, new_key(0x44, 2)});
  list.push_back(
      Suspend{kOrganisation, AccountStatus::kRevoked, SuspensionReason::kMisconduct, 3, kLater});
  RotatePersonKey rotate{kAccount, new_key(0x46, 1), new_key(0x48, 0), KeyHolder::kPatient};
  rotate.signing->replaces.reset();
  list.push_back(rotate);
  list.push_back(
      SuspendPractitioner{kPractitioner, AccountStatus::kActive, SuspensionReason::kResolved});
}

void add_recovery(std::vector<Operation>& list) {
  const auto recovery = pattern<RecoveryId>(0x53);
  list.push_back(set_recovery());
  list.push_back(RequestRecovery{kAccount, recovery, person_keys(), KeyHolder::kCustodian});
  list.push_back(VetoRecovery{kAccount, recovery});
  list.push_back(CompleteRecovery{kAccount, recovery});
}

void add_relations(std::vector<Operation>& list) {
  const auto other = pattern<PatientId>(0x11);
  list.push_back(authorize_proxy());
  list.push_back(LinkPatient{kPatient, other});
  list.push_back(UnlinkPatient{kPatient, other, UnlinkReason::kPatientRequest});
  list.push_back(RevokeProxy{kPatient, pattern<AccountId>(0x56), ledger::RevocationReason{3}});
}

void add_groups(std::vector<Operation>& list) {
  const auto group = pattern<AccountId>(0x57);
  const auto member = pattern<AccountId>(0x73);
  DefineGroup define{
      group, pattern<Random32>(0x58), GroupKind::kProject, "asthma-cohort-2", {}, {}, {}};
  define.document = pattern<Digest>(0x59);
  define.organisations = {kOrganisation, member};
  define.ends = kLater;
  list.push_back(define);
  UpdateGroup update{group, 2, {member}, {kOrganisation}, pattern<Digest>(0x5a), kLater};
  list.push_back(update);
  list.push_back(ChangeMembership{kPractitioner, group, 3, true});
}

void add_records(std::vector<Operation>& list) {
  list.push_back(replace_record());
  list.push_back(RetractRecord{kPatient, pattern<RecordId>(1), RecordChange::kDuplicate});
}

void add_emergency(std::vector<Operation>& list) {
  list.push_back(declare_emergency());
  list.push_back(anchor_journal());
  list.push_back(ReviewEmergency{kPatient,
                                 declare_emergency().declaration,
                                 pattern<AccountId>(0x5f),
                                 ReviewOutcome::kUnjustified});
  list.push_back(log_emergency());
  list.push_back(AnchorJournalReceipt{
      kOrganisation, pattern<JournalId>(0x5b), 12, pattern<Digest>(0x60), fixed_signature(0x44)});
}

void add_audit(std::vector<Operation>& list) {
  const auto person = pattern<AccountId>(0x71);
  list.push_back(LogAuditRead{pattern<RequestId>(0x61),
                              kPatient,
                              person,
                              kOrganisation,
                              "HOPERAT",
                              kTime,
                              kLater,
                              TimeMs{kLater.value + 60'000}});
  list.push_back(LogAdministration{pattern<RequestId>(0x62),
                                   kPatient,
                                   person,
                                   kOrganisation,
                                   AdministrativeAct::kExport,
                                   "PATRQT",
                                   {pattern<RecordId>(1), pattern<RecordId>(2)},
                                   pattern<AccountId>(0x74),
                                   kTime});
}

void add_erasure(std::vector<Operation>& list) {
  const auto request = pattern<ErasureId>(0x63);
  const auto path = pattern<SubjectPath>(0x64);
  list.push_back(ErasePatient{
      request, path, ErasureScope::kPatient, ErasureBasis::kRetentionEnded, 10'001, kLater});
  list.push_back(
      EraseRecord{request, path, pattern<RecordPath>(0x65), ErasureBasis::kWrongPatient, 4});
  list.push_back(attest_erasure());
  list.push_back(request_erasure());
  list.push_back(place_hold());
  list.push_back(LiftHold{kPatient, place_hold().hold});
  list.push_back(WithdrawErasure{request_erasure().request, kPatient});
}

}  // namespace

SetRecovery set_recovery() {
  SetRecovery v;
  v.account = kAccount;
  v.guardians = {
      Guardian{pattern<AccountId>(0x54), GuardianKey{fixed_key(0x55), fixed_signature(0x45)}},
      Guardian{kOrganisation, std::nullopt}};
  v.threshold = 2;
  v.cooling_off_ms = 259'200'000;
  return v;
}

AuthorizeProxy authorize_proxy() {
  AuthorizeProxy v;
  v.patient = kPatient;
  v.proxy = pattern<AccountId>(0x56);
  v.keys = person_keys();
  v.kind = ProxyKind::kAttorney;
  v.purposes = {"FAMRQT", "PWATRNY"};
  v.may_grant = true;
  v.from = kTime;
  v.to = kLater;
  v.excluded_labels = {"PSY", "SEX"};
  v.labels_key_id = 4;
  v.attested_by = kOrganisation;
  return v;
}

ReplaceRecord replace_record() {
  return ReplaceRecord{
      pattern<RecordId>(9), append_record(), RecordChange::kCorrection, RecordChange::kRelabelled};
}

DeclareEmergency declare_emergency() {
  DeclareEmergency v;
  v.declaration = pattern<DeclarationId>(0x5c);
  v.seed = pattern<Random32>(0x5d);
  v.person = pattern<AccountId>(0x71);
  v.organisation = kOrganisation;
  v.patient = kPatient;
  v.reason = EmergencyReason::kUnableToConsent;
  v.scope = EmergencyScope::kRecords;
  v.records = {pattern<RecordId>(1), pattern<RecordId>(2)};
  v.from = kTime;
  v.to = TimeMs{kTime.value + 14'400'000};
  return v;
}

AnchorJournal anchor_journal() {
  AnchorJournal v;
  v.organisation = kOrganisation;
  v.journal = pattern<JournalId>(0x5b);
  v.first = 1;
  v.last = 12;
  v.head = pattern<Digest>(0x5e);
  v.lost = pattern<JournalId>(0x5f);
  return v;
}

LogEmergency log_emergency() {
  LogEmergency v;
  v.journal = pattern<JournalId>(0x5b);
  v.number = 12;
  v.previous = pattern<Digest>(0x60);
  v.salt = pattern<Random32>(0x61);
  v.declaration = declare_emergency().declaration;
  v.request = log_access().request;
  v.reasons = {5, 45};
  v.state_height = Height{77};
  v.time = kTime;
  return v;
}

RequestErasure request_erasure() {
  RequestErasure v;
  v.request = pattern<ErasureId>(0x63);
  v.seed = pattern<Random32>(0x66);
  v.patient = kPatient;
  v.scope = ErasureScope::kRecord;
  v.record = pattern<RecordId>(1);
  v.basis = ErasureBasis::kWrongPatient;
  return v;
}

AttestErasure attest_erasure() {
  AttestErasure v;
  v.order = pattern<TxId>(0x67);
  v.operation = 1;
  v.node = kOrganisation;
  v.phase = ErasurePhase::kBytes;
  v.retained = {
      Retained{RetainedItem::kAuditCompartment, RetentionReason::kRetentionPeriod, kLater},
      Retained{RetainedItem::kKeyringBackup, RetentionReason::kBackupExpiry, kTime}};
  v.time = kTime;
  return v;
}

PlaceHold place_hold() {
  PlaceHold v;
  v.hold = pattern<HoldId>(0x68);
  v.seed = pattern<Random32>(0x69);
  v.patient = kPatient;
  v.scope = HoldScope::kRecords;
  v.records = {pattern<RecordId>(1)};
  v.basis = HoldBasis::kLitigation;
  v.authority = pattern<AccountId>(0x73);
  v.document = pattern<Digest>(0x6a);
  v.until = kLater;
  return v;
}

std::vector<Operation> operations() {
  std::vector<Operation> list = first_operations();
  add_identity(list);
  add_recovery(list);
  add_relations(list);
  add_groups(list);
  add_records(list);
  add_emergency(list);
  add_audit(list);
  add_erasure(list);
  return list;
}

}  // namespace galen::ledger::samples
