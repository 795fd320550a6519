// Who hears of an emergency beside the patient and his custodian: the organisation for whose person
// something was opened, and who acts for the patient.
#include "support/identity_steps.h"
#include "unit/rpc/block_events_fixture.h"

#include <gmock/gmock.h>

namespace galen::rpc {
namespace {

using ledger::AuthorisationRole;
using policy::Reason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::WatchRequest of_emergencies(v1::WatchRequest request) {
  request.add_kinds(v1::EVENT_EMERGENCY_DECLARED);
  request.add_kinds(v1::EVENT_EMERGENCY_RELEASED);
  request.add_kinds(v1::EVENT_EMERGENCY_REVIEWED);
  return request;
}

class ReleasesTest : public BlockEventsTest {
 protected:
  /// What a hospital is told of releases, asking for itself.
  std::vector<v1::OperationEvent> told(std::size_t hospital) {
    std::vector<v1::OperationEvent> releases;
    for (const auto& event : events(hospital, from_start())) {
      if (event.kind() == v1::EVENT_EMERGENCY_RELEASED) releases.push_back(event.operation());
    }
    return releases;
  }

  /// The custodian is always told, so that the rest is no silence about nothing.
  void expect_for_the_custodian_alone() {
    EXPECT_EQ(told(0).size(), 1U);
    EXPECT_EQ(told(1).size(), 0U);
    EXPECT_EQ(told(2).size(), 0U);
  }
};

TEST_F(ReleasesTest, AreToldToTheOrganisationOfWhoeverAsked) {
  happenings_.release();
  const auto releases = told(1);
  ASSERT_EQ(releases.size(), 1U);
  EXPECT_EQ(releases[0].submitter(), wire(backend_.world.hospitals[0].id));
  EXPECT_EQ(releases[0].subject(), wire(happenings_.ward().patient.id));
  const v1::EmergencyEvent& release = releases[0].emergency();
  EXPECT_EQ(release.organisation(), wire(backend_.world.hospitals[1].id));
  EXPECT_EQ(release.person(), wire(happenings_.ward().clinician.id));
  EXPECT_EQ(release.from_ms(), backend_.world.now.value);
  ASSERT_EQ(release.decisions_size(), 1);
  EXPECT_EQ(release.decisions(0).record(), wire(happenings_.ward().record));
  EXPECT_TRUE(release.decisions(0).permit());
  EXPECT_EQ(release.decisions(0).reason(), "") << "the custodian's and the patient's";
  EXPECT_EQ(told(2).size(), 0U) << "of neither side";
}

/// R21: a refusal tells that there is somebody to be refused.
TEST_F(ReleasesTest, ARefusalIsNotToldToWhoeverAsked) {
  happenings_.release({.reason = Reason::kEmergencyForbidden});
  expect_for_the_custodian_alone();
  for (const PatientId& patient :
       {happenings_.ward().patient.patient(), test::test_id<PatientId>(9)}) {
    auto about = from_start();
    about.set_patient(wire(patient));
    EXPECT_THAT(seen(1, about), IsEmpty()) << "there or not";
  }
}

TEST_F(ReleasesTest, WithoutItsPersonsSignatureAnOrganisationIsToldNothing) {
  happenings_.release({.is_signed = false});
  expect_for_the_custodian_alone();
}

TEST_F(ReleasesTest, ARequestForAnotherPurposeIsNoneOfAnEmergency) {
  happenings_.release({.purpose = "TREAT"});
  expect_for_the_custodian_alone();
}

TEST_F(ReleasesTest, WhatAPatientAskedThroughAMemberIsNotItsOwnPersons) {
  happenings_.release({.by_patient = true});
  expect_for_the_custodian_alone();
}

/// R21: an entry in the patient's log would tell that the record is there.
TEST_F(ReleasesTest, OnAThirdMembersWordNobodyElseIsToldWhatIsThere) {
  happenings_.release_elsewhere(happenings_.ward().record, true);
  EXPECT_EQ(told(0).size(), 1U);
  EXPECT_EQ(told(1).size(), 0U);
  EXPECT_EQ(told(2).size(), 1U) << "its own";
}

/// A guardian of the ward's patient, who asks through hospital 2.
class NoticeToAProxyTest : public BlockEventsTest {
 protected:
  void authorise() {
    ASSERT_EQ(backend_.world.execute(terms_, backend_.world.hospitals[0]).code,
              ledger::ResultCode::kOk);
  }

  void emergency() {
    happenings_.emergency();
    happenings_.release();
  }

  v1::WatchRequest as_proxy(const std::string& purpose = "FAMRQT") {
    return of_emergencies(under_access(proxy_, 2, purpose, AuthorisationRole::kProxy));
  }

  std::vector<std::string> messages(const v1::WatchRequest& request) {
    std::vector<std::string> all;
    for (const auto& event : events(2, request)) all.push_back(event.SerializeAsString());
    return all;
  }

  void expect_told(const v1::WatchRequest& request) {
    EXPECT_THAT(seen(2, request),
                ElementsAre(v1::EVENT_EMERGENCY_DECLARED,
                            v1::EVENT_EMERGENCY_REVIEWED,
                            v1::EVENT_EMERGENCY_RELEASED));
  }

  void set_time(TimeMs time) {
    backend_.world.now = time;
    backend_.wall_clock = time;
  }

  const crypto::PrivateKey key_ = test::test_key(50);
  ledger::AuthorizeProxy terms_ = test::proxy_operation(
      backend_.world, happenings_.ward().patient, key_, backend_.world.hospitals[0].id);
  const test::Party proxy_{terms_.proxy, key_};
};

TEST_F(NoticeToAProxyTest, OneInForceIsToldWhatThePatientIs) {
  authorise();
  emergency();
  const auto request = as_proxy();
  expect_told(request);
  EXPECT_EQ(messages(request), messages(of_emergencies(as_patient(2))));
}

/// As the log does, which he reads from its beginning on.
TEST_F(NoticeToAProxyTest, OneInForceIsToldOfWhatWasBeforeHim) {
  emergency();
  authorise();
  expect_told(as_proxy());
}

TEST_F(NoticeToAProxyTest, OneWhoseTimeHasNotComeByBlockTimeIsToldNothing) {
  terms_.from = TimeMs{backend_.world.now.value + 30'000};
  authorise();
  emergency();
  const auto request = as_proxy();
  EXPECT_THAT(seen(2, request), IsEmpty());
  backend_.wall_clock = terms_.from;
  EXPECT_THAT(seen(2, request), IsEmpty()) << "the node's clock begins nothing";
  set_time(terms_.from);
  expect_told(request);
}

TEST_F(NoticeToAProxyTest, OneWhoseTimeIsOverIsToldNothingMore) {
  terms_.to = TimeMs{backend_.world.now.value + 30'000};
  authorise();
  emergency();
  const auto request = as_proxy();
  expect_told(request);
  set_time(terms_.to);
  EXPECT_THAT(seen(2, request), IsEmpty());
}

TEST_F(NoticeToAProxyTest, OneWhoWasRevokedIsToldNothingMore) {
  authorise();
  emergency();
  const auto request = as_proxy();
  expect_told(request);
  const ledger::RevokeProxy revoked{happenings_.ward().patient.patient(), proxy_.id, {}};
  ASSERT_EQ(backend_.world.execute(revoked, backend_.world.hospitals[0]).code,
            ledger::ResultCode::kOk);
  EXPECT_THAT(seen(2, request), IsEmpty());
}

TEST_F(NoticeToAProxyTest, OneFromWhomALabelIsHiddenIsToldNothing) {
  terms_.excluded_labels = {"SEX"};
  authorise();
  emergency();
  EXPECT_THAT(seen(2, as_proxy()), IsEmpty());
}

TEST_F(NoticeToAProxyTest, HeAsksForAPurposeThatHeWasAuthorisedFor) {
  authorise();
  emergency();
  EXPECT_THAT(seen(2, as_proxy("PWATRNY")), IsEmpty());
}

TEST_F(NoticeToAProxyTest, OfNothingElseIsHeTold) {
  authorise();
  happenings_.refused_emergency();
  happenings_.grant();
  happenings_.access();
  EXPECT_THAT(seen(2, under_access(proxy_, 2, "FAMRQT", AuthorisationRole::kProxy)), IsEmpty());
}

TEST_F(NoticeToAProxyTest, WhoNeverWasOneGetsNoStream) {
  emergency();
  EXPECT_EQ(collect(2, as_proxy()).error().code, ErrorCode::kNotFound);
}

TEST_F(NoticeToAProxyTest, OtherPersonsAreToldNothing) {
  emergency();
  const test::Party& hospital = backend_.world.hospitals[2];
  const auto clinician = backend_.world.add_practitioner(hospital);
  const auto auditor = backend_.world.add_practitioner(hospital, ledger::Role::kAuditor);
  EXPECT_THAT(seen(2, of_emergencies(under_access(clinician, 2, "TREAT"))), IsEmpty());
  EXPECT_THAT(seen(2, of_emergencies(under_access(auditor, 2, "HOPERAT"))), IsEmpty());
}

}  // namespace
}  // namespace galen::rpc
