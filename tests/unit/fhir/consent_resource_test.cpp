// What the export writes, the import reads: R4 consents of every sample and of random terms come
// back as the same terms, or are refused for what R4 cannot say.
#include "fhir/consent_resource.h"

#include "base/hex.h"
#include "conformance/consent_expectations.h"
#include "fhir/consent.h"
#include "support/consent_files.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

namespace galen::fhir {
namespace {

using ledger::Confidentiality;
using ledger::Effect;
using nlohmann::json;

/// Ids as the ledger has them.
class IdReferences final : public References {
 public:
  [[nodiscard]] std::optional<AccountId> account(const std::string& /*type*/,
                                                 const std::string& id) const override {
    return id_of<AccountId>(id);
  }

  [[nodiscard]] std::optional<Random32> data(ledger::DataMeaning /*meaning*/,
                                             const std::string& /*type*/,
                                             const std::string& id) const override {
    return id_of<Random32>(id);
  }

 private:
  template <class Id>
  static std::optional<Id> id_of(const std::string& text) {
    const auto id = fixed_from_hex<Id>(text, "id");
    return id ? std::optional(*id) : std::nullopt;
  }
};

const Vocabulary& vocabulary() {
  static const Vocabulary known{policy::terminology(1), {}};
  return known;
}

GivenGrant given(Effect effect, const ledger::GrantTerms& terms) {
  GivenGrant grant;
  grant.id.value.fill(9);
  grant.effect = effect;
  grant.terms = terms;
  grant.terms.patient.value.fill(7);
  grant.grantor = id_cast<AccountId>(grant.terms.patient);
  grant.submitter.value.fill(3);
  grant.sequence = 4;
  grant.given = TimeMs{1'700'000'000'123};
  grant.height = Height{12};
  return grant;
}

Translation imported(const GivenGrant& grant) {
  return translate_consent(consent_resource(grant), vocabulary(), IdReferences());
}

json written(const GivenGrant& grant) {
  return json::parse(consent_resource(grant));
}

ledger::GrantTerms permit_terms() {
  ledger::GrantTerms terms;
  terms.grantee.id.value.fill(2);
  terms.purposes = {"TREAT"};
  terms.valid_from = TimeMs{1'700'000'000'001};
  terms.valid_to = TimeMs{1'800'000'000'000};
  return terms;
}

std::vector<std::string> modifiers(const GivenGrant& grant) {
  std::vector<std::string> names;
  const json provision = written(grant)["provision"];
  if (!provision.contains("modifierExtension")) return names;
  for (const auto& each : provision["modifierExtension"]) {
    names.push_back(
        each["url"].get<std::string>().substr(std::string("urn:galen:extension:").size()));
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(ConsentResource, EverySampleComesBackAsTheSameTerms) {
  std::size_t grants = 0;
  for (const auto& file : std::filesystem::directory_iterator(test::own_consent_file("fhir"))) {
    SCOPED_TRACE(file.path().string());
    const auto sample = translate_consent(
        test::read_text(file.path()), vocabulary(), conformance::NamedReferences());
    for (const FlatGrant& flat : sample.grants) {
      const auto back = imported(given(flat.effect, flat.terms));
      ASSERT_EQ(back.grants.size(), 1U) << (back.issues.empty() ? "" : line(back.issues.front()));
      EXPECT_EQ(back.grants.front().effect, flat.effect);
      EXPECT_EQ(back.grants.front().terms, flat.terms);
      EXPECT_FALSE(back.replaces_others);
      ++grants;
    }
  }
  EXPECT_GT(grants, 25U);
}

TEST(ConsentResource, TheEndOfR4IsTheLastInstant) {
  const json provision = written(given(Effect::kPermit, permit_terms()))["provision"];
  EXPECT_EQ(provision["period"]["start"], "2023-11-14T22:13:20.001Z");
  EXPECT_EQ(provision["period"]["end"], "2027-01-15T07:59:59.999Z");
}

TEST(ConsentResource, HasWhatR4Requires) {
  const json consent = written(given(Effect::kPermit, permit_terms()));
  for (const char* key : {"resourceType", "status", "scope", "category", "patient", "policy"}) {
    EXPECT_TRUE(consent.contains(key)) << key;
  }
  EXPECT_LE(consent["id"].get<std::string>().size(), 64U);
  EXPECT_EQ(consent["performer"][0], consent["patient"]);
  EXPECT_EQ(consent["provision"]["actor"][0]["role"]["coding"][0]["code"], "IRCP");
  EXPECT_FALSE(consent.dump().find("null") != std::string::npos) << consent;
}

TEST(ConsentResource, AnEndedGrantIsInactiveAndIsNotImported) {
  GivenGrant grant = given(Effect::kPermit, permit_terms());
  grant.ended = "superseded";
  grant.ended_at = TimeMs{1'750'000'000'000};
  const json consent = written(grant);
  EXPECT_EQ(consent["status"], "inactive");
  EXPECT_EQ(consent["meta"]["lastUpdated"], "2025-06-15T15:06:40.000Z");
  EXPECT_FALSE(imported(grant).ok());
}

TEST(ConsentResource, WhoGaveItPerforms) {
  GivenGrant grant = given(Effect::kPermit, permit_terms());
  grant.grantor.value.fill(5);
  grant.grantor_role = ledger::AuthorisationRole::kProxy;
  EXPECT_EQ(written(grant)["performer"][0]["reference"], "RelatedPerson/" + to_hex(grant.grantor));
  grant.grantor_role = ledger::AuthorisationRole::kCustodian;
  EXPECT_EQ(written(grant)["performer"][0]["reference"], "Organization/" + to_hex(grant.grantor));
}

/// Every limit that R4 has no element for is a modifier: whoever does not know it must not act on
/// it.
TEST(ConsentResource, WhatR4CannotSayIsAModifierAndRefusedByTheImport) {
  const auto expect = [](Effect effect, const Names& names, auto&& change) {
    GivenGrant grant = given(effect, permit_terms());
    change(grant);
    EXPECT_EQ(modifiers(grant), names);
    EXPECT_FALSE(imported(grant).ok());
  };
  expect(Effect::kPermit, {"action"}, [](GivenGrant& g) { g.terms.actions = 1; });
  expect(Effect::kPermit, {"region", "region"}, [](GivenGrant& g) {
    g.terms.regions = {"AT", "CH"};
  });
  expect(Effect::kPermit, {"erase-at"}, [](GivenGrant& g) { g.terms.erase_at = TimeMs{1}; });
  expect(Effect::kPermit, {"max-uses"}, [](GivenGrant& g) { g.terms.max_uses = 3; });
  expect(Effect::kPermit, {"label"}, [](GivenGrant& g) { g.terms.labels = {"OWN-LABEL"}; });
  // R4 reads BH with everything below it, the ledger just what stands there.
  expect(Effect::kPermit, {"label"}, [](GivenGrant& g) { g.terms.labels = {"BH"}; });
  expect(Effect::kPermit, {"label", "labels-key-id"}, [](GivenGrant& g) {
    g.terms.labels = {"HIV"};
    g.terms.labels_key_id = 2;
  });
  expect(Effect::kPermit, {"grantee-kind", "follow", "group-version"}, [](GivenGrant& g) {
    g.terms.grantee.kind = ledger::GranteeKind::kProject;
    g.terms.follow = true;
    g.group_version = 2;
  });
  expect(Effect::kPermit, {"period-end-ms"}, [](GivenGrant& g) {
    g.terms.valid_to = TimeMs{400'000'000'000'000};
  });
  expect(Effect::kDeny, {"action", "action"}, [](GivenGrant&) {});
  expect(Effect::kDeny, {"emergency-override"}, [](GivenGrant& g) {
    g.terms.actions = ledger::kAllActions;
    g.terms.emergency_override = ledger::EmergencyOverride::kForbid;
  });
  expect(Effect::kDeny, {"confidentiality-floor"}, [](GivenGrant& g) {
    g.terms.actions = ledger::kAllActions;
    g.terms.labels = {"HIV"};
    g.terms.confidentiality = Confidentiality::kR;
  });
}

template <class T>
T pick(const std::vector<T>& from) {
  return *rc::gen::elementOf(from);
}

/// Some of them, sorted.
Names some_of(const Names& from, std::size_t least) {
  Names some;
  for (const auto& each : from) {
    if (*rc::gen::arbitrary<bool>()) some.push_back(each);
  }
  if (some.size() < least) some.push_back(from.front());
  std::sort(some.begin(), some.end());
  return some;
}

Random32 random_id() {
  Random32 id;
  id.value.fill(*rc::gen::arbitrary<std::uint8_t>());
  return id;
}

ledger::GrantTerms random_terms(Effect effect) {
  const bool permit = effect == Effect::kPermit;
  ledger::GrantTerms terms = permit_terms();
  terms.grantee.kind = pick<ledger::GranteeKind>({ledger::GranteeKind::kAny,
                                                  ledger::GranteeKind::kOrganisation,
                                                  ledger::GranteeKind::kPractitioner,
                                                  ledger::GranteeKind::kGroup});
  if (terms.grantee.kind == ledger::GranteeKind::kAny) terms.grantee.id = AccountId{};
  terms.purposes = some_of({"TREAT", "HPAYMT", "HRESCH"}, 1);
  if (!permit && *rc::gen::arbitrary<bool>()) terms.purposes = {"*"};
  if (!permit && *rc::gen::arbitrary<bool>()) {
    terms.purposes = {"BTG", "TREAT"};
    terms.emergency_override = ledger::EmergencyOverride::kForbid;
  }
  if (!permit) terms.actions = ledger::kAllActions;
  terms.classes = *rc::gen::inRange<ledger::ClassSet>(1, ledger::kAllClasses + 1);
  terms.confidentiality = static_cast<Confidentiality>(*rc::gen::inRange(0, 6));
  terms.labels = some_of({"BH", "COGN", "DVD", "EMOTDIS", "HIV", "PSY", "VIO"}, 0);
  if (*rc::gen::arbitrary<bool>())
    terms.data_from = ledger::CalendarDate{*rc::gen::inRange(-9000, 9000)};
  if (*rc::gen::arbitrary<bool>())
    terms.data_to = ledger::CalendarDate{*rc::gen::inRange(9001, 30'000)};
  if (*rc::gen::arbitrary<bool>()) {
    terms.data = {{ledger::DataMeaning::kInstance, random_id()},
                  {ledger::DataMeaning::kRelated, random_id()},
                  {ledger::DataMeaning::kAuthoredBy, random_id()}};
  }
  if (!permit && *rc::gen::arbitrary<bool>()) terms.valid_to.reset();
  if (*rc::gen::arbitrary<bool>()) terms.valid_from = TimeMs{};
  return terms;
}

RC_GTEST_PROP(ConsentResourceProperty, TheSameTermsOrARefusal, ()) {
  const Effect effect = pick<Effect>({Effect::kPermit, Effect::kDeny});
  const ledger::GrantTerms terms = random_terms(effect);
  const GivenGrant grant = given(effect, terms);
  const Translation back = imported(grant);
  RC_TAG(back.ok());
  RC_ASSERT(back.ok() == modifiers(grant).empty());
  if (!back.ok()) return;
  RC_ASSERT(back.grants.size() == 1U);
  RC_ASSERT(back.grants.front().effect == effect);
  RC_ASSERT(back.grants.front().terms == terms);
}

}  // namespace
}  // namespace galen::fhir
