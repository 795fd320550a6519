// New versions and retractions: the line of versions, who may change it, and every refusal.
#include "base/limits.h"
#include "modules/audit/evaluation.h"
#include "modules/records/records.h"
#include "support/health_world.h"
#include "support/strict_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace galen::records {
namespace {

using ledger::RecordChange;
using ledger::RecordStatus;
using ledger::ResultCode;
using test::HealthWorld;
using test::Party;

class Versions : public ::testing::Test {
 protected:
  [[nodiscard]] ledger::ReplaceRecord replacement(const RecordId& old) {
    ledger::ReplaceRecord operation;
    operation.replaces = old;
    operation.next = world.record_operation(hospital, patient.patient());
    return operation;
  }

  [[nodiscard]] ledger::RetractRecord retraction(const RecordId& record) const {
    return {patient.patient(), record, RecordChange::kWrongPatient};
  }

  ResultCode code(const ledger::Operation& operation) { return code(operation, hospital); }

  ResultCode code(const ledger::Operation& operation, const Party& submitter) {
    return world.execute(operation, submitter).code;
  }

  [[nodiscard]] RecordEntry load(const RecordId& record) const {
    return RecordEntry::load(world.state, patient.patient(), record).value();
  }

  policy::Decision decide(const RecordId& record, const Party& doctor, const AccountId& employer) {
    auto request = world.request(doctor, employer, patient, {record});
    const auto requester = audit::load_requester(world.state, request);
    return audit::evaluate(world.state,
                           world.parameters,
                           *requester,
                           {patient.patient(), record},
                           audit::policy_request(request, policy::Instant::of_block(world.now)));
  }

  HealthWorld world;
  Party hospital = world.hospitals[0];
  Party patient = world.add_patient(hospital);
  RecordId first = world.add_record(hospital, patient);
};

TEST_F(Versions, ReplacingSupersedesTheOldVersionInTheSameAct) {
  const auto operation = replacement(first);
  world.height = Height{11};
  world.now.value += 5;
  ASSERT_EQ(code(operation), ResultCode::kOk);
  const RecordEntry old = load(first);
  EXPECT_EQ(old.status, RecordStatus::kSuperseded);
  EXPECT_EQ(old.succeeded, (RecordSuccession{operation.next.record, world.now, Height{11}}));
  EXPECT_EQ(old.height, Height{10});
  const RecordEntry next = load(operation.next.record);
  EXPECT_EQ(next.status, RecordStatus::kCurrent);
  EXPECT_EQ(next.record, operation.next);
  EXPECT_EQ(next.origin, (RecordOrigin{first, RecordChange::kNewVersion, std::nullopt, {}}));
  EXPECT_EQ(old.status_at(Height{10}), RecordStatus::kCurrent);
  EXPECT_EQ(old.status_at(Height{11}), RecordStatus::kSuperseded);
}

TEST_F(Versions, WhatWasDeniedStaysSoWhenItIsReplaced) {
  const Party reader = world.hospitals[1];
  const Party doctor = world.add_practitioner(reader);
  world.must_give(ledger::GrantAccess{world.terms(patient, reader.id)}, patient);
  auto deny = world.deny_all(patient);
  deny.terms.data = {{ledger::DataMeaning::kInstance, id_cast<Random32>(first)}};
  world.must_give(deny, patient);
  EXPECT_EQ(decide(first, doctor, reader.id).reason, policy::Reason::kDenyGrant);
  RecordId present = first;
  for (int i = 0; i < 3; ++i) {
    const auto next = replacement(present);
    ASSERT_EQ(code(next), ResultCode::kOk);
    present = next.next.record;
    EXPECT_EQ(decide(present, doctor, reader.id).reason, policy::Reason::kDenyGrant) << i;
  }
  const auto predecessors = load(present).facts().predecessors;
  EXPECT_EQ(predecessors.size(), 3U);
  EXPECT_TRUE(std::binary_search(predecessors.begin(), predecessors.end(), first));
}

TEST_F(Versions, WhatWasPermittedIsThatVersion) {
  const Party reader = world.hospitals[1];
  const Party doctor = world.add_practitioner(reader);
  auto terms = world.terms(patient, reader.id);
  terms.data = {{ledger::DataMeaning::kInstance, id_cast<Random32>(first)}};
  world.must_give(ledger::GrantAccess{terms}, patient);
  const auto next = replacement(first);
  ASSERT_EQ(code(next), ResultCode::kOk);
  EXPECT_TRUE(decide(first, doctor, reader.id).permit);
  EXPECT_EQ(decide(next.next.record, doctor, reader.id).reason, policy::Reason::kData);
}

TEST_F(Versions, ALineOfVersionsHasALimit) {
  RecordId present = first;
  for (std::size_t i = 1; i < limits::kMaxRecordVersions; ++i) {
    const auto next = replacement(present);
    ASSERT_EQ(code(next), ResultCode::kOk) << i;
    present = next.next.record;
  }
  EXPECT_EQ(code(replacement(present)), ResultCode::kTooManyVersions);
  test::expect_strict(load(present));
}

TEST_F(Versions, OnlyThePresentVersionIsReplaced) {
  const auto operation = replacement(first);
  ASSERT_EQ(code(operation), ResultCode::kOk);
  EXPECT_EQ(code(replacement(first)), ResultCode::kNotCurrent);
  ASSERT_EQ(code(retraction(operation.next.record)), ResultCode::kOk);
  EXPECT_EQ(code(replacement(operation.next.record)), ResultCode::kNotCurrent);
  EXPECT_EQ(code(replacement(test::test_id<RecordId>(3))), ResultCode::kUnknownRecord);
  world.put_tombstone(first);
  EXPECT_EQ(code(replacement(first)), ResultCode::kErased);
  EXPECT_EQ(code(retraction(first)), ResultCode::kErased);
}

TEST_F(Versions, AnotherPatientsRecordIsUnknown) {
  const Party other = world.add_patient(hospital);
  auto operation = replacement(first);
  operation.next.patient = other.patient();
  EXPECT_EQ(code(operation), ResultCode::kUnknownRecord);
  EXPECT_EQ(code(ledger::RetractRecord{other.patient(), first, RecordChange::kDuplicate}),
            ResultCode::kUnknownRecord);
  EXPECT_EQ(code(ledger::RetractRecord{test::test_id<PatientId>(3), first}),
            ResultCode::kUnknownPatient);
}

TEST_F(Versions, OnlyTheCustodianChangesTheIndex) {
  const Party& foreign = world.hospitals[1];
  auto operation = replacement(first);
  operation.next = world.record_operation(foreign, patient.patient());
  EXPECT_EQ(code(operation, foreign), ResultCode::kNotCustodian);
  EXPECT_EQ(code(retraction(first), foreign), ResultCode::kNotCustodian);
  const auto stray = world.sign(retraction(first), hospital, ledger::AuthorisationRole::kCustodian);
  EXPECT_EQ(world.execute(retraction(first), hospital, {stray}).code,
            ResultCode::kBadAuthorisation);
  EXPECT_EQ(load(first).status, RecordStatus::kCurrent);
  world.suspend(hospital.id);
  EXPECT_EQ(code(retraction(first)), ResultCode::kOrganisationInactive);
  EXPECT_EQ(code(replacement(first)), ResultCode::kOrganisationInactive);
}

TEST_F(Versions, TheNewVersionObeysTheRulesOfAppending) {
  auto operation = replacement(first);
  operation.next.record = test::test_id<RecordId>(3);
  EXPECT_EQ(code(operation), ResultCode::kBadIdentifier);
  operation = replacement(first);
  ASSERT_EQ(code(operation.next), ResultCode::kOk);
  EXPECT_EQ(code(operation), ResultCode::kAlreadyExists);
}

TEST_F(Versions, NewLabelsNeedAReasonAndOnlyTheyHaveOne) {
  auto operation = replacement(first);
  operation.next.labels = {"HIV"};
  EXPECT_EQ(code(operation), ResultCode::kInvalidReason);
  operation.label_reason = RecordChange::kRelabelled;
  ASSERT_EQ(code(operation), ResultCode::kOk);
  const RecordId second = operation.next.record;

  operation = replacement(second);
  operation.next.labels = {"HIV"};
  operation.label_reason = RecordChange::kLegal;
  EXPECT_EQ(code(operation), ResultCode::kInvalidReason);
  operation.label_reason.reset();
  operation.next.labels_key_id = 7;  // other tags: they cannot be compared
  EXPECT_EQ(code(operation), ResultCode::kInvalidReason);
  operation.label_reason = RecordChange::kLegal;
  EXPECT_EQ(code(operation), ResultCode::kOk);
  operation = replacement(operation.next.record);
  EXPECT_EQ(code(operation), ResultCode::kOk) << "fewer labels need no reason";
}

TEST_F(Versions, ReasonsFitTheAct) {
  for (const RecordChange reason : {RecordChange::kWrongPatient, RecordChange::kDuplicate}) {
    auto operation = replacement(first);
    operation.reason = reason;
    EXPECT_EQ(code(operation), ResultCode::kInvalidReason);
  }
  for (const RecordChange reason : {RecordChange::kNewVersion, RecordChange::kRelabelled}) {
    auto operation = retraction(first);
    operation.reason = reason;
    EXPECT_EQ(code(operation), ResultCode::kInvalidReason);
  }
  EXPECT_EQ(load(first).status, RecordStatus::kCurrent);
}

TEST_F(Versions, ARetractedRecordIsHiddenFromEveryPurposeButStaysInTheIndex) {
  const Party own = world.add_practitioner(hospital);
  EXPECT_TRUE(decide(first, own, hospital.id).permit);
  world.height = Height{12};
  ASSERT_EQ(code(retraction(first)), ResultCode::kOk);
  EXPECT_EQ(decide(first, own, hospital.id).reason, policy::Reason::kRecordRetracted);
  const RecordEntry entry = load(first);
  EXPECT_EQ(entry.retracted,
            (RecordRetraction{RecordChange::kWrongPatient, world.now, Height{12}}));
  EXPECT_EQ(entry.status_at(Height{11}), RecordStatus::kCurrent);
  EXPECT_EQ(list_records(world.state, patient.patient()).size(), 1U);
  EXPECT_EQ(code(retraction(first)), ResultCode::kNotCurrent);
}

TEST_F(Versions, AnOldVersionCanBeRetractedAndKeepsItsLink) {
  const auto operation = replacement(first);
  ASSERT_EQ(code(operation), ResultCode::kOk);
  const Party own = world.add_practitioner(hospital);
  EXPECT_EQ(decide(first, own, hospital.id).obligations,
            std::vector<std::string>{"superseded-version"});
  ASSERT_EQ(code(retraction(first)), ResultCode::kOk);
  const RecordEntry old = load(first);
  EXPECT_EQ(old.status, RecordStatus::kEnteredInError);
  EXPECT_EQ(old.succeeded->by, operation.next.record);
  EXPECT_FALSE(decide(first, own, hospital.id).permit);
  EXPECT_TRUE(decide(operation.next.record, own, hospital.id).permit);
}

TEST_F(Versions, LinkedEntriesDecodeStrictly) {
  auto operation = replacement(first);
  operation.next.labels = {"PSY"};
  operation.label_reason = RecordChange::kRelabelled;
  ASSERT_EQ(code(operation), ResultCode::kOk);
  ASSERT_EQ(code(retraction(first)), ResultCode::kOk);
  test::expect_strict(load(first));
  test::expect_strict(load(operation.next.record));
  RecordEntry wrong = load(first);
  wrong.status = RecordStatus::kSuperseded;
  EXPECT_FALSE(RecordEntry::decode(wrong.encode()).has_value());
}

/// The naive model: lines of versions as lists; only the last of a line that nobody retracted can
/// be replaced.
RC_GTEST_FIXTURE_PROP(Versions, AnyActsLeaveStraightLines, (std::vector<std::uint16_t> acts)) {
  std::vector<RecordId> all{first};
  std::map<RecordId, RecordId> after;
  std::set<RecordId> retracted;
  if (acts.size() > 24) acts.resize(24);
  for (const std::uint16_t act : acts) {
    const RecordId target = all[(act / 2U) % all.size()];
    world.height.value += 1;
    if (act % 2U == 0) {
      const bool possible = !after.contains(target) && !retracted.contains(target);
      const auto operation = replacement(target);
      RC_ASSERT((code(operation) == ResultCode::kOk) == possible);
      if (!possible) continue;
      after.emplace(target, operation.next.record);
      all.push_back(operation.next.record);
    } else {
      const bool fresh = retracted.insert(target).second;
      RC_ASSERT((code(retraction(target)) == ResultCode::kOk) == fresh);
    }
  }
  std::set<RecordId> replaced_once;
  for (const RecordId& id : all) {
    const RecordEntry entry = load(id);
    RC_ASSERT(entry.succeeded.has_value() == after.contains(id));
    RC_ASSERT(entry.retracted.has_value() == retracted.contains(id));
    RC_ASSERT(RecordEntry::decode(entry.encode()) == entry);
    if (!entry.succeeded) continue;
    RC_ASSERT(entry.succeeded->by == after.at(id));
    RC_ASSERT(replaced_once.insert(entry.succeeded->by).second);
    RC_ASSERT(load(entry.succeeded->by).origin->replaces == id);
  }
}

}  // namespace
}  // namespace galen::records
