#include "cli/fhir/split.h"

#include "cli/fhir/classify.h"
#include "cli/fhir/fhir_split.h"
#include "support/paths.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/stat.h>

namespace galen::cli::fhir {
namespace {

namespace fs = std::filesystem;

std::string sample(const std::string& name) {
  return galen::test::source_dir() + "/tests/data/fhir/" + name;
}

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Document> split_sample(const std::string& name) {
  auto documents = split_bundle(read(sample(name)));
  EXPECT_TRUE(documents) << documents.error().message;
  return documents ? *documents : std::vector<Document>();
}

const Document* find(const std::vector<Document>& documents,
                     const std::string& record_class,
                     const std::string& date) {
  for (const Document& d : documents) {
    if (d.record_class == record_class && d.service_date == date) return &d;
  }
  return nullptr;
}

TEST(FhirSplit, MakesOneDocumentPerEncounterAndClass) {
  const auto documents = split_sample("anna-beispiel.json");
  std::set<std::pair<std::string, std::string>> places;
  for (const Document& d : documents) {
    EXPECT_TRUE(places.insert({d.encounter, d.record_class}).second) << d.file;
  }
  const Document* lab = find(documents, "LAB", "2024-02-06");
  ASSERT_NE(lab, nullptr);
  EXPECT_EQ(lab->resources, 3U);
  ASSERT_NE(find(documents, "MEDICATION", "2024-02-06"), nullptr);
  ASSERT_NE(find(documents, "IMMUNIZATION", "2024-05-14"), nullptr);
  ASSERT_NE(find(documents, "CLAIM", "2024-09-03"), nullptr);
}

TEST(FhirSplit, LabelsWhatIsSensitiveAndNothingElse) {
  const auto documents = split_sample("anna-beispiel.json");
  for (const Document& d : documents) {
    const bool sensitive = d.record_class == "NOTE" && d.service_date == "2024-09-03";
    EXPECT_EQ(d.labels, sensitive ? std::vector<std::string>{"ETHUD"} : std::vector<std::string>())
        << d.file;
    EXPECT_EQ(d.confidentiality, sensitive ? "R" : "N") << d.file;
  }
}

TEST(FhirSplit, EveryResourceAboutThePatientIsInExactlyOneDocument) {
  for (const char* name : {"anna-beispiel.json", "bela-muster.json", "cleo-probe.json"}) {
    std::multiset<std::string> expected;
    const Json input = Json::parse(read(sample(name)));
    for (const auto& entry : input["entry"]) {
      const std::string type = entry["resource"]["resourceType"];
      if (type != "Organization" && type != "Practitioner") expected.insert(entry["fullUrl"]);
    }
    std::multiset<std::string> found;
    for (const Document& d : split_sample(name)) {
      const Json bundle = Json::parse(d.json);
      EXPECT_EQ(bundle["type"], "collection");
      EXPECT_EQ(bundle["entry"].size(), d.resources);
      for (const auto& entry : bundle["entry"]) found.insert(entry["fullUrl"]);
    }
    EXPECT_EQ(found, expected) << name;
  }
}

TEST(FhirSplit, GivesTheSameBytesEveryTime) {
  const auto first = split_sample("bela-muster.json");
  const auto second = split_sample("bela-muster.json");
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].json, second[i].json);
}

TEST(FhirSplit, WordsMatchAsWholeWordsOnly) {
  const auto labels = [](const std::string& display) {
    return sensitivity_of(Json{{"code", {{"coding", {{{"display", display}}}}}}});
  };
  EXPECT_EQ(labels("HIV screening"), std::set<std::string>{"HIV"});
  EXPECT_EQ(labels("Archival of chart"), std::set<std::string>{});
  EXPECT_EQ(labels("Non-alcoholic beverage"), std::set<std::string>{});
}

TEST(FhirSplit, BadInputIsRefusedInOneLine) {
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  const std::string wide = R"({"resourceType":"Bundle","entry":[{"resource":7}]})";
  for (const std::string& bad : {std::string(),
                                 std::string("{"),
                                 std::string("[]"),
                                 deep,
                                 wide,
                                 std::string(R"({"resourceType":"Patient"})"),
                                 std::string(R"({"resourceType":"Bundle","entry":[{}]})"),
                                 std::string(R"({"resourceType":5,"entry":[]})")}) {
    const auto documents = split_bundle(bad);
    ASSERT_FALSE(documents) << bad.substr(0, 60);
    EXPECT_EQ(documents.error().code, ErrorCode::kMalformed);
    EXPECT_EQ(documents.error().message.find('\n'), std::string::npos);
  }
}

TEST(FhirSplit, OddTypesOfMembersDoNotThrow) {
  const std::string odd = R"({"resourceType":"Bundle","entry":[{"fullUrl":3,"resource":{
    "resourceType":["x"],"encounter":"y","item":{"encounter":1},"period":[1],"code":"text",
    "type":{"coding":[{"display":4}]},"category":null,"issued":20240101}}]})";
  const auto documents = split_bundle(odd);
  ASSERT_TRUE(documents) << documents.error().message;
  ASSERT_EQ(documents->size(), 1U);
  EXPECT_EQ((*documents)[0].record_class, "OTHER");
}

TEST(FhirSplit, ManifestHasOneLinePerDocument) {
  auto documents = split_sample("cleo-probe.json");
  documents[0].encounter = "a\tb\nc";
  const std::string tsv = manifest_tsv(documents);
  EXPECT_EQ(static_cast<std::size_t>(std::count(tsv.begin(), tsv.end(), '\n')),
            documents.size() + 1);
  EXPECT_NE(tsv.find("a_b_c"), std::string::npos);
  EXPECT_EQ(Json::parse(manifest_json(documents))["documents"].size(), documents.size());
}

TEST(FhirSplit, WritesPrivateFilesAndNeverOverwrites) {
  std::string parent = testing::TempDir() + "galen-fhir-XXXXXX";
  ASSERT_NE(::mkdtemp(parent.data()), nullptr);
  const FhirSplitOptions options{sample("cleo-probe.json"), parent + "/out", false};
  ASSERT_EQ(fhir_split(options), 0);
  for (const auto& entry : fs::directory_iterator(options.directory)) {
    struct stat info {};

    ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U) << entry.path();
  }
  EXPECT_EQ(fhir_split(options), 1);
  EXPECT_EQ(fhir_split({parent + "/absent.json", parent + "/out2", false}), 1);
  EXPECT_FALSE(fs::exists(parent + "/out2"));
  fs::remove_all(parent);
}

}  // namespace
}  // namespace galen::cli::fhir
