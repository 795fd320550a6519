#include "unit/rpc/block_events_fixture.h"

#include <gmock/gmock.h>

namespace galen::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(BlockEventsTest, EveryBlockComesToEveryMemberInOrder) {
  happenings_.append();
  happenings_.grant();
  for (const std::size_t hospital : {0U, 1U, 2U}) {
    std::uint64_t height = 0;
    for (const auto& event : events(hospital, from_start())) {
      if (event.kind() != v1::EVENT_BLOCK) continue;
      EXPECT_EQ(event.height(), ++height);
      EXPECT_EQ(event.index(), 0U);
      EXPECT_EQ(event.block().transactions(), 1U);
      EXPECT_EQ(event.block().operations(), 1U);
    }
    EXPECT_EQ(height, 2U);
  }
}

TEST_F(BlockEventsTest, TheCustodianSeesEverythingOfHisPatient) {
  happenings_.register_patient();
  happenings_.append();
  const GrantId grant = happenings_.grant();
  happenings_.deny_all();
  happenings_.revoke(grant);
  happenings_.access();
  happenings_.foreign_append();
  EXPECT_THAT(seen(0),
              ElementsAre(v1::EVENT_PATIENT_REGISTERED,
                          v1::EVENT_RECORD_APPENDED,
                          v1::EVENT_ACCESS_GRANTED,
                          v1::EVENT_ACCESS_DENIED,
                          v1::EVENT_GRANT_REVOKED,
                          v1::EVENT_ACCESS_DECIDED,
                          v1::EVENT_REJECTED));
  const auto all = events(0, from_start());
  EXPECT_EQ(all[5].operation().grant(), wire(grant));
  EXPECT_EQ(all.back().operation().type(), "AppendRecord");
  EXPECT_NE(all.back().operation().result(), 0U);
}

TEST_F(BlockEventsTest, AnotherHospitalSeesNothingButBlocks) {
  happenings_.register_patient();
  happenings_.append();
  happenings_.revoke(happenings_.grant());
  happenings_.access();
  EXPECT_THAT(seen(2), IsEmpty());
  for (const auto& event : events(2, from_start())) {
    EXPECT_EQ(event.SerializeAsString().find(wire(happenings_.ward().patient.id)),
              std::string::npos);
  }
}

TEST_F(BlockEventsTest, AnEmergencyIsToldToThePatientAndHisCustodian) {
  happenings_.emergency();
  const Kinds both{v1::EVENT_EMERGENCY_DECLARED, v1::EVENT_EMERGENCY_REVIEWED};
  EXPECT_EQ(seen(0), both);  // where its privacy officer watches
  EXPECT_EQ(seen(2, as_patient(2)), both);
  EXPECT_EQ(seen(1), both);  // what it declared, and what became of it
  EXPECT_THAT(seen(2), IsEmpty());
}

TEST_F(BlockEventsTest, WhoIsToldOfAnEmergencyIsToldWhoseAndWhy) {
  happenings_.emergency();
  auto told = events(2, as_patient(2));
  std::erase_if(told, [](const auto& event) { return !event.has_operation(); });
  ASSERT_EQ(told.size(), 2U);
  const v1::EmergencyEvent& declared = told[0].operation().emergency();
  EXPECT_EQ(declared.organisation(), wire(backend_.world.hospitals[1].id));
  EXPECT_EQ(declared.person().size(), AccountId::kSize);
  EXPECT_EQ(declared.reason(), "life-threatening");
  EXPECT_EQ(declared.to_ms() - declared.from_ms(), 3'600'000U);
  const v1::EmergencyEvent& reviewed = told[1].operation().emergency();
  EXPECT_EQ(reviewed.declaration(), declared.declaration());
  EXPECT_EQ(reviewed.organisation(), wire(backend_.world.hospitals[0].id));
  EXPECT_NE(reviewed.person(), declared.person());
  EXPECT_EQ(reviewed.outcome(), "justified");
}

TEST_F(BlockEventsTest, AReleaseIsToldAsTheLogHasIt) {
  happenings_.release();
  const auto told = told_of(v1::EVENT_EMERGENCY_RELEASED);
  EXPECT_EQ(told.organisation(), wire(backend_.world.hospitals[1].id));
  EXPECT_EQ(told.person(), wire(happenings_.ward().clinician.id));
  ASSERT_EQ(told.decisions_size(), 1);
  EXPECT_EQ(told.decisions(0).record(), wire(happenings_.ward().record));
  EXPECT_TRUE(told.decisions(0).permit());
  EXPECT_EQ(told.decisions(0).reason(), "break-glass");
}

TEST_F(BlockEventsTest, WhoseSignatureDoesNotStandIsNotNamedForARelease) {
  happenings_.release({.is_signed = false});
  const auto told = told_of(v1::EVENT_EMERGENCY_RELEASED);
  EXPECT_EQ(told.organisation(), wire(backend_.world.hospitals[0].id)) << "who brought it";
  EXPECT_EQ(told.person(), "");
  EXPECT_EQ(told.decisions_size(), 1);
}

/// R21: what became of another member's entry would tell it which records are there.
class ElsewhereTest : public BlockEventsTest, public ::testing::WithParamInterface<bool> {};

TEST_P(ElsewhereTest, AMemberIsToldOfItsOwnJournalWhatItSaidItself) {
  const bool is_there = GetParam();
  happenings_.release_elsewhere(is_there ? happenings_.ward().record : test::test_id<RecordId>(9),
                                false);
  auto told = events(2, from_start());
  std::erase_if(told,
                [](const auto& event) { return event.kind() != v1::EVENT_EMERGENCY_RELEASED; });
  ASSERT_EQ(told.size(), 1U);
  const v1::EmergencyEvent& event = told.front().operation().emergency();
  EXPECT_EQ(event.organisation(), wire(backend_.world.hospitals[2].id));
  EXPECT_EQ(event.decisions_size(), 0);
  EXPECT_EQ(event.person(), "");
}

INSTANTIATE_TEST_SUITE_P(ThereOrNot, ElsewhereTest, ::testing::Bool());

TEST_F(BlockEventsTest, ARefusedEmergencyTellsNothingOfIt) {
  happenings_.refused_emergency();
  auto told = events(2, as_patient(2));
  std::erase_if(told, [](const auto& event) { return !event.has_operation(); });
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind(), v1::EVENT_REJECTED);
  EXPECT_FALSE(told[0].operation().has_emergency());
}

TEST_F(BlockEventsTest, ALinkIsToldToBothCustodiansAndBothPatients) {
  const test::Party other = happenings_.link();
  const auto told = [&](std::size_t hospital, const v1::WatchRequest& request) {
    std::vector<std::string> subjects;
    for (const auto& event : events(hospital, request)) {
      if (event.kind() == v1::EVENT_RELATION_CHANGED)
        subjects.push_back(event.operation().subject());
    }
    return subjects;
  };
  EXPECT_THAT(told(0, from_start()), ElementsAre(wire(happenings_.ward().patient.id)));
  EXPECT_THAT(told(2, from_start()), ElementsAre(wire(other.id)));
  EXPECT_THAT(told(1, from_start()), IsEmpty());
  auto about = from_start();
  about.set_patient(wire(other.id));
  EXPECT_THAT(told(2, about), ElementsAre(wire(other.id)));
  about.set_patient(wire(happenings_.ward().patient.id));
  EXPECT_THAT(told(0, about), ElementsAre(wire(happenings_.ward().patient.id)));
  EXPECT_THAT(told(1, as_patient(1)), ElementsAre(wire(happenings_.ward().patient.id)));
}

TEST_F(BlockEventsTest, TheSubmitterLearnsWhetherButNotWhy) {
  happenings_.access();
  const auto own = events(1, from_start());
  ASSERT_EQ(own.size(), 2U);
  ASSERT_EQ(own[1].operation().access().decisions_size(), 1);
  EXPECT_FALSE(own[1].operation().access().decisions(0).permit());
  EXPECT_EQ(own[1].operation().access().decisions(0).reason(), "");

  const auto custodians = events(0, from_start());
  ASSERT_EQ(custodians.size(), 2U);
  const auto& access = custodians[1].operation().access();
  ASSERT_EQ(access.decisions_size(), 1);
  EXPECT_EQ(access.decisions(0).reason(), "no-consent");
  EXPECT_EQ(access.organisation(), wire(backend_.world.hospitals[1].id));
}

TEST_F(BlockEventsTest, DeniedAndUnknownLookTheSameToTheSubmitter) {
  happenings_.access();
  auto unknown = happenings_.ward().access();
  unknown.request.records = {test::test_id<RecordId>(77)};
  backend_.happen(unknown, backend_.world.hospitals[1], {happenings_.ward().sign(unknown)});
  const auto own = events(1, from_start());
  ASSERT_EQ(own.size(), 4U);
  auto denied = own[1].operation().access().decisions(0);
  auto missing = own[3].operation().access().decisions(0);
  denied.clear_record();
  missing.clear_record();
  EXPECT_EQ(denied.SerializeAsString(), missing.SerializeAsString());
  // The custodian has no entry of a record that is none.
  EXPECT_THAT(seen(0), ElementsAre(v1::EVENT_ACCESS_DECIDED));
}

TEST_F(BlockEventsTest, RecordsComeToAPersonWhoMayDiscoverThem) {
  const RecordId record = happenings_.append();
  EXPECT_THAT(seen(1, as_clinician()), IsEmpty());
  const GrantId grant = happenings_.grant();
  const auto permitted = events(1, as_clinician());
  ASSERT_EQ(permitted.size(), 3U) << "two blocks and the record, not the grant";
  EXPECT_EQ(permitted[1].operation().record(), wire(record));
  // What is old is judged by what holds now.
  happenings_.revoke(grant);
  EXPECT_THAT(seen(1, as_clinician()), IsEmpty());
}

TEST_F(BlockEventsTest, ThePatientSeesWhatIsHisThroughAnyHospital) {
  happenings_.register_patient();  // somebody else
  happenings_.append();
  happenings_.grant();
  happenings_.access();
  EXPECT_THAT(
      seen(2, as_patient(2)),
      ElementsAre(v1::EVENT_RECORD_APPENDED, v1::EVENT_ACCESS_GRANTED, v1::EVENT_ACCESS_DECIDED));
  EXPECT_EQ(events(2, as_patient(2)).back().operation().access().decisions(0).reason(), "grant");
}

TEST_F(BlockEventsTest, AnAuditorSeesAccessesWithReasonsAsFarAsDecideLetsHim) {
  const auto own =
      backend_.world.add_practitioner(backend_.world.hospitals[0], ledger::Role::kAuditor);
  const auto foreign =
      backend_.world.add_practitioner(backend_.world.hospitals[1], ledger::Role::kAuditor);
  happenings_.access();
  const auto audited = events(0, under_access(own, 0, "HOPERAT"));
  ASSERT_EQ(audited.size(), 2U);
  EXPECT_EQ(audited[1].operation().access().decisions(0).reason(), "no-consent");
  // Another hospital's auditor gets what his organisation submitted, without a reason.
  const auto others = events(1, under_access(foreign, 1, "HOPERAT"));
  ASSERT_EQ(others.size(), 2U);
  EXPECT_EQ(others[1].operation().access().decisions(0).reason(), "");
  const auto third =
      backend_.world.add_practitioner(backend_.world.hospitals[2], ledger::Role::kAuditor);
  EXPECT_THAT(seen(2, under_access(third, 2, "HOPERAT")), IsEmpty());
}

TEST_F(BlockEventsTest, APatientNeedsASignatureThatStandsAndAFreshNode) {
  auto forged = as_patient(1);
  forged.set_authorisation(as_patient(1).authorisation());
  EXPECT_EQ(collect(1, forged).error().code, ErrorCode::kUnauthenticated);
  // What he signed to see his grants opens no stream.
  const test::Party& patient = happenings_.ward().patient;
  auto for_grants = listing(patient, 1, "PATRQT");
  for_grants.request.records = {ledger::record_of(ledger::OwnQuery::kGrants)};
  auto grants = from_start();
  grants.set_request(wire(ledger::encode(ledger::Operation(for_grants))));
  grants.set_authorisation(
      wire(ledger::encode(sign(for_grants, patient, ledger::AuthorisationRole::kPatient))));
  EXPECT_EQ(collect(1, grants).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(collect(2, as_patient(1)).error().code, ErrorCode::kUnauthenticated);
  auto other = as_patient(1);
  other.set_patient(std::string(32, 'p'));
  EXPECT_EQ(collect(1, other).error().code, ErrorCode::kInvalidArgument);
  const auto request = as_patient(1);
  backend_.wall_clock = TimeMs{backend_.wall_clock.value + 120'000};
  EXPECT_EQ(collect(1, request).error().code, ErrorCode::kExpired);
  backend_.is_fresh = false;
  EXPECT_EQ(collect(1, request).error().code, ErrorCode::kUnavailable);
}

TEST_F(BlockEventsTest, AReplacedKeyOpensNothingAnyMore) {
  auto& world = backend_.world;
  happenings_.append();
  happenings_.grant();
  const test::Party& patient = happenings_.ward().patient;
  const auto patients = open_viewer(backend_, caller(1), as_patient(1));
  const auto clinicians = as_clinician();
  const auto readers = open_viewer(backend_, caller(1), clinicians);
  ASSERT_TRUE(patients && readers);
  const auto goes_on = [&](const EventViewer& viewer) {
    const auto snapshot = backend_.reader.snapshot();
    return EventSight::open(viewer, *snapshot, backend_.reader, backend_.now()).has_value();
  };
  EXPECT_TRUE(goes_on(*patients) && goes_on(*readers));
  const PublicKey next = test::test_key(900).public_key();
  auto person = identity::PatientEntry::load(world.state, patient.patient());
  person->signing_keys = {PublicKey{}, next};
  world.state.put(identity::PatientEntry::key(patient.patient()), person->encode());
  const AccountId& clinician = happenings_.ward().clinician.id;
  auto practitioner = identity::PractitionerEntry::load(world.state, clinician);
  practitioner->signing_keys = {PublicKey{}, next};
  world.state.put(identity::PractitionerEntry::key(clinician), practitioner->encode());
  EXPECT_FALSE(goes_on(*patients));
  EXPECT_FALSE(goes_on(*readers));
  EXPECT_EQ(collect(1, as_patient(1)).error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(collect(1, clinicians).error().code, ErrorCode::kNotFound);
}

TEST_F(BlockEventsTest, AnybodyElseNeedsACommittedAccess) {
  happenings_.append();
  happenings_.grant();
  const auto& clinician = happenings_.ward().clinician;
  auto access = listing(clinician, 1, "TREAT");
  access.request.records = {ledger::record_of(ledger::OwnQuery::kEvents)};
  auto request = from_start();
  request.set_request(wire(ledger::encode(ledger::Operation(access))));
  request.set_authorisation(
      wire(ledger::encode(sign(access, clinician, ledger::AuthorisationRole::kRequester))));
  EXPECT_EQ(collect(1, request).error().code, ErrorCode::kUnauthenticated)
      << "signed, not committed";
  request.set_access_tx_id(as_clinician().access_tx_id());
  EXPECT_EQ(collect(1, request).error().code, ErrorCode::kInvalidArgument) << "both";

  EXPECT_TRUE(collect(1, as_clinician()));
  EXPECT_EQ(collect(2, as_clinician()).error().code, ErrorCode::kNotFound) << "of another member";
  auto other = as_clinician();
  other.set_patient(std::string(32, 'p'));
  EXPECT_EQ(collect(1, other).error().code, ErrorCode::kInvalidArgument);
  const auto read = happenings_.ward().access();
  auto of_record = from_start();
  of_record.set_access_tx_id(
      wire(backend_.read(read, backend_.world.hospitals[1], {happenings_.ward().sign(read)})));
  EXPECT_EQ(collect(1, of_record).error().code, ErrorCode::kInvalidArgument)
      << "of records, no list";
  const auto last = as_clinician();
  backend_.wall_clock = TimeMs{backend_.wall_clock.value + 120'000};
  EXPECT_EQ(collect(1, last).error().code, ErrorCode::kExpired);
}

/// What was decided when nobody knew the patient stands in no log of his.
TEST_F(BlockEventsTest, AnAccessFromBeforeThePatientWasKnownShowsNothingOfHim) {
  test::HealthWorld& world = backend_.world;
  const test::Party& hospital = world.hospitals[0];
  const auto& clinician = happenings_.ward().clinician;
  const auto key = test::test_key(world.next_number());
  const auto registration = world.patient_operation(hospital, key);
  const test::Party patient{id_cast<AccountId>(registration.patient), key};
  const auto ask = [&] {
    auto access = listing(clinician, 1, "TREAT");
    access.request.patient = registration.patient;
    const auto authorisation = sign(access, clinician, ledger::AuthorisationRole::kRequester);
    auto request = from_start();
    request.set_access_tx_id(wire(backend_.read(access, world.hospitals[1], {authorisation})));
    return request;
  };
  const auto records = [&](const v1::WatchRequest& request) {
    const auto all = events(1, request);
    return std::count_if(all.begin(), all.end(), [](const auto& event) {
      return event.kind() == v1::EVENT_RECORD_APPENDED;
    });
  };
  happenings_.append();  // somebody else's, so that the heights begin
  const auto early = ask();
  ASSERT_EQ(backend_.happen(registration, hospital).code, ledger::ResultCode::kOk);
  world.must_give(ledger::GrantAccess{world.terms(patient, world.hospitals[1].id)}, patient);
  const auto record = world.record_operation(hospital, registration.patient);
  ASSERT_EQ(backend_.happen(record, hospital).code, ledger::ResultCode::kOk);
  EXPECT_EQ(records(early), 0);
  EXPECT_EQ(records(ask()), 1);
}

TEST_F(BlockEventsTest, ASuspendedAuditorsStreamEnds) {
  const auto auditor =
      backend_.world.add_practitioner(backend_.world.hospitals[0], ledger::Role::kAuditor);
  happenings_.access();
  const auto request = under_access(auditor, 0, "HOPERAT");
  EXPECT_TRUE(collect(0, request));
  auto entry = identity::PractitionerEntry::load(backend_.world.state, auditor.id);
  ASSERT_TRUE(entry);
  entry->set_status(ledger::AccountStatus::kSuspended, Height{1});
  backend_.world.state.put(identity::PractitionerEntry::key(auditor.id), entry->encode());
  EXPECT_EQ(collect(0, request).error().code, ErrorCode::kUnauthenticated);
}

TEST_F(BlockEventsTest, AListIsToldToThePatientAndHisCustodian) {
  const auto access = listing(happenings_.ward().clinician, 1, "TREAT");
  backend_.happen(access, backend_.world.hospitals[1], {happenings_.ward().sign(access)});
  for (const auto& told : {events(0, from_start()), events(2, as_patient(2))}) {
    ASSERT_EQ(told.size(), 2U);
    ASSERT_EQ(told[1].operation().access().decisions_size(), 1);
    EXPECT_EQ(told[1].operation().access().decisions(0).reason(), "listed");
    EXPECT_EQ(told[1].operation().access().action(), "DISCOVER");
  }
  EXPECT_THAT(seen(2), IsEmpty());
  const auto foreign =
      backend_.world.add_practitioner(backend_.world.hospitals[2], ledger::Role::kAuditor);
  EXPECT_THAT(seen(2, under_access(foreign, 2, "HOPERAT")), IsEmpty())
      << "he reads the log instead";
}

TEST_F(BlockEventsTest, FiltersByPatientAndKindLeaveTheBlocks) {
  const PatientId other = happenings_.register_patient();
  happenings_.append();
  happenings_.grant();
  auto request = from_start();
  request.set_patient(wire(other));
  EXPECT_THAT(seen(0, request), ElementsAre(v1::EVENT_PATIENT_REGISTERED));
  request = from_start();
  request.add_kinds(v1::EVENT_RECORD_APPENDED);
  EXPECT_THAT(seen(0, request), ElementsAre(v1::EVENT_RECORD_APPENDED));
  EXPECT_EQ(events(0, request).size(), 4U);
  request.add_kinds(v1::EVENT_HEARTBEAT);
  EXPECT_EQ(collect(0, request).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(BlockEventsTest, ErasedBodiesGiveNoEvent) {
  happenings_.append();
  auto& stored = backend_.reader.blocks.at(Height{1});
  auto transaction = *ledger::decode_transaction(stored.block.transactions[0]);
  auto& slot = transaction.operations[0];
  slot =
      ledger::operation_commitment(backend_.world.chain, 0, std::get<ledger::OperationBody>(slot));
  stored.block.transactions[0] = ledger::encode(transaction);
  EXPECT_THAT(seen(0), IsEmpty());
  EXPECT_EQ(events(0, from_start()).size(), 1U);
}

}  // namespace
}  // namespace galen::rpc
