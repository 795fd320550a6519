// A data directory checked offline (PRIVACY.md 19): an honest one has no findings, before and after
// erasures and between their phases; one changed byte or one missing row in any column is found.
#include "storage/verify_store.h"

#include "storage/rocks.h"
#include "storage/rows.h"
#include "storage/staging_rows.h"
#include "stored_chain.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <utility>
#include <vector>

namespace galen::storage {
namespace {

using ledger::ErasureScope;

constexpr std::uint32_t kAnn = 1;
constexpr std::uint32_t kBob = 2;
constexpr std::uint32_t kCal = 3;
constexpr TimeMs kNow{77};

using Row = std::pair<Bytes, Bytes>;

class VerifyStoreTest : public StoredChain {
 protected:
  /// Two people, four blocks, one of them with a refused transaction.
  void fill() {
    for (std::uint32_t record = 100; record < 103; ++record) {
      apply({chain_.append(kAnn, record), chain_.append(kBob, record + 100)});
    }
    apply({chain_.append_two(kAnn, kBob, 12), chain_.access(kAnn, 100), chain_.access(kBob, 200)});
  }

  /// One block with everything a row can be, and Ann erased.
  void fill_little() {
    apply({chain_.append(kAnn, 100),
           chain_.append_two(kAnn, kBob, 12),
           chain_.access(kBob, 200),
           chain_.link(kAnn, kBob),
           chain_.link(kBob, kCal)});
    const OrderId ann = order(chain_.erase_patient(kAnn, ErasureScope::kPatient, 3));
    ASSERT_TRUE(database_->erase_keys(ann, at(kNow)));
    ASSERT_TRUE(database_->erase_bytes(ann, at(kNow)));
  }

  OrderId order(const ledger::DecodedTransactionPtr& transaction) {
    apply({transaction});
    return {transaction->id, 0};
  }

  static void run(const Status& done) { ASSERT_TRUE(done) << done.error().message; }

  /// Ann's four bodies go, and with them a record of Bob's.
  void erase_some(bool keys, bool bytes) {
    const OrderId ann = order(chain_.erase_patient(kAnn, ErasureScope::kPatient, 4));
    const OrderId record = order(chain_.erase_record(kBob, 200, 1));
    for (const OrderId& each : {ann, record}) {
      if (keys) run(database_->erase_keys(each, at(kNow)));
      if (bytes) run(database_->erase_bytes(each, at(kNow)));
    }
  }

  /// Closes the node and checks; what was found is in `found_`.
  StoreReport verify() {
    database_.reset();
    found_.clear();
    const auto report = verify_store(
        test_options(data()),
        chain_.genesis(),
        [this](const std::string& place, const std::string& what) {
          found_.push_back(place + ": " + what);
        },
        [this](const char*, std::uint64_t, std::uint64_t) { ++told_; });
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(StoreReport{});
  }

  [[nodiscard]] std::string all_found() const {
    std::string text;
    for (const auto& each : found_) text += each + "\n";
    return text;
  }

  /// The ledger's rows, without a node.
  [[nodiscard]] std::unique_ptr<Rocks> rows() const {
    return Rocks::open({data() / "ledger", column_names(), 1 << 20, 1 << 20, 1 << 22}).value();
  }

  static std::vector<Row> list(const Rocks& rocks, std::size_t column) {
    std::vector<Row> rows;
    EXPECT_TRUE(rocks.scan(column, {}, [&](BytesView key, BytesView value) {
      rows.emplace_back(to_bytes(key), to_bytes(value));
      return true;
    }));
    return rows;
  }

  void put(std::size_t column, const Bytes& key, const std::optional<Bytes>& value) const {
    const auto rocks = rows();
    Batch batch(*rocks);
    if (value) batch.put(column, key, *value);
    if (!value) batch.remove(column, key);
    ASSERT_TRUE(rocks->write(batch));
  }

  /// Every row of a column in turn: gone, then with its byte at `place` (from the end) changed.
  /// Each is found. The head row is left to a test of its own: nothing vouches for the journal mark
  /// in it.
  void expect_every_change_found(Column which) {
    database_.reset();
    const auto column = static_cast<std::size_t>(which);
    const auto before = list(*rows(), column);
    ASSERT_FALSE(before.empty());
    for (const auto& [key, value] : before) {
      if (equal(key, head_key())) continue;
      SCOPED_TRACE(testing::Message() << "column " << column << ", row of " << value.size());
      put(column, key, std::nullopt);
      EXPECT_GT(verify().findings, 0U);
      for (const std::size_t place : {std::size_t{0}, value.size() / 2, value.size() - 1}) {
        Bytes changed = value;
        changed[place] ^= 1;
        put(column, key, changed);
        EXPECT_GT(verify().findings, 0U) << "byte " << place;
      }
      put(column, key, value);
    }
    EXPECT_EQ(verify().findings, 0U) << all_found();
  }

  std::vector<std::string> found_;
  std::uint64_t told_ = 0;
};

TEST_F(VerifyStoreTest, AnHonestDirectoryHasNoFindings) {
  fill();
  const StoreReport report = verify();
  EXPECT_EQ(report.findings, 0U) << all_found();
  EXPECT_EQ(report.head, Height{4});
  EXPECT_EQ(report.chain.blocks, 4U);
  EXPECT_EQ(report.chain.transactions, 9U);
  EXPECT_EQ(report.chain.operations, 10U);
  EXPECT_EQ(report.chain.present, 10U);
  EXPECT_EQ(report.chain.absent, 0U);
  EXPECT_EQ(report.state.subjects, 4U);  // two clinical trees, two audit trees
  EXPECT_GE(told_, 8U);
}

TEST_F(VerifyStoreTest, AFreshDirectoryIsGenesisAlone) {
  const StoreReport report = verify();
  EXPECT_EQ(report.findings, 0U) << all_found();
  EXPECT_EQ(report.chain.blocks, 0U);
}

TEST_F(VerifyStoreTest, WhatOrdersTookIsWhatIsAbsent) {
  fill();
  erase_some(true, true);
  const StoreReport report = verify();
  EXPECT_EQ(report.findings, 0U) << all_found();
  EXPECT_EQ(report.chain.absent, 5U);
  EXPECT_EQ(report.chain.ordered, 5U);
  EXPECT_EQ(report.orders, 2U);
}

TEST_F(VerifyStoreTest, BetweenThePhasesNothingIsWrong) {
  fill();
  erase_some(false, false);
  const StoreReport ordered = verify();
  EXPECT_EQ(ordered.findings, 0U) << all_found();
  EXPECT_EQ(ordered.chain.waiting, 4U);
  EXPECT_EQ(ordered.chain.absent, 1U);  // of a record they go with the block
  open();
  const auto rows = database_->erasures().value();
  for (const auto& [id, row] : rows) {
    ASSERT_TRUE(database_->erase_keys(id, at(kNow)));
  }
  const StoreReport keys = verify();
  EXPECT_EQ(keys.findings, 0U) << all_found();
  EXPECT_EQ(keys.chain.absent, 5U);
}

TEST_F(VerifyStoreTest, ACompactionOfTheKeyringThatIsDueIsInOrder) {
  fill();
  erase_some(true, false);
  database_.reset();
  {
    const auto keyring = Rocks::open({data() / "keyring", {}, 1 << 20, 1 << 20, 1 << 20}).value();
    Batch batch(*keyring);
    batch.put(0, Bytes{'c'}, Bytes{});
    ASSERT_TRUE(keyring->write(batch));
  }
  EXPECT_EQ(verify().findings, 0U) << all_found();
}

TEST_F(VerifyStoreTest, ALinkIsCountedByTheFirstOfItsOrders) {
  fill();
  apply({chain_.link(kAnn, kBob), chain_.link(kBob, kCal)});
  EXPECT_EQ(verify().findings, 0U) << all_found();
  open();
  const OrderId bob = order(chain_.erase_patient(kBob, ErasureScope::kPatient, 6));
  EXPECT_EQ(verify().findings, 0U) << all_found();
  open();
  run(database_->erase_keys(bob, at(kNow)));
  EXPECT_EQ(verify().findings, 0U) << all_found();
  open();
  run(database_->erase_bytes(bob, at(kNow)));
  (void)order(chain_.erase_patient(kAnn, ErasureScope::kPatient, 4));
  EXPECT_EQ(verify().findings, 0U) << all_found();
}

TEST_F(VerifyStoreTest, AnErasureCutOffBeforeItsLastWordIsCompleteAndSaysSoLater) {
  fill();
  const OrderId ann = order(chain_.erase_patient(kAnn, ErasureScope::kPatient, 4));
  run(database_->erase_keys(ann, at(kNow)));
  const auto image = directory_.path() / "image";
  run(database_->erase_bytes(ann, [&] {
    std::filesystem::copy(data(), image, std::filesystem::copy_options::recursive);
    return kNow;
  }));
  database_.reset();
  std::filesystem::remove_all(data());
  std::filesystem::rename(image, data());
  EXPECT_EQ(verify().findings, 0U) << all_found();
  open();
  EXPECT_TRUE(database_->has_open_erasures());
  ErasureRow row = database_->erasures().value().at(ann);
  EXPECT_EQ(row.step, ErasureStep::kKeysGone);
  EXPECT_EQ(row.name, KeyName{});
  run(database_->erase_bytes(ann, at(TimeMs{99})));
  row = database_->erasures().value().at(ann);
  EXPECT_EQ(row.step, ErasureStep::kBytesGone);
  EXPECT_EQ(row.bytes_gone, TimeMs{99});
  EXPECT_EQ(verify().findings, 0U) << all_found();
}

TEST_F(VerifyStoreTest, AMiscountedOrderIsFound) {
  fill();
  (void)order(chain_.erase_patient(kAnn, ErasureScope::kPatient, 3));
  EXPECT_EQ(verify().findings, 1U) << all_found();
  EXPECT_NE(all_found().find("the orders took 3"), std::string::npos) << all_found();
}

TEST_F(VerifyStoreTest, EveryRowOfBlocksIsVouchedFor) {
  fill_little();
  expect_every_change_found(Column::kBlocks);
}

TEST_F(VerifyStoreTest, EveryRowOfTransactionsIsVouchedFor) {
  fill_little();
  expect_every_change_found(Column::kTransactions);
}

TEST_F(VerifyStoreTest, EveryRowOfTheStateIsVouchedFor) {
  fill_little();
  expect_every_change_found(Column::kState);
}

TEST_F(VerifyStoreTest, EveryRowOfSubjectsIsVouchedFor) {
  fill_little();
  expect_every_change_found(Column::kSubjects);
}

TEST_F(VerifyStoreTest, EveryBodyIsVouchedFor) {
  fill_little();
  expect_every_change_found(Column::kBodies);
}

TEST_F(VerifyStoreTest, AMissingOrStrangeHeadIsFound) {
  fill();
  database_.reset();
  const auto meta = static_cast<std::size_t>(Column::kMeta);
  const Bytes head = rows()->get(meta, head_key()).value().value();
  put(meta, head_key(), std::nullopt);
  EXPECT_GT(verify().findings, 0U);
  // The height, the keyring's id, and how many keys it had made.
  for (const std::size_t place : {std::size_t{9}, head.size() - 17, head.size() - 16}) {
    Bytes changed = head;
    changed[place] ^= 1;
    put(meta, head_key(), changed);
    EXPECT_GT(verify().findings, 0U) << place;
  }
}

TEST_F(VerifyStoreTest, RowsThatNothingRefersToAreFound) {
  fill();
  database_.reset();
  for (std::size_t column = 0; column <= column_names().size(); ++column) {
    if (column == static_cast<std::size_t>(Column::kStaging))
      continue;  // the next start drops those
    const Bytes stray{'z', 'z'};
    put(column, stray, Bytes{1});
    EXPECT_GT(verify().findings, 0U) << column;
    put(column, stray, std::nullopt);
  }
}

TEST_F(VerifyStoreTest, AnUnfinishedSwitchIsFoundAndWhatWaitsBeforeItIsNot) {
  fill();
  database_.reset();
  const auto staging = static_cast<std::size_t>(Column::kStaging);
  put(staging, redo_key(static_cast<std::size_t>(Column::kMeta), Bytes{'z'}), redo_put(Bytes{1}));
  EXPECT_EQ(verify().findings, 0U);
  put(staging, switch_key(), encode(SwitchRow{Height{9}, 0}));
  EXPECT_GT(verify().findings, 0U);
}

TEST_F(VerifyStoreTest, AKeyThatIsGoneOrCameBackIsFound) {
  fill();
  const auto keyring = data() / "keyring";
  const auto keep = directory_.path() / "kept";
  database_.reset();
  std::filesystem::copy(keyring, keep, std::filesystem::copy_options::recursive);
  open();
  erase_some(true, true);
  EXPECT_EQ(verify().findings, 0U) << all_found();
  std::filesystem::remove_all(keyring);
  std::filesystem::copy(keep, keyring, std::filesystem::copy_options::recursive);
  EXPECT_GT(verify().findings, 0U);
  EXPECT_NE(all_found().find("the key it destroyed is in the keyring"), std::string::npos)
      << all_found();
}

TEST_F(VerifyStoreTest, WritesNothing) {
  fill();
  database_.reset();
  const auto snapshot = [this] {
    std::map<std::string, std::uintmax_t> files;
    for (const auto& file : std::filesystem::recursive_directory_iterator(data())) {
      if (file.is_regular_file()) files[file.path()] = file.file_size();
    }
    return files;
  };
  const auto before = snapshot();
  EXPECT_EQ(verify().findings, 0U) << all_found();
  EXPECT_EQ(snapshot(), before);
}

TEST_F(VerifyStoreTest, ADirectoryInUseIsRefused) {
  const auto report = verify_store(
      test_options(data()),
      chain_.genesis(),
      [](const auto&, const auto&) {},
      [](const char*, std::uint64_t, std::uint64_t) {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(VerifyStoreTest, AnotherChainsDirectoryIsRefused) {
  database_.reset();
  const auto report = verify_store(
      test_options(data()),
      test_genesis("other"),
      [](const auto&, const auto&) {},
      [](const char*, std::uint64_t, std::uint64_t) {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kWrongChain);
}

}  // namespace
}  // namespace galen::storage
