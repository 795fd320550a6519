#include "cli/event_text.h"

#include <gtest/gtest.h>

namespace galen::cli {
namespace {

client::EventView access() {
  client::EventView event;
  event.kind = "access-decided";
  event.height = 12;
  event.index = 3;
  event.cursor = "0c";
  event.time_ms = 1'774'951'200'000;
  event.block = std::string(64, 'b');
  event.transaction = std::string(64, 't');
  event.submitter = "hospital-2";
  event.type = "LogAccess";
  event.subject = std::string(64, 'a');
  event.organisation = "hospital-2";
  event.person = std::string(64, 'd');
  event.purpose = "TREAT";
  event.action = "READ";
  event.decisions = {{std::string(64, 'c'), false, "no-consent", ""}};
  return event;
}

TEST(EventText, OneLineForPeopleWithShortIds) {
  const std::string line = human_line(access(), false);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_NE(line.find("12.3  access-decided"), std::string::npos) << line;
  EXPECT_NE(line.find("cccccccccccc refused (no-consent)"), std::string::npos) << line;
  EXPECT_EQ(line.find(std::string(64, 'a')), std::string::npos);
  EXPECT_NE(human_line(access(), true).find(std::string(64, 'a')), std::string::npos);
}

TEST(EventText, OneLineOfJson) {
  EXPECT_EQ(
      json_line(access()),
      R"({"kind":"access-decided","height":12,"index":3,"cursor":"0c","time_ms":1774951200000,)"
      R"("block":")" +
          std::string(64, 'b') + R"(","transaction":")" + std::string(64, 't') +
          R"(","submitter":"hospital-2","type":"LogAccess","subject":")" + std::string(64, 'a') +
          R"(","organisation":"hospital-2","person":")" + std::string(64, 'd') +
          R"(","purpose":"TREAT","action":"READ","decisions":[{"record":")" + std::string(64, 'c') +
          R"(","permit":false,"rule":"no-consent"}]})");
}

TEST(EventText, ARuleThatMayNotBeSeenIsNotThere) {
  auto event = access();
  event.decisions[0].reason.clear();
  EXPECT_EQ(json_line(event).find("rule"), std::string::npos);
  EXPECT_EQ(human_line(event, false).find("()"), std::string::npos);
}

TEST(EventText, ABlockHasItsCounts) {
  client::EventView event;
  event.kind = "block";
  event.height = 5;
  event.block = std::string(64, 'b');
  event.transactions = 2;
  event.operations = 7;
  EXPECT_NE(human_line(event, false).find("2 transactions, 7 operations"), std::string::npos);
  EXPECT_NE(json_line(event).find(R"("transactions":2,"operations":7)"), std::string::npos);
  EXPECT_EQ(json_line(event).find("signers"), std::string::npos);
}

}  // namespace
}  // namespace galen::cli
