// Fixture of the tests of forgetting on one node: two people, their rows on the disk, orders.
// Thread rule: one thread.
#pragma once

#include "base/hex.h"
#include "codec/codec.h"
#include "ledger/erasure_entries.h"
#include "raw_scan.h"
#include "storage/database.h"
#include "storage/keyring.h"
#include "storage/rocks.h"
#include "storage/rows.h"
#include "stored_chain.h"

#include <gtest/gtest.h>

namespace galen::storage {

using ledger::ErasureScope;
using ledger::KeyKind;
using ledger::StateKey;
using ledger::TreeKind;

inline constexpr std::uint32_t kAnn = 1;
inline constexpr std::uint32_t kBob = 2;
inline constexpr std::uint32_t kCal = 3;
inline constexpr TimeMs kNow{77};

class EraserTest : public StoredChain {
 protected:
  /// Two people, three blocks, one log entry each.
  void fill() {
    for (std::uint32_t record = 100; record < 103; ++record) {
      apply({chain_.append(kAnn, record), chain_.append(kBob, record + 100)});
    }
    apply({chain_.access(kAnn, 100), chain_.access(kBob, 200)});
  }

  void back_keyring_up() {
    database_.reset();
    copy_all(data() / "keyring", directory_.path() / "backup");
    open();
  }

  /// Leaves the database closed.
  void restore_keyring() {
    database_.reset();
    std::filesystem::remove_all(data() / "keyring");
    copy_all(directory_.path() / "backup", data() / "keyring");
  }

  static void copy_all(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }

  static SubjectPath path(std::uint32_t patient) {
    return ledger::subject_path(TestChain::patient(patient));
  }

  OrderId order(ErasureScope scope = ErasureScope::kPatient) {
    const auto transaction = scope == ErasureScope::kRecord ? chain_.erase_record(kAnn, 100)
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
      EXPECT_TRUE(rocks->scan(
          static_cast<std::size_t>(Column::kBodies), {}, [&](BytesView key, BytesView value) {
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
      const auto keys =
          keyring->find(keyring->name_of(path(patient), Compartment::kClinical)).value();
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

}  // namespace galen::storage
