// Tags in the place of labels (PRIVACY.md 35): derivation, files, what is no such file.
#include "ledger/label_tags.h"

#include <gtest/gtest.h>

namespace galen::ledger {
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

LabelSecrets secrets_of(std::string_view text) {
  auto secrets = LabelSecrets::parse(text);
  EXPECT_TRUE(secrets) << secrets.error().message;
  return *std::move(secrets);
}

std::string one(std::uint8_t byte) {
  return LabelSecrets::file_text(filled<Random32>(byte));
}

/// Computed apart from this code, by hashlib and hmac of Python.
TEST(LabelTags, AreAsDerivedElsewhere) {
  const LabelKey key = secrets_of(one(9)).present(kChain, kAnn);
  EXPECT_EQ(key.id, 3290766409U);
  EXPECT_EQ(key.tag("HIV"), "f7b5302fb9867c37d897aa5da8531018");
  EXPECT_EQ(key.tag("PSY"), "1c7295ae60e7f9a8229e9437e12df819");
  EXPECT_EQ(key.file_text(kChain),
            "label-key 3290766409 0202020202020202020202020202020202020202020202020202020202020202 "
            "fa63e7e29e6a2f8cbcab63711beba4fa8f3c210fb0126c01b71b4e3b0b782e93 a8a873814876fdcf\n");
}

TEST(LabelTags, DifferByPatientChainSecretAndLabel) {
  const LabelSecrets secrets = secrets_of(one(9));
  const std::string tag = secrets.present(kChain, kAnn).tag("HIV");
  EXPECT_EQ(tag.size(), 32U);
  EXPECT_EQ(secrets.present(kChain, kAnn).tag("HIV"), tag);
  EXPECT_NE(secrets.present(kChain, kAnn).tag("HIVX"), tag);
  EXPECT_NE(secrets.present(kChain, kBob).tag("HIV"), tag);
  EXPECT_NE(secrets.present(filled<ChainId>(4), kAnn).tag("HIV"), tag);
  EXPECT_NE(secrets_of(one(8)).present(kChain, kAnn).tag("HIV"), tag);
  EXPECT_NE(secrets_of(one(8)).present(kChain, kAnn).id, secrets.present(kChain, kAnn).id);
}

TEST(LabelTags, AnEarlierSecretIsFoundByItsId) {
  const LabelKey old = secrets_of(one(9)).present(kChain, kAnn);
  const LabelSecrets both = secrets_of(one(8) + "\n" + one(9));
  EXPECT_NE(both.present(kChain, kAnn), old);
  EXPECT_EQ(both.find(kChain, kAnn, old.id), old);
  EXPECT_EQ(both.find(kChain, kAnn, old.id + 1), std::nullopt);
  EXPECT_EQ(LabelSecrets().find(kChain, kAnn, old.id), std::nullopt);
}

TEST(LabelTags, AKeyFileIsReadAsItWasWritten) {
  const LabelKey key = secrets_of(one(9)).present(kChain, kAnn);
  EXPECT_EQ(LabelKey::parse(key.file_text(kChain), kChain).value(), key);
}

TEST(LabelTags, WhatIsNoKeyFileIsRefused) {
  const std::string good = secrets_of(one(9)).present(kChain, kAnn).file_text(kChain);
  const std::string id = std::to_string(secrets_of(one(9)).present(kChain, kAnn).id);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  for (const std::string& text : {std::string(),
                                  std::string("label-key"),
                                  good + "more",
                                  with("label-key", "label-kex"),
                                  with(id, "4294967296"),
                                  with(id, "-1"),
                                  with(id, "1x"),
                                  with("0202", "02"),
                                  with("0202", "02zz")}) {
    const auto key = LabelKey::parse(text, kChain);
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code, ErrorCode::kMalformed) << text;
  }
}

/// A wrong digit would make tags that match nothing: a denial by them would deny nobody.
TEST(LabelTags, AKeyFileWithAnyOtherDigitOrOfAnotherChainIsRefused) {
  const std::string good = secrets_of(one(9)).present(kChain, kAnn).file_text(kChain);
  for (std::size_t i = std::string("label-key ").size(); i + 1 < good.size(); ++i) {
    if (good[i] == ' ') continue;
    std::string text = good;
    text[i] = text[i] == '1' ? '2' : '1';
    EXPECT_FALSE(LabelKey::parse(text, kChain)) << i;
  }
  const auto elsewhere = LabelKey::parse(good, filled<ChainId>(4));
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code, ErrorCode::kWrongChain);
}

TEST(LabelTags, WhatIsNoSecretFileIsRefusedWithItsLine) {
  const auto message = [](const std::string& text) {
    const auto secrets = LabelSecrets::parse(text);
    EXPECT_FALSE(secrets) << text;
    return secrets ? "" : secrets.error().message;
  };
  EXPECT_NE(message("").find("no label secret"), std::string::npos);
  EXPECT_NE(message("# a comment\n\n").find("no label secret"), std::string::npos);
  EXPECT_NE(message("# a comment\nabcd\n").find("line 2"), std::string::npos);
  EXPECT_NE(message(one(9) + one(9)).find("line 4: the same secret again"), std::string::npos);
  EXPECT_TRUE(LabelSecrets::parse(one(9) + "\r\n"));
}

}  // namespace
}  // namespace galen::ledger
