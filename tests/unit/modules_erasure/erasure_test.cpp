// Every rule of orders, holds and attestations, and every refusal (PRIVACY.md 12, 13, 20).
#include "base/limits.h"
#include "modules/emergency/declarations.h"
#include "modules/identity/links.h"
#include "support/strict_codec.h"
#include "unit/modules_erasure/erasures_fixture.h"

namespace galen::erasure {
namespace {

TEST_F(Erasures, AnOrderNeedsItsRequest) {
  const auto asked = request();
  EXPECT_EQ(alone(order(asked)), ResultCode::kUnknownRequest);
  ASSERT_EQ(by_patient(asked), ResultCode::kOk);
  auto wrong = order(asked);
  wrong.path = test_id<SubjectPath>(1);
  EXPECT_EQ(alone(wrong), ResultCode::kUnknownRequest);
  wrong = order(asked);
  wrong.basis = ErasureBasis::kUnlawful;
  EXPECT_EQ(alone(wrong), ResultCode::kUnknownRequest);
  wrong = order(asked);
  wrong.scope = ErasureScope::kAudit;
  wrong.audit_until = {};
  EXPECT_EQ(alone(wrong), ResultCode::kUnknownRequest);
  EXPECT_EQ(world.execute(order(asked), other).code, ResultCode::kNotAuthorised);
  auto miscounted = order(asked);
  miscounted.operations = 7;
  EXPECT_EQ(alone(miscounted), ResultCode::kWrongCount);
  auto over = order(asked);
  over.audit_until = world.now;
  EXPECT_EQ(alone(over), ResultCode::kInvalidWindow);
  EXPECT_EQ(alone(order(asked)), ResultCode::kOk);
  EXPECT_EQ(alone(order(asked)), ResultCode::kUnknownRequest);
}

TEST_F(Erasures, TheAuditLogIsKeptAsLongAsTheConsortiumDemands) {
  const auto asked = request();
  ASSERT_EQ(by_patient(asked), ResultCode::kOk);
  auto early = order(asked);
  early.audit_until = TimeMs{world.now.value + kRetention - 1};
  EXPECT_EQ(alone(early), ResultCode::kRetentionNotOver);
  EXPECT_TRUE(identity::PatientEntry::load(world.state, patient.patient()));
  early.audit_until = TimeMs{world.now.value + kRetention};
  EXPECT_EQ(alone(early), ResultCode::kOk);
}

TEST_F(Erasures, AConsortiumMayDemandNoRetention) {
  world.parameters.min_audit_retention_ms = 0;
  const auto asked = request();
  ASSERT_EQ(by_patient(asked), ResultCode::kOk);
  auto soon = order(asked);
  soon.audit_until = TimeMs{world.now.value + 1};
  EXPECT_EQ(alone(soon), ResultCode::kOk);
}

TEST_F(Erasures, AnErasedPatientLosesHisRootAndNeverReturns) {
  erase_patient();
  EXPECT_TRUE(world.last_writes.contains(StateKey::main(KeyKind::kSubjectRoot, patient.patient())));
  EXPECT_FALSE(
      world.last_writes.at(StateKey::main(KeyKind::kSubjectRoot, patient.patient())).value);
  const auto stone = tombstone(Tombstone::key(path));
  ASSERT_TRUE(stone);
  EXPECT_EQ(stone->custodian, custodian.id);
  EXPECT_EQ(stone->audit_until, audit_until);
  EXPECT_FALSE(stone->audit);
  EXPECT_FALSE(identity::PatientEntry::load(world.state, patient.patient()));
  EXPECT_EQ(alone(world.record_operation(custodian, patient.patient())), ResultCode::kErased);
  const ledger::GrantAccess grant{world.terms(patient, other.id)};
  EXPECT_EQ(by_patient(grant), ResultCode::kErased);
  EXPECT_EQ(by_patient(request()), ResultCode::kErased);
  EXPECT_EQ(by_two(request(ErasureScope::kPatient, ErasureBasis::kUnlawful), other),
            ResultCode::kErased);
}

TEST_F(Erasures, TheOtherOfALinkDoesNotNameHimAnyMore) {
  const Party linked = world.add_patient(other);
  const auto key = identity::LinkEntry::key(linked.patient(), patient.patient());
  const identity::LinkEntry link{custodian.id, other.id, world.now, world.height, {}};
  world.state.put(key, link.encode());
  world.state.put(identity::LinkEntry::key(patient.patient(), linked.patient()), link.encode());
  erase_patient();
  EXPECT_FALSE(world.state.get(key));
}

TEST_F(Erasures, NoReviewWaitsForAnErasedLog) {
  emergency::DeclarationEntry declared;
  declared.declaration.declaration = test_id<DeclarationId>(5);
  declared.declaration.organisation = other.id;
  declared.declaration.patient = patient.patient();
  const auto waiting = emergency::UnreviewedEntry::key(other.id, declared.declaration.declaration);
  world.state.put(
      emergency::DeclarationEntry::key(patient.patient(), declared.declaration.declaration),
      declared.encode());
  world.state.put(waiting,
                  emergency::UnreviewedEntry{patient.patient(), other.id, world.now}.encode());
  erase_patient();
  EXPECT_TRUE(world.state.get(waiting));
  const auto asked = request(ErasureScope::kAudit, ErasureBasis::kRetentionEnded);
  ASSERT_EQ(by_two(asked, other), ResultCode::kOk);
  world.now = audit_until;
  ASSERT_EQ(alone(order(asked)), ResultCode::kOk);
  EXPECT_FALSE(world.state.get(waiting));
}

TEST_F(Erasures, TheIdOfAnErasedPatientIsNotRegisteredAgain) {
  auto again = world.patient_operation(custodian, patient.key);
  world.put_tombstone(again.patient);
  EXPECT_EQ(alone(again), ResultCode::kErased);
}

TEST_F(Erasures, TheAuditCompartmentIsSealedUntilItsRetentionEnds) {
  erase_patient();
  EXPECT_EQ(world.state.subject_at(path, ledger::TreeKind::kAudit), patient.patient());
  const auto asked = request(ErasureScope::kAudit, ErasureBasis::kRetentionEnded);
  EXPECT_EQ(alone(asked), ResultCode::kNotApproved);
  ASSERT_EQ(by_two(asked, other), ResultCode::kOk);
  EXPECT_EQ(alone(order(asked)), ResultCode::kRetentionNotOver);
  world.now = audit_until;
  ASSERT_EQ(alone(order(asked)), ResultCode::kOk);
  EXPECT_FALSE(world.last_writes.at(StateKey::main(KeyKind::kAuditRoot, patient.patient())).value);
  EXPECT_TRUE(tombstone(Tombstone::key(path))->audit);
  EXPECT_EQ(by_two(request(ErasureScope::kAudit, ErasureBasis::kRetentionEnded), other),
            ResultCode::kErased);
}

TEST_F(Erasures, TheAuditCompartmentOutlivesItsPatient) {
  const auto asked = request(ErasureScope::kAudit, ErasureBasis::kRetentionEnded);
  ASSERT_EQ(by_two(asked, other), ResultCode::kOk);
  EXPECT_EQ(alone(order(asked)), ResultCode::kRetentionNotOver);
}

TEST_F(Erasures, AnErasedRecordLosesItsLeafAndNeverReturns) {
  const RecordId kept = world.add_record(custodian, patient);
  const auto asked = request(ErasureScope::kRecord);
  ASSERT_EQ(by_patient(asked), ResultCode::kOk);
  auto wrong = record_order(asked);
  wrong.record = ledger::record_path(kept);
  EXPECT_EQ(alone(wrong), ResultCode::kUnknownRequest);
  ASSERT_EQ(alone(record_order(asked)), ResultCode::kOk);
  EXPECT_FALSE(records::RecordEntry::load(world.state, patient.patient(), record));
  EXPECT_TRUE(records::RecordEntry::load(world.state, patient.patient(), kept));
  EXPECT_EQ(tombstone(Tombstone::key(ledger::record_path(record)))->subject, path);
  EXPECT_EQ(by_patient(request(ErasureScope::kRecord)), ResultCode::kErased);
}

TEST_F(Erasures, AHoldStopsWhatItCoversUntilItEnds) {
  struct Row {
    HoldScope scope;
    ResultCode patient;
    ResultCode record;
  };

  const Row rows[] = {{HoldScope::kPatient, ResultCode::kHeld, ResultCode::kHeld},
                      {HoldScope::kRecords, ResultCode::kHeld, ResultCode::kHeld},
                      {HoldScope::kAudit, ResultCode::kOk, ResultCode::kOk}};
  const auto whole = request();
  const auto one = request(ErasureScope::kRecord);
  ASSERT_EQ(by_patient(whole), ResultCode::kOk);
  ASSERT_EQ(by_patient(one), ResultCode::kOk);
  const auto before = world.state;
  for (const Row& row : rows) {
    world.state = before;
    ASSERT_EQ(alone(hold(row.scope)), ResultCode::kOk);
    EXPECT_EQ(alone(record_order(one)), row.record);
    EXPECT_EQ(alone(order(whole)), row.patient);
  }
  world.state = before;
  ASSERT_EQ(alone(hold(HoldScope::kPatient)), ResultCode::kOk);
  world.now = TimeMs{world.now.value + HealthWorld::kDay};
  EXPECT_EQ(alone(order(whole)), ResultCode::kOk);
}

TEST_F(Erasures, AHoldOfOtherRecordsLeavesARecordAlone) {
  auto operation = hold(HoldScope::kRecords);
  operation.records = {world.add_record(custodian, patient)};
  ASSERT_EQ(alone(operation), ResultCode::kOk);
  const auto asked = request(ErasureScope::kRecord);
  ASSERT_EQ(by_patient(asked), ResultCode::kOk);
  EXPECT_EQ(alone(record_order(asked)), ResultCode::kOk);
}

TEST_F(Erasures, AHoldOnTheSealedCompartmentOutlivesItsRetention) {
  erase_patient();
  EXPECT_EQ(alone(hold(HoldScope::kPatient)), ResultCode::kErased);
  auto operation = hold(HoldScope::kAudit);
  operation.until = TimeMs{audit_until.value + 1};
  ASSERT_EQ(alone(operation), ResultCode::kOk);
  const auto asked = request(ErasureScope::kAudit, ErasureBasis::kRetentionEnded);
  ASSERT_EQ(by_two(asked, other), ResultCode::kOk);
  world.now = audit_until;
  EXPECT_EQ(alone(order(asked)), ResultCode::kHeld);
  world.now = operation.until;
  EXPECT_EQ(alone(order(asked)), ResultCode::kOk);
}

TEST_F(Erasures, HoldsAreLiftedByWhoPlacedThem) {
  const auto placed = hold(HoldScope::kPatient);
  ASSERT_EQ(alone(placed), ResultCode::kOk);
  EXPECT_EQ(alone(placed), ResultCode::kAlreadyExists);
  const ledger::LiftHold lift{patient.patient(), placed.hold};
  EXPECT_EQ(world.execute(lift, other).code, ResultCode::kNotAuthorised);
  EXPECT_EQ(alone(ledger::LiftHold{patient.patient(), test_id<HoldId>(1)}),
            ResultCode::kUnknownHold);
  ASSERT_EQ(alone(lift), ResultCode::kOk);
  EXPECT_EQ(alone(lift), ResultCode::kUnknownHold);
  EXPECT_FALSE(world.state.get(ledger::HoldsEntry::key(path)));
}

TEST_F(Erasures, HoldsAreRefusedForWhatTheySay) {
  auto squatted = hold(HoldScope::kPatient);
  squatted.hold = test_id<HoldId>(1);
  EXPECT_EQ(alone(squatted), ResultCode::kBadIdentifier);
  auto ended = hold(HoldScope::kPatient);
  ended.until = world.now;
  EXPECT_EQ(alone(ended), ResultCode::kInvalidWindow);
  auto unknown = hold(HoldScope::kRecords);
  unknown.records = {test_id<RecordId>(1)};
  EXPECT_EQ(alone(unknown), ResultCode::kUnknownRecord);
  auto foreign = hold(HoldScope::kPatient);
  foreign.hold = ledger::hold_id(world.chain, other.id, foreign.seed);
  foreign.authority = other.id;
  EXPECT_EQ(world.execute(foreign, other).code, ResultCode::kNotCustodian);
  auto court = hold(HoldScope::kPatient);
  court.authority = other.id;
  EXPECT_EQ(alone(court), ResultCode::kNotApproved);
  EXPECT_EQ(by_two(court, world.hospitals[2]), ResultCode::kBadAuthorisation);
  EXPECT_EQ(by_two(court, other), ResultCode::kOk);
}

TEST_F(Erasures, HoldsOfOnePatientAreBounded) {
  for (std::size_t i = 0; i < limits::kMaxHoldsPerPatient; ++i) {
    ASSERT_EQ(alone(hold(HoldScope::kPatient)), ResultCode::kOk);
  }
  EXPECT_EQ(alone(hold(HoldScope::kPatient)), ResultCode::kQuotaExceeded);
  world.now = TimeMs{world.now.value + HealthWorld::kDay};
  EXPECT_EQ(alone(hold(HoldScope::kPatient)), ResultCode::kOk);
}

TEST_F(Erasures, ANodesOrganisationAttestsEachPhaseOnce) {
  erase_patient();
  ledger::AttestErasure attest;
  attest.order = world.transaction;
  attest.node = other.id;
  attest.retained = {{ledger::RetainedItem::kAuditCompartment,
                      ledger::RetentionReason::kRetentionPeriod,
                      audit_until}};
  EXPECT_EQ(alone(attest), ResultCode::kNotAuthorised);
  ASSERT_EQ(world.execute(attest, other).code, ResultCode::kOk);
  EXPECT_EQ(world.execute(attest, other).code, ResultCode::kAlreadyAttested);
  attest.phase = ledger::ErasurePhase::kBytes;
  EXPECT_EQ(world.execute(attest, other).code, ResultCode::kOk);
  attest.operation = 1;
  EXPECT_EQ(world.execute(attest, other).code, ResultCode::kUnknownOrder);
}

TEST_F(Erasures, OnlyActiveMembersAct) {
  world.suspend(custodian.id);
  EXPECT_EQ(by_patient(request()), ResultCode::kOrganisationInactive);
  EXPECT_EQ(alone(order(request())), ResultCode::kOrganisationInactive);
  EXPECT_EQ(alone(withdrawal(request())), ResultCode::kOrganisationInactive);
  EXPECT_EQ(alone(hold(HoldScope::kPatient)), ResultCode::kOrganisationInactive);
  EXPECT_EQ(alone(ledger::LiftHold{}), ResultCode::kOrganisationInactive);
  EXPECT_EQ(alone(ledger::AttestErasure{}), ResultCode::kOrganisationInactive);
}

TEST_F(Erasures, EntriesDecodeStrictly) {
  const ledger::Erasure erased{
      test_id<ErasureId>(1), ErasureBasis::kUnlawful, 7, TimeMs{8}, Height{9}};
  Tombstone stone;
  stone.subject = path;
  stone.custodian = custodian.id;
  stone.erased = erased;
  stone.audit_until = audit_until;
  stone.audit = erased;
  test::expect_strict(stone);
  test::expect_strict(ledger::ErasureOrderEntry{
      test_id<ErasureId>(1), path, ErasureScope::kRecord, ledger::record_path(record)});
  ledger::ErasureRequestEntry asked;
  asked.path = path;
  asked.submitter = custodian.id;
  asked.time = TimeMs{7};
  test::expect_strict(asked);
  asked.key_held_by = ledger::KeyHolder::kPatient;
  EXPECT_FALSE(ledger::ErasureRequestEntry::decode(asked.encode())) << "a key of nobody";
  asked.by_patient = true;
  test::expect_strict(asked);
  asked.ordered = true;
  asked.withdrawn = true;
  EXPECT_FALSE(ledger::ErasureRequestEntry::decode(asked.encode())) << "one of the two";
  ledger::Hold held;
  held.id = test_id<HoldId>(1);
  held.scope = HoldScope::kRecords;
  held.records = {ledger::record_path(record)};
  test::expect_strict(ledger::HoldsEntry{{held}});
  test::expect_strict(ledger::SealedEntry{audit_until});
  test::expect_strict(ledger::AttestationEntry{{}, TimeMs{4}});
}

}  // namespace
}  // namespace galen::erasure
