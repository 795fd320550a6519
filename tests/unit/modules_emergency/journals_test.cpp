#include "modules/emergency/journals.h"

#include "base/limits.h"
#include "modules/audit/log_emergency.h"
#include "support/strict_codec.h"
#include "unit/modules_emergency/emergency_world.h"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

namespace galen::emergency {
namespace {

using ledger::ResultCode;
using test::EmergencyWorld;

class Journals : public ::testing::Test {
 protected:
  /// An entry, anchored.
  ledger::LogEmergency anchored() {
    const std::uint64_t last = world.number;
    const Digest before = world.head;
    const auto entry = world.next_entry(declared);
    EXPECT_EQ(world.bring(world.anchor(last, before)), ResultCode::kOk);
    return entry;
  }

  [[nodiscard]] JournalEntry head() const {
    return *JournalEntry::load(world.state, world.custodian.id, world.journal);
  }

  [[nodiscard]] std::vector<JournalPlace> evidence() const {
    return list_evidence(world.state, world.custodian.id);
  }

  ResultCode bring(const ledger::AnchorJournalReceipt& receipt) {
    return world.execute(receipt, world.clinic).code;
  }

  /// Of the custodian's node, brought by the clinic.
  [[nodiscard]] std::uint32_t waiting() const {
    return WaitingReceipts::load(world.state, world.custodian.id, world.clinic.id).count;
  }

  void set_waiting(std::uint32_t count) {
    world.state.put(WaitingReceipts::key(world.custodian.id, world.clinic.id),
                    WaitingReceipts{count}.encode());
  }

  EmergencyWorld world;
  DeclarationId declared = test::test_id<DeclarationId>(3);
};

TEST_F(Journals, AreAnchoredWithoutGaps) {
  world.next_entry(declared);
  const Digest first = world.head;
  ASSERT_EQ(world.bring(world.anchor()), ResultCode::kOk);
  EXPECT_EQ(head().last, 1U);
  world.next_entry(declared);
  world.next_entry(declared);
  EXPECT_EQ(world.bring(world.anchor(2, first)), ResultCode::kJournalGap);
  EXPECT_EQ(world.bring(world.anchor(1, world.head)), ResultCode::kJournalConflict);
  ASSERT_EQ(world.bring(world.anchor(1, first)), ResultCode::kOk);
  EXPECT_EQ(head().last, 3U);
  EXPECT_EQ(head().head, world.head);
  EXPECT_EQ(head().anchored, world.now);
}

TEST_F(Journals, TheSameAnchorTwiceChangesNothing) {
  anchored();
  EXPECT_EQ(world.bring(world.anchor()), ResultCode::kAlreadyExists);
  auto changed = world.anchor();
  changed.head = test::test_id<Digest>(1);
  EXPECT_EQ(world.bring(changed), ResultCode::kJournalConflict);
  EXPECT_TRUE(world.last_writes.empty());
}

TEST_F(Journals, AreAnchoredByTheirOrganisation) {
  world.next_entry(declared);
  const auto anchor = world.anchor();
  EXPECT_EQ(world.execute(anchor, world.clinic).code, ResultCode::kNotAuthorised);
  const auto stray = world.sign(anchor, world.custodian, ledger::AuthorisationRole::kOrganisation);
  EXPECT_EQ(world.execute(anchor, world.custodian, {stray}).code, ResultCode::kBadAuthorisation);
  ASSERT_EQ(world.bring(anchor), ResultCode::kOk);
  auto foreign = world.anchor(1, world.head);
  foreign.organisation = world.clinic.id;
  foreign.last = 2;
  EXPECT_EQ(world.execute(foreign, world.clinic).code, ResultCode::kJournalGap);  // it has none
  world.suspend(world.custodian.id);
  EXPECT_EQ(world.bring(world.anchor()), ResultCode::kOrganisationInactive);
}

TEST_F(Journals, ALostOneIsAVisibleIncident) {
  anchored();
  const JournalId lost = world.journal;
  world.journal = test::test_id<JournalId>(78);
  world.number = 0;
  world.head = {};
  world.next_entry(declared);
  auto anchor = world.anchor();
  EXPECT_EQ(world.bring(anchor), ResultCode::kJournalConflict);  // says nothing of the present one
  anchor.lost = test::test_id<JournalId>(79);
  EXPECT_EQ(world.bring(anchor), ResultCode::kJournalConflict);
  anchor.lost = lost;
  ASSERT_EQ(world.bring(anchor), ResultCode::kOk);
  const auto emergencies = OrganisationEmergencies::load(world.state, world.custodian.id);
  EXPECT_EQ(emergencies.journal, world.journal);
  EXPECT_EQ(emergencies.lost_journals, 1U);
  EXPECT_EQ(head().follows, lost);
  EXPECT_EQ(JournalEntry::load(world.state, world.custodian.id, lost)->succeeded_by, world.journal);
  // What was lost is not taken up again.
  world.journal = lost;
  auto again = world.anchor(1, JournalEntry::load(world.state, world.custodian.id, lost)->head);
  again.last = 2;
  EXPECT_EQ(world.bring(again), ResultCode::kJournalConflict);
}

TEST_F(Journals, NobodyTakesTheIdOfAnothers) {
  world.next_entry(declared);
  auto squatted = world.anchor();
  squatted.organisation = world.clinic.id;
  ASSERT_EQ(world.execute(squatted, world.clinic).code, ResultCode::kOk);
  EXPECT_EQ(world.bring(world.anchor()), ResultCode::kOk);
  EXPECT_EQ(head().organisation, world.custodian.id);
}

TEST_F(Journals, AReleaseThatNobodyDeclaredWaitsForReview) {
  const auto entry = anchored();
  ASSERT_EQ(world.log(entry), ResultCode::kOk);
  EXPECT_EQ(quota_of(world.state, world.clinic.id, world.now).open, 1U);
  const auto stub = DeclarationEntry::load(world.state, world.patient.patient(), declared);
  ASSERT_TRUE(stub);
  EXPECT_TRUE(stub->is_missing());
  EXPECT_EQ(stub->declaration.person, world.doctor.id);
  // It opens nothing, and it is reviewed like any other.
  EXPECT_FALSE(emergencies_of(world.state, world.patient.patient()).front().from <
               emergencies_of(world.state, world.patient.patient()).front().to);
  EXPECT_EQ(world.review_by(stub->declaration, world.officer, world.clinic), ResultCode::kOk);
  EXPECT_EQ(quota_of(world.state, world.clinic.id, world.now).open, 0U);
}

TEST_F(Journals, ADeclarationThatComesBehindItsReleaseTakesThePlace) {
  const auto operation = world.declaration();
  declared = operation.declaration;
  const auto entry = anchored();
  const TimeMs logged = world.now;
  ASSERT_EQ(world.log(entry), ResultCode::kOk);
  world.now.value += EmergencyWorld::kHour;
  ASSERT_EQ(world.declare(operation), ResultCode::kOk);
  const auto stored = DeclarationEntry::load(world.state, world.patient.patient(), declared);
  EXPECT_FALSE(stored->is_missing());
  EXPECT_EQ(stored->declaration, operation);
  const auto waiting = list_unreviewed(world.state, world.clinic.id);
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting.front().entry.declared, logged);  // due since then
  EXPECT_EQ(OrganisationEmergencies::load(world.state, world.clinic.id).declared, 1U);
  EXPECT_EQ(world.declare(operation), ResultCode::kAlreadyExists);
}

TEST_F(Journals, OnlyTheRequesterHimselfBringsHisOrganisationIntoIt) {
  const auto entry = anchored();
  ASSERT_EQ(world.execute(entry, world.custodian).code, ResultCode::kOk);  // nobody signed
  EXPECT_EQ(quota_of(world.state, world.clinic.id, world.now).open, 0U);
}

/// A request that somebody signed for something else charges his organisation nothing.
TEST_F(Journals, NobodyIsChargedForWhatHeDidNotAskFor) {
  const auto charged = [&](const std::function<void(ledger::LogEmergency&)>& change) {
    auto entry = world.next_entry(test::test_id<DeclarationId>(world.next_number()));
    change(entry);
    world.head = ledger::journal_entry_hash(world.chain, entry);
    const auto before = quota_of(world.state, world.clinic.id, world.now).open;
    EXPECT_EQ(world.bring(world.anchor(entry.number - 1, entry.previous)), ResultCode::kOk);
    EXPECT_EQ(world.log(entry), ResultCode::kOk);
    return quota_of(world.state, world.clinic.id, world.now).open != before;
  };
  EXPECT_FALSE(charged([](auto& entry) { entry.request.purpose = "TREAT"; }));
  EXPECT_FALSE(charged([](auto& entry) { entry.time = entry.request.expiry; })) << "expired";
  EXPECT_FALSE(charged([](auto& entry) {
    entry.time.value = entry.request.expiry.value - limits::kMaxAccessRequestMs - 1;
  })) << "before it may have been signed";
  EXPECT_TRUE(charged([](auto&) {}));
}

TEST_F(Journals, ANewJournalBeginsWithItsFirstEntry) {
  world.next_entry(declared);
  world.next_entry(declared);
  auto anchor = world.anchor(1, world.head);
  EXPECT_EQ(world.bring(anchor), ResultCode::kJournalGap);
}

TEST_F(Journals, EntriesReachTheirPatientsLogFlagged) {
  const auto entry = anchored();
  world.now.value += 5 * EmergencyWorld::kHour;  // the request expired long ago
  ASSERT_EQ(world.log(entry), ResultCode::kOk);
  const auto logged = audit::load_access(world.state, world.patient.patient(), 0);
  ASSERT_TRUE(logged);
  EXPECT_EQ(logged->emergency, entry);
  EXPECT_EQ(logged->request, entry.request);
  EXPECT_EQ(logged->role, ledger::Role::kClinician);
  EXPECT_EQ(logged->time, world.now);
  EXPECT_EQ(logged->decisions.front().reason, policy::Reason::kBreakGlass);
  EXPECT_EQ(head().logged, 1U);
  EXPECT_EQ(world.log(entry), ResultCode::kAlreadyExists);
  EXPECT_EQ(audit::load_access_range(world.state, world.patient.patient()).count, 1U);
}

TEST_F(Journals, UnknownRecordsStandInTheOwnLog) {
  auto entry = world.next_entry(declared);
  entry.request.records = {test::test_id<RecordId>(9)};
  world.head = ledger::journal_entry_hash(world.chain, entry);
  ASSERT_EQ(world.bring(world.anchor()), ResultCode::kOk);
  ASSERT_EQ(world.log(entry), ResultCode::kOk);
  EXPECT_EQ(audit::load_access_range(world.state, world.patient.patient()).count, 0U);
  const auto log = audit::organisation_log(world.custodian.id);
  const auto own = audit::load_access(world.state, log, 0);
  EXPECT_EQ(own->asked->digest, audit::digest_of(entry));
  EXPECT_EQ(own->asked->type, ledger::OperationType::kLogEmergency);
  // A release stays one, whatever became of its record meanwhile.
  EXPECT_EQ(own->asked->reason, policy::Reason::kBreakGlass);
  EXPECT_EQ(own->asked->release, (audit::Asked::Release{entry.journal, entry.number, entry.time}));
}

/// Erasure does not undo that somebody looked (PRIVACY.md 20, 26).
TEST_F(Journals, AReleaseIsLoggedAndReviewedThoughItsRecordIsErasedMeanwhile) {
  for (const bool whole : {false, true}) {
    EmergencyWorld own;
    const auto undeclared = own.declaration();
    const auto entry = own.next_entry(undeclared.declaration);
    own.head = ledger::journal_entry_hash(own.chain, entry);
    ASSERT_EQ(own.bring(own.anchor()), ResultCode::kOk);
    if (whole) {
      ledger::Tombstone stone;
      stone.subject = ledger::subject_path(own.patient.patient());
      stone.custodian = own.custodian.id;
      own.state.put(ledger::Tombstone::key(stone.subject), stone.encode());
    } else {
      own.put_tombstone(own.record);
    }
    ASSERT_EQ(own.log(entry), ResultCode::kOk);
    ASSERT_EQ(audit::load_access_range(own.state, own.patient.patient()).count, 1U);
    const auto told = audit::load_access(own.state, own.patient.patient(), 0);
    ASSERT_EQ(told->decisions.size(), 1U);
    EXPECT_EQ(told->decisions.front().reason, policy::Reason::kBreakGlass);
    EXPECT_TRUE(DeclarationEntry::load(own.state, own.patient.patient(), undeclared.declaration));
    EXPECT_EQ(quota_of(own.state, own.clinic.id, own.now).open, 1U);
  }
}

/// R21: whose journal tells of others' patients learns from its own log of none whether he is
/// there.
TEST_F(Journals, OthersPatientsStandInTheOwnLogThereOrNot) {
  std::vector<ledger::LogEmergency> told;
  for (int i = 0; i < 4; ++i) {
    auto entry = world.next_entry(declared);
    if (i == 1) entry.request.records = {test::test_id<RecordId>(9)};
    if (i == 2) entry.request.patient = test::test_id<PatientId>(9);
    if (i == 3) {
      const auto erased = world.add_patient(world.custodian);
      world.put_tombstone(erased.patient());
      entry.request.patient = erased.patient();
    }
    world.head = ledger::journal_entry_hash(world.chain, entry);
    told.push_back(entry);
  }
  auto anchor = world.anchor();
  anchor.organisation = world.clinic.id;
  ASSERT_EQ(world.execute(anchor, world.clinic).code, ResultCode::kOk);
  const auto log = audit::organisation_log(world.clinic.id);
  const auto open = quota_of(world.state, world.clinic.id, world.now).open;
  for (ledger::LogEmergency& entry : told) EXPECT_EQ(entry.request.organisation, world.clinic.id);
  std::optional<audit::AccessEntry> first;
  for (std::size_t i = 0; i < told.size(); ++i) {
    ASSERT_EQ(world.execute(told[i], world.clinic).code, ResultCode::kOk) << i;
    ASSERT_EQ(audit::load_access_range(world.state, log).count, i + 1);
    auto entry = audit::load_access(world.state, log, i).value();
    EXPECT_EQ(entry.asked->digest, audit::digest_of(told[i]));
    EXPECT_EQ(entry.asked->release->number, told[i].number);
    entry.asked->digest = {};
    entry.asked->release->number = 0;
    if (!first) first = entry;
    EXPECT_EQ(entry, *first) << i;
  }
  EXPECT_EQ(audit::load_access_range(world.state, world.patient.patient()).count, 1U);
  EXPECT_EQ(quota_of(world.state, world.clinic.id, world.now).open, open) << "it has no keys";
}

TEST_F(Journals, AnUnauthenticatedEntryHasNoRole) {
  const auto entry = anchored();
  ASSERT_EQ(world.execute(entry, world.custodian).code, ResultCode::kOk);
  EXPECT_FALSE(audit::load_access(world.state, world.patient.patient(), 0)->role.has_value());
}

TEST_F(Journals, EntriesAreLoggedAfterTheirAnchorByItsOrganisation) {
  const auto entry = world.next_entry(declared);
  EXPECT_EQ(world.log(entry), ResultCode::kUnknownJournal);
  ASSERT_EQ(world.bring(world.anchor()), ResultCode::kOk);
  const auto later = world.next_entry(declared);
  EXPECT_EQ(world.log(later), ResultCode::kJournalGap);
  EXPECT_EQ(world.execute(entry, world.clinic).code, ResultCode::kUnknownJournal);
  auto invented = entry;
  invented.reasons = {200};
  EXPECT_EQ(world.log(invented), ResultCode::kInvalidReason);
}

TEST_F(Journals, AChangedEntryFitsNoAnchor) {
  auto entry = anchored();
  entry.reasons = {static_cast<std::uint8_t>(policy::Reason::kEmergencyForbidden)};
  EXPECT_EQ(world.log(entry), ResultCode::kJournalConflict);
  EXPECT_TRUE(world.last_writes.empty());
}

TEST_F(Journals, AChangedEntryBetweenAnchorsDoesNotFitItsSuccessor) {
  const auto first = world.next_entry(declared);
  const auto second = world.next_entry(declared);
  ASSERT_EQ(world.bring(world.anchor()), ResultCode::kOk);
  auto changed = first;
  changed.salt = test::test_id<Random32>(1);
  ASSERT_EQ(world.log(second), ResultCode::kOk);  // says which entry stands before it
  EXPECT_EQ(world.log(changed), ResultCode::kJournalConflict);
  EXPECT_EQ(head().logged, 1U);
  EXPECT_EQ(world.log(first), ResultCode::kOk);
  EXPECT_EQ(head().logged, 2U);
}

TEST_F(Journals, AReceiptThatFitsIsNoEvidence) {
  const auto entry = anchored();
  EXPECT_EQ(bring(world.receipt(1, world.head)), ResultCode::kOk);
  EXPECT_EQ(evidence().size(), 1U);  // in no log yet: a gap
  EXPECT_TRUE(evidence().front().is_gap());
  ASSERT_EQ(world.log(entry), ResultCode::kOk);
  EXPECT_TRUE(evidence().empty());
  EXPECT_EQ(bring(world.receipt(1, world.head)), ResultCode::kAlreadyExists);
}

TEST_F(Journals, AReceiptForAnotherEntryStaysAsEvidence) {
  const auto entry = anchored();
  ASSERT_EQ(world.log(entry), ResultCode::kOk);
  EXPECT_EQ(bring(world.receipt(1, test::test_id<Digest>(4))), ResultCode::kOk);
  ASSERT_EQ(evidence().size(), 1U);
  EXPECT_TRUE(evidence().front().is_mismatch());
  EXPECT_EQ(evidence().front().receipt_of, world.clinic.id);
}

TEST_F(Journals, AReceiptBeforeTheAnchorIsComparedWithIt) {
  EXPECT_EQ(bring(world.receipt(1, test::test_id<Digest>(4))), ResultCode::kOk);
  const auto entry = anchored();
  ASSERT_EQ(world.log(entry), ResultCode::kOk);
  ASSERT_EQ(evidence().size(), 1U);
  EXPECT_TRUE(evidence().front().is_mismatch());
}

TEST_F(Journals, TwoReceiptsForOneNumberAreEvidenceOfThemselves) {
  EXPECT_EQ(bring(world.receipt(1, test::test_id<Digest>(4))), ResultCode::kOk);
  EXPECT_EQ(bring(world.receipt(1, test::test_id<Digest>(5))), ResultCode::kOk);
  ASSERT_EQ(evidence().size(), 1U);
  EXPECT_TRUE(evidence().front().is_mismatch());
}

TEST_F(Journals, ReceiptsWaitForTheirEntriesInALimitedNumber) {
  set_waiting(kMaxWaitingReceipts - 1);
  // Of whatever journal: who has the node's key invents them.
  const JournalId own = std::exchange(world.journal, test::test_id<JournalId>(78));
  EXPECT_EQ(bring(world.receipt(1, test::test_id<Digest>(4))), ResultCode::kOk);
  EXPECT_EQ(waiting(), kMaxWaitingReceipts);
  world.journal = own;
  const auto refused = world.receipt(1, test::test_id<Digest>(4));
  EXPECT_EQ(bring(refused), ResultCode::kQuotaExceeded);
  EXPECT_TRUE(world.last_writes.empty());
  // What one member brings takes nothing from another.
  EXPECT_EQ(world.execute(refused, world.hospitals[2]).code, ResultCode::kOk);
  // Nor does one that contradicts what is there take a place.
  EXPECT_EQ(bring(world.receipt(1, test::test_id<Digest>(5))), ResultCode::kOk);
  EXPECT_EQ(waiting(), kMaxWaitingReceipts);
}

TEST_F(Journals, AnEntryInItsLogMakesRoomForAnotherReceipt) {
  const auto entry = anchored();
  ASSERT_EQ(bring(world.receipt(1, world.head)), ResultCode::kOk);
  EXPECT_EQ(waiting(), 1U);
  set_waiting(kMaxWaitingReceipts);
  const auto next = world.receipt(2, test::test_id<Digest>(4));
  EXPECT_EQ(bring(next), ResultCode::kQuotaExceeded);
  ASSERT_EQ(world.log(entry), ResultCode::kOk);
  EXPECT_EQ(waiting(), kMaxWaitingReceipts - 1);
  EXPECT_EQ(bring(next), ResultCode::kOk);
  EXPECT_EQ(waiting(), kMaxWaitingReceipts);
}

TEST_F(Journals, AReceiptOfALoggedEntryDoesNotWait) {
  const auto first = anchored();
  ASSERT_EQ(bring(world.receipt(1, world.head)), ResultCode::kOk);
  ASSERT_EQ(world.log(first), ResultCode::kOk);
  EXPECT_FALSE(
      world.state.get(WaitingReceipts::key(world.custodian.id, world.clinic.id)).has_value());
  const auto second = anchored();
  ASSERT_EQ(world.log(second), ResultCode::kOk);
  set_waiting(kMaxWaitingReceipts);
  EXPECT_EQ(bring(world.receipt(2, world.head)), ResultCode::kOk);
  EXPECT_EQ(waiting(), kMaxWaitingReceipts);
}

TEST_F(Journals, OnlyTheNodesKeySignsReceipts) {
  auto receipt = world.receipt(1, test::test_id<Digest>(4));
  receipt.number = 2;
  EXPECT_EQ(bring(receipt), ResultCode::kBadSignature);
  receipt.organisation = world.clinic.id;
  EXPECT_EQ(bring(receipt), ResultCode::kUnknownOrganisation);
  const auto good = world.receipt(1, test::test_id<Digest>(4));
  const auto stray = world.sign(good, world.clinic, ledger::AuthorisationRole::kOrganisation);
  EXPECT_EQ(world.execute(good, world.clinic, {stray}).code, ResultCode::kBadAuthorisation);
  world.suspend(world.clinic.id);
  EXPECT_EQ(bring(good), ResultCode::kOrganisationInactive);
}

TEST_F(Journals, EntriesDecodeStrictly) {
  test::expect_strict(JournalEntry{
      world.custodian.id, 4, test::test_id<Digest>(1), 3, world.now, world.journal, world.journal});
  test::expect_strict(JournalPlace{world.journal,
                                   4,
                                   test::test_id<Digest>(1),
                                   true,
                                   test::test_id<Digest>(2),
                                   world.clinic.id,
                                   true});
  test::expect_strict(WaitingReceipts{7});
}

}  // namespace
}  // namespace galen::emergency
