// Forgetting on one node (PRIVACY.md 12-15): what can be read after an order, after each phase,
// what the files hold, and the job cut off at every point. Links: link_eraser_test.cpp.
#include "storage/eraser.h"

#include "eraser_fixture.h"
#include "ledger/payload_names.h"
#include "storage/store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace galen::storage {
namespace {

/// Of his clinical rows, in the keyring of a database that is closed.
Handle handle_in(const std::filesystem::path& keyring_path, const SubjectPath& subject) {
  crypto::OsRandom random;
  const auto keyring = Keyring::open(keyring_path, random).value();
  return keyring->find(keyring->name_of(subject, Compartment::kClinical)).value()->handle();
}

/// What of `before` went or was replaced.
test::Secrets gone_since(const test::Secrets& before, const test::Secrets& after) {
  test::Secrets gone;
  for (const auto& [name, bytes] : before) {
    const auto now = after.find(name);
    if (now == after.end() || now->second != bytes) gone.emplace(name, bytes);
  }
  return gone;
}

TEST_F(EraserTest, AnOrderHidesTheClinicalCompartmentAtOnce) {
  fill();
  ASSERT_TRUE(record(kAnn, 100));
  EXPECT_EQ(database_->count_bodies({path(kAnn), TreeKind::kClinical, {}}), 3U);
  const OrderId id = order();
  EXPECT_FALSE(record(kAnn, 100));
  EXPECT_FALSE(database_->snapshot()->get(
      StateKey::clinical(TestChain::patient(kAnn), KeyKind::kRecord, TestChain::record(100))));
  EXPECT_TRUE(record(kBob, 200));
  EXPECT_EQ(database_->count_bodies({path(kAnn), TreeKind::kClinical, {}}), 0U);
  EXPECT_EQ(row(id).operations, 3U);
  EXPECT_EQ(row(id).step, ErasureStep::kOrdered);
  EXPECT_TRUE(database_->has_open_erasures());
  // Others may still need the blocks: the keys are there until the job destroys them.
  EXPECT_EQ(bodies(1), 2U);
  open();
  EXPECT_FALSE(record(kAnn, 100));
}

TEST_F(EraserTest, AfterPhaseKeysNothingOfThePatientOpens) {
  fill();
  const OrderId id = order();
  const Handle handle = row(id).handle;
  ASSERT_TRUE(database_->erase_keys(id, at(kNow)));
  EXPECT_EQ(row(id).step, ErasureStep::kKeysGone);
  EXPECT_EQ(row(id).keys_gone, kNow);
  for (std::uint64_t height = 1; height <= 3; ++height) EXPECT_EQ(bodies(height), 1U);
  EXPECT_EQ(bodies(4), 2U);  // the log is sealed, not gone
  const auto sealed =
      database_->seal(TestChain::patient(kAnn), Compartment::kClinical, {}, Bytes{1});
  EXPECT_EQ(sealed.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(handle.is_zero());
  EXPECT_TRUE(test::find_in_files(data() / "keyring", {{"handle", to_bytes(handle)}}).empty());
}

TEST_F(EraserTest, TheScanFindsWhatIsThere) {
  fill();
  const OrderId id = order();
  const auto secrets = rows_of(row(id).handle);
  EXPECT_GT(secrets.size(), 6U);
  EXPECT_FALSE(test::find_in_files(data(), secrets).empty());
}

TEST_F(EraserTest, AfterPhaseBytesNoFileHoldsAByteOfIt) {
  fill();
  const OrderId id = order();
  auto secrets = rows_of(row(id).handle);
  secrets["patient"] = to_bytes(TestChain::patient(kAnn));
  secrets["record"] = to_bytes(TestChain::record(100));
  secrets["key name"] = to_bytes(row(id).name);
  ASSERT_TRUE(database_->erase_keys(id, at(kNow)));
  const auto erased = database_->erase_bytes(id, at(TimeMs{78}));
  ASSERT_TRUE(erased) << erased.error().message;
  EXPECT_EQ(row(id).step, ErasureStep::kBytesGone);
  EXPECT_FALSE(database_->has_open_erasures());
  // While the node runs on, and after a restart.
  EXPECT_EQ(test::find_in_files(data(), secrets), std::vector<std::string>{});
  open();
  EXPECT_EQ(test::find_in_files(data(), secrets), std::vector<std::string>{});
  EXPECT_TRUE(record(kBob, 200));
  for (std::uint64_t height = 1; height <= 3; ++height) EXPECT_EQ(bodies(height), 1U);
  apply({chain_.append(kBob, 300)});
}

TEST_F(EraserTest, TheTimeIsAskedWhenEverythingIsGone) {
  fill();
  const OrderId id = order();
  const std::map<std::string, Bytes> secrets{{"key name", to_bytes(row(id).name)}};
  const auto in_keyring = [&] { return test::find_in_files(data() / "keyring", secrets); };
  EXPECT_FALSE(in_keyring().empty());
  int asked = 0;
  ASSERT_TRUE(database_->erase_keys(id, [&] {
    ++asked;
    EXPECT_EQ(in_keyring(), std::vector<std::string>{});
    return kNow;
  }));
  EXPECT_FALSE(test::find_in_files(data(), secrets).empty());
  ASSERT_TRUE(database_->erase_bytes(id, [&] {
    ++asked;
    EXPECT_EQ(test::find_in_files(data(), secrets), std::vector<std::string>{});
    EXPECT_EQ(row(id).step, ErasureStep::kKeysGone) << "nothing is said before";
    return TimeMs{78};
  }));
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(row(id).bytes_gone, TimeMs{78});
}

TEST_F(EraserTest, ReadersWhoComeMeanwhileHoldTheWordBack) {
  fill();
  const OrderId id = order();
  const std::map<std::string, Bytes> secrets{{"key name", to_bytes(row(id).name)}};
  ASSERT_TRUE(database_->erase_keys(id, at(kNow)));
  std::atomic<bool> done = false;
  std::thread readers([&] {
    while (!done) {
      auto snapshot = database_->snapshot();
      for (int i = 0; i < 1000; ++i) std::this_thread::yield();
      snapshot.reset();
      for (int i = 0; i < 5000; ++i) std::this_thread::yield();
    }
  });
  Status erased;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  do {
    erased = database_->erase_bytes(id, at(TimeMs{78}));
    std::this_thread::yield();
  } while (!erased && erased.error().code == ErrorCode::kFailedPrecondition &&
           std::chrono::steady_clock::now() < end);
  EXPECT_TRUE(erased);
  EXPECT_EQ(test::find_in_files(data(), secrets), std::vector<std::string>{});
  done = true;
  readers.join();
}

TEST_F(EraserTest, AReaderOfTheStateOfBeforeReadsItWholeUntilTheKeysGo) {
  fill();
  const auto before = database_->snapshot();
  const StateKey key =
      StateKey::clinical(TestChain::patient(kAnn), KeyKind::kRecord, TestChain::record(100));
  const OrderId id = order();
  EXPECT_TRUE(before->get(key));
  EXPECT_TRUE(before->value_salt(key));
  EXPECT_TRUE(before->page({key.tree, {}}));
  EXPECT_FALSE(database_->snapshot()->get(key));
  ASSERT_TRUE(database_->erase_keys(id, at(kNow)));
  EXPECT_FALSE(before->get(key));
}

TEST_F(EraserTest, AReaderOfTheStateOfBeforeHoldsTheBytesBack) {
  fill();
  auto reader = database_->snapshot();
  const OrderId id = order();
  EXPECT_EQ(database_->erase_bytes(id, at(kNow)).error().code, ErrorCode::kFailedPrecondition);
  ASSERT_TRUE(database_->erase_keys(id, at(kNow)));
  EXPECT_EQ(database_->erase_bytes(id, at(kNow)).error().code, ErrorCode::kFailedPrecondition);
  reader.reset();
  EXPECT_TRUE(database_->erase_bytes(id, at(kNow)));
}

TEST_F(EraserTest, TheJobResumesWhereverItWasCut) {
  fill();
  const OrderId id = order();
  open();  // before anything
  EXPECT_TRUE(database_->has_open_erasures());
  ASSERT_TRUE(database_->erase_keys(id, at(kNow)));
  open();  // between the phases
  EXPECT_TRUE(database_->has_open_erasures());
  EXPECT_EQ(bodies(1), 1U);
  ASSERT_TRUE(database_->erase_keys(id, at(TimeMs{99})));
  EXPECT_EQ(row(id).keys_gone, kNow);
  ASSERT_TRUE(database_->erase_bytes(id, at(kNow)));
  open();  // behind it
  EXPECT_FALSE(database_->has_open_erasures());
  ASSERT_TRUE(database_->erase_bytes(id, at(TimeMs{99})));
  EXPECT_EQ(row(id).bytes_gone, kNow);
}

TEST_F(EraserTest, AKeyDestroyedBeforeItsRowSaysSoIsNoHarm) {
  fill();
  const OrderId id = order();
  const KeyName name = row(id).name;
  database_.reset();
  {
    crypto::OsRandom random;
    const auto keyring = Keyring::open(data() / "keyring", random).value();
    ASSERT_TRUE(keyring->destroy(name));
  }
  open();
  EXPECT_EQ(bodies(1), 1U);
  ASSERT_TRUE(database_->erase_keys(id, at(kNow)));
  ASSERT_TRUE(database_->erase_bytes(id, at(kNow)));
}

TEST_F(EraserTest, ARestoredKeyringForgetsAgain) {
  fill();
  back_keyring_up();
  const OrderId id = order();
  const Handle handle_of_ann = row(id).handle;
  ASSERT_TRUE(database_->erase_keys(id, at(kNow)));
  restore_keyring();
  const auto in_files = [&] {
    return test::find_in_files(data() / "keyring", {{"handle", to_bytes(handle_of_ann)}});
  };
  ASSERT_FALSE(in_files().empty());
  open();
  EXPECT_EQ(bodies(1), 1U);
  // No byte of the row that came back stays, whatever else is compacted, or is not.
  EXPECT_TRUE(in_files().empty());
}

TEST_F(EraserTest, ACompactionThatWasCutOffIsMadeUpForAtTheNextStart) {
  fill();
  back_keyring_up();
  const OrderId id = order();
  const KeyName name = row(id).name;
  const test::Secrets secrets{{"handle", to_bytes(row(id).handle)}};
  ASSERT_TRUE(database_->erase_keys(id, at(kNow)));
  restore_keyring();
  {
    // A start that ended between the two.
    crypto::OsRandom random;
    const auto keyring = Keyring::open(data() / "keyring", random).value();
    ASSERT_TRUE(keyring->destroy(name).value());
  }
  ASSERT_FALSE(test::find_in_files(data() / "keyring", secrets).empty());
  open();
  EXPECT_EQ(test::find_in_files(data() / "keyring", secrets), std::vector<std::string>{});
}

/// Whoever says that keys are gone says it of all bytes of the keyring, whichever order took them.
TEST_F(EraserTest, AnOrderWithoutAKeyOfItsOwnCompactsWhatIsDue) {
  fill();
  const OrderId record = order(ErasureScope::kRecord);
  const ErasureRow patient = row(order());
  const test::Secrets secrets{{"handle", to_bytes(patient.handle)}};
  database_.reset();
  const Options options = test_options(data());
  Store store(DataDirectory::open(options.path, chain_.chain(), options.node, false).value(),
              chain_.chain(),
              {});
  store.keyring = Keyring::open(store.directory.keyring(), store.random).value();
  const RocksSettings settings{store.directory.ledger(), column_names(), 1 << 20, 1 << 20, 1 << 20};
  store.ledger = Rocks::open(settings).value();
  std::mutex applying;
  Eraser eraser(store, applying, [] {});
  ASSERT_TRUE(store.keyring->destroy(patient.name).value());
  ASSERT_FALSE(test::find_in_files(data() / "keyring", secrets).empty());
  ASSERT_TRUE(eraser.erase_keys(record, at(kNow)));
  EXPECT_EQ(test::find_in_files(data() / "keyring", secrets), std::vector<std::string>{});
}

TEST_F(EraserTest, WhatComesLateIsNeverStored) {
  fill();
  const auto late = chain_.append(kAnn, 103);
  apply({chain_.erase_patient(kAnn, ErasureScope::kPatient), late});
  EXPECT_EQ(bodies(5), 1U);
  apply({chain_.append(kAnn, 104)});
  EXPECT_EQ(bodies(6), 0U);
  EXPECT_FALSE(record(kAnn, 104));
}

TEST_F(EraserTest, BodiesOfTheOrdersOwnBlockAreCounted) {
  fill();
  const auto before = chain_.append(kAnn, 103);
  const auto erase = chain_.erase_patient(kAnn, ErasureScope::kPatient);
  apply({before, erase});
  EXPECT_EQ(row({erase->id, 0}).operations, 4U);
  EXPECT_EQ(row({erase->id, 0}).files.size(), 4U);
}

TEST_F(EraserTest, HundredsOfBodiesGoInBatches) {
  constexpr std::uint32_t kRecords = 300;
  for (std::uint32_t from = 0; from < kRecords; from += 100) {
    std::vector<ledger::DecodedTransactionPtr> transactions{chain_.append(kBob, 5000 + from)};
    for (std::uint32_t i = 0; i < 100; ++i)
      transactions.push_back(chain_.append(kAnn, 1000 + from + i));
    apply(std::move(transactions));
  }
  const OrderId id = order();
  EXPECT_EQ(row(id).operations, kRecords);
  const auto secrets = rows_of(row(id).handle);
  EXPECT_GT(secrets.size(), std::size_t{2} * kRecords);
  ASSERT_TRUE(database_->erase_keys(id, at(kNow)));
  ASSERT_TRUE(database_->erase_bytes(id, at(kNow)));
  open();
  open();
  EXPECT_EQ(test::find_in_files(data(), {{"handle", secrets.at("handle")}}),
            std::vector<std::string>{});
  for (std::uint64_t height = 1; height <= 3; ++height) EXPECT_EQ(bodies(height), 1U);
}

TEST_F(EraserTest, ARecordGoesAloneAndAtOnce) {
  fill();
  database_.reset();
  const Handle handle = handle_in(data() / "keyring", path(kAnn));
  const test::Secrets before = rows_of(handle);
  database_.reset();
  const auto copy = directory_.path() / "before";
  copy_all(data(), copy);
  open();
  const RecordPath one = ledger::record_path(TestChain::record(100));
  EXPECT_EQ(database_->count_bodies({path(kAnn), TreeKind::kClinical, one}), 1U);
  const OrderId id = order(ErasureScope::kRecord);
  EXPECT_EQ(database_->count_bodies({path(kAnn), TreeKind::kClinical, one}), 0U);
  EXPECT_EQ(database_->count_bodies({path(kAnn), TreeKind::kClinical, {}}), 2U);
  EXPECT_FALSE(record(kAnn, 100));
  EXPECT_TRUE(record(kAnn, 101));
  EXPECT_EQ(bodies(1), 1U);
  EXPECT_EQ(bodies(2), 2U);
  EXPECT_EQ(row(id).files.size(), 1U);
  // Its body, its value, and the page that held its leaf.
  const test::Secrets gone = gone_since(before, rows_of(handle));
  EXPECT_GE(gone.size(), 3U);
  EXPECT_GE(test::find_in_files(copy, gone).size(), gone.size()) << "each stood somewhere";
  ASSERT_TRUE(database_->erase_keys(id, at(kNow)));
  ASSERT_TRUE(database_->erase_bytes(id, at(kNow)));
  // While the node runs on, and after a restart.
  EXPECT_EQ(test::find_in_files(data(), gone), std::vector<std::string>{});
  open();
  EXPECT_EQ(test::find_in_files(data(), gone), std::vector<std::string>{});
  EXPECT_TRUE(record(kAnn, 101));
}

TEST_F(EraserTest, TwoRecordsOfOneBlockGoInOneBlock) {
  fill();
  apply({chain_.append(kAnn, 110), chain_.append(kAnn, 111), chain_.append(kBob, 210)});
  const auto first = chain_.erase_record(kAnn, 110);
  const auto second = chain_.erase_record(kAnn, 111);
  apply({first, second});
  EXPECT_EQ(bodies(5), 1U);
  EXPECT_EQ(row({first->id, 0}).operations, 1U);
  EXPECT_EQ(row({second->id, 0}).operations, 1U);
  open();  // looks at the newest blocks
  EXPECT_EQ(bodies(5), 1U);
}

TEST_F(EraserTest, ABodyIsCountedByTheFirstOrderOfItsBlockOnly) {
  fill();
  const auto before = chain_.append(kAnn, 110);
  const auto record = chain_.erase_record(kAnn, 110);
  const auto other = chain_.erase_record(kAnn, 100);
  const auto late = chain_.append(kAnn, 110);
  const auto whole = chain_.erase_patient(kAnn, ErasureScope::kPatient);
  apply({before, record, other, late, whole});
  EXPECT_EQ(row({record->id, 0}).operations, 1U);
  EXPECT_EQ(row({other->id, 0}).operations, 1U);
  EXPECT_EQ(row({whole->id, 0}).operations, 2U);
  EXPECT_EQ(row({whole->id, 0}).files.size(), 2U);
  EXPECT_EQ(bodies(1), 1U);
  EXPECT_EQ(bodies(5), 3U);  // the orders' own, which are public
}

TEST_F(EraserTest, TheAuditCompartmentGoesByItsOwnOrder) {
  fill();
  const OrderId first = order();
  ASSERT_TRUE(database_->erase_keys(first, at(kNow)));
  EXPECT_EQ(database_->subject_at(path(kAnn), TreeKind::kAudit), TestChain::patient(kAnn));
  const OrderId last = order(ErasureScope::kAudit);
  EXPECT_EQ(row(last).operations, 1U);
  const test::Secrets names{{"key name", to_bytes(row(last).name)},
                            {"handle", to_bytes(row(last).handle)}};
  auto secrets = rows_of(row(last).handle);
  EXPECT_GT(secrets.size(), 3U) << "handle, body, value and page";
  EXPECT_GE(test::find_in_files(data(), secrets).size(), secrets.size()) << "each stands somewhere";
  secrets.insert(names.begin(), names.end());
  ASSERT_TRUE(database_->erase_keys(last, at(kNow)));
  EXPECT_EQ(bodies(4), 1U);
  EXPECT_FALSE(database_->subject_at(path(kAnn), TreeKind::kAudit));
  EXPECT_EQ(test::find_in_files(data() / "keyring", names), std::vector<std::string>{});
  ASSERT_TRUE(database_->erase_bytes(last, at(kNow)));
  EXPECT_EQ(test::find_in_files(data(), secrets), std::vector<std::string>{});
  open();
  EXPECT_EQ(test::find_in_files(data(), secrets), std::vector<std::string>{});
  EXPECT_EQ(bodies(4), 1U);
}

TEST(ErasureRow, BytesAreFrozen) {
  ErasureRow row;
  row.step = ErasureStep::kKeysGone;
  row.path = SubjectPath::from(Bytes(32, 1));
  row.height = Height{2};
  row.operations = 3;
  row.name = KeyName::from(Bytes(16, 4));
  row.handle = Handle::from(Bytes(16, 5));
  row.files = {{PayloadAddress::from(Bytes(32, 6)), Digest::from(Bytes(32, 7))}};
  const Bytes bytes = encode(row);
  const auto times = [](const char* text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += text;
    return out;
  };
  EXPECT_EQ(to_hex(bytes),
            "00010101" + times("01", 32) + times("00", 7) + "02" + times("00", 8) + times("00", 7) +
                "03" + times("00", 16) + times("04", 16) + times("05", 16) + times("06", 32) +
                times("07", 32));
  EXPECT_EQ(decode_erasure_row(bytes).value(), row);
  row.shared = {Handle::from(Bytes(16, 8)), Handle::from(Bytes(16, 9))};
  const Bytes with_links = encode(row);
  EXPECT_EQ(to_hex(with_links),
            "00020101" + times("01", 32) + times("00", 7) + "02" + times("00", 8) + times("00", 7) +
                "03" + times("00", 16) + times("04", 16) + times("05", 16) + "00000002" +
                times("08", 16) + times("09", 16) + times("06", 32) + times("07", 32));
  EXPECT_EQ(decode_erasure_row(with_links).value(), row);
  Bytes none = with_links;
  none[with_links.size() - 64 - 32 - 1] = 0;
  EXPECT_FALSE(decode_erasure_row(none));
  const OrderId order{TxId::from(Bytes(32, 8)), 9};
  EXPECT_EQ(to_hex(erasure_key(order)), "65726173757265" + times("08", 32) + "0009");
  EXPECT_EQ(decode_erasure_key(erasure_key(order)).value(), order);
}

}  // namespace
}  // namespace galen::storage
