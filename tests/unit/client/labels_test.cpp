// Names and tags: what a profile can read, and which key files it takes.
#include "client/labels.h"

#include "base/check.h"
#include "client/key_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sys/stat.h>

namespace galen::client {
namespace {

template <class Id>
Id filled(std::uint8_t byte) {
  Id id;
  id.value.fill(byte);
  return id;
}

const ChainId kChain = filled<ChainId>(1);
const PatientId kAnn = filled<PatientId>(2);
const PatientId kBob = filled<PatientId>(3);

ledger::LabelSecrets secrets(std::uint8_t byte) {
  return ledger::LabelSecrets::parse(ledger::LabelSecrets::file_text(filled<Random32>(byte)))
      .value();
}

class LabelBookTest : public ::testing::Test {
 protected:
  LabelBookTest() { CHECK(::mkdtemp(parent_.data()) != nullptr, "a temporary directory"); }

  ~LabelBookTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(parent_, ignored);
  }

  /// A file with this text, of mode 0600.
  std::string file(const std::string& text) {
    const std::string path = parent_ + "/" + std::to_string(files_++);
    EXPECT_TRUE(create_private_file(path, text));
    return path;
  }

  std::string refusal(LabelBook& book, const std::string& path) {
    const auto key = book.read_key(path, kAnn);
    EXPECT_FALSE(key);
    if (key) return "";
    EXPECT_EQ(key.error().code, ErrorCode::kConfig);
    return key.error().message;
  }

  std::string parent_ = (std::filesystem::temp_directory_path() / "galen-labels-XXXXXX").string();
  int files_ = 0;
  LabelBook own_{kChain, secrets(9), {"PSY", "HIV"}};
  LabelBook other_{kChain, {}, {"PSY", "HIV"}};
  ledger::LabelKey ann_ = secrets(9).present(kChain, kAnn);
};

TEST_F(LabelBookTest, TagsOfAKnownKeyAndNameAreReadOthersStayTags) {
  const std::string unknown = ann_.tag("STAFF");
  std::vector<std::string> tags{ann_.tag("PSY"), ann_.tag("HIV"), unknown};
  std::sort(tags.begin(), tags.end());
  const auto names = own_.read(kAnn, tags, ann_.id);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()),
            (std::set<std::string>{"HIV", "PSY", unknown}));
  EXPECT_EQ(own_.read(kBob, tags, ann_.id), tags) << "of another patient";
  EXPECT_EQ(own_.read(kAnn, tags, ann_.id + 1), tags) << "of another secret";
  EXPECT_EQ(other_.read(kAnn, tags, ann_.id), tags);
  EXPECT_EQ(other_.read(kAnn, {"HIV"}, std::nullopt), (std::vector<std::string>{"HIV"}));
  EXPECT_EQ(own_.names(kAnn, {tags, ann_.id}), std::nullopt);
  EXPECT_EQ(own_.names(kAnn, {{ann_.tag("HIV")}, ann_.id}), (std::vector<std::string>{"HIV"}));
}

TEST_F(LabelBookTest, WhatCannotBeComparedIsNeitherThereNorNot) {
  const WrittenLabels tagged{{ann_.tag("HIV")}, ann_.id};
  EXPECT_EQ(own_.has(kAnn, tagged, "HIV"), true);
  EXPECT_EQ(own_.has(kAnn, tagged, "PSY"), false);
  EXPECT_EQ(other_.has(kAnn, tagged, "HIV"), std::nullopt);
  EXPECT_EQ(other_.has(kAnn, {{"HIV"}, std::nullopt}, "HIV"), true);
  EXPECT_EQ(other_.has(kAnn, {{}, ann_.id}, "HIV"), false) << "no label needs no key";
}

TEST_F(LabelBookTest, AKeyFileOfThePatientReadsHisTagsAndNobodyElses) {
  const auto key = other_.read_key(file(ann_.file_text(kChain)), kAnn);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(other_.read(kAnn, {ann_.tag("HIV")}, ann_.id), (std::vector<std::string>{"HIV"}));
  const ledger::LabelKey bob = secrets(9).present(kChain, kBob);
  EXPECT_EQ(other_.read(kBob, {bob.tag("HIV")}, bob.id),
            (std::vector<std::string>{bob.tag("HIV")}));
}

/// A denial under a wrong key denies nobody, and nobody would see it.
TEST_F(LabelBookTest, WrongKeyFilesAreRefusedWithTheReason) {
  EXPECT_NE(refusal(own_, parent_ + "/absent").find("absent"), std::string::npos);
  EXPECT_NE(refusal(own_, file("rubbish\n")).find("needs one line"), std::string::npos);
  const std::string bobs = secrets(9).present(kChain, kBob).file_text(kChain);
  EXPECT_NE(refusal(own_, file(bobs)).find("of another patient"), std::string::npos);
  EXPECT_NE(refusal(own_, file(ann_.file_text(filled<ChainId>(4)))).find("check"),
            std::string::npos);
  const std::string open = file(ann_.file_text(kChain));
  ASSERT_EQ(::chmod(open.c_str(), 0644), 0);
  EXPECT_NE(refusal(own_, open).find(open), std::string::npos);
  ledger::LabelKey made_up = ann_;
  made_up.key.value[0] ^= 1U;
  EXPECT_NE(refusal(own_, file(made_up.file_text(kChain))).find("secret makes"), std::string::npos);
}

TEST_F(LabelBookTest, OnlyKnownWordsAreLabels) {
  EXPECT_TRUE(check_labels(own_, {"HIV", "PSY"}));
  for (const char* word : {"HVI", "hiv", " HIV", "", "HIV PSY"}) {
    const Status checked = check_labels(own_, {"HIV", word});
    ASSERT_FALSE(checked) << word;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(checked.error().message.find("'" + std::string(word) + "'"), std::string::npos);
  }
}

}  // namespace
}  // namespace galen::client
