#include "modules/audit/evaluation.h"

#include "support/health_world.h"

#include <gtest/gtest.h>

namespace galen::audit {
namespace {

using policy::Instant;
using policy::Reason;
using test::HealthWorld;
using test::Party;
using test::test_id;

class Evaluation : public ::testing::Test {
 protected:
  [[nodiscard]] policy::Decision evaluate_at(TimeMs head,
                                             TimeMs clock,
                                             std::optional<GrantId> counted_grant = std::nullopt) {
    policy::Request asked = policy_request(request, Instant{head, clock});
    asked.counted_grant = counted_grant;
    asked.state_age_ms = state_age_ms;
    const auto requester = load_requester(world.state, request);
    return evaluate(
        world.state, world.parameters, *requester, {request.patient, request.records[0]}, asked);
  }

  HealthWorld world;
  Party custodian = world.hospitals[0];
  Party reader = world.hospitals[1];
  Party patient = world.add_patient(custodian);
  Party doctor = world.add_practitioner(reader);
  ledger::AccessRequest request =
      world.request(doctor, reader.id, patient, {world.add_record(custodian, patient)});
  std::uint64_t state_age_ms = 0;
};

TEST_F(Evaluation, DecidesAsTheBlockDoes) {
  EXPECT_EQ(evaluate_at(world.now, world.now).reason, Reason::kNoConsent);
  const GrantId id = world.must_give(ledger::GrantAccess{world.terms(patient, reader.id)}, patient);
  const policy::Decision decision = evaluate_at(world.now, world.now);
  EXPECT_TRUE(decision.permit);
  EXPECT_EQ(decision.grant, id);
}

TEST_F(Evaluation, ADeviceAssertsWhatTheConsortiumsTableSays) {
  world.must_give(ledger::GrantAccess{world.terms(patient, reader.id)}, patient);
  const Party monitor = world.add_practitioner(reader, ledger::Role::kDevice);
  request = world.request(monitor, reader.id, patient, request.records);
  EXPECT_EQ(evaluate_at(world.now, world.now).reason, Reason::kPurpose);
  world.parameters.role_purposes.push_back({ledger::Role::kDevice, "TREAT"});
  EXPECT_TRUE(evaluate_at(world.now, world.now).permit);
  auto by_name = world.terms(patient, monitor.id);
  by_name.grantee.kind = ledger::GranteeKind::kPractitioner;
  world.must_give(ledger::DenyAccess{by_name}, patient);
  EXPECT_FALSE(evaluate_at(world.now, world.now).permit) << "and is denied by name, as anybody";
}

TEST_F(Evaluation, AnIdleChainKeepsNoExpiredPermitAlive) {
  const auto terms = world.terms(patient, reader.id);
  world.must_give(ledger::GrantAccess{terms}, patient);
  EXPECT_EQ(evaluate_at(world.now, *terms.valid_to).reason, Reason::kExpired);
  EXPECT_EQ(evaluate_at(TimeMs{world.now.value - 1}, world.now).reason, Reason::kNotYetValid);
}

TEST_F(Evaluation, AReleaseDoesNotNeedASecondUse) {
  auto terms = world.terms(patient, reader.id);
  terms.max_uses = 1;
  const GrantId id = world.must_give(ledger::GrantAccess{terms}, patient);
  const ledger::Operation operation = ledger::LogAccess{request};
  world.execute(
      operation, reader, {world.sign(operation, doctor, ledger::AuthorisationRole::kRequester)});
  EXPECT_EQ(evaluate_at(world.now, world.now).reason, Reason::kUsesExhausted);
  EXPECT_TRUE(evaluate_at(world.now, world.now, id).permit);
  // Another grant's use pays for nothing: an exhausted one opens no second door after a revocation.
  EXPECT_FALSE(evaluate_at(world.now, world.now, test_id<GrantId>(9)).permit);
}

TEST_F(Evaluation, StalenessIsTestedFirstForKnownAndUnknownRecords) {
  state_age_ms = world.parameters.stale_ms + 1;
  EXPECT_EQ(evaluate_at(world.now, world.now).reason, Reason::kStaleState);
  request.records = {test_id<RecordId>(1)};
  EXPECT_EQ(evaluate_at(world.now, world.now).reason, Reason::kStaleState);
  state_age_ms = world.parameters.stale_ms;
  EXPECT_EQ(evaluate_at(world.now, world.now).reason, Reason::kUnknownRecord);
}

TEST_F(Evaluation, UnknownAndErasedPatientsHaveUnknownRecords) {
  world.put_tombstone(patient.patient());
  EXPECT_EQ(evaluate_at(world.now, world.now).reason, Reason::kUnknownRecord);
  request.patient = test_id<PatientId>(1);
  EXPECT_EQ(evaluate_at(world.now, world.now).reason, Reason::kUnknownRecord);
}

TEST_F(Evaluation, RequesterIsWhatTheStateSays) {
  const auto requester = load_requester(world.state, request);
  ASSERT_TRUE(requester.has_value());
  EXPECT_EQ(requester->person, doctor.id);
  EXPECT_EQ(requester->organisation, reader.id);
  EXPECT_EQ(requester->role, ledger::Role::kClinician);
  EXPECT_EQ(requester->region, "DE");
  EXPECT_FALSE(requester->emergency_privilege);
  request.organisation = custodian.id;
  EXPECT_FALSE(load_requester(world.state, request).has_value());
  request.person = patient.id;
  EXPECT_EQ(load_requester(world.state, request)->role, ledger::Role::kPatient);
}

TEST_F(Evaluation, SuspendedPractitionersAreRefusedWhateverTheyWereGranted) {
  world.must_give(ledger::GrantAccess{world.terms(patient, reader.id)}, patient);
  auto entry = identity::PractitionerEntry::load(world.state, doctor.id).value();
  entry.set_status(ledger::AccountStatus::kSuspended, world.height);
  world.state.put(identity::PractitionerEntry::key(doctor.id), entry.encode());
  EXPECT_FALSE(load_requester(world.state, request)->person_active);
  EXPECT_EQ(evaluate_at(world.now, world.now).reason, Reason::kMemberInactive);
}

}  // namespace
}  // namespace galen::audit
