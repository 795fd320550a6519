#include "storage/keyring.h"

#include "chain_fixture.h"
#include "crypto/keys.h"
#include "ledger/erasure_operations.h"
#include "raw_scan.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace galen::storage {
namespace {

const PatientId kAnn = PatientId::from(Bytes(32, 1));
const PatientId kBob = PatientId::from(Bytes(32, 2));
const SubjectRef kAnnClinical{kAnn, Compartment::kClinical};
const SubjectRef kAnnAudit{kAnn, Compartment::kAudit};
const SubjectRef kBobClinical{kBob, Compartment::kClinical};

class KeyringTest : public testing::Test {
 protected:
  KeyringTest() { reopen(); }

  void reopen() {
    keyring_.reset();
    auto opened = Keyring::open(directory_.path() / "keyring", random_);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    keyring_ = *std::move(opened);
  }

  TemporaryDirectory directory_;
  crypto::OsRandom random_;
  std::unique_ptr<Keyring> keyring_;
};

TEST_F(KeyringTest, UnknownSubjectHasNoKeys) {
  EXPECT_EQ(keyring_->find(kAnnClinical).value(), nullptr);
  EXPECT_EQ(keyring_->find(KeyName{}).value(), nullptr);
}

TEST_F(KeyringTest, KeysStayTheSameAcrossCallsAndRestarts) {
  const auto made = keyring_->ensure({kAnnClinical, kBobClinical}).value();
  const Bytes sealed = made[0]->seal({}, {}, Bytes{1, 2, 3});
  const KeyringId id = keyring_->id();
  for (int round = 0; round < 2; ++round) {
    const auto again = keyring_->ensure({kBobClinical, kAnnClinical}).value();
    EXPECT_EQ(again[1]->handle(), made[0]->handle());
    EXPECT_EQ(again[0]->handle(), made[1]->handle());
    EXPECT_EQ(again[1]->open({}, sealed).value(), (Bytes{1, 2, 3}));
    EXPECT_EQ(keyring_->find(made[0]->name()).value()->handle(), made[0]->handle());
    EXPECT_EQ(keyring_->id(), id);
    reopen();
  }
}

TEST_F(KeyringTest, RepeatedSubjectInOneCallGetsOneKey) {
  const auto made = keyring_->ensure({kAnnClinical, kAnnClinical}).value();
  EXPECT_EQ(made[0], made[1]);
}

TEST_F(KeyringTest, CompartmentsAndSubjectsShareNothing) {
  const auto made = keyring_->ensure({kAnnClinical, kAnnAudit, kBobClinical}).value();
  const Bytes sealed = made[0]->seal({}, {}, Bytes{1});
  for (std::size_t other = 1; other < made.size(); ++other) {
    EXPECT_NE(made[other]->name(), made[0]->name());
    EXPECT_NE(made[other]->handle(), made[0]->handle());
    EXPECT_FALSE(made[other]->open({}, sealed).has_value());
    EXPECT_NE(made[other]->row_name(ledger::KeyKind::kRecord, Bytes{1}),
              made[0]->row_name(ledger::KeyKind::kRecord, Bytes{1}));
  }
}

TEST_F(KeyringTest, DestroyedKeysNeverComeBack) {
  const auto made = keyring_->ensure({kAnnClinical, kAnnAudit}).value();
  const Bytes sealed = made[0]->seal({}, {}, Bytes{1});
  ASSERT_TRUE(keyring_->destroy(kAnnClinical).has_value());
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(keyring_->find(kAnnClinical).value(), nullptr);
    EXPECT_EQ(keyring_->find(made[0]->name()).value(), nullptr);
    EXPECT_NE(keyring_->find(kAnnAudit).value(), nullptr);
    EXPECT_TRUE(keyring_->was_destroyed(made[0]->name()).value());
    EXPECT_FALSE(keyring_->was_destroyed(made[1]->name()).value());
    EXPECT_FALSE(keyring_->was_destroyed(KeyName{}).value()) << "of one that never was";
    reopen();
  }
  const auto fresh = keyring_->ensure({kAnnClinical}).value();
  EXPECT_NE(fresh[0]->handle(), made[0]->handle());
  EXPECT_FALSE(fresh[0]->open({}, sealed).has_value());
}

TEST_F(KeyringTest, TwoKeyringsNameTheSameSubjectDifferently) {
  const TemporaryDirectory elsewhere;
  auto other = Keyring::open(elsewhere.path() / "keyring", random_).value();
  EXPECT_NE(other->id(), keyring_->id());
  EXPECT_NE(other->ensure({kAnnClinical}).value()[0]->name(),
            keyring_->ensure({kAnnClinical}).value()[0]->name());
}

TEST_F(KeyringTest, ConcealedSubjectsHaveNoKeysButOldBlocksOpen) {
  const auto made = keyring_->ensure({kAnnClinical}).value();
  keyring_->conceal(made[0]->name(), 7);
  EXPECT_EQ(keyring_->find(kAnnClinical).value(), nullptr);
  EXPECT_EQ(keyring_->find_visible(made[0]->name()).value(), nullptr);
  EXPECT_TRUE(keyring_->was_destroyed(made[0]->name()).value());
  EXPECT_NE(keyring_->find(made[0]->name()).value(), nullptr);
  // Who reads the ledger as it was before reads all of it.
  EXPECT_NE(keyring_->find_visible(made[0]->name(), 6).value(), nullptr);
  EXPECT_EQ(keyring_->find_visible(made[0]->name(), 7).value(), nullptr);
}

TEST_F(KeyringTest, CompactedFilesHoldNoByteOfADestroyedKey) {
  const auto made = keyring_->ensure({kAnnClinical, kBobClinical}).value();
  const test::Secrets ann{{"handle", to_bytes(made[0]->handle())}};
  const test::Secrets bob{{"handle", to_bytes(made[1]->handle())}};
  const auto files = directory_.path() / "keyring";
  EXPECT_FALSE(test::find_in_files(files, ann).empty());
  ASSERT_TRUE(keyring_->destroy(kAnnClinical));
  ASSERT_TRUE(keyring_->compact());
  EXPECT_EQ(test::find_in_files(files, ann), std::vector<std::string>{});
  EXPECT_FALSE(test::find_in_files(files, bob).empty());
  reopen();
  EXPECT_EQ(keyring_->find(kBobClinical).value()->handle(), made[1]->handle());
}

/// Whoever is cut off in between finds nothing to destroy any more.
TEST_F(KeyringTest, ACompactionIsDueFromADestroyedKeyUntilItIsDone) {
  ASSERT_TRUE(keyring_->ensure({kAnnClinical, kBobClinical}));
  EXPECT_FALSE(keyring_->needs_compaction().value());
  EXPECT_FALSE(keyring_->destroy(kAnnAudit).value());
  EXPECT_FALSE(keyring_->needs_compaction().value());
  EXPECT_TRUE(keyring_->destroy(kAnnClinical).value());
  EXPECT_TRUE(keyring_->needs_compaction().value());
  reopen();
  EXPECT_FALSE(keyring_->destroy(kAnnClinical).value());
  EXPECT_TRUE(keyring_->needs_compaction().value());
  ASSERT_TRUE(keyring_->compact());
  EXPECT_FALSE(keyring_->needs_compaction().value());
  reopen();
  EXPECT_FALSE(keyring_->needs_compaction().value());
}

/// The node secret is the second thing a new keyring draws.
class Same final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), 0x42); }
};

TEST(KeyNames, AreFrozenAndMadeOfThePath) {
  const TemporaryDirectory directory;
  Same random;
  const auto keyring = Keyring::open(directory.path() / "keyring", random).value();
  const SubjectPath path = ledger::subject_path(kAnn);
  EXPECT_EQ(to_hex(keyring->name_of(path, Compartment::kClinical)),
            "42b6bcc51b69dbe60af50747768442fe");
  EXPECT_EQ(to_hex(keyring->name_of(path, Compartment::kAudit)),
            "ac42278c8660f01c5b8762fd1888df8d");
  EXPECT_EQ(keyring->ensure({kAnnClinical}).value()[0]->name(),
            keyring->name_of(path, Compartment::kClinical));
}

TEST(SubjectKeys, SealedBytesOpenOnlyWithTheirContext) {
  const SubjectKeys keys({}, {}, DataKey::from(Bytes(32, 3)));
  const Bytes sealed = keys.seal({}, Bytes{1}, Bytes{9});
  EXPECT_EQ(keys.open(Bytes{1}, sealed).value(), Bytes{9});
  EXPECT_EQ(keys.open(Bytes{2}, sealed).error().code, ErrorCode::kCorrupt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 1;
    EXPECT_EQ(keys.open(Bytes{1}, changed).error().code, ErrorCode::kCorrupt);
    EXPECT_FALSE(keys.open(Bytes{1}, BytesView(sealed).first(i)).has_value());
  }
}

}  // namespace
}  // namespace galen::storage
