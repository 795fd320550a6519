#include "cli/network/status_table.h"

#include "cli/network/config_files.h"
#include "cli/network/hospital_keys.h"
#include "cli/network/report.h"
#include "ledger/operation.h"

#include <gtest/gtest.h>

namespace galen::cli::network {
namespace {

std::vector<NodeRow> rows() {
  NodeRow up;
  up.name = "hospital-1";
  up.pid = 4711;
  up.status.reachable = true;
  up.status.voting = true;
  up.status.height = 12;
  up.status.block_hash = std::string(64, 'a');
  up.status.state_root = std::string(64, 'b');
  up.status.peers = {{"hospital-2", true, 12}, {"hospital-3", false, 0}};
  NodeRow silent;
  silent.name = "hospital-22";
  silent.pid = 4712;
  NodeRow stopped;
  stopped.name = "hospital-3";
  return {up, silent, stopped};
}

TEST(StatusTable, AlignsColumnsAndShortensHashes) {
  EXPECT_EQ(status_table(rows()),
            "NODE         PID   STATE      PEERS  HEIGHT  BLOCK         STATE ROOT\n"
            "hospital-1   4711  voting     1/2    12      aaaaaaaaaaaa  bbbbbbbbbbbb\n"
            "hospital-22  4712  no answer  -      -       -             -\n"
            "hospital-3   -     stopped    -      -       -             -\n");
}

TEST(StatusTable, JsonHasWholeHashesAndNullForNoProcess) {
  const std::string json = status_json(rows());
  EXPECT_NE(json.find("\"block_hash\": \"" + std::string(64, 'a') + "\""), std::string::npos);
  EXPECT_NE(json.find("\"pid\": 4711"), std::string::npos);
  EXPECT_NE(json.find("\"pid\": null"), std::string::npos);
  EXPECT_NE(json.find("\"connected_peers\": 1"), std::string::npos);
}

TEST(NetworkReport, ClassesOfErrorsHaveTheirExitCodes) {
  EXPECT_EQ(report({ErrorCode::kInvalidArgument, "x"}), 2);
  EXPECT_EQ(report({ErrorCode::kConfig, "x"}), 3);
  EXPECT_EQ(report({ErrorCode::kDeadlineExceeded, "x"}), 6);
  EXPECT_EQ(report({ErrorCode::kIo, "x"}), 1);
}

TEST(NetworkFiles, EveryNodeDialsEveryOther) {
  const FileLayout layout{2, 4, 7100};
  const std::string text = node_config_text(layout);
  EXPECT_NE(text.find("listen = \"127.0.0.1:7102\""), std::string::npos);
  for (const int other : {1, 3, 4}) {
    EXPECT_NE(text.find("address = \"" + hospital_address(layout, other) + "\""),
              std::string::npos);
  }
  EXPECT_EQ(text.find("organisation = \"hospital-2\""), std::string::npos);
}

TEST(HospitalKeys, RegistrationsCarryValidProofsOfPossession) {
  HospitalKeys keys;
  keys.name = "hospital-1";
  const auto organisation = keys.organisation();
  EXPECT_EQ(organisation.id, ledger::organisation_id(keys.signing.public_key()));
  const auto statement = ledger::possession_statement(
      ledger::KeyUse::kAgreement, organisation.id, organisation.agreement_key);
  EXPECT_TRUE(
      crypto::verify(organisation.agreement_key, statement, organisation.agreement_possession));
  EXPECT_FALSE(crypto::verify(organisation.tls_key, statement, organisation.agreement_possession));
}

}  // namespace
}  // namespace galen::cli::network
