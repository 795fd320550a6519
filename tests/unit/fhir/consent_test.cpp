// The mapping of FHIR consents, where the decisions of tests/data/consent/fhir-expectations.json do
// not show it: warnings, notes, grants field by field, limits, and the OperationOutcome.
#include "fhir/consent.h"

#include "base/limits.h"
#include "conformance/consent_expectations.h"
#include "support/consent_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace galen::fhir {
namespace {

using nlohmann::json;

Translation translated(const std::string& text) {
  return translate_consent(
      text, Vocabulary{policy::terminology(1), {}}, conformance::NamedReferences());
}

json sample(const std::string& name) {
  return test::read_json(test::own_consent_file("fhir/" + name + ".json"));
}

Translation of_sample(const std::string& name) {
  return translated(sample(name).dump());
}

std::vector<std::string> lines(const Translation& translation, Severity severity) {
  std::vector<std::string> found;
  for (const Issue& issue : translation.issues) {
    if (issue.severity == severity) found.push_back(line(issue));
  }
  return found;
}

bool has(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

TEST(FhirConsent, WhatSaysNothingAboutAccessIsNoted) {
  const auto notes = lines(of_sample("permit-organization"), Severity::kInformation);
  EXPECT_TRUE(has(notes,
                  "information informational: Consent.dateTime: is not the start of the grants' "
                  "validity"));
  EXPECT_TRUE(has(notes,
                  "information informational: Consent.id: says nothing about access: no part of "
                  "the grants"));
  EXPECT_EQ(of_sample("permit-organization").patient, "Patient/bela");
}

TEST(FhirConsent, APerformerWhoIsNotThePatientIsWarnedOf) {
  const auto warnings = lines(of_sample("by-mother"), Severity::kWarning);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings.front().find("Consent.performer[0]: 'RelatedPerson/mother'"),
            std::string::npos);
  EXPECT_TRUE(lines(of_sample("permit-organization"), Severity::kWarning).empty());
}

TEST(FhirConsent, ABreakGlassPermitGivesNothingButAWarningWithItsActors) {
  const auto translation = of_sample("break-glass-exception");
  EXPECT_EQ(translation.grants.size(), 1U);
  EXPECT_TRUE(has(lines(translation, Severity::kWarning),
                  "warning business-rule: Consent.provision.provision[0]: break-glass is decided "
                  "by its own rules, not by a permit; its actors are dropped: "
                  "Group/emergency-staff"));
}

TEST(FhirConsent, ARootDenyWithExceptionsReplacesTheOtherGrants) {
  const auto exceptions = of_sample("root-deny-exceptions");
  EXPECT_TRUE(exceptions.replaces_others);
  ASSERT_EQ(exceptions.grants.size(), 1U);
  EXPECT_EQ(exceptions.grants.front().effect, ledger::Effect::kPermit);

  const auto emergency = of_sample("root-deny-break-glass");
  EXPECT_TRUE(emergency.replaces_others);
  ASSERT_EQ(emergency.grants.size(), 1U);
  const FlatGrant& rest = emergency.grants.front();
  EXPECT_EQ(rest.effect, ledger::Effect::kDeny);
  EXPECT_EQ(rest.terms.grantee.kind, ledger::GranteeKind::kAny);
  EXPECT_EQ(rest.terms.purposes, std::vector<std::string>{"*"});
  EXPECT_EQ(rest.terms.actions, ledger::kAllActions);
  EXPECT_EQ(rest.terms.emergency_override, ledger::EmergencyOverride::kAllow);

  EXPECT_FALSE(of_sample("deny-everything").replaces_others);
}

TEST(FhirConsent, ADenyOfBreakGlassForbidsIt) {
  const auto translation = of_sample("deny-emergency");
  ASSERT_EQ(translation.grants.size(), 1U);
  EXPECT_EQ(translation.grants.front().terms.purposes, std::vector<std::string>{"BTG"});
  EXPECT_EQ(translation.grants.front().terms.emergency_override,
            ledger::EmergencyOverride::kForbid);
}

TEST(FhirConsent, ANestedDenyInheritsNothingAndSaysSo) {
  json consent = sample("permit-organization");
  consent["provision"]["provision"] = {{{"type", "deny"}}};
  const auto translation = translated(consent.dump());
  ASSERT_EQ(translation.grants.size(), 2U);
  EXPECT_EQ(translation.grants[1].terms.grantee.kind, ledger::GranteeKind::kAny);
  EXPECT_FALSE(translation.grants[1].terms.valid_to);
  const auto warnings = lines(translation, Severity::kWarning);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings.front().find("Consent.provision.provision[0]: a nested deny inherits nothing"),
            std::string::npos);
}

TEST(FhirConsent, APermitGivesTheDefaultActionsAndEveryClass) {
  const auto translation = of_sample("permit-organization");
  ASSERT_EQ(translation.grants.size(), 1U);
  const ledger::GrantTerms& terms = translation.grants.front().terms;
  EXPECT_EQ(
      terms.actions,
      ledger::action_bit(ledger::Action::kDiscover) | ledger::action_bit(ledger::Action::kRead));
  EXPECT_EQ(terms.classes, ledger::kAllClasses);
  EXPECT_EQ(terms.confidentiality, ledger::Confidentiality::kN);
  EXPECT_EQ(terms.grantee.kind, ledger::GranteeKind::kOrganisation);
}

TEST(FhirConsent, EveryErrorIsTold) {
  json consent = sample("error-class");
  consent["provision"]["code"] = sample("error-code")["provision"]["code"];
  consent["status"] = "draft";
  consent["mood"] = "good";
  const auto errors = lines(translated(consent.dump()), Severity::kError);
  ASSERT_EQ(errors.size(), 4U);
  EXPECT_EQ(errors[0],
            "error business-rule: Consent.status: is not active: nobody has consented yet");
  EXPECT_EQ(errors[3], "error not-supported: Consent.mood: a grant has no place for this element");
}

TEST(FhirConsent, ManyWarningsNeverHideAnError) {
  json consent = sample("permit-organization");
  for (int i = 0; i < 32; ++i) {
    consent["performer"][i]["reference"] = "Practitioner/p" + std::to_string(i);
    consent["policy"][i]["uri"] = "urn:x:" + std::to_string(i);
    consent["provision"]["provision"][i] = {
        {"type", "permit"}, {"purpose", sample("deny-emergency")["provision"]["purpose"]}};
  }
  EXPECT_TRUE(translated(consent.dump()).ok());
  consent["provision"]["actor"][0]["reference"]["reference"] =
      "Organization/" + std::string(40, 'x');
  const auto translation = translated(consent.dump());
  EXPECT_FALSE(translation.ok());
  ASSERT_EQ(lines(translation, Severity::kError).size(), 1U);
  EXPECT_NE(lines(translation, Severity::kError).front().find("not-found"), std::string::npos);
}

TEST(FhirConsent, CountsAreBounded) {
  json consent = sample("permit-two-actors");
  json& root = consent["provision"];
  for (std::size_t i = 0; i < limits::kMaxDataLimits; ++i) {
    root["data"][i] = {{"meaning", "instance"},
                       {"reference", {{"reference", "Observation/o" + std::to_string(i)}}}};
  }
  EXPECT_TRUE(translated(consent.dump()).ok());
  root["data"].push_back(root["data"][0]);
  EXPECT_EQ(lines(translated(consent.dump()), Severity::kError).front(),
            "error too-long: Consent.provision.data: has more than 64 elements");

  json wide = sample("permit-two-actors");
  for (int i = 0; i < 32; ++i) {
    wide["provision"]["actor"][i] = wide["provision"]["actor"][0];
    wide["provision"]["actor"][i]["reference"]["reference"] = "Practitioner/d" + std::to_string(i);
  }
  EXPECT_EQ(translated(wide.dump()).grants.size(), 32U);
  wide["provision"]["provision"] = {{{"type", "deny"}, {"actor", wide["provision"]["actor"]}},
                                    {{"type", "deny"}}};
  EXPECT_NE(lines(translated(wide.dump()), Severity::kError).front().find("more than 64 grants"),
            std::string::npos);
}

TEST(FhirConsent, AnOperationOutcomeNamesCodeAndElement) {
  const auto outcome = json::parse(operation_outcome(of_sample("error-dependents").issues));
  EXPECT_EQ(outcome["resourceType"], "OperationOutcome");
  const auto found = std::find_if(outcome["issue"].begin(),
                                  outcome["issue"].end(),
                                  [](const json& issue) { return issue["severity"] == "error"; });
  ASSERT_NE(found, outcome["issue"].end());
  EXPECT_EQ((*found)["code"], "not-supported");
  EXPECT_EQ((*found)["expression"][0], "Consent.provision.data[0].meaning");
  EXPECT_EQ((*found)["diagnostics"], "'dependents' is not in the map");
}

}  // namespace
}  // namespace galen::fhir
