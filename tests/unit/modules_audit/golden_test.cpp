// The state values of modules/ are frozen: their bytes are compared with files that were written
// once. A new format gets its file by running this test with GALEN_WRITE_GOLDEN=1, which writes
// only missing files.
#include "base/hex.h"
#include "modules/audit/statement.h"
#include "modules/identity/recovery_entries.h"
#include "support/health_world.h"
#include "support/paths.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace galen {
namespace {

using test::test_id;
using test::test_key;

const std::filesystem::path kFolder = galen::test::source_dir() + "/tests/golden/modules";

ledger::GrantTerms terms() {
  ledger::GrantTerms t;
  t.patient = test_id<PatientId>(1);
  t.grantee = {ledger::GranteeKind::kOrganisation, test_id<AccountId>(2)};
  t.purposes = {"HRESCH", "TREAT"};
  t.labels = {"HIV"};
  t.valid_from = TimeMs{1000};
  t.valid_to = TimeMs{2000};
  t.policy = test_id<Digest>(3);
  t.max_uses = 5;
  return t;
}

consent::GrantEntry grant() {
  consent::GrantEntry entry;
  entry.terms = terms();
  entry.grantor = {ledger::AuthorisationRole::kPatient, test_id<AccountId>(1)};
  entry.sequence = 7;
  entry.submitter = test_id<AccountId>(4);
  entry.created = TimeMs{1234};
  entry.height = Height{9};
  entry.uses_left = 4;
  return entry;
}

consent::GrantEntry ended_deny() {
  consent::GrantEntry entry = grant();
  entry.effect = ledger::Effect::kDeny;
  entry.status = policy::GrantStatus::kSuperseded;
  entry.ended_at = TimeMs{1500};
  entry.terms.max_uses.reset();
  entry.uses_left.reset();
  return entry;
}

identity::PatientEntry patient() {
  identity::PatientEntry entry;
  entry.custodian = test_id<AccountId>(2);
  entry.signing_keys = {test_key(1).public_key()};
  entry.agreement_key = test_key(2).public_key();
  entry.held_by = ledger::KeyHolder::kPatient;
  entry.registered = Height{3};
  entry.ever_granted = true;
  entry.grants = 2;
  entry.denies = 1;
  return entry;
}

identity::PatientEntry handed_over_patient() {
  identity::PatientEntry entry = patient();
  entry.held_by = ledger::KeyHolder::kPatient;
  entry.passed_hands = true;
  return entry;
}

identity::PractitionerEntry practitioner() {
  identity::PractitionerEntry entry;
  entry.organisation = test_id<AccountId>(2);
  entry.role = ledger::Role::kResearcher;
  entry.emergency_privilege = true;
  entry.signing_keys = {test_key(1).public_key(), PublicKey{}};
  entry.agreement_key = test_key(2).public_key();
  entry.registered = Height{3};
  return entry;
}

consent::GrantEntry group_grant() {
  consent::GrantEntry entry = grant();
  entry.terms.grantee.kind = ledger::GranteeKind::kProject;
  entry.terms.follow = true;
  entry.group_version = 12;
  return entry;
}

groups::GroupEntry group() {
  groups::GroupEntry entry;
  entry.steward = test_id<AccountId>(2);
  entry.kind = ledger::GroupKind::kProject;
  entry.name = "tumour-board";
  entry.document = test_id<Digest>(3);
  entry.version = 4;
  entry.height = Height{9};
  entry.ends = TimeMs{2000};
  entry.organisations[test_id<AccountId>(2)] = {{1, 3}, {4, std::nullopt}};
  return entry;
}

groups::GroupEntry changed_group() {
  groups::GroupEntry entry = group();
  entry.past = {{2, Height{5}, std::nullopt}, {3, Height{7}, TimeMs{3000}}};
  return entry;
}

records::RecordEntry record() {
  records::RecordEntry entry;
  entry.record.record = test_id<RecordId>(5);
  entry.record.patient = test_id<PatientId>(1);
  entry.record.mime_type = "application/fhir+json";
  entry.record.labels = {"PSY"};
  entry.custodian = test_id<AccountId>(2);
  entry.status = ledger::RecordStatus::kSuperseded;
  entry.appended = TimeMs{1234};
  entry.height = Height{9};
  return entry;
}

records::RecordEntry linked_record() {
  records::RecordEntry entry = record();
  entry.status = ledger::RecordStatus::kEnteredInError;
  entry.origin = records::RecordOrigin{test_id<RecordId>(15),
                                       ledger::RecordChange::kCorrection,
                                       ledger::RecordChange::kRelabelled,
                                       {test_id<RecordId>(14)}};
  entry.succeeded = records::RecordSuccession{test_id<RecordId>(16), TimeMs{1300}, Height{10}};
  entry.retracted =
      records::RecordRetraction{ledger::RecordChange::kLegal, TimeMs{1400}, Height{11}};
  return entry;
}

audit::AccessEntry access() {
  audit::AccessEntry entry;
  entry.request.request = test_id<RequestId>(6);
  entry.request.person = test_id<AccountId>(7);
  entry.request.organisation = test_id<AccountId>(2);
  entry.request.patient = test_id<PatientId>(1);
  entry.request.records = {test_id<RecordId>(5)};
  entry.request.purpose = "TREAT";
  entry.request.recipient_key = test_key(1).public_key();
  entry.request.expiry = TimeMs{2000};
  entry.role = ledger::Role::kClinician;
  entry.submitter = test_id<AccountId>(2);
  entry.time = TimeMs{1500};
  entry.height = Height{10};
  entry.decisions = {{test_id<RecordId>(5),
                      policy::Reason::kGrant,
                      test_id<GrantId>(8),
                      {"42cfr2-notice", "erase-by=2026-06-30T00:00:00Z"}}};
  return entry;
}

ledger::DeclareEmergency declaration() {
  ledger::DeclareEmergency operation;
  operation.declaration = test_id<DeclarationId>(20);
  operation.seed = test_id<Random32>(21);
  operation.person = test_id<AccountId>(7);
  operation.organisation = test_id<AccountId>(2);
  operation.patient = test_id<PatientId>(1);
  operation.scope = ledger::EmergencyScope::kRecords;
  operation.records = {test_id<RecordId>(5)};
  operation.from = TimeMs{1000};
  operation.to = TimeMs{2000};
  return operation;
}

audit::AccessEntry late_access() {
  audit::AccessEntry entry = access();
  entry.request.purpose = "BTG";
  ledger::LogEmergency late;
  late.journal = test_id<JournalId>(22);
  late.number = 2;
  late.previous = test_id<Digest>(23);
  late.salt = test_id<Random32>(24);
  late.declaration = test_id<DeclarationId>(20);
  late.request = entry.request;
  late.reasons = {static_cast<std::uint8_t>(policy::Reason::kBreakGlass)};
  late.state_height = Height{9};
  late.time = TimeMs{1400};
  entry.emergency = late;
  entry.decisions = {{test_id<RecordId>(5),
                      policy::Reason::kBreakGlass,
                      std::nullopt,
                      {"notify-patient", "review"}}};
  return entry;
}

emergency::JournalPlace place() {
  emergency::JournalPlace value;
  value.journal = test_id<JournalId>(22);
  value.number = 2;
  value.entry = test_id<Digest>(25);
  value.logged = true;
  value.receipt = test_id<Digest>(26);
  value.receipt_of = test_id<AccountId>(4);
  return value;
}

std::map<std::string, Bytes> emergency_formats() {
  const emergency::DeclarationEntry declared{
      declaration(), ledger::Role::kClinician, TimeMs{1100}, Height{8}, true};
  const emergency::ReviewEntry review{{test_id<PatientId>(1),
                                       test_id<DeclarationId>(20),
                                       test_id<AccountId>(27),
                                       ledger::ReviewOutcome::kUnjustified},
                                      test_id<AccountId>(2),
                                      ledger::Role::kPrivacyOfficer,
                                      TimeMs{1200},
                                      Height{9},
                                      true};
  const emergency::JournalEntry journal{test_id<AccountId>(2),
                                        7,
                                        test_id<Digest>(25),
                                        6,
                                        TimeMs{1300},
                                        test_id<JournalId>(28),
                                        std::nullopt};
  return {{"access_late", late_access().encode()},
          {"declaration", declared.encode()},
          {"review", review.encode()},
          {"unreviewed",
           emergency::UnreviewedEntry{test_id<PatientId>(1), test_id<AccountId>(7), TimeMs{1100}}
               .encode()},
          {"emergency_quota",
           emergency::OrganisationEmergencies{test_id<JournalId>(22), 1, 3}.encode()},
          {"journal", journal.encode()},
          {"journal_place", place().encode()},
          {"waiting_receipts", emergency::WaitingReceipts{5}.encode()}};
}

audit::Statement statement() {
  audit::Statement made;
  made.range = {audit::RangeUnit::kTime, 1000, 2000};
  made.state.header.chain = test_id<ChainId>(1);
  made.state.header.height = Height{12};
  made.state.certificate.subject = {
      Epoch{0}, ledger::VoteType::kCommit, View{1}, Height{12}, test_id<BlockHash>(2)};
  made.state.key = audit::access_range_key(test_id<PatientId>(1));
  made.state.main_path.siblings = {test_id<Digest>(3)};
  made.first = 4;
  made.entries = {access().encode(), access().encode()};
  made.path = {test_id<Digest>(9), test_id<Digest>(10)};
  return made;
}

/// Signatures of the operation do not matter here: zero possessions.
identity::ProxyEntry proxy() {
  identity::ProxyEntry entry;
  entry.terms.patient = test_id<PatientId>(1);
  entry.terms.proxy = test_id<AccountId>(9);
  entry.terms.keys.signing_key = test_key(3).public_key();
  entry.terms.keys.agreement_key = test_key(4).public_key();
  entry.terms.purposes = {"FAMRQT"};
  entry.terms.from = TimeMs{1000};
  entry.terms.to = TimeMs{2000};
  entry.terms.excluded_labels = {"SEX"};
  entry.terms.attested_by = test_id<AccountId>(2);
  entry.by_patient = true;
  entry.authorised = TimeMs{1200};
  entry.height = Height{12};
  entry.revoked_at = TimeMs{1800};
  entry.reason = ledger::RevocationReason::kEnteredInError;
  return entry;
}

identity::LinkEntry link() {
  identity::LinkEntry entry;
  entry.submitter = test_id<AccountId>(2);
  entry.other_custodian = test_id<AccountId>(4);
  entry.linked = TimeMs{1300};
  entry.height = Height{13};
  entry.unlinked_at = TimeMs{1900};
  entry.reason = ledger::UnlinkReason::kPatientRequest;
  return entry;
}

identity::RecoveryEntry recovery() {
  identity::RecoveryEntry entry;
  entry.set.account = test_id<AccountId>(1);
  entry.set.guardians = {{test_id<AccountId>(2), std::nullopt}};
  entry.set.threshold = 1;
  entry.set.cooling_off_ms = 1000;
  entry.time = TimeMs{1400};
  entry.height = Height{14};
  return entry;
}

identity::RecoveryRequestEntry recovery_request() {
  identity::RecoveryRequestEntry entry;
  entry.request.account = test_id<AccountId>(1);
  entry.request.recovery = test_id<RecoveryId>(10);
  entry.request.keys.signing_key = test_key(5).public_key();
  entry.request.keys.agreement_key = test_key(6).public_key();
  entry.status = identity::RecoveryStatus::kVetoed;
  entry.requested = TimeMs{1500};
  entry.ready = TimeMs{2500};
  entry.height = Height{15};
  return entry;
}

identity::BallotEntry ballot() {
  identity::BallotEntry entry;
  entry.status = ledger::AccountStatus::kSuspended;
  entry.changes = 1;
  entry.standings.add(Height{9}, ledger::AccountStatus::kSuspended);
  entry.votes[test_id<AccountId>(2)] = {
      ledger::AccountStatus::kActive, ledger::SuspensionReason::kResolved, TimeMs{1600}};
  return entry;
}

identity::PractitionerEntry suspended_practitioner() {
  auto entry = practitioner();
  entry.set_status(ledger::AccountStatus::kSuspended, Height{9});
  entry.set_status(ledger::AccountStatus::kActive, Height{9});
  entry.set_status(ledger::AccountStatus::kSuspended, Height{12});
  return entry;
}

audit::AccessEntry act_entry(audit::LogAct act) {
  audit::AccessEntry entry;
  entry.request =
      std::visit([](const auto& done) { return audit::request_of(done); }, act.operation);
  entry.role = ledger::Role::kPrivacyOfficer;
  entry.submitter = test_id<AccountId>(2);
  entry.time = TimeMs{1500};
  entry.height = Height{10};
  entry.act = std::move(act);
  return entry;
}

std::map<std::string, Bytes> act_formats() {
  const ledger::LogAuditRead read{test_id<RequestId>(6),
                                  test_id<PatientId>(1),
                                  test_id<AccountId>(7),
                                  test_id<AccountId>(2),
                                  "HOPERAT",
                                  TimeMs{1000},
                                  TimeMs{1400},
                                  TimeMs{2000}};
  const ledger::LogAdministration act{test_id<RequestId>(6),
                                      test_id<PatientId>(1),
                                      test_id<AccountId>(7),
                                      test_id<AccountId>(2),
                                      ledger::AdministrativeAct::kExport,
                                      "HRESCH",
                                      {test_id<RecordId>(5)},
                                      test_id<AccountId>(3),
                                      TimeMs{1450}};
  audit::AccessEntry asked = act_entry({act});
  asked.act.reset();
  asked.request = {};
  asked.request.person = test_id<AccountId>(7);
  asked.request.organisation = test_id<AccountId>(2);
  asked.request.purpose = "TREAT";
  asked.asked = audit::Asked{ledger::OperationType::kLogAccess,
                             test_id<TxId>(8),
                             1,
                             test_id<Digest>(9),
                             policy::Reason::kNotFound};
  audit::AccessEntry asked_act = asked;
  asked_act.asked->type = ledger::OperationType::kLogAdministration;
  asked_act.asked->reason.reset();
  asked_act.asked->told = audit::Asked::Told{act.act, act.recipient, act.time};
  audit::AccessEntry asked_release = asked;
  asked_release.asked->type = ledger::OperationType::kLogEmergency;
  asked_release.asked->reason = policy::Reason::kBreakGlass;
  asked_release.asked->release = audit::Asked::Release{test_id<JournalId>(3), 4, TimeMs{1400}};
  return {{"access_read", act_entry({read, policy::Reason::kOwnRecord}).encode()},
          {"access_act", act_entry({act}).encode()},
          {"access_asked", asked.encode()},
          {"access_asked_act", asked_act.encode()},
          {"access_asked_release", asked_release.encode()},
          {"read_outcome", audit::ReadOutcome{true}.encode()}};
}

std::map<std::string, Bytes> formats() {
  crypto::MerkleFrontier range;
  for (std::uint64_t i = 0; i < 3; ++i) range.append(test_id<Digest>(i));
  const consent::RevocationEntry revocation{
      {ledger::AuthorisationRole::kCustodian, test_id<AccountId>(2)},
      ledger::RevocationReason{3},
      TimeMs{1600},
      Height{11}};
  std::map<std::string, Bytes> formats = {
      {"patient", patient().encode()},
      {"patient_passed_hands", handed_over_patient().encode()},
      {"practitioner", practitioner().encode()},
      {"practitioner_suspended", suspended_practitioner().encode()},
      {"proxy", proxy().encode()},
      {"proxy_revocation",
       identity::ProxyRevocation{ledger::RevocationReason{3}, TimeMs{1600}, Height{11}}.encode()},
      {"link", link().encode()},
      {"recovery", recovery().encode()},
      {"recovery_request", recovery_request().encode()},
      {"ballot", ballot().encode()},
      {"ballot_outcome", identity::BallotOutcome{true, 2, 3}.encode()},
      {"record", record().encode()},
      {"record_linked", linked_record().encode()},
      {"grant_group", group_grant().encode()},
      {"group", group().encode()},
      {"group_past", changed_group().encode()},
      {"membership", groups::MembershipEntry{{{2, 5}, {7, std::nullopt}}}.encode()},
      {"grant", grant().encode()},
      {"grant_ended_deny", ended_deny().encode()},
      {"revocation", revocation.encode()},
      {"sequence", consent::SequenceEntry{7}.encode()},
      {"access", access().encode()},
      {"access_range", audit::encode_access_range(range)},
      {"request", audit::encode_request_index(12)},
      {"statement", audit::encode(statement())},
      {"access_outcome", audit::AccessOutcome{{true, false}}.encode()}};
  formats.merge(emergency_formats());
  formats.merge(act_formats());
  return formats;
}

/// Lines of 32 bytes.
std::string lines(BytesView bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 32) {
    text += to_hex(bytes.subspan(i, std::min<std::size_t>(32, bytes.size() - i))) + "\n";
  }
  return text;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(StateValues, EveryFormatKeepsItsBytes) {
  for (const auto& [name, bytes] : formats()) {
    const auto path = kFolder / (name + ".hex");
    if (!std::filesystem::exists(path) && std::getenv("GALEN_WRITE_GOLDEN") != nullptr) {
      std::ofstream(path) << lines(bytes);
      ADD_FAILURE() << "written, review and commit: " << path;
      continue;
    }
    EXPECT_EQ(content(path), lines(bytes)) << name;
  }
}

TEST(StateValues, FilesAndFormatsAreTheSame) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".hex") continue;
    ++files;
    EXPECT_TRUE(formats().contains(entry.path().stem().string())) << entry.path();
  }
  EXPECT_EQ(files, formats().size());
}

}  // namespace
}  // namespace galen
