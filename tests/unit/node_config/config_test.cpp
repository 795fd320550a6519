#include "node/config/config.h"

#include "node/config/config_keys.h"
#include "node/config/config_values.h"

#include <gtest/gtest.h>

namespace galen::node {
namespace {

const std::string kComplete = R"([node]
data_dir = "data"
genesis = "../genesis.json"
listen = "127.0.0.1:7101"
ca_bundle = "../ca-bundle.pem"
tls_certificate = "node.crt"
tls_key = "keys/node-tls.pem"
consensus_key = "keys/consensus.pem"
agreement_key = "keys/agreement.pem"
receipt_key = "/etc/galen/receipt.pem"

[[peers]]
organisation = "hospital-2"
address = "127.0.0.1:7102"
)";

Result<NodeConfig> parse(const std::string& text,
                         const Environment& environment = {},
                         const ConfigFlags& flags = {}) {
  return parse_config(text, "galend.toml", "/d/hospital-1", environment, flags);
}

void expect_refused(const std::string& text, const std::string& part) {
  const auto config = parse(text);
  ASSERT_FALSE(config) << text;
  EXPECT_EQ(config.error().code, ErrorCode::kConfig);
  EXPECT_NE(config.error().message.find(part), std::string::npos) << config.error().message;
  EXPECT_EQ(config.error().message.find('\n'), std::string::npos);
}

TEST(Config, PathsAreResolvedAgainstTheFile) {
  const auto config = parse(kComplete);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->data_dir, "/d/hospital-1/data");
  EXPECT_EQ(config->genesis, "/d/genesis.json");
  EXPECT_EQ(config->receipt_key, "/etc/galen/receipt.pem");
  EXPECT_EQ(config->journal, "/d/hospital-1/data/votes");
  EXPECT_EQ(config->log_file, "");
  EXPECT_EQ(config->peers, (std::vector<PeerAddress>{{"hospital-2", "127.0.0.1:7102"}}));
}

TEST(Config, DefaultsStandForKeysThatAreAbsent) {
  const auto config = parse(kComplete);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->cache_bytes, 64U << 20U);
  EXPECT_EQ(config->min_free_disk_bytes, 256U << 20U);
  EXPECT_EQ(config->shutdown_grace, std::chrono::seconds(10));
  EXPECT_EQ(config->log_level, "info");
  EXPECT_GE(config->verify_threads, 1U);
  EXPECT_FALSE(config->reflection);
  EXPECT_EQ(config->sources.at("log.level"), "default");
  EXPECT_EQ(config->sources.at("node.listen"), "file");
}

TEST(Config, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
  const std::string text = kComplete + "[log]\nlevel = \"warn\"\n";
  EXPECT_EQ(parse(text)->log_level, "warn");
  const Environment environment{{"GALEN_LOG_LEVEL", "debug"}};
  EXPECT_EQ(parse(text, environment)->log_level, "debug");
  const auto config = parse(text, environment, {{"log.level", "error"}});
  EXPECT_EQ(config->log_level, "error");
  EXPECT_EQ(config->sources.at("log.level"), "flag");
}

TEST(Config, EveryKeyHasItsEnvironmentVariable) {
  EXPECT_EQ(environment_name("node.data_dir"), "GALEN_NODE_DATA_DIR");
  const Environment environment{{"GALEN_NODE_LISTEN", "127.0.0.1:0"},
                                {"GALEN_LIMITS_VERIFY_THREADS", "3"},
                                {"GALEN_RPC_REFLECTION", "true"},
                                {"GALEN_SHARED", "somewhere else"}};
  const auto config = parse(kComplete, environment);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->listen, "127.0.0.1:0");
  EXPECT_EQ(config->verify_threads, 3U);
  EXPECT_TRUE(config->reflection);
}

TEST(Config, UnknownNamesAreErrorsThatSayWhere) {
  expect_refused(kComplete + "[log]\nlevle = \"warn\"\n",
                 "galend.toml:16: unknown key \"log.levle\"");
  expect_refused(kComplete + "[logs]\n", "unknown key or section \"logs\"");
  expect_refused("x = 1\n" + kComplete, "galend.toml:1: unknown key or section \"x\"");
  expect_refused(kComplete + "port = 1\n", "unknown key \"peers.port\"");

  const auto environment = parse(kComplete, {{"GALEN_LOG_LEVLE", "warn"}});
  ASSERT_FALSE(environment);
  EXPECT_NE(environment.error().message.find("GALEN_LOG_LEVLE"), std::string::npos);
  const auto flag = parse(kComplete, {}, {{"log.levle", "warn"}});
  ASSERT_FALSE(flag);
  EXPECT_NE(flag.error().message.find("log.levle"), std::string::npos);
}

/// A key belongs into a file of its own, and what is printed here ends up in logs.
TEST(Config, InlineKeyMaterialIsRefusedAndNotRepeated) {
  const std::string material = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg";
  const std::string begin = "-----BEGIN PRIVATE KEY-----";
  const std::string pem = begin + "\n" + material + "\n-----END PRIVATE KEY-----\n";
  const std::string in_node = kComplete.substr(kComplete.find("data_dir"));
  const auto expect_unsaid = [&](const Result<NodeConfig>& config, const std::string& part) {
    ASSERT_FALSE(config);
    const std::string& message = config.error().message;
    EXPECT_EQ(config.error().code, ErrorCode::kConfig);
    EXPECT_NE(message.find(part), std::string::npos) << part;
    EXPECT_EQ(message.find(material), std::string::npos) << message;
    EXPECT_EQ(message.find("BEGIN"), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  };
  for (const std::string& value : {"\"" + begin + "\\n" + material + "\\n\"",
                                   "\"\"\"\n" + pem + "\"\"\"",
                                   "'" + material + "'"}) {
    expect_unsaid(parse("[node]\nkey = " + value + "\n" + in_node),
                  "galend.toml:2: unknown key \"node.key\"");
    expect_unsaid(parse("[node]\ntls_key_pem = " + value + "\n" + in_node),
                  "unknown key \"node.tls_key_pem\"");
    expect_unsaid(parse(kComplete + "key = " + value + "\n"), "unknown key \"peers.key\"");
    expect_unsaid(parse(kComplete + "[keys]\nconsensus = " + value + "\n"),
                  "unknown key or section \"keys\"");
  }
  // In the place of a file's name, too.
  const std::string name = "\"keys/consensus.pem\"";
  std::string instead = kComplete;
  instead.replace(instead.find(name), name.size(), "\"\"\"\n" + pem + "\"\"\"");
  expect_unsaid(parse(instead), "node.consensus_key: holds key material");
  expect_unsaid(parse(kComplete, {}, {{"node.tls_key", begin + material}}), "holds key material");
  expect_unsaid(parse(kComplete, {{"GALEN_NODE_RECEIPT_KEY", material + "\n" + material}}),
                "holds key material");
  expect_unsaid(parse(kComplete, {{"GALEN_NODE_KEY", pem}}), "GALEN_NODE_KEY");
  expect_unsaid(parse(kComplete, {}, {{"node.key", pem}}), "node.key");
}

TEST(Config, EveryRequiredKeyIsNamedWhenMissing) {
  for (const ConfigKey& key : config_keys()) {
    if (!key.required) continue;
    const std::string name = key.name.substr(key.name.find('.') + 1);
    const std::size_t start = kComplete.find("\n" + name + " =");
    ASSERT_NE(start, std::string::npos) << name;
    std::string text = kComplete;
    text.erase(start, kComplete.find('\n', start + 1) - start);
    expect_refused(text, "key \"" + key.name + "\" is missing");
  }
}

TEST(Config, WrongTypesAndValuesAreErrors) {
  expect_refused(kComplete + "[limits]\nverify_threads = \"2\"\n", "limits.verify_threads");
  expect_refused(kComplete + "[limits]\nverify_threads = 0\n", "from 1 to 64");
  expect_refused(kComplete + "[limits]\nverify_threads = 65\n", "from 1 to 64");
  expect_refused(kComplete + "[limits]\ncache = 64\n", "must be a text in quotes");
  expect_refused(kComplete + "[limits]\ncache = \"64\"\n", "with a unit");
  expect_refused(kComplete + "[limits]\ncache = \"1KiB\"\n", "below 1MiB");
  expect_refused(kComplete + "[limits]\nshutdown_grace = \"10\"\n", "with a unit");
  expect_refused(kComplete + "[log]\nlevel = \"loud\"\n", "not one of: trace, debug");
  expect_refused(kComplete + "[rpc]\nreflection = 1\n", "true or false");
  expect_refused(kComplete + "[metrics]\nlisten = \"127.0.0.1\"\n", "metrics.listen");
  expect_refused("peers = 3\n" + kComplete, "galend.toml");
  expect_refused("[node\n", "galend.toml:1");
}

TEST(Config, PeersNeedAnOrganisationAndAnAddressOnce) {
  expect_refused(kComplete + "[[peers]]\norganisation = \"hospital-2\"\naddress = \"h:1\"\n",
                 "hospital-2 is listed twice");
  expect_refused(kComplete + "[[peers]]\norganisation = \"hospital-3\"\n", "peers.address");
  expect_refused(kComplete + "[[peers]]\norganisation = \"hospital-3\"\naddress = \"h:0\"\n",
                 "not an address");
  expect_refused(kComplete + "[[peers]]\naddress = \"h:1\"\n", "organisation is missing");
}

TEST(Config, PrintedConfigurationParsesToTheSameValues) {
  const auto config = parse(kComplete, {{"GALEN_LOG_FORMAT", "json"}});
  ASSERT_TRUE(config);
  const std::string printed = print_config(*config);
  EXPECT_NE(printed.find("format = \"json\"  # environment"), std::string::npos) << printed;
  const auto again = parse(printed);
  ASSERT_TRUE(again) << again.error().message;
  for (const ConfigKey& key : config_keys())
    EXPECT_EQ(key.get(*again), key.get(*config)) << key.name;
  EXPECT_EQ(again->peers, config->peers);
}

TEST(ConfigValues, SizesNeedAUnitAndFitTheLimit) {
  EXPECT_EQ(*parse_size_bytes("64MiB"), 64U << 20U);
  EXPECT_EQ(*parse_size_bytes("0B"), 0U);
  for (const char* bad :
       {"", "64", "MiB", "64MB", "64 MiB", "-1B", "1.5GiB", "99999999999999GiB"}) {
    EXPECT_FALSE(parse_size_bytes(bad)) << bad;
  }
  for (const char* text : {"1B", "1023B", "1KiB", "64MiB", "3GiB", "0B"}) {
    EXPECT_EQ(size_text(*parse_size_bytes(text)), text);
  }
}

TEST(ConfigValues, DurationsNeedAUnit) {
  EXPECT_EQ(*parse_duration("250ms"), std::chrono::milliseconds(250));
  EXPECT_EQ(*parse_duration("2m"), std::chrono::minutes(2));
  for (const char* bad : {"", "10", "s", "10 s", "25h", "1d"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
  EXPECT_EQ(duration_text(std::chrono::seconds(90)), "90s");
}

TEST(ConfigValues, AddressesAreHostAndPort) {
  for (const char* good : {"127.0.0.1:7101", "hospital-1:1", "[::1]:65535"}) {
    EXPECT_TRUE(check_address(good, false)) << good;
  }
  for (const char* bad :
       {"", ":1", "host", "host:", "host:0", "host:65536", "::1:80", "a b:1", "http://h:1"}) {
    EXPECT_FALSE(check_address(bad, false)) << bad;
  }
  EXPECT_TRUE(check_address("127.0.0.1:0", true));
}

}  // namespace
}  // namespace galen::node
