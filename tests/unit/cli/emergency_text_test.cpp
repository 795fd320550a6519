// What the own node's journal has and no log yet, in a table and as JSON (docs/cli.md).
#include "cli/emergency_text.h"

#include "program.h"

namespace galen::cli {
namespace {

client::PendingList pending() {
  client::PendingEmergency released;
  released.number = 3;
  released.time_ms = 1'774'951'200'000;
  released.organisation = "hospital-2";
  released.person = std::string(64, 'd');
  released.patient = std::string(64, 'a');
  released.purpose = "BTG";
  released.action = "READ";
  released.decisions = {{std::string(64, 'c'), true, "break-glass", ""}};
  released.declaration = std::string(64, 'e');
  released.reason = "life-threatening";
  client::PendingEmergency refused = released;
  refused.number = 5;
  refused.decisions = {{std::string(64, 'c'), false, "btg-forbidden", ""}};
  refused.declared = true;
  client::PendingList list;
  list.journal = std::string(64, 'b');
  list.entries = {released, refused};
  return list;
}

TEST(EmergencyText, WhatWaitsInTheJournalIsATable) {
  EXPECT_EQ(human::text(pending(), false),
            "ENTRY  TIME                  ORGANISATION  PERSON        PATIENT       PURPOSE  "
            "RECORDS                               REASON            DECLARATION\n"
            "3      2026-03-31 10:00:00Z  hospital-2    dddddddddddd  aaaaaaaaaaaa  BTG      "
            "cccccccccccc permitted (break-glass)  life-threatening  eeeeeeeeeeee (not on the "
            "chain)\n"
            "5      2026-03-31 10:00:00Z  hospital-2    dddddddddddd  aaaaaaaaaaaa  BTG      "
            "cccccccccccc REFUSED (btg-forbidden)  life-threatening  eeeeeeeeeeee\n");
  const std::string full = human::text(pending(), true);
  for (const char digit : {'a', 'c', 'd', 'e'}) {
    EXPECT_NE(full.find(std::string(64, digit)), std::string::npos) << digit;
  }
}

TEST(EmergencyText, APageThatIsNotTheLastSaysHowToGoOn) {
  client::PendingList list = pending();
  EXPECT_EQ(human::text(list, false).find("--from"), std::string::npos);
  list.next = 51;
  EXPECT_NE(human::text(list, false).find("\nmore with --from 51\n"), std::string::npos);
  EXPECT_EQ(human::text(client::PendingList(), false), "nothing to show\n");
}

// Golden: programs parse these. A changed line here is a changed interface (docs/cli.md "JSON").
TEST(EmergencyText, WhatWaitsInTheJournalIsOneLineOfJson) {
  client::PendingList list = pending();
  list.entries.pop_back();
  const std::string begin =
      R"({"journal":")" + std::string(64, 'b') +
      R"(","entries":[{"number":3,"time_ms":1774951200000,"organisation":"hospital-2","person":")" +
      std::string(64, 'd') + R"(","patient":")" + std::string(64, 'a') +
      R"(","purpose":"BTG","action":"READ","decisions":[{"record":")" + std::string(64, 'c') +
      R"(","permit":true,"rule":"break-glass"}],"declaration":")" + std::string(64, 'e') +
      R"(","reason":"life-threatening","declared":false}],"next":)";
  EXPECT_EQ(json::text(list), begin + "null}");
  list.next = 51;
  EXPECT_EQ(json::text(list), begin + "51}");
  EXPECT_EQ(json::text(client::PendingList()), R"({"journal":"","entries":[],"next":null})");
}

TEST_F(ProgramTest, TheHelpOfEmergencyPendingSaysWhenTheEventStreamFollows) {
  const Ran help = run("emergency pending --help");
  EXPECT_EQ(help.code, 0);
  EXPECT_NE(help.out.find("event stream"), std::string::npos) << help.out;
  EXPECT_NE(help.out.find("Examples:\n  galen emergency pending"), std::string::npos) << help.out;
  expect_one_line(run("emergency pending --from 0"), 2);
  expect_one_line(run("emergency pending --from first"), 2);
  expect_one_line(run("emergency pending"), 3);
}

}  // namespace
}  // namespace galen::cli
