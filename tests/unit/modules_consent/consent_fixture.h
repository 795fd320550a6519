// A patient with a custodian and a reader, for the tests of this folder. Thread rule: one thread.
#pragma once

#include "modules/consent/consent.h"
#include "modules/consent/grants.h"
#include "support/health_world.h"

#include <gtest/gtest.h>

namespace galen::consent {

using ledger::AuthorisationRole;
using ledger::DenyAccess;
using ledger::GrantAccess;
using ledger::GranteeKind;
using ledger::GrantTerms;
using ledger::Operation;
using ledger::ResultCode;
using ledger::RevokeAccess;
using policy::GrantStatus;
using test::AuthorisationFields;
using test::HealthWorld;
using test::Party;
using test::test_id;

class ConsentTest : public ::testing::Test {
 protected:
  /// Gives in the patient's name; what is refused writes nothing.
  ResultCode give(const Operation& operation) {
    const auto result = world.give(operation, patient, custodian);
    if (result.code != ResultCode::kOk) {
      EXPECT_TRUE(world.last_writes.empty());
      EXPECT_TRUE(result.detail.empty());
    }
    return result.code;
  }

  ResultCode permit(const GrantTerms& terms) { return give(GrantAccess{terms}); }

  ResultCode deny(const GrantTerms& terms) { return give(DenyAccess{terms}); }

  [[nodiscard]] GrantTerms terms() const { return world.terms(patient, reader.id); }

  [[nodiscard]] GrantEntry entry(const GrantId& id) const {
    return GrantEntry::load(world.state, patient.patient(), id).value();
  }

  [[nodiscard]] RevokeAccess revocation(const GrantId& id) const {
    return RevokeAccess{patient.patient(), id, ledger::RevocationReason{2}};
  }

  HealthWorld world;
  Party custodian = world.hospitals[0];
  Party reader = world.hospitals[1];
  Party patient = world.add_patient(custodian);
};

}  // namespace galen::consent
