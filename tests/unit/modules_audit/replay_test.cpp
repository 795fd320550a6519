// A past decision made again: the same as recorded, whatever happened to grants, versions of
// records and groups since; and an honest no where something without a history was written.
#include "modules/audit/replay.h"

#include "support/identity_steps.h"
#include "unit/modules_audit/replays_fixture.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace galen::audit {
namespace {

using policy::Reason;
using test::Party;
using test::test_id;

/// A journal decides on the whole state of a height; a block on what was there before it.
TEST(Moment, ShowsWhatWasWrittenByThen) {
  const Moment of_block{Height{5}, TimeMs{50}, true, policy::Instant::of_block(TimeMs{50})};
  EXPECT_TRUE(of_block.shows(Height{4}));
  EXPECT_FALSE(of_block.shows(Height{5}));
  const Moment of_journal{Height{5}, TimeMs{50}, false, policy::Instant::of_block(TimeMs{70})};
  EXPECT_TRUE(of_journal.shows(Height{5}));
  EXPECT_FALSE(of_journal.shows(Height{6})) << "what came since was not known to it";
}

TEST_F(Replays, ARefusalStaysOneThoughAGrantCameLater) {
  const AccessEntry entry = access();
  advance();
  give(ledger::GrantAccess{world.terms(patient, reader.id)});
  expect_same(entry);
}

TEST_F(Replays, APermitStaysOneThoughItsGrantWasRevoked) {
  const GrantId id = give(ledger::GrantAccess{world.terms(patient, reader.id)});
  advance();
  const AccessEntry entry = access();
  EXPECT_TRUE(entry.decisions.front().permit());
  advance();
  revoke(id);
  expect_same(entry);
  advance();
  expect_same(access());
}

TEST_F(Replays, TheVersionOfThatTimeIsJudged) {
  give(ledger::GrantAccess{world.terms(patient, reader.id)});
  advance();
  const AccessEntry before = access();
  advance();
  ledger::ReplaceRecord replace;
  replace.replaces = record;
  replace.next = world.record_operation(custodian, patient.patient());
  execute(replace, custodian);
  advance();
  const AccessEntry between = access();
  EXPECT_EQ(between.decisions.front().obligations, std::vector<std::string>{"superseded-version"});
  advance();
  execute(ledger::RetractRecord{patient.patient(), record, ledger::RecordChange::kDuplicate},
          custodian);
  advance();
  const AccessEntry after = access();
  EXPECT_EQ(after.decisions.front().reason, Reason::kRecordRetracted);
  for (const AccessEntry& entry : {before, between, after}) expect_same(entry);
}

class GroupReplays : public Replays {
 protected:
  GroupReplays() {
    group_.seed = test_id<Random32>(1);
    group_.group = ledger::group_id(world.chain, reader.id, group_.seed);
    group_.name = "board";
    group_.organisations = {reader.id};
    execute(group_, reader);
    advance();
  }

  void give_to_group(bool follow) {
    auto terms = world.terms(patient, group_.group);
    terms.grantee.kind = ledger::GranteeKind::kGroup;
    terms.follow = follow;
    if (!follow) terms.group_version = groups::GroupEntry::load(world.state, group_.group)->version;
    give(ledger::GrantAccess{terms});
    advance();
  }

  void change(std::vector<AccountId> added,
              std::vector<AccountId> removed,
              std::optional<TimeMs> ends = {}) {
    ledger::UpdateGroup update;
    update.group = group_.group;
    update.version = ++version_;
    update.added = std::move(added);
    update.removed = std::move(removed);
    update.ends = ends;
    execute(update, reader);
  }

  /// In a block that ends with it.
  void update(std::vector<AccountId> added,
              std::vector<AccountId> removed,
              std::optional<TimeMs> ends = {}) {
    change(std::move(added), std::move(removed), ends);
    advance();
  }

  ledger::DefineGroup group_;
  std::uint32_t version_ = 1;
};

TEST_F(GroupReplays, AFrozenGroupIsAsItWas) {
  give_to_group(false);
  const AccessEntry entry = access();
  EXPECT_TRUE(entry.decisions.front().permit());
  advance();
  update({}, {reader.id});
  expect_same(entry);
  expect_same(access());
}

TEST_F(GroupReplays, AFollowedGroupIsThatOfItsVersionThen) {
  give_to_group(true);
  std::vector<AccessEntry> entries;
  for (int i = 0; i < 3; ++i) {
    entries.push_back(access());
    EXPECT_EQ(entries.back().decisions.front().permit(), i % 2 == 0);
    advance();
    if (i % 2 == 0) {
      update({}, {reader.id});
    } else {
      update({reader.id}, {});
    }
  }
  for (const AccessEntry& entry : entries) expect_same(entry);
}

TEST_F(GroupReplays, APersonWasAMemberBetweenComingAndGoing) {
  update({}, {reader.id});
  give_to_group(true);
  std::vector<AccessEntry> entries;
  for (const bool member : {true, false, true}) {
    entries.push_back(access());
    EXPECT_EQ(entries.back().decisions.front().permit(), !member);
    advance();
    execute(ledger::ChangeMembership{doctor.id, group_.group, ++version_, member}, reader);
    advance();
  }
  entries.push_back(access());
  EXPECT_TRUE(entries.back().decisions.front().permit());
  for (const AccessEntry& entry : entries) expect_same(entry);
}

/// What a frozen grant's members are, no later version changes.
TEST_F(GroupReplays, AFrozenGroupWithoutAnEndIsCertainWhateverCame) {
  give_to_group(false);
  const AccessEntry entry = access();
  update({}, {reader.id});  // in the same block
  expect_same(entry);
  for (std::size_t i = 0; i <= groups::kMaxPastVersions; ++i) update({}, {});
  expect_same(entry);
}

TEST_F(GroupReplays, AnEndThatCameLaterWasNoneThen) {
  give_to_group(false);
  const AccessEntry before = access();
  EXPECT_TRUE(before.decisions.front().permit());
  advance();
  update({}, {}, TimeMs{world.now.value + 1});
  const AccessEntry after = access();
  EXPECT_FALSE(after.decisions.front().permit());
  expect_same(before);
  expect_same(after);
}

TEST_F(GroupReplays, AChangeInTheSameBlockCountsFromItsPlaceOn) {
  give_to_group(true);
  std::vector<AccessEntry> entries{access()};
  change({}, {reader.id});
  entries.push_back(access());
  execute(ledger::ChangeMembership{doctor.id, group_.group, ++version_, true}, reader);
  entries.push_back(access());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].decisions.front().permit(), i != 1);
    expect_same(entries[i]);
  }
  advance();
  change({}, {});
  for (const AccessEntry& entry : entries) expect_same(entry);
}

TEST_F(GroupReplays, AChangeInTheSameBlockIsNotGuessedWithoutItsBody) {
  give_to_group(true);
  const AccessEntry entry = access();
  execute(ledger::ChangeMembership{doctor.id, group_.group, ++version_, true}, reader);
  expect_same(entry);
  erase_bodies<ledger::ChangeMembership>();
  EXPECT_EQ(replay(entry).changed,
            "a group that a grant names was changed in the same block, before or after it");
}

TEST_F(GroupReplays, OfTooManyVersionsTheFirstAreNotGuessed) {
  give_to_group(true);
  const AccessEntry entry = access();
  advance();
  for (std::size_t i = 0; i < groups::kMaxPastVersions; ++i) {
    update({}, {});
  }
  expect_same(entry);
  update({}, {});
  EXPECT_EQ(replay(entry).changed, "more versions of a group came since than are kept");
  const auto kept = groups::GroupEntry::load(world.state, group_.group).value();
  EXPECT_EQ(kept.past.size(), groups::kMaxPastVersions);
  expect_same(access());
}

TEST_F(Replays, UsesAreCountedInTheLog) {
  auto terms = world.terms(patient, reader.id);
  terms.max_uses = 2;
  const GrantId limited = give(ledger::GrantAccess{terms});
  advance();
  std::vector<AccessEntry> entries;
  for (int i = 0; i < 3; ++i) {
    entries.push_back(access());
    if (i != 0) advance();  // the first two in one block
  }
  EXPECT_EQ(entries[1].decisions.front().grant, limited);
  EXPECT_EQ(entries[2].decisions.front().reason, Reason::kUsesExhausted);
  // Used up since by others than the entry that is looked at.
  for (const AccessEntry& entry : entries) expect_same(entry);
}

TEST_F(Replays, ARequestTakesOneUseHoweverManyRecordsItOpened) {
  const RecordId other = world.add_record(custodian, patient);
  auto terms = world.terms(patient, reader.id);
  terms.max_uses = 2;
  give(ledger::GrantAccess{terms});
  advance();
  std::vector<AccessEntry> entries;
  for (int i = 0; i < 3; ++i) {
    const ledger::LogAccess log{world.request(
        doctor, reader.id, patient, {std::min(record, other), std::max(record, other)})};
    world.execute(log, reader, {world.sign(log, doctor, ledger::AuthorisationRole::kRequester)});
    const auto index = find_entry(world.state, patient.patient(), log.request, world.height);
    entries.push_back(load_access(world.state, patient.patient(), index.value()).value());
    EXPECT_EQ(entries.back().find(record)->permit(), i < 2);
    advance();
  }
  for (const AccessEntry& entry : entries) {
    const Replayed again = replay(entry);
    ASSERT_TRUE(again.decision) << again.changed;
    EXPECT_EQ(again.decision->reason, entry.find(record)->reason);
  }
}

/// Its uses are used up when a second grant decides, and the first had some left before.
TEST_F(Replays, AnExhaustedGrantHadUsesBefore) {
  const AccessEntry none = access();
  advance();
  auto terms = world.terms(patient, reader.id);
  terms.max_uses = 1;
  give(ledger::GrantAccess{terms});
  advance();
  const AccessEntry by_limited = access();
  advance();
  terms.max_uses.reset();
  give(ledger::GrantAccess{terms});
  advance();
  const AccessEntry by_open = access();
  EXPECT_TRUE(by_open.decisions.front().permit());
  EXPECT_NE(by_limited.decisions.front().grant, by_open.decisions.front().grant);
  for (const AccessEntry& entry : {none, by_limited, by_open}) expect_same(entry);
}

TEST_F(Replays, WhatHasNoHistoryIsNotGuessed) {
  const AccessEntry entry = access();
  const auto changed = [&](const ledger::StateKey& key) {
    const auto before = written;
    written[key] = entry.height;
    const Replayed again = replay(entry);
    written = before;
    return !again.decision && !again.changed.empty();
  };
  expect_same(entry);
  EXPECT_TRUE(changed(ledger::StateKey::main(ledger::KeyKind::kParameters)));
  give(ledger::GrantAccess{world.terms(patient, reader.id)});
  expect_same(entry);
  blocks.clear();
  EXPECT_FALSE(replay(entry).decision.has_value()) << "a grant in a block that is not kept";
}

TEST_F(Replays, NewKeysChangeNoPastDecision) {
  give(ledger::GrantAccess{world.terms(patient, reader.id)});
  advance();
  const AccessEntry entry = access();
  advance();
  auto person = identity::PractitionerEntry::load(world.state, doctor.id).value();
  person.signing_keys = {PublicKey{}, test::test_key(70).public_key()};
  world.state.put(identity::PractitionerEntry::key(doctor.id), person.encode());
  auto organisation = execution::OrganisationEntry::load(world.state, reader.id).value();
  organisation.tls_key = test::test_key(71).public_key();
  const auto organisation_key = ledger::StateKey::main(ledger::KeyKind::kOrganisation, reader.id);
  world.state.put(organisation_key, organisation.encode());
  written[identity::PractitionerEntry::key(doctor.id)] = world.height;
  written[organisation_key] = world.height;
  expect_same(entry);
}

TEST_F(Replays, WhoWasSuspendedThenWasThenAndNobodyElse) {
  const auto suspend = [&](ledger::AccountStatus status) {
    const bool active = status == ledger::AccountStatus::kActive;
    execute(ledger::SuspendPractitioner{doctor.id,
                                        status,
                                        active ? ledger::SuspensionReason::kResolved
                                               : ledger::SuspensionReason::kLeft},
            reader);
  };
  give(ledger::GrantAccess{world.terms(patient, reader.id)});
  advance();
  std::vector<AccessEntry> entries{access()};
  advance();
  suspend(ledger::AccountStatus::kSuspended);
  entries.push_back(access());
  advance();
  entries.push_back(access());
  EXPECT_EQ(entries.back().decisions.front().reason, Reason::kMemberInactive);
  advance();
  suspend(ledger::AccountStatus::kActive);
  advance();
  entries.push_back(access());
  EXPECT_TRUE(entries.back().decisions.front().permit());
  advance();
  suspend(ledger::AccountStatus::kRevoked);
  advance();
  execute(ledger::Suspend{reader.id,
                          ledger::AccountStatus::kSuspended,
                          ledger::SuspensionReason::kInvestigation,
                          0,
                          TimeMs{}},
          reader);
  for (const AccessEntry& entry : entries) expect_same(entry);
}

TEST_F(Replays, OfTooManyChangesTheFirstAreNotGuessed) {
  const AccessEntry entry = access();
  auto person = identity::PractitionerEntry::load(world.state, doctor.id).value();
  for (std::size_t i = 0; i < identity::kMaxStandingChanges; ++i) {
    EXPECT_TRUE(replay(entry).decision.has_value()) << i;
    advance();
    person.set_status(
        i % 2 == 0 ? ledger::AccountStatus::kSuspended : ledger::AccountStatus::kActive,
        world.height);
    world.state.put(identity::PractitionerEntry::key(doctor.id), person.encode());
  }
  EXPECT_EQ(replay(entry).changed, "more changes of status came since than are kept");
  advance();
  expect_same(access());
  person.set_status(ledger::AccountStatus::kSuspended, world.height);
  EXPECT_EQ(person.standings.changes().size(), identity::kMaxStandingChanges);
}

TEST_F(Replays, ARefusalBeforeAnyDecisionIsNamedAsSuch) {
  auto request = world.request(doctor, reader.id, patient, {record});
  request.expiry = world.now;
  const ledger::LogAccess log{request};
  world.execute(log, reader, {world.sign(log, doctor, ledger::AuthorisationRole::kRequester)});
  const auto index = find_entry(world.state, patient.patient(), request, world.height);
  ASSERT_TRUE(index.has_value());
  const auto entry = load_access(world.state, patient.patient(), *index);
  EXPECT_FALSE(replay(*entry).decision.has_value());
  request.expiry.value += 1;
  EXPECT_FALSE(find_entry(world.state, patient.patient(), request, world.height).has_value());
}

TEST_F(Replays, AProxysAccessIsDecidedAgainThoughHeWasRevokedSince) {
  const auto terms = test::proxy_operation(world, patient, test::test_key(50), custodian.id);
  execute(terms, custodian);
  advance();
  const Party proxy{terms.proxy, test::test_key(50)};
  const auto asked = [&] {
    auto request = world.request(proxy, reader.id, patient, {record});
    request.purpose = "FAMRQT";
    return ask(request, proxy, ledger::AuthorisationRole::kProxy);
  };
  const AccessEntry before = asked();
  EXPECT_EQ(before.decisions.front().reason, Reason::kProxy);
  advance();
  execute(ledger::RevokeProxy{patient.patient(), terms.proxy, {}}, custodian);
  advance();
  const AccessEntry after = asked();
  EXPECT_EQ(after.decisions.front().reason, Reason::kProxyExpired);
  expect_same(before);
  expect_same(after);
}

/// Accesses between random acts on grants, in blocks of their own or together: every one is decided
/// again as it was.
RC_GTEST_FIXTURE_PROP(Replays, EveryEntryIsDecidedAgainAsItWas, (std::vector<std::uint8_t> acts)) {
  std::vector<GrantId> grants;
  std::vector<AccessEntry> entries;
  if (acts.size() > 16) acts.resize(16);
  for (const std::uint8_t act : acts) {
    const unsigned apart = act / 12U % 4U;
    if (apart % 2U != 0) advance();
    if (act % 4U == 0) {
      grants.push_back(give(ledger::GrantAccess{[&] {
        auto terms = world.terms(patient, reader.id);
        terms.acknowledge_shadowed = true;
        if (act / 4U % 3U != 0) terms.max_uses = act / 4U % 3U;
        return terms;
      }()}));
    } else if (act % 4U == 1) {
      grants.push_back(give(world.deny_all(patient)));
    } else if (act % 4U == 2 && !grants.empty()) {
      const GrantId& id = grants[act / 4U % grants.size()];
      revoke(id);
    }
    if (apart / 2U != 0) advance();
    entries.push_back(access());
  }
  for (const AccessEntry& entry : entries) {
    const Replayed again = replay(entry);
    RC_ASSERT(again.decision.has_value());
    RC_ASSERT(again.decision->reason == entry.decisions.front().reason);
    RC_ASSERT(again.decision->grant == entry.decisions.front().grant);
  }
}

}  // namespace
}  // namespace galen::audit
