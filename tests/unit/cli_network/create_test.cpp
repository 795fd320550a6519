#include "cli/network/network.h"
#include "cli/network/node_process.h"
#include "client/profile.h"
#include "crypto/certificate.h"
#include "node/config/check_config.h"
#include "node/config/config.h"
#include "storage/keys/key_file.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sys/stat.h>

namespace galen::cli {
namespace {

namespace fs = std::filesystem;

TimeMs now() {
  return TimeMs{static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                               std::chrono::system_clock::now().time_since_epoch())
                                               .count())};
}

class NetworkCreate : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "galen-network-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    parent_ = pattern;
    target_ = parent_ + "/net";
  }

  void TearDown() override { fs::remove_all(parent_); }

  [[nodiscard]] std::string hospital(int i) const {
    return target_ + "/hospital-" + std::to_string(i);
  }

  [[nodiscard]] Result<node::NodeMaterial> material(int i) const {
    const auto config = node::load_config(hospital(i) + "/galend.toml", {});
    if (!config) return tl::unexpected(config.error());
    return node::check_config(*config, now());
  }

  std::string parent_;
  std::string target_;
};

TEST_F(NetworkCreate, EveryNodeOfItPassesItsOwnConfigurationCheck) {
  ASSERT_EQ(network_create({target_, 5, 7300, "trial"}), 0);
  std::set<std::string> chains;
  for (int i = 1; i <= 5; ++i) {
    const auto checked = material(i);
    ASSERT_TRUE(checked) << checked.error().message;
    EXPECT_EQ(checked->organisation_name, "hospital-" + std::to_string(i));
    EXPECT_EQ(checked->self.value, i - 1);
    EXPECT_EQ(checked->peers.size(), 4U);
    EXPECT_TRUE(checked->warnings.empty());
    EXPECT_EQ(checked->genesis.name, "trial");
    chains.insert(std::string(as_text(checked->chain.view())));
  }
  EXPECT_EQ(chains.size(), 1U);
}

TEST_F(NetworkCreate, EveryProfileParsesAndAsksItsOwnNodeFirst) {
  ASSERT_EQ(network_create({target_, 4, 7300, "trial"}), 0);
  for (int i = 1; i <= 4; ++i) {
    const auto profile = client::load_profile(hospital(i) + "/client.toml");
    ASSERT_TRUE(profile) << profile.error().message;
    ASSERT_EQ(profile->endpoints.size(), 4U);
    EXPECT_EQ(profile->endpoints[0].organisation, "hospital-" + std::to_string(i));
    EXPECT_EQ(profile->endpoints[0].address, "127.0.0.1:" + std::to_string(7300 + i));
    EXPECT_TRUE(storage::read_private_key_file(profile->signing_key));
    EXPECT_TRUE(storage::read_private_key_file(profile->key));
  }
}

TEST_F(NetworkCreate, NodesListenDialAndAreReachedAtTheHostsGiven) {
  ASSERT_EQ(network_create({target_, 4, 7300, "trial", "0.0.0.0", "node-{i}.net{i}", "10.0.0.{i}"}),
            0);
  const auto config = node::load_config(hospital(2) + "/galend.toml", {});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->listen, "0.0.0.0:7302");
  ASSERT_EQ(config->peers.size(), 3U);
  EXPECT_EQ(config->peers[1].address, "node-3.net3:7303");
  const auto inside = client::load_profile(hospital(2) + "/client.toml");
  ASSERT_TRUE(inside) << inside.error().message;
  EXPECT_EQ(inside->endpoints[0].address, "node-2.net2:7302");
  const auto outside = client::load_profile(hospital(2) + "/client-published.toml");
  ASSERT_TRUE(outside) << outside.error().message;
  EXPECT_EQ(outside->endpoints[0].address, "10.0.0.2:7302");
  EXPECT_EQ(outside->endpoints[1].address, "10.0.0.3:7303");
  EXPECT_EQ(outside->people, inside->people);
  EXPECT_TRUE(material(2));
}

TEST_F(NetworkCreate, WithoutAPublishedHostThereIsOneProfile) {
  ASSERT_EQ(network_create({target_, 4, 7300, "trial", "[::1]"}), 0);
  EXPECT_FALSE(fs::exists(hospital(1) + "/client-published.toml"));
  const auto config = node::load_config(hospital(1) + "/galend.toml", {});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->listen, "[::1]:7301");
  EXPECT_EQ(config->peers[0].address, "[::1]:7302");
}

TEST_F(NetworkCreate, HostsThatCannotBeAreRefused) {
  const NetworkCreateOptions good{target_, 4, 7300, "trial"};
  const auto refused = [&good](auto change) {
    NetworkCreateOptions options = good;
    change(options);
    return network_create(options) == 2 && !fs::exists(options.directory);
  };
  for (const char* wildcard : {"0.0.0.0", "[::]"}) {  // nobody can dial those
    EXPECT_TRUE(refused([&](auto& o) { o.listen_host = wildcard; })) << wildcard;
    EXPECT_TRUE(refused([&](auto& o) { o.advertise_host = wildcard; })) << wildcard;
  }
  for (const char* bad : {"a b", "a:7101", "::1", "[]", "[g::1]", "a\"", "a\n", "{j}", "{i"}) {
    EXPECT_TRUE(refused([&](auto& o) { o.listen_host = bad; })) << bad;
    EXPECT_TRUE(refused([&](auto& o) { o.advertise_host = bad; })) << bad;
    EXPECT_TRUE(refused([&](auto& o) { o.published_host = bad; })) << bad;
  }
  EXPECT_TRUE(refused([](auto& o) { o.listen_host.clear(); }));
}

TEST_F(NetworkCreate, NobodyElseCanReadKeysOrEnterTheirDirectories) {
  ASSERT_EQ(network_create({target_, 4, 7300, "trial"}), 0);
  int keys = 0;
  for (const auto& entry : fs::recursive_directory_iterator(target_)) {
    struct stat info {};

    ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
    if (entry.is_directory()) {
      EXPECT_EQ(info.st_mode & 0777U, 0700U) << entry.path();
    }
    if (entry.path().parent_path().filename() == "keys") {
      EXPECT_EQ(info.st_mode & 0777U, 0600U) << entry.path();
      ++keys;
    }
  }
  EXPECT_EQ(keys, 4 * 8);
}

TEST_F(NetworkCreate, NoTwoKeysAreTheSame) {
  ASSERT_EQ(network_create({target_, 4, 7300, "trial"}), 0);
  std::set<PublicKey> keys;
  for (const auto& entry : fs::recursive_directory_iterator(target_)) {
    if (entry.path().parent_path().filename() != "keys") continue;
    if (entry.path().filename() == "labels.secret") continue;
    const auto key = storage::read_private_key_file(entry.path().string());
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_TRUE(keys.insert(key->public_key()).second) << entry.path();
  }
  EXPECT_EQ(keys.size(), 28U);
}

TEST_F(NetworkCreate, FewerThanFourHospitalsAreRefused) {
  for (const int hospitals : {-1, 0, 1, 3, 101}) {
    EXPECT_EQ(network_create({target_, hospitals, 7300, "trial"}), 2) << hospitals;
    EXPECT_FALSE(fs::exists(target_));
  }
}

TEST_F(NetworkCreate, ThePrimaryRotatesOnlyWhenAsked) {
  NetworkCreateOptions options{target_, 4, 7300, "trial"};
  ASSERT_EQ(network_create(options), 0);
  EXPECT_EQ(material(1)->genesis.parameters.rotation_period_ms, 0U);
  fs::remove_all(target_);
  options.rotation_seconds = 15;
  ASSERT_EQ(network_create(options), 0);
  EXPECT_EQ(material(1)->genesis.parameters.rotation_period_ms, 15'000U);
  fs::remove_all(target_);
  for (const int seconds : {-1, 86'401}) {
    options.rotation_seconds = seconds;
    EXPECT_EQ(network_create(options), 2) << seconds;
  }
}

TEST_F(NetworkCreate, PermitsOfSomePurposesAreShorterWhenAsked) {
  constexpr std::uint64_t kDayMs = 86'400'000;
  NetworkCreateOptions options{target_, 4, 7300, "trial"};
  options.max_grant_days = {"TREAT=3660", "HRESCH=1826"};
  ASSERT_EQ(network_create(options), 0);
  EXPECT_EQ(
      material(1)->genesis.parameters.purpose_limits,
      (std::vector<ledger::PurposeLimit>{{"HRESCH", 1826 * kDayMs}, {"TREAT", 3660 * kDayMs}}));
  fs::remove_all(target_);
  for (const char* bad : {"",
                          "HRESCH",
                          "HRESCH=",
                          "HRESCH=0",
                          "HRESCH=3661",
                          "HRESCH=1x",
                          "HRESCH=-1",
                          "HRESCH= 1",
                          "HRESCH=99999999999999999999",
                          "HRSCH=1",
                          "*=1",
                          "=1"}) {
    options.max_grant_days = {bad};
    EXPECT_EQ(network_create(options), 2) << bad;
    EXPECT_FALSE(fs::exists(target_)) << bad;
  }
  options.max_grant_days = {"HRESCH=1", "HRESCH=2"};
  EXPECT_EQ(network_create(options), 2);
}

TEST_F(NetworkCreate, AuditLogsAreKeptForSixYearsUnlessAsked) {
  constexpr std::uint64_t kDayMs = 86'400'000;
  NetworkCreateOptions options{target_, 4, 7300, "trial"};
  ASSERT_EQ(network_create(options), 0);
  EXPECT_EQ(material(1)->genesis.parameters.min_audit_retention_ms, 2190 * kDayMs);
  fs::remove_all(target_);
  options.audit_retention_days = 0;
  ASSERT_EQ(network_create(options), 0);
  EXPECT_EQ(material(1)->genesis.parameters.min_audit_retention_ms, 0U);
  fs::remove_all(target_);
  for (const int days : {-1, 36'601}) {
    options.audit_retention_days = days;
    EXPECT_EQ(network_create(options), 2) << days;
  }
}

TEST_F(NetworkCreate, PortsMustExist) {
  EXPECT_EQ(network_create({target_, 4, 65532, "trial"}), 2);
  EXPECT_EQ(network_create({target_, 4, 0, "trial"}), 2);
}

TEST_F(NetworkCreate, ADirectoryThatHoldsSomethingIsLeftAlone) {
  fs::create_directory(target_);
  std::ofstream(target_ + "/thesis.txt") << "mine";
  EXPECT_EQ(network_create({target_, 4, 7300, "trial"}), 1);
  EXPECT_EQ(std::distance(fs::directory_iterator(target_), fs::directory_iterator()), 1);
  EXPECT_EQ(std::distance(fs::directory_iterator(parent_), fs::directory_iterator()), 1);
}

TEST_F(NetworkCreate, AnEmptyDirectoryIsFilledAndAFailureLeavesNothing) {
  fs::create_directory(target_);
  EXPECT_EQ(network_create({target_, 4, 7300, "trial"}), 0);
  EXPECT_TRUE(fs::exists(target_ + "/genesis.json"));

  EXPECT_EQ(network_create({parent_ + "/other", 4, 7300, "Name With Spaces\n"}), 2);
  EXPECT_FALSE(fs::exists(parent_ + "/other"));
  EXPECT_EQ(std::distance(fs::directory_iterator(parent_), fs::directory_iterator()), 1);
}

TEST_F(NetworkCreate, AKeyOfAnotherHospitalFailsTheCheck) {
  ASSERT_EQ(network_create({target_, 4, 7300, "trial"}), 0);
  for (const char* file : {"node-tls.pem", "agreement.pem", "receipt.pem"}) {
    const std::string mine = hospital(1) + "/keys/" + file;
    const std::string kept = *storage::read_private_text_file(mine);
    fs::copy_file(hospital(2) + "/keys/" + file, mine, fs::copy_options::overwrite_existing);
    const auto checked = material(1);
    ASSERT_FALSE(checked) << file;
    EXPECT_EQ(checked.error().code, ErrorCode::kConfig);
    EXPECT_NE(checked.error().message.find(file), std::string::npos) << checked.error().message;
    std::ofstream(mine) << kept;
  }
  EXPECT_TRUE(material(1));
}

TEST_F(NetworkCreate, AnAgreementKeyMayChangeAsLongAsTheFirstOneIsKept) {
  ASSERT_EQ(network_create({target_, 4, 7300, "trial"}), 0);
  auto config = node::load_config(hospital(1) + "/galend.toml", {});
  ASSERT_TRUE(config);
  const std::string first = config->agreement_key;
  const auto next = crypto::PrivateKey::generate();
  config->agreement_key = hospital(1) + "/keys/agreement-2.pem";
  ASSERT_TRUE(storage::write_private_file(config->agreement_key, next.to_pem()));
  const auto alone = node::check_config(*config, now());
  ASSERT_FALSE(alone);
  EXPECT_NE(alone.error().message.find(
                "agreement-2.pem: without the agreement key registered for hospital-1"),
            std::string::npos)
      << alone.error().message;
  config->earlier_agreement_keys = first;
  const auto both = node::check_config(*config, now());
  ASSERT_TRUE(both) << both.error().message;
  ASSERT_EQ(both->agreement_keys.size(), 2U);
  EXPECT_EQ(both->agreement_keys.front().public_key(), next.public_key());
}

TEST_F(NetworkCreate, EveryHospitalHasALabelSecretOfItsOwnForClientAndNode) {
  ASSERT_EQ(network_create({target_, 4, 7300, "trial"}), 0);
  std::set<std::uint32_t> ids;
  for (int i = 1; i <= 4; ++i) {
    const auto config = node::load_config(hospital(i) + "/galend.toml", {});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->label_secrets, hospital(i) + "/keys/labels.secret");
    const auto material = node::check_config(*config, now());
    ASSERT_TRUE(material) << material.error().message;
    ASSERT_FALSE(material->label_secrets.empty());
    ids.insert(material->label_secrets.present(material->chain, PatientId{}).id);
  }
  EXPECT_EQ(ids.size(), 4U);
}

TEST_F(NetworkCreate, AWrongFileOfLabelSecretsFailsTheCheckAndNoneIsNoFault) {
  ASSERT_EQ(network_create({target_, 4, 7300, "trial"}), 0);
  auto config = node::load_config(hospital(1) + "/galend.toml", {});
  ASSERT_TRUE(config);
  const auto message = [&](const std::string& file) {
    config->label_secrets = file;
    const auto material = node::check_config(*config, now());
    return material ? "" : material.error().message;
  };
  EXPECT_EQ(message(""), "");
  EXPECT_NE(message(hospital(1) + "/keys/absent").find("keys/absent: "), std::string::npos);
  EXPECT_NE(message(hospital(1) + "/node.crt").find("node.crt: "), std::string::npos)
      << "open to others";
  const std::string wrong = hospital(1) + "/keys/wrong";
  ASSERT_TRUE(storage::write_private_file(wrong, "abc\n"));
  EXPECT_NE(message(wrong).find("keys/wrong: line 1"), std::string::npos) << message(wrong);
}

TEST_F(NetworkCreate, AnExpiredCertificateFailsTheCheckAndAnAgeingOneWarns) {
  ASSERT_EQ(network_create({target_, 4, 7300, "trial"}), 0);
  const auto config = node::load_config(hospital(1) + "/galend.toml", {});
  ASSERT_TRUE(config);
  constexpr std::uint64_t kDayMs = 86'400'000;
  const auto ageing = node::check_config(*config, TimeMs{now().value + 720 * kDayMs});
  ASSERT_TRUE(ageing) << ageing.error().message;
  ASSERT_EQ(ageing->warnings.size(), 1U);
  const auto expired = node::check_config(*config, TimeMs{now().value + 731 * kDayMs});
  ASSERT_FALSE(expired);
  EXPECT_NE(expired.error().message.find("not valid today"), std::string::npos);
}

TEST_F(NetworkCreate, PeersMustBeTheOtherValidatorsOfTheGenesisFile) {
  ASSERT_EQ(network_create({target_, 4, 7300, "trial"}), 0);
  auto config = node::load_config(hospital(1) + "/galend.toml", {});
  ASSERT_TRUE(config);
  auto fewer = *config;
  fewer.peers.pop_back();
  const auto missing = node::check_config(fewer, now());
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("hospital-4 is missing"), std::string::npos);

  auto more = *config;
  more.peers.push_back({"hospital-1", "127.0.0.1:9"});
  const auto self = node::check_config(more, now());
  ASSERT_FALSE(self);
  EXPECT_NE(self.error().message.find("hospital-1 is not another validator"), std::string::npos);
}

TEST_F(NetworkCreate, NodesAreFoundInTheOrderOfTheirNumbers) {
  ASSERT_EQ(network_create({target_, 11, 7300, "trial"}), 0);
  fs::create_directory(target_ + "/hospital-x");
  const auto nodes = network::find_nodes(target_);
  ASSERT_TRUE(nodes);
  ASSERT_EQ(nodes->size(), 11U);
  EXPECT_EQ((*nodes)[1].name, "hospital-2");
  EXPECT_EQ((*nodes)[10].name, "hospital-11");
  EXPECT_EQ(network::find_nodes(parent_).error().code, ErrorCode::kConfig);
}

TEST_F(NetworkCreate, APidOfAnotherProgramIsNotTheNode) {
  ASSERT_EQ(network_create({target_, 4, 7300, "trial"}), 0);
  const auto nodes = network::find_nodes(target_);
  ASSERT_TRUE(nodes);
  const auto& node = nodes->front();
  EXPECT_FALSE(network::running_pid(node));
  std::ofstream(node.pid_file()) << ::getpid() << "\n";
  EXPECT_FALSE(network::running_pid(node));
  std::ofstream(node.pid_file()) << "garbage\n";
  EXPECT_FALSE(network::running_pid(node));
  EXPECT_EQ(network_stop({target_, false, 1, 0}), 0);
}

}  // namespace
}  // namespace galen::cli
