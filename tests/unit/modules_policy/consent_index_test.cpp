// What decide() is spared: the grants that an index offers for a requester, and names beyond its
// bits.
#include "modules/policy/consent_index.h"

#include "modules/policy/decide.h"
#include "modules/policy/name_bits.h"
#include "reference.h"

#include <gtest/gtest.h>

#include <deque>

namespace galen::policy {
namespace {

using ledger::Effect;
using ledger::GranteeKind;

template <class Id>
Id small_id(std::size_t n) {
  Id id;
  id.value[0] = static_cast<std::uint8_t>(n >> 8U);
  id.value[1] = static_cast<std::uint8_t>(n);
  return id;
}

class Patient {
 public:
  GrantFacts& add(Effect effect, GranteeKind kind, std::size_t grantee) {
    ledger::GrantTerms t;
    t.grantee = {kind, small_id<AccountId>(grantee)};
    t.purposes = {"TREAT"};
    terms.push_back(t);
    GrantFacts grant;
    grant.id = small_id<GrantId>(1000 - consent.grants.size());
    grant.effect = effect;
    grant.terms = &terms.back();
    consent.grants.push_back(grant);
    return consent.grants.back();
  }

  std::deque<ledger::GrantTerms> terms;
  ConsentContext consent;
};

std::size_t count(const ConsentIndex::Candidates& candidates) {
  std::size_t total = 0;
  for (const auto& list : candidates) total += list.size();
  return total;
}

TEST(ConsentIndex, OffersOnlyGrantsThatCanNameTheRequester) {
  Patient patient;
  for (std::size_t n = 1; n <= 50; ++n) {
    patient.add(Effect::kPermit, GranteeKind::kOrganisation, n);
    patient.add(Effect::kDeny, GranteeKind::kPractitioner, n);
  }
  patient.add(Effect::kDeny, GranteeKind::kAny, 0);
  patient.add(Effect::kPermit, GranteeKind::kGroup, 90).members = {small_id<AccountId>(3)};
  const ConsentIndex index(patient.consent.grants);
  Requester requester;
  requester.organisation = small_id<AccountId>(7);
  requester.person = small_id<AccountId>(3);
  EXPECT_EQ(count(index.candidates(Effect::kPermit, requester)), 2U);  // organisation, member
  EXPECT_EQ(count(index.candidates(Effect::kDeny, requester)), 2U);    // person, anybody
  requester.organisation = requester.person = small_id<AccountId>(99);
  EXPECT_EQ(count(index.candidates(Effect::kPermit, requester)), 0U);
  EXPECT_EQ(count(index.candidates(Effect::kDeny, requester)), 1U);
}

TEST(ConsentIndex, ListsAscendByIdAndKeepEndedGrants) {
  Patient patient;
  for (int i = 0; i < 5; ++i) patient.add(Effect::kPermit, GranteeKind::kOrganisation, 7);
  patient.consent.grants[2].status = GrantStatus::kRevoked;
  const ConsentIndex index(patient.consent.grants);
  Requester requester;
  requester.organisation = small_id<AccountId>(7);
  const auto list = index.candidates(Effect::kPermit, requester)[1];
  ASSERT_EQ(list.size(), 5U);
  for (std::size_t i = 1; i < list.size(); ++i) {
    EXPECT_LT(list[i - 1].facts->id, list[i].facts->id);
  }
}

TEST(NameBits, TheSixtyFourthNameSharesABit) {
  NameBits names;
  for (int i = 0; i < 70; ++i) names.add("name-" + std::to_string(i));
  EXPECT_EQ(names.mask_of({"name-0"}), NameMask{1});
  EXPECT_EQ(names.mask_of({"name-62"}), NameMask{1} << 62U);
  EXPECT_EQ(names.mask_of({"name-63"}), NameBits::kOthers);
  EXPECT_EQ(names.mask_of({"never added"}), NameBits::kOthers);
  EXPECT_EQ(names.mask_of({}), NameMask{0});
  EXPECT_EQ(names.mask_where([](const std::string&) { return true; }), ~NameBits::kOthers);
}

/// More purposes and regions than there are bits decide as few do.
TEST(ConsentIndex, NamesBeyondItsBitsDecideAlike) {
  ledger::Parameters parameters = ledger::default_parameters();
  Patient patient;
  for (std::size_t n = 0; n < 100; ++n) {
    GrantFacts& grant =
        patient.add(n % 3 == 0 ? Effect::kDeny : Effect::kPermit, GranteeKind::kAny, 0);
    auto& terms = patient.terms.back();
    if (n < 70) {
      // None of these covers a purpose that is asked for, and they come before those that do.
      terms.purposes = {"A" + std::to_string(n)};
      terms.regions = {"B" + std::to_string(n)};
    } else {
      terms.purposes = {n % 2 == 0 ? "TREAT" : "HPAYMT"};
      terms.regions = {std::string(n % 5 == 0 ? "DE" : "FR"), "R" + std::to_string(n)};
    }
    terms.actions = n % 7 == 0 ? ledger::action_bit(ledger::Action::kCopy) : ledger::kAllActions;
    grant.id = small_id<GrantId>(n);
  }
  const ConsentIndex index(patient.consent.grants);
  const IndexedConsent consent{ConsentLayers(index), true, {}, {}};
  std::size_t permits = 0;
  for (const char* region : {"DE", "FR", "R91", "US", "B3"}) {
    for (const char* purpose : {"TREAT", "ETREAT", "HPAYMT", "A69"}) {
      for (const auto role : {ledger::Role::kClinician, ledger::Role::kBilling}) {
        Requester requester;
        requester.role = role;
        requester.organisation = small_id<AccountId>(7);
        requester.region = region;
        RecordFacts record;
        record.custodian = small_id<AccountId>(8);
        Request request;
        request.purpose = purpose;
        const auto tables = tables_of(parameters);
        const Decision decision = decide(tables, requester, record, consent, request);
        EXPECT_EQ(decision, reference::decide(tables, requester, record, patient.consent, request))
            << region << " " << purpose;
        permits += decision.permit || decision.reason == Reason::kDenyGrant ? 1 : 0;
      }
    }
  }
  EXPECT_GT(permits, 0U);
}

}  // namespace
}  // namespace galen::policy
