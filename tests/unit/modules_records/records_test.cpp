#include "modules/records/records.h"

#include "codec/codec.h"
#include "support/health_world.h"
#include "support/strict_codec.h"

#include <gtest/gtest.h>

namespace galen::records {
namespace {

using ledger::ResultCode;
using test::HealthWorld;
using test::Party;

class Records : public ::testing::Test {
 protected:
  ResultCode code(const ledger::AppendRecord& operation, const Party& submitter) {
    const auto result = world.execute(operation, submitter);
    if (result.code != ResultCode::kOk) {
      EXPECT_TRUE(world.last_writes.empty());
    }
    return result.code;
  }

  HealthWorld world;
  Party hospital = world.hospitals[0];
  Party patient = world.add_patient(hospital);
  ledger::AppendRecord record = world.record_operation(hospital, patient.patient());
};

TEST_F(Records, AppendedRecordIsListed) {
  record.labels = {"HIV", "PSY"};
  record.confidentiality = ledger::Confidentiality::kR;
  record.withhold_from_patient = true;
  ASSERT_EQ(code(record, hospital), ResultCode::kOk);
  const RecordId other = world.add_record(hospital, patient);
  const auto entries = list_records(world.state, patient.patient());
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_TRUE(entries.contains(other));
  const RecordEntry& entry = entries.at(record.record);
  EXPECT_EQ(entry.record, record);
  EXPECT_EQ(entry.custodian, hospital.id);
  EXPECT_EQ(entry.status, ledger::RecordStatus::kCurrent);
  EXPECT_EQ(entry.appended, world.now);
  EXPECT_EQ(entry.height, world.height);
}

TEST_F(Records, FactsCarryEverythingDecideLooksAt) {
  record.labels = {"HIV"};
  record.labels_key_id = 4;
  record.related = {test::test_id<Random32>(9)};
  record.withhold_from_patient = true;
  RecordEntry entry{record, hospital.id, ledger::RecordStatus::kSuperseded, {}, {}};
  const policy::RecordFacts facts = entry.facts();
  EXPECT_EQ(facts.id, record.record);
  EXPECT_EQ(facts.custodian, hospital.id);
  EXPECT_EQ(facts.authors, record.authors);
  EXPECT_EQ(facts.related, record.related);
  EXPECT_EQ(facts.record_class, record.record_class);
  EXPECT_EQ(facts.confidentiality, record.confidentiality);
  EXPECT_EQ(facts.labels, record.labels);
  EXPECT_EQ(facts.labels_key_id, 4U);
  EXPECT_EQ(facts.service_date, record.service_date);
  EXPECT_EQ(facts.status, ledger::RecordStatus::kSuperseded);
  EXPECT_TRUE(facts.withhold_from_patient);
}

TEST_F(Records, OnlyTheCustodianAppends) {
  const auto foreign = world.record_operation(world.hospitals[1], patient.patient());
  EXPECT_EQ(code(foreign, world.hospitals[1]), ResultCode::kNotCustodian);
}

TEST_F(Records, RecordIdComesFromTheSubmittersSeed) {
  record.record = test::test_id<RecordId>(3);
  EXPECT_EQ(code(record, hospital), ResultCode::kBadIdentifier);
}

TEST_F(Records, ARecordIsAppendedOnce) {
  ASSERT_EQ(code(record, hospital), ResultCode::kOk);
  record.size = 1;
  EXPECT_EQ(code(record, hospital), ResultCode::kAlreadyExists);
}

TEST_F(Records, UnknownAndErasedPatientsHaveNoRecords) {
  record.patient = test::test_id<PatientId>(3);
  EXPECT_EQ(code(record, hospital), ResultCode::kUnknownPatient);
  record.patient = patient.patient();
  world.put_tombstone(patient.patient());
  EXPECT_EQ(code(record, hospital), ResultCode::kErased);
}

TEST_F(Records, AnErasedRecordNeverReturns) {
  ASSERT_EQ(code(record, hospital), ResultCode::kOk);
  world.put_tombstone(record.record);
  EXPECT_EQ(code(record, hospital), ResultCode::kErased);
  EXPECT_FALSE(RecordEntry::load(world.state, patient.patient(), record.record).has_value());
}

TEST_F(Records, SubmitterIsAnActiveMemberWithoutStrayAuthorisations) {
  const auto stray = world.sign(record, hospital, ledger::AuthorisationRole::kCustodian);
  EXPECT_EQ(world.execute(record, hospital, {stray}).code, ResultCode::kBadAuthorisation);
  world.suspend(hospital.id);
  EXPECT_EQ(code(record, hospital), ResultCode::kOrganisationInactive);
}

TEST_F(Records, EntryDecodesStrictly) {
  record.labels = {"HIV"};
  record.labels_key_id = 4;
  test::expect_strict(
      RecordEntry{record, hospital.id, ledger::RecordStatus::kCurrent, world.now, world.height});
}

TEST_F(Records, EntryOfAnotherOperationIsMalformed) {
  codec::Writer w;
  w.u16(1).raw(hospital.id).enumeration(ledger::RecordStatus::kCurrent).u64(1).u64(1);
  w.bytes(ledger::encode(ledger::Operation(ledger::RevokeAccess{})));
  EXPECT_FALSE(RecordEntry::decode(w.view()).has_value());
}

}  // namespace
}  // namespace galen::records
