// What becomes of uploads: known to be on the chain, waiting, or left behind by a client that never
// committed its record.
#include "node/upload_sweep.h"

#include "ledger/payload_names.h"
#include "support/health_world.h"
#include "unit/payload/fixture.h"

#include <gtest/gtest.h>

#include <string>

namespace galen::node {
namespace {

using payload::kAnn;
using payload::kBob;
using payload::kUploaded;
using payload::seal_object;
using payload::SealedObject;

constexpr TimeMs kNextDay{kUploaded.value + kUnclaimedUploadMs};

class UploadSweepTest : public payload::StoreTest {
 protected:
  /// The record of an object, as a block put it into the state.
  void commit(const SealedObject& object) {
    records::RecordEntry entry;
    entry.record.record = object.name.record;
    entry.record.patient = object.patient;
    entry.record.mime_type = "text/plain";
    entry.record.size = 100;
    entry.record.payload = object.name.address;
    state_.put(records::RecordEntry::key(object.patient, object.name.record), entry.encode());
  }

  void round(TimeMs head) {
    while (sweep_.step({state_, head})) {
    }
  }

  /// As many as it takes.
  void sweep(TimeMs head) {
    round(head);
    round(head);
  }

  [[nodiscard]] std::size_t notes() { return store_->uploads().names()->size(); }

  test::MemoryState state_;
  UploadSweep sweep_{*store_};
};

TEST_F(UploadSweepTest, WhatIsOnTheChainIsSettledAndStays) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  commit(object);
  sweep(kUploaded);
  EXPECT_EQ(notes(), 0U);
  sweep(TimeMs{kNextDay.value * 2});
  EXPECT_EQ(*store_->envelopes(object.name, object.patient), object.envelopes);
  EXPECT_TRUE(store_->contains(object.name.address));
}

TEST_F(UploadSweepTest, WhatIsNotThereWaitsForADayOfTheChain) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  for (const TimeMs head : {TimeMs{0}, kUploaded, TimeMs{kNextDay.value - 1}}) {
    sweep(head);
    EXPECT_TRUE(store_->contains(object.name.address)) << head.value;
  }
  round(kNextDay);
  EXPECT_TRUE(store_->contains(object.name.address)) << "the chain may just have gone on";
  round(kNextDay);
  EXPECT_FALSE(store_->contains(object.name.address));
  EXPECT_TRUE(files("envelopes").empty());
  EXPECT_EQ(notes(), 0U);
}

/// The chain stood still for a day; the client that waited for it comes between two rounds.
TEST_F(UploadSweepTest, WhatComesOntoTheChainBetweenTwoRoundsStays) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  round(kNextDay);
  commit(object);
  sweep(kNextDay);
  EXPECT_TRUE(store_->contains(object.name.address));
  EXPECT_EQ(notes(), 0U);
}

TEST_F(UploadSweepTest, WhatWasUploadedAgainBeginsAnew) {
  payload::Upload upload;
  upload.envelopes = test::test_id<Digest>(1);
  upload.since = kUploaded;
  upload.owner = {payload::filled<PatientId>(kAnn), test::test_id<RecordId>(1)};
  ASSERT_TRUE(store_->uploads().write(upload, random_));
  round(kNextDay);
  upload.since = TimeMs{kUploaded.value + 1};
  ASSERT_TRUE(store_->uploads().write(upload, random_));
  round(TimeMs{kNextDay.value + 1});
  EXPECT_EQ(notes(), 1U);
  round(TimeMs{kNextDay.value + 1});
  EXPECT_EQ(notes(), 0U);
}

/// A keyring of another time was put beside the objects.
TEST_F(UploadSweepTest, OfALostKeyNothingIsDeleted) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  sealer_.lose(object.patient);
  sweep(kNextDay);
  ASSERT_TRUE(sweep_.drop_erased());
  EXPECT_TRUE(store_->contains(object.name.address));
  EXPECT_EQ(notes(), 1U);
}

/// Of two attempts the second one got through.
class TwoUploads : public UploadSweepTest {
 protected:
  void expect_only_the_second_stays(const SealedObject& first, const SealedObject& second) {
    ASSERT_TRUE(put(first));
    ASSERT_TRUE(put(second));
    commit(second);
    sweep(kNextDay);
    EXPECT_FALSE(store_->contains(first.name.address));
    EXPECT_TRUE(store_->contains(second.name.address));
  }
};

TEST_F(TwoUploads, OfAnotherRecord) {
  expect_only_the_second_stays(seal_object(100, 2), seal_object(100, 3));
}

TEST_F(TwoUploads, OfTheSameRecordWithAnotherObject) {
  expect_only_the_second_stays(seal_object(100), seal_object(200));
}

TEST_F(UploadSweepTest, OfAnErasedPatientItGoesAtOnce) {
  const auto ann = seal_object(100, 2, kAnn);
  const auto bob = seal_object(100, 3, kBob);
  ASSERT_TRUE(put(ann));
  ASSERT_TRUE(put(bob));
  sealer_.destroy(ann.patient);
  ASSERT_TRUE(sweep_.drop_erased());
  EXPECT_FALSE(store_->contains(ann.name.address));
  EXPECT_TRUE(store_->contains(bob.name.address));
  EXPECT_EQ(notes(), 1U);
}

TEST_F(UploadSweepTest, ADamagedNoteHoldsNothingUpAndDeletesNothing) {
  const auto damaged = seal_object(100, 2);
  ASSERT_TRUE(put(damaged));
  payload::write_bytes(files("uploads").front(), Bytes(50, 1));
  const auto other = seal_object(100, 3);
  ASSERT_TRUE(put(other));
  sweep(kNextDay);
  ASSERT_TRUE(sweep_.drop_erased());
  EXPECT_TRUE(store_->contains(damaged.name.address));
  EXPECT_FALSE(store_->contains(other.name.address));
}

TEST_F(UploadSweepTest, AStepIsBoundedAndARoundReachesAll) {
  for (std::size_t i = 0; i <= kUploadsAtOnce; ++i) {
    payload::Upload upload;
    upload.envelopes = test::test_id<Digest>(i);
    upload.since = kUploaded;
    upload.owner = {payload::filled<PatientId>(kAnn), test::test_id<RecordId>(i)};
    ASSERT_TRUE(store_->uploads().write(upload, random_));
  }
  round(kNextDay);
  EXPECT_TRUE(sweep_.step({state_, kNextDay}));
  EXPECT_EQ(notes(), 1U);
  EXPECT_FALSE(sweep_.step({state_, kNextDay}));
  EXPECT_EQ(notes(), 0U);
}

}  // namespace
}  // namespace galen::node
