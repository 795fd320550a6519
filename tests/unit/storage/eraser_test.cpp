// Forgetting on one node (PRIVACY.md 12-15): what can be read after an order, after each phase, what
// the files hold, and the job cut off at every point.
#include "storage/eraser.h"

#include "raw_scan.h"
#include "storage/database.h"
#include "storage/keyring.h"
#include "storage/rocks.h"
#include "storage/rows.h"
#include "stored_chain.h"

#include "base/hex.h"
#include "codec/codec.h"
#include "ledger/erasure_entries.h"
#include "ledger/payload_names.h"

#include <gtest/gtest.h>

namespace galen::storage {
namespace {

using ledger::ErasureScope;
using ledger::KeyKind;
using ledger::StateKey;
using ledger::TreeKind;

constexpr std::uint32_t kAnn = 1;
constexpr std::uint32_t kBob = 2;
constexpr std::uint32_t kCal = 3;
constexpr TimeMs kNow{77};

class EraserTest : public StoredChain {
 protected:
  /// Two people, three blocks, one log entry each.
  void fill() {
    for (std::uint32_t record = 100; record < 103; ++record) {
      apply({chain_.append(kAnn, record), chain_.append(kBob, record + 100)});
    }
    apply({chain_.access(kAnn, 100), chain_.access(kBob, 200)});
  }

  static SubjectPath path(std::uint32_t patient) {
    return ledger::subject_path(TestChain::patient(patient));
  }

  OrderId order(ErasureScope scope = ErasureScope::kPatient) {
    const auto transaction = scope == ErasureScope::kRecord
                                 ? chain_.erase_record(kAnn, 100)
                                 : chain_.erase_patient(kAnn, scope);
    apply({transaction});
    return {transaction->id, 0};
  }

  OrderId erase(std::uint32_t patient) {
    const auto transaction = chain_.erase_patient(patient, ErasureScope::kPatient);
    apply({transaction});
    return {transaction->id, 0};
  }

  /// What execution counted for each order of the block, which is applied.
  std::vector<std::uint64_t> counted(std::vector<ledger::DecodedTransactionPtr> transactions) {
    const TestBlock block = chain_.block(*database_, std::move(transactions));
    EXPECT_TRUE(database_->apply(block.batch(0)));
    std::vector<std::uint64_t> counts;
    for (const auto& results : block.outcome.results) {
      if (results.at(0).detail.size() != 8) continue;
      counts.push_back(codec::Reader(results.at(0).detail, "count").u64());
    }
    return counts;
  }

  /// Rows of bodies of the block, as they stand on the disk.
  [[nodiscard]] test::Secrets link_rows(std::uint64_t height) {
    test::Secrets secrets;
    database_.reset();
    {
      const RocksSettings settings{data() / "ledger", column_names(), 1 << 20, 1 << 20, 1 << 20};
      const auto rocks = Rocks::open(settings).value();
      EXPECT_TRUE(rocks->scan(static_cast<std::size_t>(Column::kBodies), {}, [&](BytesView key, BytesView value) {
        const BodyPlace at = decode_body_key(key).value();
        if (at.place.height == Height{height}) secrets[to_hex(key)] = to_bytes(value);
        return true;
      }));
    }
    open();
    return secrets;
  }

  using Secret = std::pair<std::string, Bytes>;

  /// The row of the patient's one entry about a link.
  [[nodiscard]] Secret link_entry(std::uint32_t patient) {
    std::optional<Secret> found;
    database_.reset();
    {
      crypto::OsRandom random;
      const auto keyring = Keyring::open(data() / "keyring", random).value();
      const auto keys = keyring->find(keyring->name_of(path(patient), Compartment::kClinical)).value();
      const RocksSettings settings{data() / "ledger", column_names(), 1 << 20, 1 << 20, 1 << 20};
      const auto rocks = Rocks::open(settings).value();
      EXPECT_TRUE(rocks->scan(static_cast<std::size_t>(Column::kSubjects),
                              subject_value_prefix(keys->handle(), KeyKind::kLink),
                              [&](BytesView key, BytesView value) {
                                EXPECT_FALSE(found);
                                found = {"entry " + to_hex(key), to_bytes(value)};
                                return true;
                              }));
    }
    open();
    EXPECT_TRUE(found);
    return found.value_or(Secret{});
  }

  [[nodiscard]] ErasureRow row(const OrderId& order) const {
    return database_->erasures().value().at(order);
  }

  [[nodiscard]] std::optional<Bytes> record(std::uint32_t patient, std::uint32_t number) const {
    return database_->get(StateKey::clinical(
        TestChain::patient(patient), KeyKind::kRecord, TestChain::record(number)));
  }

  /// Bodies of the block that are there.
  [[nodiscard]] std::size_t bodies(std::uint64_t height) const {
    std::size_t count = 0;
    const auto block = database_->block(Height{height});
    EXPECT_TRUE(block) << block.error().message;
    for (const Bytes& bytes : block->block.transactions) {
      const ledger::Transaction transaction = ledger::decode_transaction(bytes).value();
      for (const auto& slot : transaction.operations) {
        count += std::holds_alternative<ledger::OperationBody>(slot) ? 1U : 0U;
      }
    }
    return count;
  }

  /// Rows of a handle as they stand on the disk, of both columns.
  [[nodiscard]] test::Secrets rows_of(const Handle& handle) {
    test::Secrets secrets{{"handle", to_bytes(handle)}};
    database_.reset();
    {
      const RocksSettings settings{data() / "ledger", column_names(), 1 << 20, 1 << 20, 1 << 20};
      const auto rocks = Rocks::open(settings).value();
      for (const auto column : {Column::kSubjects, Column::kBodies}) {
        const auto keep = [&](BytesView key, BytesView value) {
          secrets["row " + to_hex(key)] = to_bytes(value);
          return true;
        };
        EXPECT_TRUE(rocks->scan(static_cast<std::size_t>(column), handle, keep));
      }
    }
    open();
    return secrets;
  }
};

TEST_F(EraserTest, AnOrderHidesTheClinicalCompartmentAtOnce) {
  fill();
  ASSERT_TRUE(record(kAnn, 100));
  EXPECT_EQ(database_->count_bodies({path(kAnn), TreeKind::kClinical, {}}), 3U);
  const OrderId id = order();
  EXPECT_FALSE(record(kAnn, 100));
  EXPECT_FALSE(database_->snapshot()->get(StateKey::clinical(
      TestChain::patient(kAnn), KeyKind::kRecord, TestChain::record(100))));
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
  ASSERT_TRUE(database_->erase_keys(id, kNow));
  EXPECT_EQ(row(id).step, ErasureStep::kKeysGone);
  EXPECT_EQ(row(id).keys_gone, kNow);
  for (std::uint64_t height = 1; height <= 3; ++height) EXPECT_EQ(bodies(height), 1U);
  EXPECT_EQ(bodies(4), 2U);  // the log is sealed, not gone
  const auto sealed = database_->seal(
      TestChain::patient(kAnn), Compartment::kClinical, {}, Bytes{1});
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
  ASSERT_TRUE(database_->erase_keys(id, kNow));
  const auto erased = database_->erase_bytes(id, TimeMs{78});
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
  ASSERT_TRUE(database_->erase_keys(id, kNow));
  EXPECT_FALSE(before->get(key));
}

TEST_F(EraserTest, AReaderOfTheStateOfBeforeHoldsTheBytesBack) {
  fill();
  auto reader = database_->snapshot();
  const OrderId id = order();
  EXPECT_EQ(database_->erase_bytes(id, kNow).error().code, ErrorCode::kFailedPrecondition);
  ASSERT_TRUE(database_->erase_keys(id, kNow));
  EXPECT_EQ(database_->erase_bytes(id, kNow).error().code, ErrorCode::kFailedPrecondition);
  reader.reset();
  EXPECT_TRUE(database_->erase_bytes(id, kNow));
}

TEST_F(EraserTest, TheJobResumesWhereverItWasCut) {
  fill();
  const OrderId id = order();
  open();  // before anything
  EXPECT_TRUE(database_->has_open_erasures());
  ASSERT_TRUE(database_->erase_keys(id, kNow));
  open();  // between the phases
  EXPECT_TRUE(database_->has_open_erasures());
  EXPECT_EQ(bodies(1), 1U);
  ASSERT_TRUE(database_->erase_keys(id, TimeMs{99}));
  EXPECT_EQ(row(id).keys_gone, kNow);
  ASSERT_TRUE(database_->erase_bytes(id, kNow));
  open();  // behind it
  EXPECT_FALSE(database_->has_open_erasures());
  ASSERT_TRUE(database_->erase_bytes(id, TimeMs{99}));
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
  ASSERT_TRUE(database_->erase_keys(id, kNow));
  ASSERT_TRUE(database_->erase_bytes(id, kNow));
}

TEST_F(EraserTest, ARestoredKeyringForgetsAgain) {
  fill();
  database_.reset();
  const auto backup = directory_.path() / "backup";
  std::filesystem::copy(data() / "keyring", backup, std::filesystem::copy_options::recursive);
  open();
  const OrderId id = order();
  ASSERT_TRUE(database_->erase_keys(id, kNow));
  database_.reset();
  std::filesystem::remove_all(data() / "keyring");
  std::filesystem::copy(backup, data() / "keyring", std::filesystem::copy_options::recursive);
  open();
  EXPECT_EQ(bodies(1), 1U);
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
    for (std::uint32_t i = 0; i < 100; ++i) transactions.push_back(chain_.append(kAnn, 1000 + from + i));
    apply(std::move(transactions));
  }
  const OrderId id = order();
  EXPECT_EQ(row(id).operations, kRecords);
  const auto secrets = rows_of(row(id).handle);
  EXPECT_GT(secrets.size(), std::size_t{2} * kRecords);
  ASSERT_TRUE(database_->erase_keys(id, kNow));
  ASSERT_TRUE(database_->erase_bytes(id, kNow));
  open();
  open();
  EXPECT_EQ(test::find_in_files(data(), {{"handle", secrets.at("handle")}}),
            std::vector<std::string>{});
  for (std::uint64_t height = 1; height <= 3; ++height) EXPECT_EQ(bodies(height), 1U);
}

class LinkEraserTest : public EraserTest, public testing::WithParamInterface<std::uint32_t> {};

TEST_P(LinkEraserTest, ALinkGoesWithEitherOfItsPatients) {
  const std::uint32_t gone = GetParam();
  const std::uint32_t left = gone == kAnn ? kBob : kAnn;
  fill();
  apply({chain_.link(kAnn, kBob), chain_.unlink(kAnn, kBob)});
  EXPECT_EQ(bodies(5), 2U);
  for (const std::uint32_t patient : {kAnn, kBob}) {
    EXPECT_EQ(database_->count_bodies({path(patient), TreeKind::kClinical, {}}), 5U);
  }
  EXPECT_EQ(database_->count_bodies({path(gone), TreeKind::kClinical, {}, {path(kCal), path(left)}}), 2U);
  EXPECT_EQ(database_->count_bodies({path(gone), TreeKind::kClinical, {}, {path(kCal)}}), 0U);
  test::Secrets rows = link_rows(5);
  ASSERT_EQ(rows.size(), 4U);
  // And what the other's state says of the link.
  const Secret entry = link_entry(left);
  rows.insert(entry);
  EXPECT_FALSE(test::find_in_files(data(), rows).empty());

  const OrderId id = erase(gone);
  EXPECT_EQ(row(id).operations, 5U);
  EXPECT_EQ(bodies(5), 0U);
  EXPECT_EQ(database_->count_bodies({path(left), TreeKind::kClinical, {}}), 3U);
  ASSERT_TRUE(database_->erase_keys(id, kNow));
  open();
  EXPECT_EQ(bodies(5), 0U);
  EXPECT_FALSE(row(id).shared.empty());
  ASSERT_TRUE(database_->erase_bytes(id, kNow));
  EXPECT_TRUE(row(id).shared.empty());
  open();
  open();
  EXPECT_EQ(test::find_in_files(data(), rows), std::vector<std::string>{});
  EXPECT_EQ(bodies(1), 1U);
  EXPECT_EQ(bodies(5), 0U);

  const OrderId next = erase(left);
  EXPECT_EQ(row(next).operations, 3U);
}

TEST_P(LinkEraserTest, ALinkThatComesAfterEitherIsGoneIsLate) {
  const std::uint32_t gone = GetParam();
  const std::uint32_t left = gone == kAnn ? kBob : kAnn;
  fill();
  const auto order = chain_.erase_patient(gone, ErasureScope::kPatient);
  apply({chain_.link(kAnn, kBob), order, chain_.link(kAnn, kBob)});
  EXPECT_EQ(row({order->id, 0}).operations, 4U);
  EXPECT_EQ(bodies(5), 1U);  // the order itself
  apply({chain_.link(kAnn, kBob)});
  EXPECT_EQ(bodies(6), 0U);
  const auto block = database_->block(Height{5});
  ASSERT_TRUE(block);
  EXPECT_FALSE(block->outcomes.at(0).at(0).late);
  EXPECT_TRUE(block->outcomes.at(2).at(0).late);
  EXPECT_EQ(database_->count_bodies({path(left), TreeKind::kClinical, {}}), 3U);
  EXPECT_EQ(row(erase(left)).operations, 3U);
}

TEST_P(LinkEraserTest, OrdersForBothInOneBlockCountTheLinkOnce) {
  fill();
  apply({chain_.link(kAnn, kBob)});
  const auto between = chain_.link(kAnn, kBob);
  const auto first = chain_.erase_patient(GetParam(), ErasureScope::kPatient);
  const auto second = chain_.erase_patient(GetParam() == kAnn ? kBob : kAnn, ErasureScope::kPatient);
  EXPECT_EQ(counted({between, first, chain_.link(kAnn, kBob), second}), (std::vector<std::uint64_t>{5, 3}));
  EXPECT_EQ(row({first->id, 0}).operations, 5U);
  EXPECT_EQ(row({second->id, 0}).operations, 3U);
  EXPECT_EQ(bodies(5), 0U);
  for (const OrderId& id : {OrderId{first->id, 0}, OrderId{second->id, 0}}) {
    ASSERT_TRUE(database_->erase_keys(id, kNow));
    ASSERT_TRUE(database_->erase_bytes(id, kNow));
  }
  open();
  EXPECT_EQ(bodies(5), 0U);
}

INSTANTIATE_TEST_SUITE_P(Either, LinkEraserTest, testing::Values(kAnn, kBob));

TEST_F(EraserTest, OneKeyOfALinkOpensNothing) {
  for (const std::uint32_t lost : {kAnn, kBob}) {
    apply({chain_.link(kAnn, kBob)});
    const Height height = database_->head().height();
    EXPECT_EQ(bodies(height.value), 1U);
    database_.reset();
    {
      // As a keyring restored from a backup that lacks it.
      crypto::OsRandom random;
      const auto keyring = Keyring::open(data() / "keyring", random).value();
      ASSERT_TRUE(keyring->destroy(keyring->name_of(path(lost), Compartment::kClinical)));
    }
    open();
    EXPECT_EQ(bodies(height.value), 0U) << lost;
  }
}

TEST_F(EraserTest, ARecordGoesAloneAndAtOnce) {
  fill();
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
  ASSERT_TRUE(database_->erase_keys(id, kNow));
  ASSERT_TRUE(database_->erase_bytes(id, kNow));
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
  ASSERT_TRUE(database_->erase_keys(first, kNow));
  EXPECT_EQ(database_->subject_at(path(kAnn), TreeKind::kAudit), TestChain::patient(kAnn));
  const OrderId last = order(ErasureScope::kAudit);
  EXPECT_EQ(row(last).operations, 1U);
  ASSERT_TRUE(database_->erase_keys(last, kNow));
  EXPECT_EQ(bodies(4), 1U);
  EXPECT_FALSE(database_->subject_at(path(kAnn), TreeKind::kAudit));
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
                "03" + times("00", 16) + times("04", 16) + times("05", 16) + "00000002" + times("08", 16) +
                times("09", 16) + times("06", 32) + times("07", 32));
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
