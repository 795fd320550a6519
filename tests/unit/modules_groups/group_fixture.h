// A steward, two other hospitals and a group, for the tests of this folder. Thread rule: one
// thread.
#pragma once

#include "modules/groups/groups.h"
#include "modules/groups/members.h"
#include "support/health_world.h"

#include <gtest/gtest.h>

namespace galen::groups {

using ledger::ResultCode;
using test::HealthWorld;
using test::Party;
using test::test_id;

class GroupTest : public ::testing::Test {
 protected:
  ledger::DefineGroup definition(ledger::GroupKind kind = ledger::GroupKind::kGroup) {
    ledger::DefineGroup operation;
    operation.seed = test_id<Random32>(world.next_number());
    operation.group = ledger::group_id(world.chain, steward.id, operation.seed);
    operation.kind = kind;
    operation.name = "tumour-board";
    operation.document = test_id<Digest>(1);
    operation.organisations = {steward.id};
    return operation;
  }

  AccountId define(ledger::GroupKind kind = ledger::GroupKind::kGroup) {
    const auto operation = definition(kind);
    EXPECT_EQ(code(operation, steward), ResultCode::kOk);
    return operation.group;
  }

  ledger::UpdateGroup update(const AccountId& group) {
    ledger::UpdateGroup operation;
    operation.group = group;
    operation.version = load(group).version + 1;
    return operation;
  }

  ledger::ChangeMembership change(const AccountId& group, const AccountId& person, bool member) {
    return {person, group, load(group).version + 1, member};
  }

  ResultCode code(const ledger::Operation& operation,
                  const Party& submitter,
                  std::vector<ledger::Authorisation> authorisations = {}) {
    const auto result = world.execute(operation, submitter, std::move(authorisations));
    if (result.code != ResultCode::kOk) {
      EXPECT_TRUE(world.last_writes.empty());
    }
    return result.code;
  }

  [[nodiscard]] GroupEntry load(const AccountId& group) const {
    return GroupEntry::load(world.state, group).value();
  }

  HealthWorld world;
  Party steward = world.hospitals[0];
  Party other = world.hospitals[1];
  Party third = world.hospitals[2];
};

}  // namespace galen::groups
