// `galen consent import` as far as it needs no node: reading, translation, dry run, refusals.
#include "program.h"
#include "support/consent_files.h"

#include <nlohmann/json.hpp>

namespace galen::cli {
namespace {

using nlohmann::json;

const std::string kPatient(64, 'a');

class ConsentImport : public ProgramTest {
 protected:
  /// Profiles of a consortium that nobody runs.
  ConsentImport() {
    const Ran made = run("network create --dir " + path("net"));
    EXPECT_EQ(made.code, 0) << made.error;
  }

  /// A sample of the project in which the hospitals are members.
  void write_sample(const std::string& name) const {
    std::string text = test::read_text(test::own_consent_file("fhir/" + name + ".json"));
    for (auto at = text.find("st-anna"); at != std::string::npos; at = text.find("st-anna")) {
      text.replace(at, std::string("st-anna").size(), "hospital-2");
    }
    write("consent.json", text);
  }

  [[nodiscard]] Ran import(const std::string& options) const {
    return run("--profile " + path("net/hospital-1/client.toml") + " consent import " +
               path("consent.json") + " --patient " + kPatient + " " + options);
  }
};

TEST_F(ConsentImport, ADryRunShowsWhatWouldBeSigned) {
  write_sample("permit-organization");
  const Ran ran = import("--dry-run --output json");
  ASSERT_EQ(ran.code, 0) << ran.error;
  const json result = json::parse(ran.out);
  ASSERT_EQ(result["grants"].size(), 1U);
  const json& grant = result["grants"][0];
  EXPECT_EQ(grant["effect"], "permit");
  EXPECT_EQ(grant["to"], "hospital-2");
  EXPECT_EQ(grant["purposes"], json::array({"TREAT"}));
  EXPECT_EQ(grant["from_ms"], 1'767'225'600'000);
  EXPECT_EQ(grant["until_ms"], 1'798'761'600'000);
  EXPECT_EQ(grant["grant"], nullptr);
  EXPECT_EQ(result["committed"], nullptr);
  const Ran people = import("--dry-run");
  EXPECT_EQ(people.code, 0) << people.error;
  EXPECT_NE(people.out.find("not signed"), std::string::npos) << people.out;
  EXPECT_NE(people.out.find("Consent.patient: 'Patient/bela'"), std::string::npos) << people.out;
}

TEST_F(ConsentImport, APermitWithoutAnEndGetsOneAndAWarning) {
  write_sample("permit-organization");
  json consent = test::read_json(path("consent.json"));
  consent["provision"].erase("period");
  write("consent.json", consent.dump());
  const Ran ran = import("--dry-run --output json --until +30d");
  ASSERT_EQ(ran.code, 0) << ran.error;
  const json grant = json::parse(ran.out)["grants"][0];
  const auto length =
      grant["until_ms"].get<std::uint64_t>() - grant["from_ms"].get<std::uint64_t>();
  EXPECT_EQ(length, std::uint64_t{30} * 24 * 60 * 60 * 1000);
  EXPECT_NE(ran.out.find("Consent.provision.period"), std::string::npos) << ran.out;
  // Longer than the consortium's parameter allows.
  const Ran longer = import("--dry-run --until +9999d");
  expect_one_line(longer, 1);
  EXPECT_NE(longer.error.find("window-too-long, field valid_to"), std::string::npos)
      << longer.error;
}

TEST_F(ConsentImport, RefusalsAreAnOperationOutcomeOrOneLineEach) {
  write_sample("error-dependents");
  const Ran ran = import("--output json");
  EXPECT_EQ(ran.code, 1);
  const json outcome = json::parse(ran.out);
  EXPECT_EQ(outcome["resourceType"], "OperationOutcome");
  EXPECT_NE(ran.out.find("Consent.provision.data[0].meaning"), std::string::npos);
  const Ran people = import("");
  expect_one_line(people, 1);
  EXPECT_NE(people.error.find("consent.json: Consent.provision.data[0].meaning: 'dependents' is "
                              "not in the map (not-supported)"),
            std::string::npos)
      << people.error;
}

TEST_F(ConsentImport, WhatTheLedgerWouldRefuseIsRefusedBeforeSigning) {
  write_sample("nested-deny");  // a permit for anybody, which the default parameters do not allow
  const Ran anybody = import("");
  EXPECT_EQ(anybody.code, 1);
  EXPECT_NE(anybody.error.find("Consent.provision.provision[0].actor[0].reference"),
            std::string::npos)
      << anybody.error;
  write_sample("action-access");
  expect_one_line(import(""), 1);
}

TEST_F(ConsentImport, AnotherPatientOfTheLedgerIsRefused) {
  write_sample("permit-organization");
  json consent = test::read_json(path("consent.json"));
  consent["patient"]["reference"] = "Patient/" + std::string(64, 'b');
  consent.erase("performer");
  write("consent.json", consent.dump());
  const Ran other = import("--dry-run");
  expect_one_line(other, 1);
  EXPECT_NE(other.error.find("Consent.patient"), std::string::npos) << other.error;
  consent["patient"]["reference"] = "Patient/" + kPatient;
  write("consent.json", consent.dump());
  EXPECT_EQ(import("--dry-run").code, 0);
}

TEST_F(ConsentImport, BadFilesAreOneLine) {
  expect_one_line(import("--dry-run"), 1);  // absent
  write("consent.json", "");
  expect_one_line(import("--dry-run"), 1);
  write("consent.json", std::string(300 * 1024, ' '));
  expect_one_line(import("--dry-run"), 1);
}

}  // namespace
}  // namespace galen::cli
