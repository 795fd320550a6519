// The conformance vectors of HEALTH.md 1.5, with the code tables of their own file.
#include "conformance/decision_vectors.h"

#include "ledger/genesis.h"
#include "support/consent_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace galen::policy {
namespace {

using conformance::DecisionVectors;
using conformance::Json;
using conformance::Node;
using conformance::Verdict;

void expect_passed(const Verdict& verdict) {
  EXPECT_TRUE(verdict.passed) << verdict.id << ": expected " << verdict.expected << ", got "
                              << verdict.got;
}

void expect_file(const std::string& path, std::size_t least) {
  const Json json = test::read_json(path);
  const DecisionVectors vectors(json);
  ASSERT_GE(vectors.cases().size(), least);
  for (const Node& each : vectors.cases()) {
    expect_passed(vectors.evaluate_case(each, vectors.terminology()));
  }
}

const std::string kOwnCopy = test::own_consent_file("decision-vectors.json");

TEST(DecisionVectors, OwnCopyIsDecidedAsExpected) {
  expect_file(kOwnCopy, 44);
}

TEST(DecisionVectors, SharedFileIsDecidedAsExpected) {
  const std::string path = test::shared_ehr_file("consent-vectors/decision-vectors.json");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no shared data: " << path;
  expect_file(path, 44);
}

TEST(DecisionVectors, DefaultStepZeroAllowsEveryPairTheyAssert) {
  const Json json = test::read_json(kOwnCopy);
  const DecisionVectors vectors(json);
  const ledger::Parameters parameters = ledger::default_parameters();
  const PolicyTables tables = tables_of(parameters);
  for (const Node& each : vectors.cases()) {
    const auto pair = vectors.pair_of(each);
    EXPECT_TRUE(may_assert(tables, pair.role, pair.purpose)) << each.path() << " " << pair.purpose;
  }
}

TEST(DecisionVectors, ShippedTablesDecideThemTheSame) {
  const Json json = test::read_json(kOwnCopy);
  const DecisionVectors vectors(json);
  for (const Node& each : vectors.cases()) {
    expect_passed(vectors.evaluate_case(each, terminology(1)));
  }
}

TEST(DecisionVectors, AWrongExpectationFails) {
  Json json = test::read_json(kOwnCopy);
  Json& expect = json["cases"][0]["expect"];
  expect["decision"] = expect["decision"] == "permit" ? "deny" : "permit";
  const DecisionVectors vectors(json);
  EXPECT_FALSE(vectors.evaluate_case(vectors.cases().front(), vectors.terminology()).passed);
}

}  // namespace
}  // namespace galen::policy
