// The evaluator of vector files: what it accepts, what it refuses and how, and that it can fail.
#include "conformance/conformance.h"

#include "conformance/node.h"
#include "support/consent_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace galen::conformance {
namespace {

std::size_t failures(const std::vector<Verdict>& verdicts) {
  std::size_t count = 0;
  for (const Verdict& verdict : verdicts) count += verdict.passed ? 0 : 1;
  return count;
}

void expect_all_pass(const std::string& path, const std::string& consents, std::size_t count) {
  const auto verdicts = evaluate_file(path, consents);
  ASSERT_TRUE(verdicts) << verdicts.error().message;
  EXPECT_EQ(verdicts->size(), count);
  for (const Verdict& verdict : *verdicts) {
    EXPECT_TRUE(verdict.passed) << verdict.id << ": expected " << verdict.expected << ", got "
                                << verdict.got;
  }
}

const std::string kOwnConsents = test::own_consent_file("fhir");
const std::string kPcfConsents = test::source_dir() + "/tests/data/ihe-pcf";

TEST(Conformance, OwnDecisionVectorsPass) {
  expect_all_pass(test::own_consent_file("decision-vectors.json"), "", 44);
}

TEST(Conformance, OwnConsentsAreTranslatedAndDecidedAsExpected) {
  expect_all_pass(test::own_consent_file("fhir-expectations.json"), kOwnConsents, 87);
}

TEST(Conformance, IhePcfConsentsAreTranslatedAndDecidedAsExpected) {
  expect_all_pass(test::own_consent_file("ihe-pcf-expectations.json"), kPcfConsents, 35);
}

/// Files made for one test.
class ConformanceFile : public ::testing::Test {
 protected:
  ConformanceFile() {
    std::string name = (std::filesystem::temp_directory_path() / "galen-vectors-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    decisions_ = test::read_json(test::own_consent_file("decision-vectors.json"));
    consents_ = test::read_json(test::own_consent_file("fhir-expectations.json"));
  }

  ~ConformanceFile() override { std::filesystem::remove_all(root_); }

  Result<std::vector<Verdict>> evaluate(const std::string& text, const std::string& dir = "") {
    std::ofstream(path(), std::ios::binary) << text;
    return evaluate_file(path(), dir);
  }

  [[nodiscard]] std::string path() const { return root_ + "/vectors.json"; }

  void expect_refused(const std::string& text,
                      const std::string& why,
                      const std::string& dir = "") {
    const auto verdicts = evaluate(text, dir);
    ASSERT_FALSE(verdicts) << why;
    const std::string& message = verdicts.error().message;
    EXPECT_EQ(message.rfind(path(), 0), 0U) << message;
    EXPECT_NE(message.find(why), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }

  std::string root_;
  Json decisions_;
  Json consents_;
};

TEST_F(ConformanceFile, NothingToEvaluateIsAnError) {
  expect_refused("", "is empty");
  expect_refused("{}", "not a file of consent vectors");
  expect_refused("[]", "not a file of consent vectors");
  decisions_["cases"] = Json::array();
  expect_refused(decisions_.dump(), "holds no vectors");
  EXPECT_FALSE(evaluate_file(root_ + "/absent.json", ""));
  EXPECT_FALSE(evaluate_file(root_, ""));
}

TEST_F(ConformanceFile, BadJsonIsRefusedWithItsPlace) {
  expect_refused("{\"users\": 1", "not JSON at byte");
  expect_refused(R"({"users": {}, "users": {}})", "file.users: given twice");
  expect_refused(std::string(100, '['), "nested deeper");
}

TEST_F(ConformanceFile, WhatItDoesNotKnowIsRefusedWithItsPath) {
  Json file = decisions_;
  file["cases"][0]["request"]["record"] = "nowhere";
  expect_refused(file.dump(), "file.cases[0].request.record: 'nowhere' is not in records");
  file = decisions_;
  file["cases"][2]["weather"] = "fine";
  expect_refused(file.dump(), "file.cases[2].weather: is not known");
  file = decisions_;
  file["grants"]["g1"]["conf"] = "X";
  expect_refused(file.dump(), "file.grants.g1.conf: unknown code 'X'");
  file = decisions_;
  file["cases"][0]["expect"]["reason"] = "mood";
  expect_refused(file.dump(), "unknown reason 'mood'");
  file = decisions_;
  file["cases"][0].erase("expect");
  expect_refused(file.dump(), "file.cases[0].expect: is missing");
  file = decisions_;
  file["cases"][0]["request"]["at"] = "2025-02-30T00:00:00Z";
  expect_refused(file.dump(), "is no date or time");
}

TEST_F(ConformanceFile, ExpectationsNeedTheirConsents) {
  expect_refused(consents_.dump(), "--consents DIR");
  expect_refused(consents_.dump(), "cannot be read", root_);
  consents_["cases"][0]["consent"] = "../secret.json";
  expect_refused(consents_.dump(), "is no file name", kOwnConsents);
}

TEST_F(ConformanceFile, WrongExpectationsFail) {
  Json file = decisions_;
  file["cases"][0]["expect"]["reason"] = "own-record";
  file["cases"][1]["expect"]["by"] = "g2";
  file["cases"][3]["expect"]["obligations"] = {"review"};
  const auto verdicts = evaluate(file.dump());
  ASSERT_TRUE(verdicts) << verdicts.error().message;
  EXPECT_EQ(failures(*verdicts), 3U);

  for (Json& each : consents_["cases"]) {
    if (each["expect"] == "refused") each["location"] = "Consent.elsewhere";
    if (each["expect"] == "permit") each["expect"] = "deny";
  }
  const auto translated = evaluate(consents_.dump(), kOwnConsents);
  ASSERT_TRUE(translated) << translated.error().message;
  EXPECT_GT(failures(*translated), 55U);
}

}  // namespace
}  // namespace galen::conformance
