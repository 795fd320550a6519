// All 23 consents of the IHE PCF guide, read from their FHIR JSON (tests/data/ihe-pcf), against the
// grants written by hand from HEALTH.md (support/pcf_grants.h).
#include "conformance/consent_expectations.h"
#include "fhir/consent.h"
#include "support/consent_files.h"
#include "support/pcf_grants.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace galen::fhir {
namespace {

const std::string kDirectory = test::source_dir() + "/tests/data/ihe-pcf";

std::set<std::string> pcf_consents() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kDirectory)) {
    const std::string name = entry.path().filename();
    if (name.rfind("Consent-", 0) == 0) names.insert(name);
  }
  return names;
}

Translation translated(const std::string& name, std::set<std::string, std::less<>> local) {
  return translate_consent(test::read_text(kDirectory + "/" + name),
                           Vocabulary{policy::terminology(1), std::move(local)},
                           conformance::NamedReferences());
}

TEST(IhePcfTranslation, All23GiveTheGrantsWrittenByHand) {
  const auto names = pcf_consents();
  EXPECT_EQ(names.size(), 23U);
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const auto translation = translated(name, {"FooBar"});
    const auto& expected = test::pcf_grants_of(name);
    ASSERT_EQ(translation.grants.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(translation.grants[i].effect, expected[i].effect);
      EXPECT_EQ(translation.grants[i].terms, expected[i].terms);
    }
    EXPECT_EQ(translation.replaces_others,
              name == "Consent-ex-dissent-intermediate-break-glass.json");
  }
}

/// Where the shared folder is, the copies are its files.
TEST(IhePcfTranslation, TheCopiesAreUnchanged) {
  const std::string shared = test::shared_ehr_file("fhir-r4/ihe-pcf");
  for (const std::string& name : pcf_consents()) {
    const std::string text = test::read_text(kDirectory + "/" + name);
    EXPECT_FALSE(text.empty()) << name;
    const std::string origin = shared + "/" + name;
    if (std::filesystem::exists(origin)) {
      EXPECT_EQ(text, test::read_text(origin)) << name;
    }
  }
}

TEST(IhePcfTranslation, APurposeOfTheGuidesOwnIsRefusedByThePinnedTable) {
  const auto translation = translated("Consent-ex-consent-intermediate-purpose.json", {});
  EXPECT_FALSE(translation.ok());
  EXPECT_NE(operation_outcome(translation.issues).find("Consent.provision.purpose[0]"),
            std::string::npos);
}

}  // namespace
}  // namespace galen::fhir
