// The decisions expected for the example consents of the IHE PCF guide. The consents stand here as
// the flat grants that HEALTH.md 1.4 makes of them (support/pcf_grants.h); that the translation of
// the FHIR resources gives these grants is tests/unit/fhir.
#include "conformance/fixtures.h"
#include "ledger/genesis.h"
#include "modules/policy/decide.h"
#include "support/consent_files.h"
#include "support/pcf_grants.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace galen::policy {
namespace {

using conformance::id_of;
using conformance::Node;

Decision decide_case(const Node& file, const Node& vector) {
  const Requester requester = conformance::requester_of(file, vector.at("user"));
  ConsentContext consent;
  consent.ever_granted = true;
  for (const test::FlatGrant& grant : test::pcf_grants_of(vector.at("consent").text())) {
    GrantFacts facts;
    facts.id = id_of<GrantId>("g" + std::to_string(consent.grants.size()));
    facts.effect = grant.effect;
    facts.terms = &grant.terms;
    consent.grants.push_back(facts);
  }
  if (const auto btg = vector.find("btg")) {
    consent.emergencies.push_back(conformance::emergency_of(*btg));
  }
  Request request;
  request.purpose = vector.at("purpose").text();
  request.at = Instant::of_block(conformance::time_at(vector.at("at")));
  ledger::Parameters parameters = ledger::default_parameters();
  parameters.role_purposes.push_back({requester.role, request.purpose});
  const RecordFacts record = conformance::record_of(file, vector.at("record"));
  return decide(tables_of(parameters), requester, record, consent, request);
}

void expect_file(const std::string& path) {
  const nlohmann::json json = test::read_json(path);
  const Node file(json, "file");
  const auto cases = file.at("cases").elements();
  ASSERT_GE(cases.size(), 35U);
  std::set<std::string> consents;
  for (const Node& each : cases) {
    consents.insert(each.at("consent").text());
    EXPECT_EQ(decide_case(file, each).permit, each.at("expect").text() == "permit")
        << each.json().dump();
  }
  EXPECT_EQ(consents.size(), 22U);
}

TEST(IhePcf, OwnCopyIsDecidedAsExpected) {
  expect_file(test::own_consent_file("ihe-pcf-expectations.json"));
}

TEST(IhePcf, SharedFileIsDecidedAsExpected) {
  const std::string path = test::shared_ehr_file("consent-vectors/ihe-pcf-expectations.json");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no shared data: " << path;
  expect_file(path);
}

}  // namespace
}  // namespace galen::policy
