#include "modules/consent/grants.h"

#include "support/health_world.h"
#include "support/strict_codec.h"

#include <gtest/gtest.h>

namespace galen::consent {
namespace {

using ledger::AuthorisationRole;
using test::HealthWorld;
using test::test_id;

GrantEntry sample() {
  HealthWorld world;
  GrantEntry entry;
  entry.terms = world.terms({test_id<AccountId>(1), test::test_key(1)}, test_id<AccountId>(2));
  entry.grantor = {AuthorisationRole::kPatient, test_id<AccountId>(1)};
  entry.sequence = 3;
  entry.submitter = test_id<AccountId>(4);
  entry.created = world.now;
  entry.height = world.height;
  return entry;
}

TEST(GrantEntries, DecodeStrictly) {
  test::expect_strict(sample());
  GrantEntry ended = sample();
  ended.effect = ledger::Effect::kDeny;
  ended.status = policy::GrantStatus::kRevoked;
  ended.ended_at = TimeMs{5};
  test::expect_strict(ended);
  GrantEntry limited = sample();
  limited.terms.max_uses = 4;
  limited.uses_left = 2;
  test::expect_strict(limited);
  test::expect_strict(SequenceEntry{9});
  test::expect_strict(RevocationEntry{{AuthorisationRole::kCustodian, test_id<AccountId>(1)},
                                      ledger::RevocationReason{7},
                                      TimeMs{1},
                                      Height{2}});
}

TEST(GrantEntries, ContradictionsAreMalformed) {
  GrantEntry active_but_ended = sample();
  active_but_ended.ended_at = TimeMs{5};
  EXPECT_FALSE(GrantEntry::decode(active_but_ended.encode()).has_value());
  GrantEntry ended_without_time = sample();
  ended_without_time.status = policy::GrantStatus::kSuperseded;
  EXPECT_FALSE(GrantEntry::decode(ended_without_time.encode()).has_value());
  GrantEntry uses_without_limit = sample();
  uses_without_limit.uses_left = 1;
  EXPECT_FALSE(GrantEntry::decode(uses_without_limit.encode()).has_value());
  GrantEntry more_than_the_limit = sample();
  more_than_the_limit.terms.max_uses = 1;
  more_than_the_limit.uses_left = 2;
  EXPECT_FALSE(GrantEntry::decode(more_than_the_limit.encode()).has_value());
}

TEST(GrantEntries, APatientsWordEndsEverything) {
  const Grantor patient{AuthorisationRole::kPatient, test_id<AccountId>(1)};
  const Grantor custodian{AuthorisationRole::kCustodian, test_id<AccountId>(2)};
  const Grantor another{AuthorisationRole::kCustodian, test_id<AccountId>(3)};
  EXPECT_TRUE(patient.may_end_what(patient));
  EXPECT_TRUE(patient.may_end_what(custodian));
  EXPECT_TRUE(custodian.may_end_what(custodian));
  EXPECT_FALSE(custodian.may_end_what(patient));
  EXPECT_FALSE(custodian.may_end_what(another));
}

}  // namespace
}  // namespace galen::consent
