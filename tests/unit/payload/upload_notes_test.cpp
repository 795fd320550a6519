// Notes of uploads that nobody has seen on the chain: written before the object, gone with it,
// silent about whose it is, and mute once the patient's key is destroyed.
#include "payload/upload_notes.h"

#include "codec/codec.h"
#include "crypto/digest.h"
#include "fixture.h"
#include "ledger/payload_names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace galen::payload {
namespace {

class UploadNotesTest : public StoreTest {
 protected:
  static Digest name_of(const SealedObject& object) {
    return ledger::envelopes_name(object.name.chain, object.name.record, object.name.address);
  }
};

TEST_F(UploadNotesTest, EveryUploadHasOneUntilItIsSettled) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  store_ = open();
  EXPECT_EQ(*store_->uploads().names(), std::vector{name_of(object)});
  const auto note = store_->uploads().read(name_of(object));
  ASSERT_TRUE(note) << note.error().message;
  EXPECT_EQ(note->address, object.name.address);
  EXPECT_EQ(note->since, kUploaded);
  EXPECT_EQ(note->owner, (Upload::Owner{object.patient, object.name.record}));
  ASSERT_TRUE(store_->uploads().remove(name_of(object)));
  EXPECT_TRUE(store_->uploads().names()->empty());
  EXPECT_TRUE(store_->contains(object.name.address));
  ASSERT_TRUE(put(object));
  EXPECT_EQ(store_->uploads().names()->size(), 1U) << "the same again may be another attempt";
}

TEST_F(UploadNotesTest, GoesWithTheObject) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  ASSERT_TRUE(store_->erase(object.name));
  EXPECT_TRUE(store_->uploads().names()->empty());
  EXPECT_EQ(store_->uploads().read(name_of(object)).error().code, ErrorCode::kNotFound);
}

TEST_F(UploadNotesTest, AnAttemptThatFailsLeavesNone) {
  auto object = seal_object(100);
  object.name.address.value[0] ^= 1U;
  ASSERT_FALSE(put(object));
  EXPECT_TRUE(files("uploads").empty());
}

TEST_F(UploadNotesTest, AfterThePatientsKeyItNamesTheObjectAlone) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  sealer_.destroy(object.patient);
  const auto note = store_->uploads().read(name_of(object));
  ASSERT_TRUE(note) << note.error().message;
  EXPECT_FALSE(note->owner.has_value());
  EXPECT_EQ(note->address, object.name.address);
}

TEST_F(UploadNotesTest, NeverHoldsARecordsIdInClear) {
  const auto object = seal_object(100, 0x77);
  ASSERT_TRUE(put(object));
  const Bytes note = file_bytes(files("uploads").front());
  const Bytes record = to_bytes(object.name.record);
  EXPECT_EQ(std::search(note.begin(), note.end(), record.begin(), record.end()), note.end());
}

/// As docs/formats.md says: what stands in front of the sealed part, and the sum behind it.
TEST_F(UploadNotesTest, HasTheDocumentedLayout) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  const Bytes note = file_bytes(files("uploads").front());
  codec::Writer start;
  start.tag("upload").u16(1).u64(kUploaded.value).raw(object.name.address);
  constexpr std::size_t kOwner = PatientId::kSize + RecordId::kSize;
  // MemorySealer names a key by a hash.
  constexpr std::size_t kSealed = Digest::kSize + 12 + kOwner + 16;
  ASSERT_EQ(note.size(), start.view().size() + 4 + kSealed + Digest::kSize);
  EXPECT_TRUE(std::equal(start.view().begin(), start.view().end(), note.begin()));
  const Digest sum = crypto::sha256(BytesView(note).first(note.size() - Digest::kSize));
  EXPECT_TRUE(std::equal(sum.value.begin(), sum.value.end(), note.end() - Digest::kSize));
}

TEST_F(UploadNotesTest, ADamagedNoteIsCorruptAndNobodyElses) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  const auto path = files("uploads").front();
  const Bytes whole = file_bytes(path);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes damaged = whole;
    damaged[i] ^= 1U;
    write_bytes(path, damaged);
    const auto note = store_->uploads().read(name_of(object));
    ASSERT_FALSE(note) << i << ": it would read as one whose key was destroyed";
    EXPECT_EQ(note.error().code, ErrorCode::kCorrupt) << i << note.error().message;
  }
  write_bytes(path, Bytes(whole.begin(), whole.begin() + 20));
  EXPECT_EQ(store_->uploads().read(name_of(object)).error().code, ErrorCode::kCorrupt);
  write_bytes(path, Bytes(2000, 1));
  EXPECT_FALSE(store_->uploads().read(name_of(object)));
}

TEST_F(UploadNotesTest, AnotherNotesBytesDoNotOpen) {
  const auto ann = seal_object(100, 2, kAnn);
  const auto other = seal_object(100, 3, kAnn);
  ASSERT_TRUE(put(ann));
  const Bytes bytes = file_bytes(files("uploads").front());
  ASSERT_TRUE(put(other));
  for (const auto& path : files("uploads")) write_bytes(path, bytes);
  EXPECT_EQ(store_->uploads().read(name_of(other)).error().code, ErrorCode::kCorrupt);
}

TEST_F(UploadNotesTest, NothingElseInTheDirectoryIsOne) {
  ASSERT_TRUE(put(seal_object(100)));
  write_bytes(path() + "/uploads/README", Bytes{1});
  write_bytes(path() + "/uploads/zz.upload", Bytes{1});
  EXPECT_EQ(store_->uploads().names()->size(), 1U);
}

/// A keyring of another time: nobody said that the patient was erased.
TEST_F(UploadNotesTest, OfAKeyThatIsNotHereItSaysNothing) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  sealer_.lose(object.patient);
  EXPECT_EQ(store_->uploads().read(name_of(object)).error().code, ErrorCode::kFailedPrecondition);
}

/// Dropping what one record left behind would take the object of the other one along.
TEST_F(UploadNotesTest, AnObjectBelongsToOneRecord) {
  const auto object = seal_object(100, 2);
  ASSERT_TRUE(put(object));
  auto again = object;
  again.name.record = filled<RecordId>(9);
  const Status refused = put(again);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(store_->uploads().names()->size(), 1U);
  EXPECT_EQ(*store_->envelopes(object.name, object.patient), object.envelopes);
}

TEST_F(UploadNotesTest, WhatWasUploadedAgainIsNotAbandoned) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  auto note = *store_->uploads().read(name_of(object));
  note.since = TimeMs{kUploaded.value - 1};
  EXPECT_FALSE(*store_->abandon(note));
  EXPECT_TRUE(store_->contains(object.name.address));
  note.since = kUploaded;
  EXPECT_TRUE(*store_->abandon(note));
  EXPECT_FALSE(store_->contains(object.name.address));
  EXPECT_TRUE(files("envelopes").empty());
  EXPECT_TRUE(files("uploads").empty());
  EXPECT_FALSE(*store_->abandon(note));
}

/// Whether the same was uploaded again cannot be told then.
TEST_F(UploadNotesTest, WhatCannotBeReadAgainIsNotAbandoned) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  const auto note = *store_->uploads().read(name_of(object));
  write_bytes(files("uploads").front(), Bytes(50, 1));
  EXPECT_FALSE(store_->abandon(note));
  EXPECT_TRUE(store_->contains(object.name.address));
}

/// An erasure that a failure cut off has taken the envelopes and left the object.
TEST_F(UploadNotesTest, TheSameRecordPutsItsObjectAgain) {
  const auto object = seal_object(100);
  ASSERT_TRUE(put(object));
  std::filesystem::remove(files("envelopes").front());
  ASSERT_TRUE(put(object));
  EXPECT_EQ(*store_->envelopes(object.name, object.patient), object.envelopes);
}

}  // namespace
}  // namespace galen::payload
