#include "client/profile.h"

#include <gtest/gtest.h>

namespace galen::client {
namespace {

const std::string kGood = R"([profile]
organisation = "hospital-1"
genesis = "../genesis.json"
ca_bundle = "../ca-bundle.pem"
certificate = "client.crt"
key = "client.key"
signing_key = "keys/gateway-signing.pem"
people = "/var/people"

[[endpoints]]
organisation = "hospital-2"
address = "127.0.0.1:7102"

[[endpoints]]
organisation = "hospital-1"
address = "127.0.0.1:7101"
)";

std::string without(const std::string& line_start) {
  std::string text = kGood;
  const auto at = text.find("\n" + line_start) + 1;
  return text.erase(at, text.find('\n', at) - at + 1);
}

std::string failure(const std::string& text) {
  const auto profile = parse_profile(text, "/d/h/client.toml");
  if (profile) return "";
  EXPECT_EQ(profile.error().code, ErrorCode::kConfig);
  return profile.error().message;
}

TEST(Profile, PathsAreRelativeToTheFile) {
  const auto profile = parse_profile(kGood, "/d/h/client.toml");
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->genesis, "/d/genesis.json");
  EXPECT_EQ(profile->signing_key, "/d/h/keys/gateway-signing.pem");
  EXPECT_EQ(profile->people, "/var/people");
}

TEST(Profile, LabelSecretsAndLabelsMayBeLeftOut) {
  const auto without_any = parse_profile(kGood, "/d/h/client.toml");
  ASSERT_TRUE(without_any);
  EXPECT_EQ(without_any->label_secrets, "");
  EXPECT_TRUE(without_any->labels.empty());
  std::string text = kGood;
  const std::string people = "people = \"/var/people\"\n";
  text.insert(text.find(people), "label_secrets = \"keys/l\"\nlabels = [\"VIP\", \"STAFF\"]\n");
  const auto both = parse_profile(text, "/d/h/client.toml");
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_EQ(both->label_secrets, "/d/h/keys/l");
  EXPECT_EQ(both->labels, (std::vector<std::string>{"VIP", "STAFF"}));
  for (const std::string list : {"3", "[3]", "[\"A\", \"\"]", "\"A\""}) {
    std::string wrong = kGood;
    wrong.insert(wrong.find(people), "labels = " + list + "\n");
    EXPECT_NE(failure(wrong).find("client.toml:8: key 'labels' needs a list of texts"),
              std::string::npos)
        << list << failure(wrong);
  }
}

TEST(Profile, OwnNodeIsAskedFirst) {
  const auto profile = parse_profile(kGood, "/d/h/client.toml");
  ASSERT_EQ(profile->endpoints.size(), 2U);
  EXPECT_EQ(profile->endpoints.front().organisation, "hospital-1");
}

TEST(Profile, EveryMissingKeyIsNamed) {
  for (const std::string key : {"organisation",
                                "genesis",
                                "ca_bundle",
                                "certificate",
                                "signing_key",
                                "people",
                                "address"}) {
    const std::string message = failure(without(key));
    EXPECT_NE(message.find("'" + key + "'"), std::string::npos) << key << ": " << message;
  }
  EXPECT_NE(failure(without("key = ")).find("'key'"), std::string::npos);
}

TEST(Profile, UnknownKeysAreNamedWithTheirLine) {
  EXPECT_EQ(failure(kGood + "colour = \"blue\"\n"),
            "/d/h/client.toml:17: unknown key 'colour' in [[endpoints]]");
  EXPECT_EQ(failure("more = 1\n" + kGood), "/d/h/client.toml:1: unknown key 'more'");
}

TEST(Profile, WrongTypesAndBadTextAreRefused) {
  EXPECT_NE(failure("[profile]\norganisation = 5\n").find(":2:"), std::string::npos);
  EXPECT_NE(failure("[profile\n").find("/d/h/client.toml:1"), std::string::npos);
  EXPECT_NE(failure("").find("[profile] is missing"), std::string::npos);
  EXPECT_NE(failure(kGood.substr(0, kGood.find("[[endpoints]]"))).find("[[endpoints]]"),
            std::string::npos);
}

TEST(Profile, AddressNeedsAPort) {
  std::string text = kGood;
  text.replace(text.find("127.0.0.1:7102"), 14, "127.0.0.1");
  EXPECT_NE(failure(text).find("host:port"), std::string::npos);
}

TEST(Profile, MissingFileIsAConfigError) {
  const auto profile = load_profile("/nonexistent/client.toml");
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().code, ErrorCode::kConfig);
  EXPECT_NE(profile.error().message.find("/nonexistent/client.toml"), std::string::npos);
}

}  // namespace
}  // namespace galen::client
