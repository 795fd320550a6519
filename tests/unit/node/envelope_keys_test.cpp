// The object store over the real keyring: what the erase job will rely on (PRIVACY.md 14, 15).
#include "node/envelope_keys.h"

#include "ledger/payload_names.h"
#include "payload/object_store.h"
#include "storage/keyring.h"
#include "unit/payload/fixture.h"
#include "unit/storage/lose_key.h"

#include <gtest/gtest.h>

namespace galen::node {
namespace {

using payload::kAnn;
using payload::kBob;

class EnvelopeKeysTest : public ::testing::Test {
 protected:
  EnvelopeKeysTest() {
    genesis_.name = "test";
    genesis_.parameters = ledger::default_parameters();
    open_database();
    with_keyring([](storage::Keyring& keyring) {
      for (const std::uint8_t patient : {kAnn, kBob})
        EXPECT_TRUE(keyring.ensure({clinical(patient)}));
    });
  }

  static storage::SubjectRef clinical(std::uint8_t patient) {
    return {payload::filled<PatientId>(patient), storage::Compartment::kClinical};
  }

  void open_database() {
    storage::Options options;
    options.path = directory_.path() + "/data";
    auto opened = storage::Database::open(options, genesis_);
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = *std::move(opened);
    keys_.emplace(*database_);
    payload::StoreOptions store;
    store.directory = directory_.path() + "/payload";
    store.min_free_bytes = 0;
    auto objects = payload::ObjectStore::open(store, *keys_, random_);
    ASSERT_TRUE(objects) << objects.error().message;
    objects_ = *std::move(objects);
  }

  /// Between two runs of the node.
  template <class Action>
  void with_keyring(const Action& action) {
    objects_.reset();
    database_.reset();
    {
      auto keyring = storage::Keyring::open(directory_.path() + "/data/keyring", random_);
      ASSERT_TRUE(keyring) << keyring.error().message;
      action(**keyring);
    }
    open_database();
  }

  /// Between two runs of the node, as damage would have it.
  void lose_key(std::uint8_t patient) {
    objects_.reset();
    database_.reset();
    test::lose_key(directory_.path() + "/data/keyring",
                   ledger::subject_path(payload::filled<PatientId>(patient)),
                   storage::Compartment::kClinical);
    open_database();
  }

  void put(const payload::SealedObject& object) {
    auto writer = objects_->begin(object.name, object.patient, object.header, object.envelopes);
    ASSERT_TRUE(writer) << writer.error().message;
    for (const auto& chunk : object.chunks) ASSERT_TRUE((*writer)->write(chunk));
    const Status finished = (*writer)->finish(payload::kUploaded);
    ASSERT_TRUE(finished) << finished.error().message;
  }

  payload::TemporaryDirectory directory_;
  crypto::OsRandom random_;
  ledger::Genesis genesis_;
  std::unique_ptr<storage::Database> database_;
  std::optional<EnvelopeKeys> keys_;
  std::unique_ptr<payload::ObjectStore> objects_;
};

TEST_F(EnvelopeKeysTest, EnvelopesOutliveARestartButNotTheirPatientsKey) {
  const auto ann = payload::seal_object(100, 2, kAnn);
  const auto bob = payload::seal_object(100, 3, kBob);
  put(ann);
  put(bob);
  with_keyring([](storage::Keyring&) {});
  EXPECT_EQ(*objects_->envelopes(ann.name, ann.patient), ann.envelopes);
  lose_key(kAnn);
  EXPECT_EQ(objects_->envelopes(ann.name, ann.patient).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(*objects_->envelopes(bob.name, bob.patient), bob.envelopes);
}

/// That a key is not there says nothing of why: only its destruction does, which is noted.
TEST_F(EnvelopeKeysTest, ANoteOfAnUploadDoesNotTakeALostKeyForADestroyedOne) {
  const auto ann = payload::seal_object(100, 2, kAnn);
  put(ann);
  const auto read = [&] {
    return objects_->uploads().read(
        ledger::envelopes_name(ann.name.chain, ann.name.record, ann.name.address));
  };
  with_keyring([](storage::Keyring&) {});
  EXPECT_EQ(read()->owner, (payload::Upload::Owner{ann.patient, ann.name.record}));
  lose_key(kAnn);
  EXPECT_EQ(read().error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(EnvelopeKeysTest, ALostKeyringIsRefusedNotReplaced) {
  put(payload::seal_object(100, 2, kAnn));
  objects_.reset();
  database_.reset();
  std::filesystem::remove_all(directory_.path() + "/data/keyring");
  storage::Options options;
  options.path = directory_.path() + "/data";
  const auto opened = storage::Database::open(options, genesis_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt) << opened.error().message;
}

}  // namespace
}  // namespace galen::node
