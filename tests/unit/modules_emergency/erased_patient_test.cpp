// What was declared for a patient outlives him in his log, and so does its review (PRIVACY.md 13,
// 20).
#include "modules/emergency/declarations.h"
#include "modules/erasure/orders.h"
#include "unit/modules_emergency/emergency_world.h"

#include <gtest/gtest.h>

#include <variant>

namespace galen::emergency {
namespace {

using ledger::ErasureBasis;
using ledger::ErasureScope;
using ledger::ResultCode;
using test::EmergencyWorld;
using test::Party;

class EmergenciesOfAnErasedPatient : public ::testing::Test {
 protected:
  EmergenciesOfAnErasedPatient() {
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

  ledger::DeclareEmergency declared() {
    const auto operation = world.declaration();
    EXPECT_EQ(world.declare(operation), ResultCode::kOk);
    return operation;
  }

  /// Asked for by the custodian with a second hospital, and ordered.
  void erase(ErasureScope scope, ErasureBasis basis) {
    ledger::RequestErasure asked;
    asked.seed = test::test_id<Random32>(world.next_number());
    asked.request = ledger::erasure_id(world.chain, world.custodian.id, asked.seed);
    asked.patient = world.patient.patient();
    asked.scope = scope;
    asked.basis = basis;
    const auto agreed = world.sign(asked, world.clinic, ledger::AuthorisationRole::kOrganisation);
    ASSERT_EQ(world.execute(asked, world.custodian, {agreed}).code, ResultCode::kOk);
    ledger::ErasePatient order;
    order.request = asked.request;
    order.path = ledger::subject_path(asked.patient);
    order.scope = scope;
    order.basis = basis;
    if (scope == ErasureScope::kPatient) order.audit_until = audit_until;
    ASSERT_EQ(world.execute(order, world.custodian).code, ResultCode::kOk);
  }

  EmergencyWorld world;
  TimeMs audit_until{world.now.value + world.parameters.min_audit_retention_ms +
                     EmergencyWorld::kDay};
};

TEST_F(EmergenciesOfAnErasedPatient, AreReviewedByWhoKeptHimWhileHisLogIsKept) {
  const auto first = declared();
  const auto second = declared();
  erase(ErasureScope::kPatient, ErasureBasis::kUnlawful);
  ASSERT_FALSE(identity::PatientEntry::load(world.state, world.patient.patient()));
  EXPECT_EQ(world.review_by(first, world.custodian_officer, world.custodian), ResultCode::kOk);
  const auto review = ReviewEntry::load(world.state, first.patient, first.declaration);
  ASSERT_TRUE(review);
  EXPECT_EQ(review->organisation, world.custodian.id);
  const auto waiting = list_unreviewed(world.state, world.clinic.id);
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting.front().declaration, second.declaration);
}

TEST_F(EmergenciesOfAnErasedPatient, AreNobodyElsesThanBefore) {
  const Party stranger = world.add_practitioner(world.hospitals[2], ledger::Role::kPrivacyOfficer);
  const Party clinician = world.add_practitioner(world.custodian);
  const auto operation = declared();
  erase(ErasureScope::kPatient, ErasureBasis::kUnlawful);
  EXPECT_EQ(world.review_by(operation, stranger, world.hospitals[2]), ResultCode::kNotAuthorised);
  EXPECT_EQ(world.review_by(operation, world.officer, world.custodian), ResultCode::kNotAuthorised);
  EXPECT_EQ(world.review_by(operation, clinician, world.custodian), ResultCode::kSameReviewer);
  EXPECT_EQ(world.review_by(operation, world.doctor, world.clinic), ResultCode::kSameReviewer);
  EXPECT_EQ(world.review_by(operation, world.officer, world.clinic), ResultCode::kOk);
}

TEST_F(EmergenciesOfAnErasedPatient, GoWithHisLog) {
  const auto operation = declared();
  erase(ErasureScope::kPatient, ErasureBasis::kUnlawful);
  world.now = audit_until;
  erase(ErasureScope::kAudit, ErasureBasis::kRetentionEnded);
  // In the block of the order the log can still be read: its keys go behind it.
  ASSERT_TRUE(DeclarationEntry::load(world.state, operation.patient, operation.declaration));
  EXPECT_EQ(world.review_by(operation, world.custodian_officer, world.custodian),
            ResultCode::kNotAuthorised);
  world.state.erase(DeclarationEntry::key(operation.patient, operation.declaration));
  EXPECT_EQ(world.review_by(operation, world.custodian_officer, world.custodian),
            ResultCode::kUnknownDeclaration);
  EXPECT_EQ(world.review_by(operation, world.officer, world.clinic),
            ResultCode::kUnknownDeclaration);
}

}  // namespace
}  // namespace galen::emergency
