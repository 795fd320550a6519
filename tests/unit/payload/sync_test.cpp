// A stored object and its name have been synced when finish() returns (DUR-1).
#include "fixture.h"
#include "support/watched_syncs.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace galen::payload {
namespace {

using test::SyncWatch;

using ObjectSyncTest = StoreTest;

TEST_F(ObjectSyncTest, ObjectEnvelopesAndNamesAreSynced) {
  const SealedObject object = seal_object(10'000);
  const SyncWatch watch(path());
  ASSERT_TRUE(put(object));
  EXPECT_EQ(watch.unsynced(), std::set<std::string>());
  for (const char* part : {"objects", "envelopes"}) {
    const auto found = files(part);
    ASSERT_EQ(found.size(), 1U) << part;
    EXPECT_GE(watch.syncs(found.front().parent_path().string()), 1U) << part;
  }
}

TEST_F(ObjectSyncTest, WhatCannotBeSyncedIsNotStored) {
  const SealedObject object = seal_object(10'000);
  SyncWatch watch(path());
  watch.fail_next();
  const auto stored = put(object);
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::kIo);
  EXPECT_FALSE(store_->contains(object.name.address));
}

TEST_F(ObjectSyncTest, AnErasureIsSynced) {
  const SealedObject object = seal_object(10'000);
  ASSERT_TRUE(put(object));
  const auto directory = files("objects").front().parent_path().string();
  const SyncWatch watch(path());
  ASSERT_TRUE(store_->erase(object.name));
  EXPECT_GE(watch.syncs(directory), 1U);
}

}  // namespace
}  // namespace galen::payload
