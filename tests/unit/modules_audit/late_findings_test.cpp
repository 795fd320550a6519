// Emergencies explained: of the chain, and late entries that a journal's node decided by itself.
#include "modules/audit/late_findings.h"

#include "modules/audit/replay.h"
#include "unit/modules_emergency/emergency_world.h"

#include <gtest/gtest.h>

namespace galen::audit {
namespace {

using ledger::ResultCode;
using policy::Reason;
using test::test_id;

class LateEntries : public ::testing::Test {
 protected:
  LateEntries() { advance(); }

  void advance() {
    world.height.value += 1;
    world.now.value += 1000;
    times[world.height] = world.now;
  }

  /// Anchored and brought into the log in a later block; the entry there.
  AccessEntry bring(const ledger::LogEmergency& late) {
    advance();
    EXPECT_EQ(world.bring(world.anchor()), ResultCode::kOk);
    advance();
    EXPECT_EQ(world.log(late), ResultCode::kOk);
    index_ = find_late_entry(world.state, world.patient.patient(), late, world.height).value();
    return load_access(world.state, world.patient.patient(), index_).value();
  }

  [[nodiscard]] Replayed replay(const AccessEntry& entry) const {
    const History history{[](const ledger::StateKey&) { return std::optional(Height{1}); },
                          [this](Height height) {
                            const auto found = times.find(height);
                            return found == times.end() ? std::nullopt
                                                        : std::optional(found->second);
                          },
                          [](Height) { return std::vector<ExecutedOperation>{}; }};
    return Replay(world.state, entry, index_, history).replay(world.record);
  }

  [[nodiscard]] std::vector<std::string> findings(const AccessEntry& entry) const {
    return late_findings(world.state, world.chain, entry);
  }

  static bool is_doubtful(const std::string& finding) { return finding.starts_with("DOUBTFUL"); }

  /// A deny that break-glass does not override.
  void forbid() {
    auto deny = world.deny_all(world.patient);
    deny.terms.emergency_override = ledger::EmergencyOverride::kForbid;
    world.must_give(deny, world.patient);
  }

  test::EmergencyWorld world;
  std::map<Height, TimeMs> times;
  std::uint64_t index_ = 0;  ///< of the entry that was brought last
};

TEST_F(LateEntries, AreDecidedAgainOnTheStateThatTheNodeHad) {
  const auto declaration = world.declaration();
  const auto late = world.next_entry(declaration.declaration);
  advance();
  ASSERT_EQ(world.declare(declaration), ResultCode::kOk);
  forbid();
  const AccessEntry entry = bring(late);
  const Replayed again = replay(entry);
  ASSERT_TRUE(again.decision) << again.changed;
  EXPECT_EQ(again.decision->reason, Reason::kBreakGlass);
}

TEST_F(LateEntries, WhatTheNodeShouldHaveKnownIsSeen) {
  const auto declaration = world.declaration();
  ASSERT_EQ(world.declare(declaration), ResultCode::kOk);
  forbid();
  const AccessEntry entry = bring(world.next_entry(declaration.declaration));
  EXPECT_EQ(entry.decisions.front().reason, Reason::kBreakGlass);
  const Replayed again = replay(entry);
  ASSERT_TRUE(again.decision) << again.changed;
  EXPECT_EQ(again.decision->reason, Reason::kEmergencyForbidden);
}

TEST_F(LateEntries, WithoutDeclarationOrBlockNothingIsGuessed) {
  auto late = world.next_entry(test_id<DeclarationId>(3));
  const AccessEntry undeclared = bring(late);
  EXPECT_EQ(replay(undeclared).changed, "the declaration that it names is not on the chain");
  times.erase(late.state_height);
  EXPECT_EQ(replay(undeclared).changed, "the block whose state decided is not kept here");
}

TEST_F(LateEntries, AStateOfBeforeTheRequesterOrTheRecordIsNotGuessed) {
  const auto declaration = world.declaration();
  ASSERT_EQ(world.declare(declaration), ResultCode::kOk);
  AccessEntry entry = bring(world.next_entry(declaration.declaration));
  ASSERT_TRUE(replay(entry).decision);
  const Height known = entry.emergency->state_height;
  times[Height{5}] = TimeMs{1};
  entry.emergency->state_height = Height{5};
  EXPECT_EQ(replay(entry).changed,
            "the requester was registered later than the state that decided");
  entry.emergency->state_height = known;
  auto record =
      records::RecordEntry::load(world.state, world.patient.patient(), world.record).value();
  record.height = known.next();
  world.state.put(records::RecordEntry::key(world.patient.patient(), world.record),
                  record.encode());
  EXPECT_EQ(replay(entry).changed, "the record came later than the state that decided");
}

TEST_F(LateEntries, OfTheChainAreDecidedAgainToo) {
  const auto declaration = world.declaration();
  ASSERT_EQ(world.declare(declaration), ResultCode::kOk);
  advance();
  const auto request = world.emergency_request({world.record});
  const ledger::LogAccess access{request};
  world.execute(access, world.clinic, {world.signed_by(access, world.doctor)});
  const auto index = find_entry(world.state, world.patient.patient(), request, world.height);
  const auto entry = load_access(world.state, world.patient.patient(), index.value()).value();
  EXPECT_EQ(entry.decisions.front().reason, Reason::kBreakGlass);
  advance();
  auto review = world.review(declaration, world.officer);
  review.outcome = ledger::ReviewOutcome::kUnjustified;
  ASSERT_EQ(world.execute(review, world.clinic, {world.signed_by(review, world.officer)}).code,
            ResultCode::kOk);
  const Replayed again = replay(entry);
  ASSERT_TRUE(again.decision) << again.changed;
  EXPECT_EQ(again.decision->reason, Reason::kBreakGlass);
}

TEST_F(LateEntries, AnEntryThatEverythingBearsOutHasNoDoubt) {
  const auto declaration = world.declaration();
  ASSERT_EQ(world.declare(declaration), ResultCode::kOk);
  const auto all = findings(bring(world.next_entry(declaration.declaration)));
  ASSERT_EQ(all.size(), 4U);
  for (const std::string& finding : all) EXPECT_FALSE(is_doubtful(finding)) << finding;
  EXPECT_NE(all[0].find("not by the chain"), std::string::npos);
  EXPECT_NE(all[1].find("number 1"), std::string::npos);
  EXPECT_NE(all[3].find("not reviewed yet"), std::string::npos);
}

TEST_F(LateEntries, EachDoubtIsNamed) {
  auto declaration = world.declaration();
  declaration.to = TimeMs{world.now.value + 1};
  world.rename(declaration);
  ASSERT_EQ(world.declare(declaration), ResultCode::kOk);
  advance();
  AccessEntry entry = bring(world.next_entry(declaration.declaration));
  EXPECT_TRUE(is_doubtful(findings(entry)[3]));  // it was over
  entry.emergency->declaration = test_id<DeclarationId>(3);
  EXPECT_TRUE(is_doubtful(findings(entry)[3]));  // unknown
  EXPECT_TRUE(is_doubtful(findings(entry)[1]));  // another entry stands in the journal
  entry.role.reset();
  EXPECT_TRUE(is_doubtful(findings(entry)[2]));
}

}  // namespace
}  // namespace galen::audit
