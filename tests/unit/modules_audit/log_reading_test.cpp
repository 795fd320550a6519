// Who reads an audit log, and that each reading is one entry of it.
#include "modules/audit/log_reading.h"

#include "base/limits.h"
#include "ledger/erasure_entries.h"
#include "support/identity_steps.h"
#include "support/strict_codec.h"

#include <gtest/gtest.h>

namespace galen::audit {
namespace {

using ledger::AuthorisationRole;
using ledger::LogAuditRead;
using ledger::ResultCode;
using ledger::Role;
using policy::Reason;
using test::HealthWorld;
using test::Party;
using test::test_id;

class LogReading : public ::testing::Test {
 protected:
  [[nodiscard]] LogAuditRead ask(const Party& person,
                                 const Party& organisation,
                                 const std::string& purpose) {
    return world.reading(person.id, organisation.id, patient.patient(), purpose);
  }

  /// A reading never fails.
  bool execute(const LogAuditRead& operation,
               const Party& submitter,
               std::vector<ledger::Authorisation> authorisations = {}) {
    const auto result = world.execute(operation, submitter, std::move(authorisations));
    EXPECT_EQ(result.code, ResultCode::kOk);
    const auto outcome = ReadOutcome::decode(result.detail);
    EXPECT_TRUE(outcome);
    return outcome && outcome->permit;
  }

  bool execute(const LogAuditRead& operation,
               const Party& submitter,
               const Party& signer,
               AuthorisationRole role = AuthorisationRole::kRequester) {
    return execute(operation, submitter, {world.sign(operation, signer, role)});
  }

  [[nodiscard]] std::uint64_t count(const PatientId& log) const {
    return load_access_range(world.state, log).count;
  }

  [[nodiscard]] AccessEntry last(const PatientId& log) const {
    return load_access(world.state, log, count(log) - 1).value();
  }

  /// The reason of the newest entry in the patient's log.
  [[nodiscard]] Reason reason() const { return last(patient.patient()).act->reason.value(); }

  /// What a person of an organisation learns, and why.
  Reason judged(Role role, const Party& organisation, const std::string& purpose) {
    const Party person = world.add_practitioner(organisation, role);
    const bool permit = execute(ask(person, organisation, purpose), organisation, person);
    EXPECT_EQ(permit, policy::is_permit(reason()));
    EXPECT_EQ(last(patient.patient()).role, role);
    return reason();
  }

  HealthWorld world;
  Party custodian = world.hospitals[0];
  Party other = world.hospitals[1];
  Party patient = world.add_patient(custodian);
};

TEST_F(LogReading, AReadingIsAnEntryOfTheLogThatSaysWhoReadWhat) {
  const LogAuditRead operation = ask(patient, other, "PATRQT");
  ASSERT_TRUE(execute(operation, other, patient, AuthorisationRole::kPatient));
  ASSERT_EQ(count(patient.patient()), 1U);
  const AccessEntry entry = last(patient.patient());
  EXPECT_EQ(std::get<LogAuditRead>(entry.act->operation), operation);
  EXPECT_EQ(entry.act->reason, Reason::kSelf);
  EXPECT_EQ(entry.role, Role::kPatient);
  EXPECT_EQ(entry.submitter, other.id);
  EXPECT_EQ(entry.time, world.now);
  EXPECT_EQ(entry.height, world.height);
  EXPECT_EQ(entry.request.person, patient.id);
  EXPECT_TRUE(entry.decisions.empty());
  EXPECT_EQ(find_reading(world.state, patient.patient(), operation), 0U);
}

TEST_F(LogReading, TheSameReadingAgainWritesNothing) {
  const LogAuditRead operation = ask(patient, other, "PATRQT");
  ASSERT_TRUE(execute(operation, other, patient, AuthorisationRole::kPatient));
  const auto after = world.state;
  EXPECT_TRUE(execute(operation, other, patient, AuthorisationRole::kPatient));
  EXPECT_EQ(world.state, after);
  // Another range under the same id is another reading.
  LogAuditRead wider = operation;
  wider.from = TimeMs{1};
  EXPECT_FALSE(execute(wider, other, patient, AuthorisationRole::kPatient));
  EXPECT_EQ(reason(), Reason::kRequestReused);
  EXPECT_EQ(find_reading(world.state, patient.patient(), wider), std::nullopt);
  EXPECT_EQ(find_reading(world.state, patient.patient(), operation), 0U);
}

TEST_F(LogReading, AnAccessAndAReadingShareNoRequestId) {
  const RecordId record = world.add_record(custodian, patient);
  auto request = world.request(patient, other.id, patient, {record});
  request.purpose = "PATRQT";
  const ledger::Operation access = ledger::LogAccess{request};
  world.execute(access, other, {world.sign(access, patient, AuthorisationRole::kPatient)});
  ASSERT_TRUE(last(patient.patient()).find(record)->permit());
  LogAuditRead operation = ask(patient, other, "PATRQT");
  operation.request = request.request;
  EXPECT_FALSE(execute(operation, other, patient, AuthorisationRole::kPatient));
  EXPECT_EQ(reason(), Reason::kRequestReused);
}

TEST_F(LogReading, OfTheCustodianPrivacyOfficersAuditorsAndItself) {
  EXPECT_EQ(judged(Role::kPrivacyOfficer, custodian, "HOPERAT"), Reason::kOwnRecord);
  EXPECT_EQ(judged(Role::kPrivacyOfficer, custodian, "PATRQT"), Reason::kOwnRecord);
  EXPECT_EQ(judged(Role::kAuditor, custodian, "HQUALIMP"), Reason::kOwnRecord);
  EXPECT_EQ(judged(Role::kPrivacyOfficer, custodian, "HMARKT"), Reason::kPurpose);
  EXPECT_EQ(judged(Role::kAuditor, custodian, "TREAT"), Reason::kPurpose);
  for (const auto& [role, purpose] : {std::pair(Role::kClinician, "TREAT"),
                                      std::pair(Role::kBilling, "HOPERAT"),
                                      std::pair(Role::kResearcher, "HRESCH")}) {
    EXPECT_EQ(judged(role, custodian, purpose), Reason::kNotAReader);
  }
  EXPECT_TRUE(execute(ask(custodian, custodian, "HOPERAT"), custodian));
  EXPECT_EQ(reason(), Reason::kOwnRecord);
  EXPECT_EQ(last(patient.patient()).role, std::nullopt);
}

TEST_F(LogReading, WhatIsLeftOfAnErasedPatientIsForWhoAnswersForIt) {
  ledger::Tombstone stone;
  stone.subject = ledger::subject_path(patient.patient());
  stone.custodian = custodian.id;
  world.state.put(ledger::Tombstone::key(stone.subject), stone.encode());
  EXPECT_EQ(judged(Role::kAuditor, custodian, "FRAUD"), Reason::kOwnRecord);
  EXPECT_EQ(judged(Role::kPrivacyOfficer, custodian, "HOPERAT"), Reason::kOwnRecord);
  EXPECT_EQ(judged(Role::kAuditor, other, "FRAUD"), Reason::kNotAReader);
}

TEST_F(LogReading, OfOtherOrganisationsAuditorsOnly) {
  EXPECT_EQ(judged(Role::kAuditor, other, "FRAUD"), Reason::kAuditor);
  EXPECT_EQ(judged(Role::kPrivacyOfficer, other, "HOPERAT"), Reason::kNotAReader);
  EXPECT_EQ(judged(Role::kClinician, other, "TREAT"), Reason::kNotAReader);
  EXPECT_FALSE(execute(ask(other, other, "HOPERAT"), other));
  EXPECT_EQ(reason(), Reason::kNotAReader);
}

TEST_F(LogReading, WhoIsSuspendedReadsNothing) {
  const Party auditor = world.add_practitioner(other, Role::kAuditor);
  world.suspend(other.id);
  EXPECT_FALSE(execute(ask(auditor, other, "FRAUD"), other, auditor));
  EXPECT_EQ(reason(), Reason::kMemberInactive);
}

TEST_F(LogReading, NobodyReadsInAnothersName) {
  const Party officer = world.add_practitioner(custodian, Role::kPrivacyOfficer);
  const LogAuditRead operation = ask(officer, custodian, "HOPERAT");
  const auto requester = AuthorisationRole::kRequester;
  EXPECT_FALSE(execute(operation, custodian));                      // unsigned
  EXPECT_FALSE(execute(operation, custodian, patient, requester));  // signed by another
  EXPECT_FALSE(execute(operation, custodian, officer, AuthorisationRole::kPatient));
  EXPECT_FALSE(execute(operation, other, officer, requester));  // brought by another
  EXPECT_FALSE(execute(ask(custodian, custodian, "HOPERAT"), other));
  EXPECT_FALSE(execute(ask(officer, other, "HOPERAT"), other, officer));  // not his employer
  EXPECT_FALSE(execute(ask(custodian, custodian, "HOPERAT"), custodian, officer, requester));
  EXPECT_EQ(count(patient.patient()), 7U);
  for (std::uint64_t i = 0; i < 7; ++i) {
    const auto entry = load_access(world.state, patient.patient(), i).value();
    EXPECT_EQ(entry.act->reason, Reason::kNotAuthenticated) << i;
    EXPECT_EQ(entry.role, std::nullopt);
  }
  // None of them used up his request id.
  EXPECT_TRUE(execute(operation, custodian, officer, requester));
}

TEST_F(LogReading, AReadingExpiresAndSoonEnough) {
  LogAuditRead operation = ask(patient, other, "PATRQT");
  operation.expiry = world.now;
  EXPECT_FALSE(execute(operation, other, patient, AuthorisationRole::kPatient));
  EXPECT_EQ(reason(), Reason::kRequestExpired);
  operation.expiry = TimeMs{world.now.value + limits::kMaxAccessRequestMs + 1};
  EXPECT_FALSE(execute(operation, other, patient, AuthorisationRole::kPatient));
  operation.expiry.value -= 1;
  EXPECT_TRUE(execute(operation, other, patient, AuthorisationRole::kPatient));
}

TEST_F(LogReading, AProxyReadsInHisTimeForHisPurposesUnlessSomethingIsHiddenFromHim) {
  auto terms = test::proxy_operation(world, patient, test::test_key(50), custodian.id);
  terms.excluded_labels.clear();
  const Party proxy{terms.proxy, test::test_key(50)};
  const auto read = [&](const Party& who, const std::string& purpose) {
    execute(ask(who, other, purpose), other, who, AuthorisationRole::kProxy);
    return reason();
  };
  EXPECT_EQ(read(proxy, "FAMRQT"), Reason::kNotAuthenticated);
  ASSERT_EQ(world.execute(terms, custodian).code, ResultCode::kOk);
  EXPECT_EQ(read(proxy, "FAMRQT"), Reason::kProxy);
  EXPECT_EQ(read(proxy, "PWATRNY"), Reason::kProxyNotAuthorized);
  world.now = terms.to;
  EXPECT_EQ(read(proxy, "FAMRQT"), Reason::kProxyExpired);

  auto narrow = test::proxy_operation(world, patient, test::test_key(51), custodian.id);
  narrow.excluded_labels = {"PSY"};
  narrow.from = world.now;
  narrow.to = TimeMs{world.now.value + HealthWorld::kDay};
  ASSERT_EQ(world.execute(narrow, custodian).code, ResultCode::kOk);
  EXPECT_EQ(read({narrow.proxy, test::test_key(51)}, "FAMRQT"), Reason::kProxyScope);
}

TEST_F(LogReading, AnUnknownLogLooksLikeARefusalAndStandsInTheOwnOne) {
  const Party officer = world.add_practitioner(other, Role::kPrivacyOfficer);
  const auto refused = world.execute(ask(other, other, "HOPERAT"), other);
  const auto unknown = world.reading(other.id, other.id, test_id<PatientId>(9), "HOPERAT");
  EXPECT_EQ(world.execute(unknown, other), refused);
  const PatientId own = organisation_log(other.id);
  ASSERT_EQ(count(own), 2U);
  EXPECT_EQ(last(own).asked->reason, Reason::kNotFound);
  EXPECT_EQ(count(test_id<PatientId>(9)), 0U);
  // A practitioner has no log.
  execute(world.reading(other.id, other.id, id_cast<PatientId>(officer.id), "HOPERAT"), other);
  EXPECT_EQ(count(own), 3U);
}

TEST_F(LogReading, AnOrganisationsOwnLogIsForItselfAndForAuditors) {
  const PatientId own = organisation_log(custodian.id);
  EXPECT_TRUE(execute(world.reading(custodian.id, custodian.id, own, "HOPERAT"), custodian));
  const Party auditor = world.add_practitioner(other, Role::kAuditor);
  EXPECT_TRUE(execute(world.reading(auditor.id, other.id, own, "FRAUD"), other, auditor));
  EXPECT_FALSE(execute(world.reading(other.id, other.id, own, "HOPERAT"), other));
  EXPECT_EQ(count(own), 3U);
}

TEST_F(LogReading, EntriesDecodeStrictly) {
  execute(ask(custodian, custodian, "HOPERAT"), custodian);
  test::expect_strict(last(patient.patient()));
  test::expect_strict(ReadOutcome{true});
  Bytes access = last(patient.patient()).encode();
  access[1] = 4;
  EXPECT_EQ(AccessEntry::decode(access).error().code, ErrorCode::kMalformed);
  // A reading is no access, whatever its version says.
  access[1] = 1;
  EXPECT_FALSE(AccessEntry::decode(access));
}

}  // namespace
}  // namespace galen::audit
