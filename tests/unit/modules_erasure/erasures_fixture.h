// A patient with a record at hospital 0, and what is done about his erasure. Thread rule: one
// thread.
#pragma once

#include "modules/erasure/holds.h"
#include "modules/erasure/orders.h"
#include "support/health_world.h"

#include <gtest/gtest.h>

namespace galen::erasure {

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
  Party patient = world.add_patient(custodian, ledger::KeyHolder::kPatient);
  RecordId record = world.add_record(custodian, patient);
  SubjectPath path = ledger::subject_path(patient.patient());
  TimeMs audit_until{HealthWorld::kStart + 60 * HealthWorld::kDay};
};

}  // namespace galen::erasure
