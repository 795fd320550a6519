#include "cli/human_text.h"
#include "cli/json_text.h"
#include "cli/progress_bar.h"
#include "cli/table.h"
#include "cli/versions_text.h"

#include <gtest/gtest.h>

namespace galen::cli {
namespace {

const std::string kId(64, 'a');

client::GrantView grant() {
  client::GrantView view;
  view.patient = std::string(64, 'b');
  view.grant = kId;
  view.status = "active";
  view.grantee = "hospital-2";
  view.purposes = {"TREAT"};
  view.actions = {"DISCOVER", "READ"};
  view.classes = {"LAB"};
  view.confidentiality = "N";
  view.from_ms = 1'700'000'000'000;
  view.until_ms = 1'800'000'000'000;
  return view;
}

TEST(Table, AlignsColumnsAndDoesNotPadTheLast) {
  Table table({"A", "LONG", "C"});
  table.add({"wide cell", "x", "end"});
  table.add({"é", "yy", "e"});
  EXPECT_EQ(table.text(),
            "A          LONG  C\n"
            "wide cell  x     end\n"
            "é          yy    e\n");
}

/// Whoever wrote it: a member's node, a file's author.
TEST(Table, WhatMovesATerminalIsShownInstead) {
  EXPECT_EQ(visible("a\x1b]52;c;x\x07z"), "a\\u001b]52;c;x\\u0007z");
  EXPECT_EQ(visible("two\nlines\t\x7f"), "two\\u000alines\\u0009\\u007f");
  EXPECT_EQ(visible("C1 \xc2\x9b"
                    "31m"),
            "C1 \\u009b31m");
  EXPECT_EQ(visible("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
            "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(visible("\x9b"
                    "31m \xc3( \xe2\x82"),
            "?31m ?( ??");
  EXPECT_EQ(visible_lines("a\nb\x1b"), "a\nb\\u001b");
  Table table({"A", "B"});
  table.add({"x\ny", "\x1b[2J"});
  EXPECT_EQ(table.text(), "A         B\nx\\u000ay  \\u001b[2J\n");
  EXPECT_EQ(fields_text({{"a", "b\nc: d"}}), "a: b\\u000ac: d\n");
}

TEST(Table, EmptyTableSaysSo) {
  EXPECT_EQ(Table({"A"}).text(), "nothing to show\n");
}

TEST(Table, FieldsAreAligned) {
  EXPECT_EQ(fields_text({{"a", "1"}, {"long", "2"}}), "a:    1\nlong: 2\n");
}

TEST(Table, IdsAreShortUnlessFull) {
  EXPECT_EQ(short_id(kId, false), std::string(12, 'a'));
  EXPECT_EQ(short_id(kId, true), kId);
  EXPECT_EQ(short_id("hospital-2", false), "hospital-2");
  EXPECT_EQ(short_id(std::string(64, 'z'), false), std::string(64, 'z'));
}

TEST(Table, SizesAndInstants) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(1023), "1023 B");
  EXPECT_EQ(size_text(1536), "1.5 KiB");
  EXPECT_EQ(size_text(std::uint64_t{5} << 30U), "5.0 GiB");
  EXPECT_EQ(instant_text(0), "-");
  EXPECT_EQ(instant_text(1'700'000'000'123), "2023-11-14 22:13:20Z");
}

TEST(Human, GrantTable) {
  EXPECT_EQ(
      human::text(std::vector{grant()}, false),
      "PATIENT       GRANT         EFFECT  STATUS  TO          PURPOSES  CLASSES  CONF  LABELS  "
      "FROM                  UNTIL                 LIMITS\n"
      "bbbbbbbbbbbb  aaaaaaaaaaaa  permit  active  hospital-2  TREAT     LAB      N     -       "
      "2023-11-14 22:13:20Z  2027-01-15 08:00:00Z  -\n");
}

/// The last cell of the only line.
std::string limits_shown(const client::GrantView& view, bool full = false) {
  const std::string table = human::text(std::vector{view}, full);
  const std::string last = table.substr(table.find('\n') + 1);
  return last.substr(last.rfind("Z  ") + 3);
}

TEST(Human, GrantTableShowsWhatNarrowsAGrant) {
  auto view = grant();
  view.actions = {"DISCOVER", "COPY"};
  view.data = {"instance:" + kId, "authoredby:" + kId};
  view.data_from = "2020-01-01";
  view.data_to = "2021-01-01";
  view.max_uses = 5;
  view.uses_left = 2;
  view.group_version = 3;
  EXPECT_EQ(limits_shown(view),
            "DISCOVER+COPY,instance:aaaaaaaaaaaa,authoredby:aaaaaaaaaaaa,dated from 2020-01-01,"
            "dated before 2021-01-01,2 of 5 uses left,version 3\n");
  EXPECT_NE(limits_shown(view, true).find("instance:" + kId + ","), std::string::npos);
  view.follow = true;
  view.uses_left.reset();
  EXPECT_NE(limits_shown(view).find("5 uses,version 3 and later"), std::string::npos);
  view = grant();
  view.erase_by_ms = 1'900'000'000'000;
  EXPECT_NE(human::text(std::vector{view}, false).find("  erase by 2030-03-17 17:46:40Z\n"),
            std::string::npos);
}

/// What a denial means by default is no limit, and neither is what a permit does.
TEST(Human, GrantTableSaysNothingOfTheUsualActions) {
  auto view = grant();
  view.permit = false;
  view.forbid_emergency = true;
  EXPECT_EQ(limits_shown(view), "DISCOVER+READ,even break-glass\n");
  view.actions = {"DISCOVER", "READ", "COPY", "REDISCLOSE"};
  EXPECT_EQ(limits_shown(view), "even break-glass\n");
  view.permit = true;
  view.forbid_emergency = false;
  EXPECT_EQ(limits_shown(view), "DISCOVER+READ+COPY+REDISCLOSE\n");
}

TEST(Human, ImportTableShowsTheSameLimits) {
  client::ImportResult result;
  result.grants = {grant()};
  result.grants.front().data = {"instance:" + kId};
  result.grants.front().data_from = "2020-01-01";
  const std::string text = human::text(result, false);
  EXPECT_NE(text.find("  instance:aaaaaaaaaaaa,dated from 2020-01-01\n"), std::string::npos)
      << text;
}

TEST(Human, UnreachableNodeStaysInTheTable) {
  client::NodeStatus node;
  node.organisation = "hospital-1";
  node.address = "127.0.0.1:1";
  node.note = "cannot connect: Connection refused";
  EXPECT_NE(human::text(std::vector{node}, false).find("Connection refused"), std::string::npos);
}

// Golden: programs parse these. A changed line here is a changed interface (docs/cli.md "JSON").
std::string grant_json() {
  return R"({"patient":")" + std::string(64, 'b') + R"(","grant":")" + kId +
         R"(","effect":"permit","status":"active","to":"hospital-2","purposes":["TREAT"],)"
         R"("actions":["DISCOVER","READ"],"classes":["LAB"],"confidentiality":"N",)"
         R"("labels":[],"labels_key_id":null,"from_ms":1700000000000,"until_ms":1800000000000,)"
         R"("ended_ms":null,"max_uses":null,"uses_left":null,)"
         R"("data_from":null,"data_to":null,"data":[],"regions":[],"erase_by_ms":null,)"
         R"("given_by":null,"forbid_emergency":false,"follow":false,"group_version":null,)"
         R"("policy":null,"terms_commitment":null,"acknowledge_shadowed":null,"sequence":null,)"
         R"("proxy":null})";
}

TEST(Json, GrantList) {
  EXPECT_EQ(json::text(std::vector{grant()}), "[" + grant_json() + "]");
}

TEST(Json, GrantOfAProxySaysWhose) {
  auto view = grant();
  view.given_by = "proxy";
  view.proxy = kId;
  view.policy = "p";
  view.terms_commitment = "t";
  view.acknowledge_shadowed = true;
  view.sequence = 7;
  const std::string json = json::text(view);
  EXPECT_NE(json.find(R"("policy":"p","terms_commitment":"t","acknowledge_shadowed":true,)"
                      R"("sequence":7,"proxy":")" +
                      kId + R"("})"),
            std::string::npos)
      << json;
}

TEST(Json, GrantHistory) {
  client::GrantVersionView version;
  version.grant = grant();
  version.brought_by = "hospital-1";
  version.given_ms = 5;
  version.given_height = 6;
  version.supersedes = {"c"};
  version.revoked = client::GrantRevocation{"patient", "entered-in-error", 7, 8};
  version.proven_height = 9;
  const std::string begin =
      R"([{"grant":)" + grant_json() +
      R"(,"brought_by":"hospital-1","given_ms":5,"given_height":6,"supersedes":["c"],)";
  EXPECT_EQ(
      json::text(std::vector{version}),
      begin +
          R"("superseded_by":null,"revoked":{"by":"patient","reason":"entered-in-error","time_ms":7,"height":8},"proven_height":9}])");
  version.revoked.reset();
  version.superseded_by = "d";
  EXPECT_EQ(json::text(std::vector{version}),
            begin + R"("superseded_by":"d","revoked":null,"proven_height":9}])");
}

TEST(Json, Registered) {
  const client::Registered registered{"p1", {"t1", 7, "b1"}};
  EXPECT_EQ(json::text(registered, "patient"),
            R"({"patient":"p1","committed":{"transaction":"t1","height":7,"block":"b1"}})");
}

TEST(Json, AccessList) {
  client::AccessView view;
  view.index = 3;
  view.time_ms = 5;
  view.height = 6;
  view.organisation = "hospital-2";
  view.person = "p";
  view.role = "clinician";
  view.purpose = "TREAT";
  view.action = "READ";
  view.decisions = {{"r", false, "no-consent", "", {"o"}, true}};
  view.organisation_id = "h";
  view.request = "q";
  EXPECT_EQ(
      json::text(std::vector{view}),
      R"([{"index":3,"time_ms":5,"height":6,"organisation":"hospital-2","person":"p",)"
      R"("role":"clinician","purpose":"TREAT","action":"READ","decisions":[{"record":"r",)"
      R"("permit":false,"rule":"no-consent","grant":null,"obligations":["o"],)"
      R"("accounting":true}],"organisation_id":"h","request":"q","late":false,"kind":"access"}])");
  view.late = true;
  view.journal = "j";
  view.number = 4;
  view.released_ms = 2;
  EXPECT_NE(json::text(std::vector{view})
                .find(R"("late":true,"kind":"access","journal":"j","number":4,"released_ms":2)"),
            std::string::npos);
}

TEST(Json, ProofOfAbsenceHasNoValue) {
  client::ProofReport report;
  report.kind = "state";
  report.subject = "grant:a:b";
  report.height = 9;
  EXPECT_EQ(
      json::text(report),
      R"({"kind":"state","subject":"grant:a:b","present":false,"value":null,"chain":"",)"
      R"("height":9,"time_ms":0,"block":"","signatures":0,"quorum":0,"written_height":null})");
}

TEST(Human, BlockTable) {
  client::BlockView block;
  block.height = 7;
  block.time_ms = 1'800'000'000'000;
  block.proposer = "hospital-2";
  block.transactions = {"t1", "t2"};
  block.hash = block.state_root = kId;
  EXPECT_EQ(human::text(std::vector{block}, false),
            "HEIGHT  TIME                  PROPOSER    TRANSACTIONS  BLOCK         STATE ROOT\n"
            "7       2027-01-15 08:00:00Z  hospital-2  2             aaaaaaaaaaaa  aaaaaaaaaaaa\n");
}

TEST(Json, BlockListHasWhatBlockGetGives) {
  client::BlockView block;
  block.height = 7;
  block.transactions = {"t1"};
  EXPECT_EQ(
      json::text(block),
      R"({"height":7,"hash":"","parent":"","time_ms":0,"proposer":"","state_root":"","transactions_root":"",)"
      R"("receipts_root":"","signers":[],"transactions":["t1"]})");
  EXPECT_EQ(json::text(std::vector{block}), "[" + json::text(block) + "]");
}

TEST(Json, EmptyListsAreLists) {
  EXPECT_EQ(json::text(std::vector<client::RecordView>()), "[]");
  EXPECT_EQ(json::text(std::vector<std::string>()), "[]");
  EXPECT_EQ(json::version_text("1.2.3"), R"({"version":"1.2.3"})");
}

TEST(Json, BytesThatAreNoTextAreReplaced) {
  client::NodeStatus node;
  node.organisation = "\xff\"";
  EXPECT_EQ(json::text(node),
            "{\"organisation\":\"\xEF\xBF\xBD\\\"\",\"address\":\"\",\"reachable\":false}");
}

TEST(Progress, LineSaysHowMuch) {
  EXPECT_EQ(progress_line("storing a", 512, 1024),
            "storing a [###############...............]  50%  512 B of 1.0 KiB");
  EXPECT_NE(progress_line("x", 0, 0).find("100%"), std::string::npos);
}

}  // namespace
}  // namespace galen::cli
