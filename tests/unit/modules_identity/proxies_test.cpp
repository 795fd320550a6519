// Proxies and links: who may make and end them, and what they must look like.
#include "modules/identity/proxies.h"

#include "modules/identity/links.h"
#include "modules/identity/sequence.h"
#include "support/identity_steps.h"
#include "support/strict_codec.h"

#include <gtest/gtest.h>

namespace galen::identity {
namespace {

using ledger::AuthorisationRole;
using ledger::ResultCode;
using test::HealthWorld;
using test::Party;
using test::test_id;
using test::test_key;

class Relations : public ::testing::Test {
 protected:
  ResultCode run(const ledger::Operation& operation,
                 const Party& submitter,
                 std::vector<ledger::Authorisation> authorisations = {}) {
    const auto before = world.state;
    const auto code = world.execute(operation, submitter, std::move(authorisations)).code;
    if (code != ResultCode::kOk) {
      EXPECT_EQ(world.state, before);
    }
    return code;
  }

  ledger::Authorisation by(const Party& party,
                           AuthorisationRole role,
                           const ledger::Operation& operation) {
    return world.sign(operation, party, role, {.sequence = ++sequence});
  }

  ResultCode by_patient(const ledger::Operation& operation, const Party& submitter) {
    return run(operation, submitter, {by(patient, AuthorisationRole::kPatient, operation)});
  }

  [[nodiscard]] ProxyEntry entry() const {
    return ProxyEntry::load(world.state, patient.patient(), proxy.proxy).value();
  }

  HealthWorld world;
  Party custodian = world.hospitals[0];
  Party clinic = world.hospitals[1];
  Party stranger = world.hospitals[2];
  Party patient = world.add_patient(custodian);
  ledger::AuthorizeProxy proxy = test::proxy_operation(world, patient, test_key(50), clinic.id);
  std::uint64_t sequence = 0;
};

TEST_F(Relations, ThePatientSignsAndTheAttestingOrganisationBringsIt) {
  ASSERT_EQ(by_patient(proxy, clinic), ResultCode::kOk);
  EXPECT_TRUE(entry().by_patient);
  EXPECT_EQ(entry().terms, proxy);
  EXPECT_EQ(entry().authorised, world.now);
  EXPECT_TRUE(entry().in_force(proxy.from));
  EXPECT_TRUE(entry().in_force(TimeMs{proxy.to.value - 1}));
  EXPECT_FALSE(entry().in_force(proxy.to));
  EXPECT_FALSE(entry().in_force(TimeMs{proxy.from.value - 1}));
}

TEST_F(Relations, TheAttestingOrganisationMayAgreeBesideTheSubmitter) {
  EXPECT_EQ(run(proxy,
                stranger,
                {by(patient, AuthorisationRole::kPatient, proxy),
                 by(clinic, AuthorisationRole::kOrganisation, proxy)}),
            ResultCode::kOk);
}

TEST_F(Relations, WhoCannotSignHasHisCustodianBesideTheAttestingOrganisation) {
  ASSERT_EQ(run(proxy, custodian, {by(clinic, AuthorisationRole::kOrganisation, proxy)}),
            ResultCode::kOk);
  EXPECT_FALSE(entry().by_patient);
}

TEST_F(Relations, TheCustodianMayAttestItself) {
  proxy.attested_by = custodian.id;
  EXPECT_EQ(run(proxy, custodian), ResultCode::kOk);
}

TEST_F(Relations, OfWhoKeepsHisKeysNotTheCustodianAlone) {
  auto own = PatientEntry::load(world.state, patient.patient()).value();
  own.held_by = ledger::KeyHolder::kPatient;
  world.state.put(PatientEntry::key(patient.patient()), own.encode());
  auto alone = proxy;
  alone.attested_by = custodian.id;
  EXPECT_EQ(run(alone, custodian), ResultCode::kNotAuthorised);
  EXPECT_EQ(run(alone, clinic, {by(custodian, AuthorisationRole::kOrganisation, alone)}),
            ResultCode::kNotAuthorised);
  EXPECT_EQ(run(proxy, custodian, {by(clinic, AuthorisationRole::kOrganisation, proxy)}),
            ResultCode::kOk);
}

TEST_F(Relations, NoMemberMakesProxiesOfAnothersPatients) {
  EXPECT_EQ(run(proxy, clinic), ResultCode::kNotAuthorised);
  EXPECT_EQ(run(proxy, custodian), ResultCode::kNotAuthorised);
  EXPECT_EQ(run(proxy, clinic, {by(stranger, AuthorisationRole::kOrganisation, proxy)}),
            ResultCode::kNotAuthorised);
  // The patient alone does not show papers.
  EXPECT_EQ(by_patient(proxy, stranger), ResultCode::kNotAuthorised);
  const Party other = world.add_patient(custodian);
  EXPECT_EQ(run(proxy, clinic, {by(other, AuthorisationRole::kPatient, proxy)}),
            ResultCode::kNotAuthorised);
}

TEST_F(Relations, ForgedAndStrayAuthorisationsAreRefused) {
  EXPECT_EQ(
      run(proxy, clinic, {by(Party{patient.id, test_key(60)}, AuthorisationRole::kPatient, proxy)}),
      ResultCode::kBadSignature);
  EXPECT_EQ(run(proxy, clinic, {by(custodian, AuthorisationRole::kCustodian, proxy)}),
            ResultCode::kBadAuthorisation);
  const auto twice = by(patient, AuthorisationRole::kPatient, proxy);
  EXPECT_EQ(run(proxy, clinic, {twice, twice}), ResultCode::kBadAuthorisation);
  world.suspend(clinic.id);
  EXPECT_EQ(run(proxy, custodian, {by(clinic, AuthorisationRole::kOrganisation, proxy)}),
            ResultCode::kOrganisationInactive);
}

TEST_F(Relations, TermsOfAProxy) {
  const auto code = [&](auto change) {
    auto changed = proxy;
    change(changed);
    return by_patient(changed, clinic);
  };
  EXPECT_EQ(code([&](auto& p) { p.patient = test_id<PatientId>(9); }), ResultCode::kUnknownPatient);
  EXPECT_EQ(code([&](auto& p) { p.proxy = test_id<AccountId>(9); }), ResultCode::kBadIdentifier);
  EXPECT_EQ(code([&](auto& p) { p.purposes = {"TREAT"}; }), ResultCode::kInvalidPurpose);
  EXPECT_EQ(code([&](auto& p) { p.purposes = {"FAMRQT", "PATRQT"}; }), ResultCode::kInvalidPurpose);
  EXPECT_EQ(code([&](auto& p) { p.to = p.from; }), ResultCode::kInvalidWindow);
  EXPECT_EQ(code([&](auto& p) {
              p.from = TimeMs{world.now.value - 10};
              p.to = world.now;
            }),
            ResultCode::kInvalidWindow);
  EXPECT_EQ(code([&](auto& p) { p.labels_key_id = 1; }), ResultCode::kInvalidFlag);
  EXPECT_EQ(
      code([&](auto& p) { std::swap(p.keys.signing_possession, p.keys.agreement_possession); }),
      ResultCode::kBadPossession);
  EXPECT_EQ(code([&](auto& p) { p.to = TimeMs{world.now.value + 1}; }), ResultCode::kOk);
}

TEST_F(Relations, AnAccountIsAuthorisedOnceAndNeverComesBack) {
  ASSERT_EQ(by_patient(proxy, clinic), ResultCode::kOk);
  EXPECT_EQ(by_patient(proxy, clinic), ResultCode::kAlreadyExists);
  ASSERT_EQ(
      run(ledger::RevokeProxy{patient.patient(), proxy.proxy, ledger::RevocationReason{2}}, clinic),
      ResultCode::kOk);
  EXPECT_EQ(by_patient(proxy, clinic), ResultCode::kAlreadyExists);
}

TEST_F(Relations, ASignatureCountsOnce) {
  const auto signature = by(patient, AuthorisationRole::kPatient, proxy);
  ASSERT_EQ(run(proxy, clinic, {signature}), ResultCode::kOk);
  EXPECT_EQ(SequenceEntry::load(world.state, patient.patient(), patient.id), signature.sequence);
  const auto next = test::proxy_operation(world, patient, test_key(51), clinic.id);
  const auto old =
      world.sign(next, patient, AuthorisationRole::kPatient, {.sequence = signature.sequence});
  EXPECT_EQ(run(next, clinic, {old}), ResultCode::kSequenceUsed);
}

TEST_F(Relations, ErasedPatientsHaveNoProxies) {
  world.put_tombstone(patient.patient());
  EXPECT_EQ(by_patient(proxy, clinic), ResultCode::kErased);
}

TEST_F(Relations, SixtyFourProxiesStandAtATime) {
  for (std::uint32_t i = 0; i < kMaxProxiesPerPatient; ++i) {
    const auto next = test::proxy_operation(world, patient, test_key(100 + i), clinic.id);
    ASSERT_EQ(by_patient(next, clinic), ResultCode::kOk);
  }
  EXPECT_EQ(by_patient(proxy, clinic), ResultCode::kTooManyGrants);
  const auto first = list_proxies(world.state, patient.patient()).begin()->first;
  ASSERT_EQ(run(ledger::RevokeProxy{patient.patient(), first, {}}, clinic), ResultCode::kOk);
  EXPECT_EQ(by_patient(proxy, clinic), ResultCode::kOk);
}

/// Every access looks at those that ended, too.
TEST_F(Relations, ThereIsAnEndToProxiesOfOnePatient) {
  const auto next = [&](std::uint32_t i) {
    return test::proxy_operation(world, patient, test_key(100 + i), clinic.id);
  };
  for (std::uint32_t i = 0; i < kMaxProxiesEver; ++i) {
    const auto operation = next(i);
    const std::uint64_t before = world.work.used();
    ASSERT_EQ(by_patient(operation, clinic), ResultCode::kOk) << i;
    ASSERT_EQ(world.work.used() - before, 10U * i);
    const ledger::RevokeProxy revocation{patient.patient(), operation.proxy, {}};
    ASSERT_EQ(run(revocation, clinic), ResultCode::kOk) << i;
  }
  EXPECT_EQ(by_patient(next(kMaxProxiesEver), clinic), ResultCode::kTooManyGrants);
}

TEST_F(Relations, PatientOrAttestingOrganisationRevokes) {
  ASSERT_EQ(by_patient(proxy, clinic), ResultCode::kOk);
  const ledger::RevokeProxy revocation{patient.patient(), proxy.proxy, ledger::RevocationReason{2}};
  EXPECT_EQ(run(revocation, custodian), ResultCode::kNotAuthorised);
  EXPECT_EQ(run(revocation, stranger), ResultCode::kNotAuthorised);
  const auto before = world.state;
  ASSERT_EQ(run(revocation, clinic), ResultCode::kOk);
  EXPECT_EQ(entry().revoked_at, world.now);
  EXPECT_EQ(entry().reason, ledger::RevocationReason::kEnteredInError);
  EXPECT_EQ(entry().end(), world.now);
  EXPECT_FALSE(entry().in_force(world.now));
  world.state = before;
  ASSERT_EQ(by_patient(revocation, stranger), ResultCode::kOk);
  const auto revoked = world.state;
  world.now = TimeMs{world.now.value + 1};
  EXPECT_EQ(by_patient(revocation, stranger), ResultCode::kOk);
  EXPECT_EQ(world.state, revoked);
}

TEST_F(Relations, ThePatientsRevocationStandsAgainstAProxyThatIsYetToCome) {
  const ledger::RevokeProxy revocation{patient.patient(), proxy.proxy, ledger::RevocationReason{2}};
  for (const Party& bringer : {clinic, custodian, stranger}) {
    EXPECT_EQ(run(revocation, bringer), ResultCode::kUnknownProxy);
  }
  const auto unknown = world.state;
  ASSERT_EQ(by_patient(revocation, stranger), ResultCode::kOk);
  const auto key = ProxyRevocation::key(patient.patient(), proxy.proxy);
  const auto stored = ProxyRevocation::decode(world.state.get(key).value()).value();
  EXPECT_EQ(stored, (ProxyRevocation{revocation.reason, world.now, world.height}));
  const auto revoked = world.state;
  world.now = TimeMs{world.now.value + 1};
  EXPECT_EQ(by_patient(revocation, clinic), ResultCode::kOk);
  EXPECT_EQ(world.state, revoked) << "again changes nothing";
  EXPECT_EQ(by_patient(proxy, clinic), ResultCode::kProxyRevoked);
  EXPECT_EQ(world.state, revoked);
  const auto another = test::proxy_operation(world, patient, test_key(51), clinic.id);
  EXPECT_EQ(by_patient(another, clinic), ResultCode::kOk);
  world.state = unknown;
  EXPECT_EQ(by_patient(proxy, clinic), ResultCode::kOk);
}

TEST_F(Relations, RevocationsOfUnknownProxiesAreBounded) {
  const auto revoke = [this](std::uint32_t number) {
    return by_patient(ledger::RevokeProxy{patient.patient(), test_id<AccountId>(number), {}},
                      clinic);
  };
  for (std::uint32_t i = 0; i < kMaxProxiesEver; ++i) ASSERT_EQ(revoke(i), ResultCode::kOk);
  const auto full = world.state;
  EXPECT_EQ(revoke(kMaxProxiesEver), ResultCode::kTooManyGrants);
  EXPECT_EQ(revoke(0), ResultCode::kOk);
  EXPECT_EQ(world.state, full);
}

TEST_F(Relations, RevocationsOfUnknownProxiesDecodeStrictly) {
  const Bytes good = ProxyRevocation{{}, world.now, Height{3}}.encode();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ProxyRevocation::decode(BytesView(good).first(size)));
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(ProxyRevocation::decode(longer));
  Bytes odd = good;
  odd[1] = 9;
  EXPECT_FALSE(ProxyRevocation::decode(odd)) << "another version";
  odd = good;
  odd[2] = odd[3] = 0xff;
  EXPECT_FALSE(ProxyRevocation::decode(odd)) << "an unknown reason";
}

TEST_F(Relations, ScopeHoldsLabelsThatCanBeCompared) {
  ProxyEntry e;
  e.terms = proxy;
  EXPECT_TRUE(e.covers({"HIV"}, std::nullopt));
  e.terms.excluded_labels = {"PSY", "SEX"};
  EXPECT_TRUE(e.covers({}, std::nullopt));
  EXPECT_TRUE(e.covers({"HIV"}, std::nullopt));
  EXPECT_FALSE(e.covers({"HIV", "SEX"}, std::nullopt));
  EXPECT_FALSE(e.covers({"HIV"}, 1));
  e.terms.labels_key_id = 1;
  EXPECT_TRUE(e.covers({"HIV"}, 1));
  EXPECT_FALSE(e.covers({"HIV"}, 2));
  EXPECT_FALSE(e.covers({"HIV"}, std::nullopt));
}

class Links : public Relations {
 protected:
  Links() {
    if (b.patient() < a.patient()) std::swap(a, b);
    link = {a.patient(), b.patient()};
    unlink = {a.patient(), b.patient(), ledger::UnlinkReason::kWrongPerson};
    first = a.id == patient.id ? custodian : clinic;
    second = a.id == patient.id ? clinic : custodian;
  }

  ResultCode linked() {
    return run(link, first, {by(second, AuthorisationRole::kCustodian, link)});
  }

  Party a = patient;
  Party b = world.add_patient(clinic);
  Party first = custodian;  ///< custodian of a
  Party second = clinic;    ///< custodian of b
  ledger::LinkPatient link;
  ledger::UnlinkPatient unlink;
};

TEST_F(Links, BothCustodiansAttestAndBothPatientsCarryIt) {
  ASSERT_EQ(linked(), ResultCode::kOk);
  const auto entry = LinkEntry::load(world.state, link.patient, link.other);
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->submitter, first.id);
  EXPECT_EQ(entry->other_custodian, second.id);
  EXPECT_EQ(LinkEntry::load(world.state, link.other, link.patient), entry);
  EXPECT_EQ(list_links(world.state, link.patient).size(), 1U);
  EXPECT_EQ(linked(), ResultCode::kAlreadyExists);
}

TEST_F(Links, OneCustodianAloneLinksItsOwnOnly) {
  EXPECT_EQ(run(link, first), ResultCode::kNotAuthorised);
  EXPECT_EQ(run(link, second), ResultCode::kNotAuthorised);
  EXPECT_EQ(run(link,
                stranger,
                {by(first, AuthorisationRole::kCustodian, link),
                 by(second, AuthorisationRole::kCustodian, link)}),
            ResultCode::kNotAuthorised);
  const Party c = world.add_patient(custodian);
  const auto own =
      std::minmax({patient.patient(), c.patient()});  // values, not references to temporaries
  EXPECT_EQ(run(ledger::LinkPatient{own.first, own.second}, custodian), ResultCode::kOk);
}

TEST_F(Links, EitherCustodianOrPatientTakesItBackAndItMayComeAgain) {
  EXPECT_EQ(run(unlink, first), ResultCode::kNotLinked);
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(linked(), ResultCode::kOk) << i;
    EXPECT_EQ(run(unlink, stranger), ResultCode::kNotAuthorised);
    const auto code = i == 0   ? run(unlink, first)
                      : i == 1 ? run(unlink, second)
                      : i == 2
                          ? run(unlink, stranger, {by(a, AuthorisationRole::kPatient, unlink)})
                          : run(unlink, stranger, {by(b, AuthorisationRole::kPatient, unlink)});
    ASSERT_EQ(code, ResultCode::kOk) << i;
    EXPECT_EQ(LinkEntry::load(world.state, link.other, link.patient)->unlinked_at, world.now);
    EXPECT_EQ(run(unlink, first), ResultCode::kNotLinked);
  }
}

TEST_F(Links, AnOldAgreementDoesNotLinkAgain) {
  const auto agreement = by(second, AuthorisationRole::kCustodian, link);
  ASSERT_EQ(run(link, first, {agreement}), ResultCode::kOk);
  ASSERT_EQ(run(unlink, second), ResultCode::kOk);
  EXPECT_EQ(run(link, first, {agreement}), ResultCode::kSequenceUsed);
}

TEST_F(Links, AnOldSignatureEndsNoNewLink) {
  ASSERT_EQ(linked(), ResultCode::kOk);
  const auto word = by(a, AuthorisationRole::kPatient, unlink);
  ASSERT_EQ(run(unlink, stranger, {word}), ResultCode::kOk);
  ASSERT_EQ(linked(), ResultCode::kOk);
  EXPECT_EQ(run(unlink, stranger, {word}), ResultCode::kSequenceUsed);
}

TEST_F(Links, ErasedPatientsAreNotLinked) {
  world.put_tombstone(link.other);
  EXPECT_EQ(linked(), ResultCode::kErased);
}

TEST(RelationEntries, DecodeStrictly) {
  HealthWorld world;
  const Party patient = world.add_patient(world.hospitals[0]);
  ProxyEntry proxy{test::proxy_operation(world, patient, test_key(1), world.hospitals[0].id),
                   true,
                   world.now,
                   Height{3},
                   std::nullopt,
                   {}};
  test::expect_strict(proxy);
  proxy.revoked_at = world.now;
  proxy.reason = ledger::RevocationReason::kPurposeEnded;
  test::expect_strict(proxy);
  LinkEntry link;
  link.linked = world.now;
  test::expect_strict(link);
  link.unlinked_at = world.now;
  link.reason = ledger::UnlinkReason::kOrganisational;
  test::expect_strict(link);
}

}  // namespace
}  // namespace galen::identity
