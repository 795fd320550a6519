// Administrative acts that an organisation tells of itself.
#include "modules/audit/log_administration.h"

#include "support/health_world.h"
#include "support/strict_codec.h"

#include <gtest/gtest.h>

namespace galen::audit {
namespace {

using ledger::AdministrativeAct;
using ledger::AuthorisationRole;
using ledger::LogAdministration;
using ledger::ResultCode;
using test::HealthWorld;
using test::Party;
using test::test_id;

class Administration : public ::testing::Test {
 protected:
  LogAdministration act(const Party& person) {
    LogAdministration act;
    act.request = test_id<RequestId>(world.next_number());
    act.log = patient.patient();
    act.person = person.id;
    act.organisation = custodian.id;
    act.purpose = "HOPERAT";
    act.time = world.now;
    return act;
  }

  ResultCode signed_by(const Party& person,
                       const LogAdministration& act,
                       AuthorisationRole role = AuthorisationRole::kRequester) {
    return world.execute(act, custodian, {world.sign(act, person, role)}).code;
  }

  ResultCode by_itself(const LogAdministration& act) { return world.execute(act, custodian).code; }

  [[nodiscard]] std::uint64_t count(const PatientId& log) const {
    return load_access_range(world.state, log).count;
  }

  HealthWorld world;
  Party custodian = world.hospitals[0];
  Party other = world.hospitals[1];
  Party patient = world.add_patient(custodian);
  Party clerk = world.add_practitioner(custodian, ledger::Role::kBilling);
};

TEST_F(Administration, AnActIsOneEntryThatSaysWhoDidWhat) {
  LogAdministration backup = act(clerk);
  backup.act = AdministrativeAct::kBackup;
  ASSERT_EQ(signed_by(clerk, backup), ResultCode::kOk);
  ASSERT_EQ(count(patient.patient()), 1U);
  const AccessEntry entry = load_access(world.state, patient.patient(), 0).value();
  EXPECT_EQ(std::get<LogAdministration>(entry.act->operation), backup);
  EXPECT_EQ(entry.act->reason, std::nullopt);
  EXPECT_EQ(entry.role, ledger::Role::kBilling);
  EXPECT_EQ(entry.submitter, custodian.id);
  EXPECT_EQ(entry.request.person, clerk.id);
  test::expect_strict(entry);
  // By the organisation itself nobody signs beside it.
  ASSERT_EQ(by_itself(act(custodian)), ResultCode::kOk);
  EXPECT_EQ(load_access(world.state, patient.patient(), 1)->role, std::nullopt);
}

TEST_F(Administration, NoEntryTwice) {
  const LogAdministration first = act(clerk);
  ASSERT_EQ(signed_by(clerk, first), ResultCode::kOk);
  const auto after = world.state;
  EXPECT_EQ(signed_by(clerk, first), ResultCode::kOk);
  EXPECT_EQ(world.state, after);
  LogAdministration second = first;
  second.act = AdministrativeAct::kRestore;
  EXPECT_EQ(signed_by(clerk, second), ResultCode::kAlreadyExists);
}

TEST_F(Administration, OnlyWhoActsSaysSo) {
  const LogAdministration mine = act(clerk);
  EXPECT_EQ(by_itself(mine), ResultCode::kBadAuthorisation);
  EXPECT_EQ(signed_by(patient, mine), ResultCode::kBadAuthorisation);
  EXPECT_EQ(signed_by(clerk, mine, AuthorisationRole::kCustodian), ResultCode::kBadAuthorisation);
  EXPECT_EQ(signed_by(clerk, act(custodian)), ResultCode::kBadAuthorisation);
  EXPECT_EQ(signed_by(patient, act(patient)), ResultCode::kUnknownPractitioner);
  const Party stranger = world.add_practitioner(other);
  EXPECT_EQ(signed_by(stranger, act(stranger)), ResultCode::kUnknownPractitioner);
  EXPECT_EQ(
      world.execute(mine, other, {world.sign(mine, clerk, AuthorisationRole::kRequester)}).code,
      ResultCode::kNotAuthorised);
  auto forged = world.sign(mine, clerk, AuthorisationRole::kRequester);
  forged.signature = world.sign(act(clerk), clerk, AuthorisationRole::kRequester).signature;
  EXPECT_EQ(world.execute(mine, custodian, {forged}).code, ResultCode::kBadSignature);
  EXPECT_EQ(count(patient.patient()), 0U);
}

TEST_F(Administration, WhatIsSaidMustMakeSense) {
  LogAdministration wrong = act(custodian);
  wrong.purpose = "GOSSIP";
  EXPECT_EQ(by_itself(wrong), ResultCode::kInvalidPurpose);
  wrong = act(custodian);
  wrong.time.value += kActSlackMs + 1;
  EXPECT_EQ(by_itself(wrong), ResultCode::kInvalidWindow);
  wrong.time.value -= 1;
  EXPECT_EQ(by_itself(wrong), ResultCode::kOk);
  wrong = act(custodian);
  wrong.recipient = test_id<AccountId>(5);
  EXPECT_EQ(by_itself(wrong), ResultCode::kUnknownOrganisation);
  wrong.recipient = custodian.id;
  EXPECT_EQ(by_itself(wrong), ResultCode::kInvalidFlag);
  wrong.recipient = other.id;
  wrong.act = AdministrativeAct::kBackup;
  EXPECT_EQ(by_itself(wrong), ResultCode::kInvalidFlag);
}

TEST_F(Administration, UnknownPatientsAndOthersLogsLookTheSameAndStandInTheOwnOne) {
  LogAdministration known = act(custodian);
  LogAdministration unknown = act(custodian);
  unknown.log = test_id<PatientId>(9);
  EXPECT_EQ(world.execute(known, custodian), world.execute(unknown, custodian));
  LogAdministration others = act(custodian);
  others.log = organisation_log(other.id);
  EXPECT_EQ(by_itself(others), ResultCode::kOk);
  EXPECT_EQ(count(organisation_log(custodian.id)), 2U);
  EXPECT_EQ(count(organisation_log(other.id)), 0U);
  EXPECT_EQ(count(patient.patient()), 1U);
}

}  // namespace
}  // namespace galen::audit
