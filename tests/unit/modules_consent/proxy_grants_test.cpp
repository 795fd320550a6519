// What a proxy may grant, and the end of it with him (PRIVACY.md 33, HEALTH.md 1.5 V6).
#include "modules/consent/proxy_grants.h"

#include "consent_fixture.h"
#include "support/identity_steps.h"

namespace galen::consent {
namespace {

class ProxyGrants : public ConsentTest {
 protected:
  ProxyGrants() {
    operation.excluded_labels = {"SEX"};
    operation.to = TimeMs{world.now.value + 40 * HealthWorld::kDay};
    proxy.id = operation.proxy;
  }

  void authorise() { ASSERT_EQ(world.execute(operation, custodian).code, ResultCode::kOk); }

  test::Party proxy{AccountId{}, test::test_key(50)};
  ledger::AuthorizeProxy operation = test::proxy_operation(world, patient, proxy.key, custodian.id);
  std::uint64_t sequence = 0;

  ledger::OperationResult by_proxy(const Operation& given) {
    return world.execute(
        given,
        reader,
        {world.sign(given, proxy, AuthorisationRole::kProxy, {.sequence = ++sequence})});
  }

  ResultCode code(const GrantTerms& given) { return by_proxy(GrantAccess{given}).code; }
};

TEST_F(ProxyGrants, AProxyInForceGrantsInThePatientsName) {
  EXPECT_EQ(code(terms()), ResultCode::kUnknownProxy);
  authorise();
  const auto result = by_proxy(GrantAccess{terms()});
  ASSERT_EQ(result.code, ResultCode::kOk);
  const auto given = entry(GrantId::from(result.detail));
  EXPECT_EQ(given.grantor, (Grantor{AuthorisationRole::kProxy, proxy.id}));
  --sequence;
  EXPECT_EQ(code(terms()), ResultCode::kSequenceUsed);
}

TEST_F(ProxyGrants, V6OutsideHisTimeHeGrantsNothing) {
  operation.from = TimeMs{world.now.value + 10};
  authorise();
  EXPECT_EQ(code(terms()), ResultCode::kProxyNotInForce);
  world.now = operation.from;
  EXPECT_EQ(code(terms()), ResultCode::kOk);
  auto last = terms();
  last.valid_from = operation.from;
  last.valid_to = operation.to;
  world.now = TimeMs{operation.to.value - 1};
  EXPECT_EQ(code(last), ResultCode::kOk);
  world.now = operation.to;
  EXPECT_EQ(code(last), ResultCode::kProxyNotInForce);
}

TEST_F(ProxyGrants, OnlyWhoMayGrantGrants) {
  operation.may_grant = false;
  authorise();
  EXPECT_EQ(code(terms()), ResultCode::kNotAuthorised);
}

TEST_F(ProxyGrants, NotBeyondHisOwnEnd) {
  authorise();
  auto given = terms();
  given.valid_to = TimeMs{operation.to.value + 1};
  EXPECT_EQ(code(given), ResultCode::kBeyondProxy);
  given.valid_to = operation.to;
  EXPECT_EQ(code(given), ResultCode::kOk);
  ledger::DenyAccess deny{terms()};
  deny.terms.labels = {"HIV"};
  deny.terms.valid_to.reset();
  EXPECT_EQ(by_proxy(deny).code, ResultCode::kBeyondProxy);
  deny.terms.valid_to = operation.to;
  EXPECT_EQ(by_proxy(deny).code, ResultCode::kOk);
}

TEST_F(ProxyGrants, OnlyLabelsWithinHisScope) {
  authorise();
  auto given = terms();
  given.labels = {"HIV", "SEX"};
  EXPECT_EQ(code(given), ResultCode::kNotAuthorised);
  given.labels = {"HIV"};
  given.labels_key_id = 1;
  EXPECT_EQ(code(given), ResultCode::kNotAuthorised);
  given.labels_key_id.reset();
  EXPECT_EQ(code(given), ResultCode::kOk);
  // A deny without labels is one of every label.
  ledger::DenyAccess deny{terms()};
  EXPECT_EQ(by_proxy(deny).code, ResultCode::kNotAuthorised);
}

TEST_F(ProxyGrants, WithoutExclusionsHeDeniesEverything) {
  operation.excluded_labels.clear();
  authorise();
  EXPECT_EQ(by_proxy(ledger::DenyAccess{terms()}).code, ResultCode::kOk);
}

TEST_F(ProxyGrants, HeEndsHisOwnAndThePatientEndsEverything) {
  authorise();
  const GrantId authored = world.must_give(GrantAccess{terms()}, patient);
  EXPECT_EQ(by_proxy(revocation(authored)).code, ResultCode::kNotAuthorised);
  auto replacing = terms();
  replacing.supersedes = {authored};
  EXPECT_EQ(code(replacing), ResultCode::kNotAuthorised);
  const GrantId own = GrantId::from(by_proxy(GrantAccess{terms()}).detail);
  EXPECT_EQ(by_proxy(revocation(own)).code, ResultCode::kOk);
  EXPECT_EQ(entry(own).status, GrantStatus::kRevoked);
  const GrantId second = GrantId::from(by_proxy(GrantAccess{terms()}).detail);
  EXPECT_EQ(give(revocation(second)), ResultCode::kOk);
  EXPECT_EQ(entry(second).status, GrantStatus::kRevoked);
  EXPECT_EQ(entry(authored).status, GrantStatus::kActive);
}

TEST_F(ProxyGrants, WhatHeGaveEndsWithHim) {
  authorise();
  const GrantId authored = world.must_give(GrantAccess{terms()}, patient);
  const GrantId own = GrantId::from(by_proxy(GrantAccess{terms()}).detail);
  world.now = TimeMs{world.now.value + 5};
  const ledger::RevokeProxy revoke{patient.patient(), proxy.id, ledger::RevocationReason{1}};
  EXPECT_EQ(world.execute(revoke, reader).code, ResultCode::kNotAuthorised);
  EXPECT_EQ(entry(own).status, GrantStatus::kActive);
  ASSERT_EQ(world.execute(revoke, custodian).code, ResultCode::kOk);
  EXPECT_EQ(entry(own).status, GrantStatus::kRevoked);
  EXPECT_EQ(entry(own).ended_at, world.now);
  EXPECT_EQ(entry(authored).status, GrantStatus::kActive);
  EXPECT_EQ(code(terms()), ResultCode::kProxyNotInForce);
  EXPECT_EQ(by_proxy(revocation(own)).code, ResultCode::kProxyNotInForce);
}

}  // namespace
}  // namespace galen::consent
