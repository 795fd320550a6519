// Every rule of requests, orders, holds and attestations, and every refusal (PRIVACY.md 12, 13,
// 20).
#include "base/limits.h"
#include "modules/emergency/declarations.h"
#include "modules/erasure/holds.h"
#include "modules/erasure/orders.h"
#include "modules/identity/links.h"
#include "support/health_world.h"
#include "support/strict_codec.h"

#include <gtest/gtest.h>

namespace galen::erasure {
namespace {

using ledger::AuthorisationRole;
using ledger::ErasureBasis;
using ledger::ErasureScope;
using ledger::HoldScope;
using ledger::KeyKind;
using ledger::ResultCode;
using ledger::StateKey;
using ledger::Tombstone;
using test::HealthWorld;
using test::Party;
using test::test_id;

class Erasures : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kRetention = 50 * HealthWorld::kDay;

  Erasures() {
    world.parameters.min_audit_retention_ms = kRetention;
    world.other_modules = [](const execution::OperationContext& context,
                             execution::StateOverlay& state) {
      return std::visit(
          [&](const auto& operation) -> ledger::OperationResult {
            if constexpr (requires { erasure::execute(context, operation, state); }) {
              return erasure::execute(context, operation, state);
            }
            return {ResultCode::kNotSupported, {}};
          },
          context.operation.value);
    };
  }

  ledger::RequestErasure request(ErasureScope scope = ErasureScope::kPatient,
                                 ErasureBasis basis = ErasureBasis::kPatientRequest) {
    ledger::RequestErasure operation;
    operation.seed = test_id<Random32>(world.next_number());
    operation.request = ledger::erasure_id(world.chain, custodian.id, operation.seed);
    operation.patient = patient.patient();
    operation.scope = scope;
    operation.basis = basis;
    if (scope == ErasureScope::kRecord) operation.record = record;
    return operation;
  }

  ResultCode by_patient(const ledger::Operation& operation) {
    return world.give(operation, patient, custodian).code;
  }

  ResultCode by_two(const ledger::Operation& operation, const Party& second) {
    const auto signature = world.sign(operation, second, AuthorisationRole::kOrganisation);
    return world.execute(operation, custodian, {signature}).code;
  }

  ResultCode alone(const ledger::Operation& operation) {
    return world.execute(operation, custodian).code;
  }

  ledger::ErasePatient order(const ledger::RequestErasure& asked) const {
    ledger::ErasePatient operation;
    operation.request = asked.request;
    operation.path = ledger::subject_path(asked.patient);
    operation.scope = asked.scope;
    operation.basis = asked.basis;
    if (asked.scope == ErasureScope::kPatient) operation.audit_until = audit_until;
    return operation;
  }

  ledger::EraseRecord record_order(const ledger::RequestErasure& asked) const {
    return {asked.request,
            ledger::subject_path(asked.patient),
            ledger::record_path(*asked.record),
            asked.basis,
            0};
  }

  static ledger::WithdrawErasure withdrawal(const ledger::RequestErasure& asked) {
    return {asked.request, asked.patient};
  }

  void erase_patient() {
    const auto asked = request();
    ASSERT_EQ(by_patient(asked), ResultCode::kOk);
    ASSERT_EQ(alone(order(asked)), ResultCode::kOk);
  }

  ledger::PlaceHold hold(HoldScope scope) {
    ledger::PlaceHold operation;
    operation.seed = test_id<Random32>(world.next_number());
    operation.hold = ledger::hold_id(world.chain, custodian.id, operation.seed);
    operation.patient = patient.patient();
    operation.scope = scope;
    if (scope == HoldScope::kRecords) operation.records = {record};
    operation.authority = custodian.id;
    operation.until = TimeMs{world.now.value + HealthWorld::kDay};
    return operation;
  }

  std::optional<Tombstone> tombstone(const StateKey& key) const {
    const auto value = world.state.get(key);
    if (!value) return std::nullopt;
    return Tombstone::decode(*value).value();
  }

  HealthWorld world;
  Party custodian = world.hospitals[0];
  Party other = world.hospitals[1];
  Party patient = world.add_patient(custodian);
  RecordId record = world.add_record(custodian, patient);
  SubjectPath path = ledger::subject_path(patient.patient());
  TimeMs audit_until{HealthWorld::kStart + 60 * HealthWorld::kDay};
};

TEST_F(Erasures, APatientAsksWithHisSignature) {
  const auto asked = request();
  ASSERT_EQ(by_patient(asked), ResultCode::kOk);
  const auto stored = world.state.get(ledger::ErasureRequestEntry::key(asked.request));
  ASSERT_TRUE(stored);
  const auto entry = ledger::ErasureRequestEntry::decode(*stored).value();
  EXPECT_EQ(entry.path, path);
  EXPECT_TRUE(entry.by_patient);
  EXPECT_EQ(entry.key_held_by, ledger::KeyHolder::kCustodian) << "so everybody sees it";
  EXPECT_EQ(entry.custodian, custodian.id);
  EXPECT_EQ(by_patient(asked), ResultCode::kAlreadyExists);
}

TEST_F(Erasures, TheCustodianAloneAsksForNothing) {
  for (const auto basis : {ErasureBasis::kPatientRequest, ErasureBasis::kUnlawful}) {
    EXPECT_EQ(alone(request(ErasureScope::kPatient, basis)), ResultCode::kNotApproved);
  }
  const auto asked = request(ErasureScope::kPatient, ErasureBasis::kUnlawful);
  EXPECT_EQ(by_two(asked, custodian), ResultCode::kNotApproved);
  EXPECT_EQ(by_two(asked, other), ResultCode::kOk);
}

TEST_F(Erasures, NobodyAsksInThePatientsNameWithoutHim) {
  EXPECT_EQ(by_two(request(), other), ResultCode::kNotApproved);
}

TEST_F(Erasures, ASecondOrganisationDoesNotHelpWhoIsNotTheCustodian) {
  auto asked = request(ErasureScope::kPatient, ErasureBasis::kUnlawful);
  asked.request = ledger::erasure_id(world.chain, other.id, asked.seed);
  const auto signature = world.sign(asked, custodian, AuthorisationRole::kOrganisation);
  EXPECT_EQ(world.execute(asked, other, {signature}).code, ResultCode::kNotCustodian);
}

TEST_F(Erasures, RequestsAreRefusedForWhatTheyName) {
  auto squatted = request();
  squatted.request = test_id<ErasureId>(1);
  EXPECT_EQ(by_patient(squatted), ResultCode::kBadIdentifier);
  auto unknown = request(ErasureScope::kRecord);
  unknown.record = test_id<RecordId>(1);
  EXPECT_EQ(by_patient(unknown), ResultCode::kUnknownRecord);
  auto nobody = request();
  nobody.patient = test_id<PatientId>(1);
  EXPECT_EQ(by_patient(nobody), ResultCode::kUnknownPatient);
  const auto asked = request();
  const auto forged = world.sign(
      asked, Party{patient.id, other.key}, AuthorisationRole::kPatient, {.sequence = 90});
  EXPECT_EQ(world.execute(asked, custodian, {forged}).code, ResultCode::kBadSignature);
  const auto stale = world.sign(asked, patient, AuthorisationRole::kPatient, {.sequence = 0});
  EXPECT_EQ(world.execute(asked, custodian, {stale}).code, ResultCode::kSequenceUsed);
}

TEST_F(Erasures, WhoMayNotAskLearnsNothing) {
  // There, not there, erased: whoever is neither the patient nor his custodian hears the same.
  const auto erased = request(ErasureScope::kRecord);
  ASSERT_EQ(by_patient(erased), ResultCode::kOk);
  auto ordered = record_order(erased);
  ASSERT_EQ(alone(ordered), ResultCode::kOk);
  const RecordId kept = world.add_record(custodian, patient);
  for (const RecordId& about : {record, kept, test_id<RecordId>(1)}) {
    auto asked = request(ErasureScope::kRecord, ErasureBasis::kUnlawful);
    asked.record = about;
    asked.request = ledger::erasure_id(world.chain, other.id, asked.seed);
    EXPECT_EQ(world.execute(asked, other).code, ResultCode::kNotCustodian);
    asked.basis = ErasureBasis::kPatientRequest;
    const auto forged = world.sign(
        asked, Party{patient.id, other.key}, AuthorisationRole::kPatient, {.sequence = 90});
    EXPECT_EQ(world.execute(asked, other, {forged}).code, ResultCode::kBadSignature);
  }
}

TEST_F(Erasures, TheLogIsNotErasedByThePatientsKeyWhichHisCustodianMayHold) {
  EXPECT_EQ(by_patient(request(ErasureScope::kAudit)), ResultCode::kNotApproved);
}

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

TEST_F(Erasures, TheCustodianOrdersWhatThePatientAskedForElsewhere) {
  auto asked = request();
  asked.request = ledger::erasure_id(world.chain, other.id, asked.seed);
  ASSERT_EQ(world.give(asked, patient, other).code, ResultCode::kOk);
  EXPECT_EQ(world.execute(order(asked), world.hospitals[2]).code, ResultCode::kNotAuthorised);
  EXPECT_EQ(alone(order(asked)), ResultCode::kOk);
}

TEST_F(Erasures, ARequestServesForNinetyDays) {
  const auto asked = request();
  ASSERT_EQ(by_patient(asked), ResultCode::kOk);
  audit_until = TimeMs{HealthWorld::kStart + 365 * HealthWorld::kDay};
  const auto before = world.state;
  world.now = TimeMs{world.now.value + ledger::kErasureRequestMs - 1};
  EXPECT_EQ(alone(order(asked)), ResultCode::kOk);
  world.state = before;
  world.now = TimeMs{world.now.value + 1};
  EXPECT_EQ(alone(order(asked)), ResultCode::kUnknownRequest) << "an old signature is no licence";
  EXPECT_EQ(by_patient(withdrawal(asked)), ResultCode::kUnknownRequest);
}

TEST_F(Erasures, ThePatientTakesHisRequestBack) {
  const auto asked = request();
  ASSERT_EQ(by_patient(asked), ResultCode::kOk);
  const auto withdraw = withdrawal(asked);
  EXPECT_EQ(alone(withdraw), ResultCode::kBadAuthorisation) << "nobody keeps him from his erasure";
  EXPECT_EQ(by_two(withdraw, other), ResultCode::kBadAuthorisation);
  auto nobodys = withdraw;
  nobodys.patient = test_id<PatientId>(1);
  EXPECT_EQ(by_patient(nobodys), ResultCode::kUnknownRequest);
  nobodys = withdraw;
  nobodys.request = test_id<ErasureId>(1);
  EXPECT_EQ(by_patient(nobodys), ResultCode::kUnknownRequest);
  const auto forged = world.sign(
      withdraw, Party{patient.id, other.key}, AuthorisationRole::kPatient, {.sequence = 90});
  EXPECT_EQ(world.execute(withdraw, custodian, {forged}).code, ResultCode::kBadSignature);
  const auto stale = world.sign(withdraw, patient, AuthorisationRole::kPatient, {.sequence = 0});
  EXPECT_EQ(world.execute(withdraw, custodian, {stale}).code, ResultCode::kSequenceUsed);
  // Through any member, and his sequence counts it.
  const auto signature =
      world.sign(withdraw, patient, AuthorisationRole::kPatient, {.sequence = 5'000});
  ASSERT_EQ(world.execute(withdraw, other, {signature}).code, ResultCode::kOk);
  const auto again = request();
  const auto same = world.sign(again, patient, AuthorisationRole::kPatient, {.sequence = 5'000});
  EXPECT_EQ(world.execute(again, custodian, {same}).code, ResultCode::kSequenceUsed);
  EXPECT_EQ(alone(order(asked)), ResultCode::kUnknownRequest);
  const auto later =
      world.sign(withdraw, patient, AuthorisationRole::kPatient, {.sequence = 5'001});
  EXPECT_EQ(world.execute(withdraw, custodian, {later}).code, ResultCode::kUnknownRequest);
}

TEST_F(Erasures, WhatTwoOrganisationsAskedForItsBringerTakesBack) {
  const auto asked = request(ErasureScope::kPatient, ErasureBasis::kUnlawful);
  ASSERT_EQ(by_two(asked, other), ResultCode::kOk);
  const auto withdraw = withdrawal(asked);
  EXPECT_EQ(world.execute(withdraw, other).code, ResultCode::kNotAuthorised);
  EXPECT_EQ(by_patient(withdraw), ResultCode::kBadAuthorisation);
  EXPECT_EQ(alone(withdraw), ResultCode::kOk);
  EXPECT_EQ(alone(order(asked)), ResultCode::kUnknownRequest);
}

TEST_F(Erasures, WhatIsOrderedIsNotTakenBack) {
  const auto asked = request(ErasureScope::kRecord);
  ASSERT_EQ(by_patient(asked), ResultCode::kOk);
  ASSERT_EQ(alone(record_order(asked)), ResultCode::kOk);
  EXPECT_EQ(by_patient(withdrawal(asked)), ResultCode::kUnknownRequest);
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
