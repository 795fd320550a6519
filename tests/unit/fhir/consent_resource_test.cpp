// What the export writes, the import reads: consents of every sample, with every field and of
// random terms come back as the same terms; what somebody changed in them is refused with its
// place.
#include "fhir/consent_resource.h"

#include "base/hex.h"
#include "conformance/consent_expectations.h"
#include "fhir/consent.h"
#include "support/consent_files.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
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
  grant.group_version = terms.group_version;
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

/// What of a grant its consent carries; the rest belongs to the act of giving it.
ledger::GrantTerms carried(ledger::GrantTerms terms) {
  terms.patient = PatientId{};
  terms.supersedes.clear();
  terms.acknowledge_shadowed = false;
  return terms;
}

void expect_the_same_back(const GivenGrant& grant) {
  const Translation back = imported(grant);
  ASSERT_EQ(back.grants.size(), 1U) << operation_outcome(back.issues);
  EXPECT_EQ(back.grants.front().effect, grant.effect);
  EXPECT_EQ(back.grants.front().terms, carried(grant.terms)) << consent_resource(grant);
  EXPECT_FALSE(back.replaces_others);
}

/// The first error of the consent as `change` leaves it: "code location", or "accepted".
template <class Change>
std::string refusal(const GivenGrant& grant, Change&& change) {
  json consent = written(grant);
  change(consent);
  const Translation back = translate_consent(consent.dump(), vocabulary(), IdReferences());
  for (const Issue& issue : back.issues) {
    if (issue.severity != Severity::kError) continue;
    EXPECT_TRUE(back.grants.empty());
    return std::string(name(issue.code)) + " " + issue.location;
  }
  return "accepted";
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
      expect_the_same_back(given(flat.effect, flat.terms));
      ++grants;
    }
  }
  EXPECT_GT(grants, 25U);
}

template <class Id>
Id filled(std::uint8_t byte) {
  Id id;
  id.value.fill(byte);
  return id;
}

/// Every field that a permit and a denial can both have, with another value than its default.
ledger::GrantTerms full_terms() {
  ledger::GrantTerms terms = permit_terms();
  terms.grantee.kind = ledger::GranteeKind::kProject;
  terms.purposes = {"HRESCH", "TREAT"};
  terms.actions = static_cast<ledger::ActionSet>(ledger::action_bit(ledger::Action::kRead) |
                                                 ledger::action_bit(ledger::Action::kCopy));
  terms.classes = static_cast<ledger::ClassSet>(ledger::class_bit(ledger::RecordClass::kLab) |
                                                ledger::class_bit(ledger::RecordClass::kImaging));
  terms.confidentiality = Confidentiality::kM;
  terms.labels = {std::string(32, '1'), std::string(32, 'e')};
  terms.labels_key_id = 4'000'000'000U;
  terms.data_from = ledger::CalendarDate{-3000};
  terms.data_to = ledger::CalendarDate{20'000};
  terms.data = {{ledger::DataMeaning::kInstance, filled<Random32>(11)},
                {ledger::DataMeaning::kRelated, filled<Random32>(12)},
                {ledger::DataMeaning::kAuthoredBy, filled<Random32>(13)}};
  terms.regions = {"AT", "CH"};
  terms.erase_at = TimeMs{1'900'000'000'007};
  terms.policy = filled<Digest>(14);
  terms.terms_commitment = filled<Digest>(15);
  terms.supersedes = {filled<GrantId>(16)};
  terms.acknowledge_shadowed = true;
  terms.group_version = 3;
  return terms;
}

TEST(ConsentResource, APermitWithEveryFieldComesBackAsTheSameTerms) {
  ledger::GrantTerms terms = full_terms();
  terms.max_uses = 3;
  expect_the_same_back(given(Effect::kPermit, terms));
  // Frozen and following exclude each other.
  terms.group_version.reset();
  terms.follow = true;
  GivenGrant following = given(Effect::kPermit, terms);
  following.group_version = 7;  // what the ledger notes of it all the same
  expect_the_same_back(following);
}

TEST(ConsentResource, ADenialWithEveryFieldComesBackAsTheSameTerms) {
  ledger::GrantTerms terms = full_terms();
  terms.emergency_override = ledger::EmergencyOverride::kForbid;
  expect_the_same_back(given(Effect::kDeny, terms));
  terms.purposes = {"BTG", "TREAT"};
  terms.emergency_override = ledger::EmergencyOverride::kAllow;
  terms.labels = {"HIV"};  // a code of R4's, with a floor beside it
  terms.labels_key_id.reset();
  expect_the_same_back(given(Effect::kDeny, terms));
  terms.purposes = {"*"};
  terms.labels.clear();
  terms.grantee = {ledger::GranteeKind::kAny, AccountId{}};
  terms.group_version.reset();
  expect_the_same_back(given(Effect::kDeny, terms));
}

TEST(ConsentResource, TimesThatR4HasNoTextForComeBack) {
  ledger::GrantTerms terms = permit_terms();
  terms.valid_from = TimeMs{400'000'000'000'000};
  terms.valid_to = TimeMs{kMaxCounter};
  terms.erase_at = TimeMs{kMaxCounter};
  terms.data_from = ledger::CalendarDate{std::numeric_limits<std::int32_t>::min()};
  terms.data_to = ledger::CalendarDate{std::numeric_limits<std::int32_t>::max()};
  expect_the_same_back(given(Effect::kPermit, terms));
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
TEST(ConsentResource, WhatR4CannotSayIsAModifierAndReadByTheImport) {
  const auto expect = [](Effect effect, const Names& names, auto&& change) {
    GivenGrant grant = given(effect, permit_terms());
    change(grant);
    EXPECT_EQ(modifiers(grant), names);
    expect_the_same_back(grant);
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

TEST(ConsentResource, AChangedModifierIsRefusedWithItsPlace) {
  GivenGrant grant = given(Effect::kPermit, permit_terms());
  grant.terms.max_uses = 3;
  const std::string place = "Consent.provision.modifierExtension[0]";
  // What `change` makes of the one modifier, max-uses as a decimal.
  const auto changed = [&](auto&& change) {
    return refusal(grant,
                   [&](json& consent) { change(consent["provision"]["modifierExtension"][0]); });
  };
  EXPECT_EQ(changed([](json&) {}), "accepted");
  for (const char* url : {"urn:galen:extension:max-usse", "max-uses", "urn:galen:extension:"}) {
    EXPECT_EQ(changed([&](json& each) { each["url"] = url; }), "not-supported " + place + ".url");
  }
  EXPECT_EQ(changed([](json& each) { each.erase("url"); }), "required " + place + ".url");
  EXPECT_EQ(changed([](json& each) { each.erase("valueDecimal"); }),
            "required " + place + ".valueDecimal");
  EXPECT_EQ(changed([](json& each) {
              each.erase("valueDecimal");
              each["valueInteger"] = 3;
            }),
            "required " + place + ".valueDecimal");
  EXPECT_EQ(changed([](json& each) { each["valueString"] = "3"; }),
            "not-supported " + place + ".valueString");
  for (const json& value :
       {json(0), json(-3), json(3.5), json("3"), json(std::uint64_t{1} << 32U), json(~0ULL)}) {
    EXPECT_EQ(changed([&](json& each) { each["valueDecimal"] = value; }),
              "value " + place + ".valueDecimal")
        << value;
  }
  EXPECT_EQ(changed([](json& each) { each = "max-uses"; }), "structure " + place);
  EXPECT_EQ(refusal(grant,
                    [](json& consent) {
                      json& list = consent["provision"]["modifierExtension"];
                      list.push_back(json(list[0]));
                    }),
            "value Consent.provision.modifierExtension[1].url");
}

/// `name` with a value of the export's type that it does not have.
TEST(ConsentResource, AModifierWithAValueThatIsNoneOfItsIsRefused) {
  const auto added = [](Effect effect, const char* name, const char* type, const json& value) {
    return refusal(given(effect, permit_terms()), [&](json& consent) {
      consent["provision"]["modifierExtension"] =
          json::array({{{"url", std::string("urn:galen:extension:") + name}, {type, value}}});
    });
  };
  const std::string place = "Consent.provision.modifierExtension[0].";
  const auto permit = Effect::kPermit;
  EXPECT_EQ(added(permit, "action", "valueCode", "WRITE"), "value " + place + "valueCode");
  EXPECT_EQ(added(permit, "region", "valueCode", "ZZ"), "value " + place + "valueCode");
  EXPECT_EQ(added(permit, "grantee-kind", "valueCode", "ANY"), "value " + place + "valueCode");
  EXPECT_EQ(added(permit, "erase-at", "valueInstant", "2030"), "value " + place + "valueInstant");
  EXPECT_EQ(added(permit, "label", "valueString", "two words"), "value " + place + "valueString");
  EXPECT_EQ(added(permit, "follow", "valueBoolean", "true"), "structure " + place + "valueBoolean");
  EXPECT_EQ(added(permit, "erase-at", "valueDateTime", "2030-01-01T00:00:00Z"),
            "required " + place + "valueInstant");
  EXPECT_EQ(added(permit, "period-end-ms", "valueDecimal", 1), "value Consent.provision.period");
}

/// A modifier counts where the export writes it, and not where it would mean something else.
TEST(ConsentResource, AModifierThatDoesNotFitItsProvisionIsRefused) {
  const std::string first = "not-supported Consent.provision.modifierExtension[0]";
  GivenGrant permit = given(Effect::kPermit, permit_terms());
  permit.terms.max_uses = 3;
  const auto become = [](const char* type) {
    return [type](json& consent) { consent["provision"]["type"] = type; };
  };
  EXPECT_EQ(refusal(permit, become("deny")), first);
  EXPECT_EQ(refusal(permit,
                    [](json& consent) {
                      json& actors = consent["provision"]["actor"];
                      actors.push_back(json(actors[0]));
                    }),
            first);
  EXPECT_EQ(refusal(permit,
                    [](json& consent) {
                      json& provision = consent["provision"];
                      provision["extension"] = provision["modifierExtension"];
                      provision.erase("modifierExtension");
                    }),
            "not-supported Consent.provision.extension");
  EXPECT_EQ(refusal(permit,
                    [](json& consent) {
                      consent["provision"]["provision"] = json::array({{{"type", "deny"}}});
                    }),
            "not-supported Consent.provision.modifierExtension");
  EXPECT_EQ(refusal(permit,
                    [](json& consent) {
                      json& root = consent["provision"];
                      json inner = {{"type", "permit"}};
                      inner["modifierExtension"] = root["modifierExtension"];
                      root.erase("modifierExtension");
                      root["provision"] = json::array({inner});
                    }),
            "not-supported Consent.provision.provision[0].modifierExtension");

  GivenGrant denial = given(Effect::kDeny, permit_terms());
  denial.terms.actions = ledger::kAllActions;
  denial.terms.labels = {"HIV"};
  EXPECT_EQ(refusal(denial, become("permit")), first);  // its floor
  denial.terms.labels = {"OWN"};
  EXPECT_EQ(refusal(denial,
                    [](json& consent) {
                      consent["provision"]["securityLabel"] = json::array(
                          {{{"system", "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"},
                            {"code", "R"}}});
                    }),
            "not-supported Consent.provision.modifierExtension[1]");

  GivenGrant project = given(Effect::kPermit, permit_terms());
  project.terms.grantee.kind = ledger::GranteeKind::kProject;
  EXPECT_EQ(refusal(project,
                    [](json& consent) {
                      consent["provision"]["actor"][0]["reference"]["reference"] =
                          "Practitioner/" + std::string(64, 'a');
                    }),
            first);
}

TEST(ConsentResource, ADamagedPolicyOrCommitmentIsRefused) {
  const GivenGrant grant = given(Effect::kPermit, full_terms());
  EXPECT_EQ(
      refusal(grant, [](json& consent) { consent["policy"][0]["uri"] = "urn:galen:policy:0"; }),
      "value Consent.policy[0].uri");
  EXPECT_EQ(refusal(grant,
                    [](json& consent) {
                      const json other = {{"uri", "urn:galen:policy:" + std::string(64, 'b')}};
                      consent["policy"].push_back(other);
                    }),
            "not-supported Consent.policy[1].uri");
  EXPECT_EQ(refusal(grant,
                    [](json& consent) {
                      consent["sourceReference"]["identifier"]["value"] = std::string(64, 'G');
                    }),
            "value Consent.sourceReference.identifier.value");
  EXPECT_EQ(refusal(grant,
                    [](json& consent) { consent["sourceReference"]["identifier"].erase("value"); }),
            "required Consent.sourceReference.identifier.value");
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

/// What R4 has no element for.
void add_limits(bool permit, ledger::GrantTerms& terms) {
  if (*rc::gen::arbitrary<bool>()) terms.labels_key_id = *rc::gen::arbitrary<std::uint32_t>();
  terms.regions = some_of({"AT", "CH", "DE"}, 0);
  if (*rc::gen::arbitrary<bool>()) {
    terms.erase_at =
        TimeMs{pick<std::uint64_t>({0, 1'900'000'000'001, 400'000'000'000'000, kMaxCounter})};
  }
  if (permit && *rc::gen::arbitrary<bool>()) {
    terms.max_uses = *rc::gen::inRange<std::uint32_t>(1, 9);
  }
  terms.policy = id_cast<Digest>(random_id());
  terms.terms_commitment = id_cast<Digest>(random_id());
}

ledger::GrantTerms random_terms(Effect effect) {
  const bool permit = effect == Effect::kPermit;
  ledger::GrantTerms terms = permit_terms();
  terms.grantee.kind = pick<ledger::GranteeKind>({ledger::GranteeKind::kAny,
                                                  ledger::GranteeKind::kOrganisation,
                                                  ledger::GranteeKind::kPractitioner,
                                                  ledger::GranteeKind::kGroup,
                                                  ledger::GranteeKind::kProject});
  if (terms.grantee.kind == ledger::GranteeKind::kAny) terms.grantee.id = AccountId{};
  if (terms.names_group()) {
    terms.follow = *rc::gen::arbitrary<bool>();
    if (!terms.follow) terms.group_version = *rc::gen::inRange<std::uint32_t>(1, 9);
  }
  terms.purposes = some_of({"TREAT", "HPAYMT", "HRESCH"}, 1);
  if (!permit && *rc::gen::arbitrary<bool>()) terms.purposes = {"*"};
  if (!permit && *rc::gen::arbitrary<bool>()) {
    terms.purposes = {"BTG", "TREAT"};
  }
  if (!permit && *rc::gen::arbitrary<bool>()) {
    terms.emergency_override = ledger::EmergencyOverride::kForbid;
  }
  terms.actions = static_cast<ledger::ActionSet>(*rc::gen::inRange(1, 16));
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
  add_limits(permit, terms);
  return terms;
}

RC_GTEST_PROP(ConsentResourceProperty, TheSameTerms, ()) {
  const Effect effect = pick<Effect>({Effect::kPermit, Effect::kDeny});
  const ledger::GrantTerms terms = random_terms(effect);
  const GivenGrant grant = given(effect, terms);
  const Translation back = imported(grant);
  RC_TAG(modifiers(grant).size());
  RC_ASSERT(back.grants.size() == 1U);
  RC_ASSERT(back.grants.front().effect == effect);
  RC_ASSERT(back.grants.front().terms == terms);
}

}  // namespace
}  // namespace galen::fhir
