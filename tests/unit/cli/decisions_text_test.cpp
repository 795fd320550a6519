// What people read about versions, groups, dry runs, past decisions and receipts.
#include "cli/decisions_text.h"

#include "cli/code_words.h"
#include "cli/groups_text.h"
#include "cli/versions_text.h"
#include "fhir/vocabulary.h"
#include "ledger/codes.h"
#include "modules/policy/terminology.h"

#include <gtest/gtest.h>

namespace galen::cli {
namespace {

const std::string kId(64, 'a');
const std::string kOther(64, 'b');

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

client::ReceiptView receipt() {
  client::ReceiptView view;
  view.grant.grant = kId;
  view.grant.status = "active";
  view.grant.grantee = "group:" + kOther;
  view.grant.group_version = 4;
  view.grant.permit = true;
  view.grant.purposes = {"TREAT", "HMARKT"};
  view.grant.actions = {"READ"};
  view.grant.classes = {"LAB"};
  view.grant.confidentiality = "R";
  view.grant.labels = {"HIV", "f00d"};
  view.limits = {"instance:" + kOther, "authoredby:" + kId};
  view.grant.from_ms = 1'700'000'000'000;
  view.grant.until_ms = 1'800'000'000'000;
  view.patient = kOther;
  view.custodian = "hospital-1";
  view.given_by = "proxy";
  view.policy = kId;
  view.proof_key = "grant:" + kOther + ":" + kId;
  view.proven_height = 12;
  view.proven_block = kOther;
  view.proof_hash = kId;
  return view;
}

TEST(ReceiptText, TellsWhoWhatWhyUntilWhenAndHowToEndIt) {
  const std::string text = human::text(receipt());
  const std::vector<std::string> parts = {"group:",
                                          "of version 4",
                                          "treatment (TREAT), marketing (HMARKT)",
                                          "read (READ)",
                                          "laboratory results (LAB)",
                                          "restricted (R)",
                                          "HIV and AIDS (HIV), f00d",
                                          "record " + kOther + ", written by " + kId,
                                          "somebody who acts for the patient",
                                          "2027-01-15 08:00:00Z",
                                          "galen consent revoke",
                                          "hospital-1",
                                          "12, "};
  for (const std::string& part : parts) {
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
  }
  const std::string json = json::text(receipt());
  for (const char* part : {"\"version\": 1",
                           "\"withdrawal\"",
                           "\"until_ms\": 1800000000000",
                           "\"group_version\": 4",
                           "\"erase_by_ms\": null"}) {
    EXPECT_TRUE(has(json, part)) << part << "\n" << json;
  }
}

TEST(ReceiptText, SaysWhatNoLimitMeans) {
  auto view = receipt();
  view.grant.labels.clear();
  view.limits.clear();
  EXPECT_TRUE(has(human::text(view), "none"));
  view.grant.permit = false;
  const std::string text = human::text(view);
  EXPECT_TRUE(has(text, "no, all")) << "a denial that names no labels is about every record";
  EXPECT_TRUE(has(text, "they may not"));
}

void expect_parts(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) EXPECT_TRUE(has(text, part)) << part << "\n" << text;
}

TEST(ReceiptText, TellsEveryLimitThatIsSet) {
  auto view = receipt();
  view.grant.regions = {"DE", "FR"};
  view.grant.max_uses = 5;
  view.grant.uses_left = 2;
  view.grant.erase_by_ms = 1'900'000'000'000;
  view.grant.acknowledge_shadowed = true;
  view.grant.proxy = kId;
  view.data_from = "2020-01-01";
  view.data_to = "2021-01-01";
  view.supersedes = {kId, kOther};
  view.terms_commitment = kOther;
  const std::string text = human::text(view);
  expect_parts(text,
               {"DE,FR",
                "5, 2 left",
                "2030-03-17 17:46:40Z",
                "were accepted: where one holds, it decides",
                "somebody who acts for the patient, " + kId,
                "from 2020-01-01 until before 2021-01-01",
                kId + "," + kOther});
  EXPECT_FALSE(has(text, "denied too"));
  expect_parts(json::text(view),
               {"\"max_uses\": 5",
                "\"uses_left\": 2",
                "\"erase_by_ms\": 1900000000000",
                "\"acknowledge_shadowed\": true",
                "\"proxy\": \"" + kId + "\"",
                "\"data_from\": \"2020-01-01\"",
                "\"data_to\": \"2021-01-01\"",
                "\"terms_commitment\": \"" + kOther + "\""});
  view.grant.permit = false;
  view.forbids_emergency = true;
  EXPECT_TRUE(has(human::text(view), "denied too"));
  EXPECT_TRUE(has(json::text(view), "\"forbids_emergency\": true"));
}

TEST(ReceiptText, SaysNothingOfWhatIsNotThere) {
  auto view = receipt();
  view.grant.acknowledge_shadowed = false;
  const std::string text = human::text(view);
  for (const char* part : {"replaces", "denials that overlap", "requests covered", "erased by"}) {
    EXPECT_FALSE(has(text, part)) << part << "\n" << text;
  }
  expect_parts(json::text(view),
               {"\"supersedes\": []", "\"acknowledge_shadowed\": false", "\"proxy\": null"});
}

/// Whoever reads it must not take the hospital's signature for the patient's.
TEST(ReceiptText, SaysWhoHoldsTheKeyItWasSignedWith) {
  struct Case {
    const char* given_by;
    const char* held_by;
    bool passed_hands;
    const char* words;
  };

  const Case cases[] = {
      {"patient", "custodian", false, "signed with a key that hospital-1 holds for the patient"},
      {"patient", "custodian", true, "holds for the patient, or that others had before"},
      {"patient", "patient", true, "but that hospital-1 or others held or put in place before"},
      {"patient", "patient", false, "that the patient holds, as hospital-1 registered it"},
      {"proxy", "custodian", false, "signed with the key of who acts for the patient"},
      {"custodian", "custodian", false, "signed with hospital-1's own key"}};
  for (const Case& each : cases) {
    auto view = receipt();
    view.given_by = each.given_by;
    view.keys_held_by = each.held_by;
    view.keys_passed_hands = each.passed_hands;
    EXPECT_TRUE(has(human::text(view), each.words)) << each.words << "\n" << human::text(view);
    expect_parts(
        json::text(view),
        {each.words,
         "\"keys_held_by\": \"" + std::string(each.held_by) + "\"",
         each.passed_hands ? "\"keys_passed_hands\": true" : "\"keys_passed_hands\": false"});
  }
}

TEST(CodeWords, ThereIsOneForEveryPurposeClassActionAndSensitivity) {
  for (const auto& [code, covered] : policy::terminology(1).deny_covers)
    EXPECT_NE(purpose_words(code), code);
  for (const std::string& code : fhir::sensitivities_of("SPI")) EXPECT_NE(label_words(code), code);
  for (int c = 0; c <= static_cast<int>(ledger::RecordClass::kOther); ++c) {
    const std::string code(name(static_cast<ledger::RecordClass>(c)));
    EXPECT_NE(class_words(code), code);
  }
  for (int c = 0; c <= static_cast<int>(ledger::Confidentiality::kV); ++c) {
    const std::string code(name(static_cast<ledger::Confidentiality>(c)));
    EXPECT_NE(confidentiality_words(code), code);
  }
  for (const auto action : {ledger::Action::kDiscover,
                            ledger::Action::kRead,
                            ledger::Action::kCopy,
                            ledger::Action::kRedisclose}) {
    const std::string code(name(action));
    EXPECT_NE(action_words(code), code);
  }
  EXPECT_EQ(purpose_words("TREAT"), "treatment");
  EXPECT_EQ(with_code(purpose_words("UNKNOWN"), "UNKNOWN"), "UNKNOWN");
}

TEST(ReceiptText, AnEndedOneNeedsNoWithdrawal) {
  auto view = receipt();
  view.grant.ended_ms = 1'750'000'000'000;
  view.grant.follow = true;
  const std::string text = human::text(view);
  EXPECT_FALSE(has(text, "galen consent revoke"));
  EXPECT_TRUE(has(text, "as it is at any time"));
}

TEST(SimulateText, ShowsWhatChangesOrTheRefusal) {
  client::SimulateView view{"ok",
                            0,
                            {{"hospital-2",
                              "clinician",
                              "TREAT",
                              "",
                              {kId, false, "no-consent", "", {}},
                              {kId, true, "grant", kOther, {}}}}};
  view.decisions.push_back(view.decisions.front());
  view.decisions.back().purpose = "COC";
  view.decisions.push_back(view.decisions.front());
  view.decisions.back().role = "device";
  view.left_out = 3;
  const std::string text = human::text(view, false);
  EXPECT_TRUE(has(text, "hospital-2, clinician  TREAT,COC"));
  EXPECT_TRUE(has(text, "hospital-2, device     TREAT "));
  EXPECT_TRUE(has(text, "3 more practitioners and projects"));
  EXPECT_TRUE(has(json::text(view), "\"role\":\"clinician\""));
  EXPECT_TRUE(has(json::text(view), "\"left_out\":3"));
  EXPECT_TRUE(has(text, "deny (no-consent)"));
  EXPECT_TRUE(has(text, "permit (grant)"));
  EXPECT_TRUE(has(text, "yes"));
  EXPECT_TRUE(has(json::text(view), "\"changes\":true"));
  EXPECT_EQ(human::text(client::SimulateView{"shadowed", 0, {}}, false),
            "the ledger would refuse it: shadowed\n");
  EXPECT_EQ(human::text(client::SimulateView{"shadowed", 1, {}}, false),
            "the ledger would refuse number 2: shadowed\n");
}

TEST(ExplainText, SaysWhetherItIsTheSameOrWhyNot) {
  client::ExplainView view;
  client::ExplainedDecision decision;
  decision.recorded = {kId, true, "grant", kOther, {}};
  decision.replayed = decision.recorded;
  decision.grant = "active permit";
  decision.grant_written_height = 3;
  view.access.height = 5;
  view.decisions = {decision};
  EXPECT_TRUE(has(human::text(view), ", the same"));
  EXPECT_TRUE(has(human::text(view), "3, as it was then"));
  view.decisions[0].replayed->reason = "implicit";
  EXPECT_TRUE(has(human::text(view), "NOT the same"));
  view.decisions[0].replayed.reset();
  view.decisions[0].changed = "the parameters were written since";
  view.decisions[0].grant_written_height = 6;
  EXPECT_TRUE(has(human::text(view), "not possible: the parameters"));
  EXPECT_TRUE(has(human::text(view), "6, after the decision"));
  EXPECT_TRUE(has(json::text(view), "\"replayed\":null"));
}

TEST(ExplainText, OfABlockNamesNoTransaction) {
  client::ExplainView view;
  view.access.index = 7;
  view.access.height = 5;
  view.proven_height = 9;
  const std::vector<client::ExplainView> two{view, view};
  EXPECT_FALSE(has(human::text(two), "transaction"));
  EXPECT_TRUE(has(human::text(two), "7 of the patient's log"));
  EXPECT_TRUE(has(human::text(view), "proven at height"));
  const std::string json = json::text(two);
  EXPECT_TRUE(has(
      json, "[{\"transaction\":null,\"operation\":null,\"transaction_bound\":false,\"index\":7,"))
      << json;
  EXPECT_TRUE(has(json, "\"proven_height\":9"));
  EXPECT_EQ(json::text(std::vector<client::ExplainView>{}), "[]");
  EXPECT_EQ(human::text(std::vector<client::ExplainView>{}),
            "no access of this patient in that block\n");
  view.tx_id = "ab";
  EXPECT_TRUE(has(json::text(view), "{\"transaction\":\"ab\",\"operation\":0,"));
}

TEST(VersionsText, ShowsTheLineAndWhatWasErased) {
  client::VersionView erased;
  erased.record = kId;
  erased.status = "erased";
  client::VersionView last;
  last.record = kOther;
  last.status = "entered-in-error";
  last.custodian = "hospital-1";
  last.reason = "correction";
  last.retraction = "duplicate";
  last.retracted_ms = 1'700'000'000'000;
  last.retracted_height = 9;
  const std::string text = human::text(std::vector{erased, last}, false);
  EXPECT_TRUE(has(text, "erased"));
  EXPECT_TRUE(has(text, "duplicate"));
  EXPECT_TRUE(has(json::text(std::vector{erased}), "\"custodian\":null"));
}

TEST(GroupsText, ShowsMembersAndWhetherAPersonIsOne) {
  client::GroupView group;
  group.group = kId;
  group.name = "board";
  group.kind = "GROUP";
  group.organisations = {"hospital-2"};
  EXPECT_FALSE(has(human::text(group), "the person"));
  EXPECT_FALSE(has(json::text(group), "member\""));
  group.is_member = false;
  EXPECT_TRUE(has(human::text(group), "no member"));
  EXPECT_TRUE(has(json::text(group), "\"member\":false"));
  EXPECT_TRUE(has(human::text(std::vector{group}, false), "board"));
}

}  // namespace
}  // namespace galen::cli
