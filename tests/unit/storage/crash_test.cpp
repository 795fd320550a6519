// What is on disk after a crash at any moment (DUR-2, DUR-5, DUR-11) and what a damaged disk does.
#include "chain_fixture.h"
#include "storage/database.h"
#include "storage/rocks.h"
#include "storage/rows.h"
#include "storage/store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace galen::storage {
namespace {

namespace fs = std::filesystem;
using ledger::KeyKind;
using ledger::StateKey;

constexpr std::uint64_t kJournalStep = 10;

Bytes read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const fs::path& path, BytesView bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::ptrdiff_t>(bytes.size()));
}

bool contains(BytesView haystack, BytesView needle) {
  return std::search(haystack.begin(), haystack.end(), needle.begin(), needle.end()) !=
         haystack.end();
}

std::vector<fs::path> files_below(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  return files;
}

fs::path newest_wal(const fs::path& directory) {
  fs::path newest;
  for (const fs::path& file : files_below(directory)) {
    if (file.extension() == ".log" && file.filename() > newest.filename()) newest = file;
  }
  return newest;
}

class CrashTest : public testing::Test {
 protected:
  CrashTest() : database_(open(data())) {}

  [[nodiscard]] fs::path data() const { return directory_.path() / "data"; }

  std::unique_ptr<Database> open(const fs::path& path) {
    auto opened = Database::open(test_options(path), chain_.genesis());
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }

  /// Block h holds record h of patient h % 3 and leaves journal mark 10 h.
  void apply_blocks(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto height = static_cast<std::uint32_t>(database_->head().height().value + 1);
      const TestBlock block = chain_.block(*database_, {chain_.append(height % 3, height)});
      ASSERT_TRUE(database_->apply(block.batch(kJournalStep * height)).has_value());
    }
  }

  /// A copy of the directory as a crash would leave it.
  fs::path crashed_copy(const std::string& name) {
    const fs::path copy = directory_.path() / name;
    fs::copy(data(), copy, fs::copy_options::recursive);
    return copy;
  }

  /// Head, journal mark, blocks and state tell of the same height.
  static void expect_consistent(const Database& database) {
    const auto height = static_cast<std::uint32_t>(database.head().height().value);
    EXPECT_EQ(database.journal_mark(), kJournalStep * height);
    EXPECT_EQ(execution::tree_root(database, {}), database.head().header.state_root);
    for (std::uint32_t i = 1; i <= height; ++i) {
      EXPECT_TRUE(database.block(Height{i}).has_value());
      EXPECT_TRUE(database.get(record_key(i)).has_value());
    }
    EXPECT_FALSE(database.get(record_key(height + 1)).has_value());
  }

  static StateKey record_key(std::uint32_t record) {
    return StateKey::clinical(
        TestChain::patient(record % 3), KeyKind::kRecord, TestChain::record(record));
  }

  /// Rewrites one row behind the database's back.
  void overwrite(Column column, BytesView key, BytesView value) {
    database_.reset();
    auto rocks = Rocks::open({data() / "ledger", column_names(), 1 << 20, 1 << 20, 1 << 20});
    ASSERT_TRUE(rocks.has_value()) << rocks.error().message;
    Batch batch(**rocks);
    batch.put(static_cast<std::size_t>(column), key, value);
    ASSERT_TRUE((*rocks)->write(batch).has_value());
  }

  TemporaryDirectory directory_;
  TestChain chain_;
  std::unique_ptr<Database> database_;
};

TEST_F(CrashTest, EveryAppliedBlockIsThereAfterACrash) {
  apply_blocks(5);
  const auto survivor = open(crashed_copy("copy"));
  EXPECT_EQ(survivor->head().header, database_->head().header);
  expect_consistent(*survivor);
}

TEST_F(CrashTest, TornWalLosesWholeBlocksAtTheEndOnly) {
  apply_blocks(4);
  const Bytes wal = read_file(newest_wal(data() / "ledger"));
  ASSERT_GT(wal.size(), 1000U);
  constexpr std::size_t kCuts = 12;
  std::uint64_t lowest = 4;
  for (std::size_t i = 0; i < kCuts; ++i) {
    const fs::path copy = crashed_copy("cut-" + std::to_string(i));
    write_file(newest_wal(copy / "ledger"), BytesView(wal).first(wal.size() * i / kCuts));
    const auto survivor = open(copy);
    ASSERT_NE(survivor, nullptr);
    expect_consistent(*survivor);
    lowest = std::min(lowest, survivor->head().height().value);
  }
  EXPECT_LT(lowest, 4U);
}

// What stands behind a hole is not taken for the continuation of what stands before it.
TEST_F(CrashTest, AHoleInTheWalIsRefusedOrLosesWhatIsBehindIt) {
  apply_blocks(4);
  const Bytes wal = read_file(newest_wal(data() / "ledger"));
  constexpr std::size_t kHoles = 12;
  for (std::size_t i = 1; i < kHoles; ++i) {
    SCOPED_TRACE(i);
    const fs::path copy = crashed_copy("hole-" + std::to_string(i));
    Bytes holed = wal;
    holed[wal.size() * i / kHoles] ^= 0x40U;
    write_file(newest_wal(copy / "ledger"), holed);
    const auto survivor = Database::open(test_options(copy), chain_.genesis());
    if (!survivor) {
      EXPECT_EQ(survivor.error().code, ErrorCode::kCorrupt) << survivor.error().message;
      continue;
    }
    EXPECT_LT((*survivor)->head().height(), Height{4});
    expect_consistent(**survivor);
  }
}

TEST_F(CrashTest, LostBlocksAreAppliedAgain) {
  apply_blocks(3);
  const fs::path copy = crashed_copy("copy");
  const fs::path wal = newest_wal(copy / "ledger");
  write_file(wal, BytesView(read_file(wal)).first(read_file(wal).size() - 100));
  const auto survivor = open(copy);
  ASSERT_EQ(survivor->head().height(), Height{2});
  const auto lost = database_->block(Height{3});
  TestBlock again = chain_.block(
      *survivor, {*ledger::decode_and_check(lost->block.transactions[0], chain_.chain())});
  EXPECT_EQ(again.header, lost->block.header);
  ASSERT_TRUE(survivor->apply(again.batch(3 * kJournalStep)).has_value());
  expect_consistent(*survivor);
}

TEST_F(CrashTest, NoPatientOrRecordIdStandsInAnyFile) {
  apply_blocks(3);
  const TestBlock access = chain_.block(*database_, {chain_.access(1, 1), chain_.access(7, 7)});
  ASSERT_TRUE(database_->apply(access.batch(0)).has_value());
  const fs::path unflushed = crashed_copy("copy");
  database_.reset();
  database_ = open(data());  // recovery writes what the WAL held into tables
  database_.reset();
  std::size_t bytes = 0;
  for (const fs::path& directory : {unflushed, data()}) {
    for (const fs::path& file : files_below(directory)) {
      const Bytes content = read_file(file);
      bytes += content.size();
      for (std::uint32_t i = 0; i < 10; ++i) {
        EXPECT_FALSE(contains(content, TestChain::patient(i))) << file;
        EXPECT_FALSE(contains(content, TestChain::record(i))) << file;
      }
      EXPECT_FALSE(contains(content, as_bytes("application/fhir+json"))) << file;
    }
  }
  EXPECT_GT(bytes, 10'000U);
}

TEST_F(CrashTest, DamagedBodyIsReportedNotServed) {
  apply_blocks(10);
  crypto::OsRandom random;
  Bytes row_key;
  {
    database_.reset();
    auto keyring = Keyring::open(data() / "keyring", random);
    const auto keys = (*keyring)->find(SubjectRef{TestChain::patient(1), Compartment::kClinical});
    row_key = body_key((*keys)->handle(), {Height{1}, 0}, 0);
  }
  overwrite(Column::kBodies, row_key, Bytes(100, 1));
  database_ = open(data());
  EXPECT_EQ(database_->block(Height{1}).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(database_->results({Height{1}, 0}).error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(database_->block(Height{2}).has_value());
}

TEST_F(CrashTest, SwappedBodiesAreFoundByTheirAssociatedData) {
  apply_blocks(10);
  database_.reset();
  crypto::OsRandom random;
  auto keyring = Keyring::open(data() / "keyring", random);
  const auto keys = (*keyring)->find(SubjectRef{TestChain::patient(1), Compartment::kClinical});
  const Bytes first = body_key((*keys)->handle(), {Height{1}, 0}, 0);
  const Bytes fourth = body_key((*keys)->handle(), {Height{4}, 0}, 0);
  Bytes sealed;
  {
    auto rocks = Rocks::open({data() / "ledger", column_names(), 1 << 20, 1 << 20, 1 << 20});
    sealed = **(*rocks)->get(static_cast<std::size_t>(Column::kBodies), fourth);
  }
  keyring->reset();
  overwrite(Column::kBodies, first, sealed);
  database_ = open(data());
  EXPECT_EQ(database_->block(Height{1}).error().code, ErrorCode::kCorrupt);
}

TEST_F(CrashTest, DamagedBlockNearTheHeadStopsTheStart) {
  apply_blocks(3);
  overwrite(Column::kBlocks, permanent_key({Height{2}, 0}), Bytes{1, 2, 3});
  const auto opened = Database::open(test_options(data()), chain_.genesis());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
}

TEST_F(CrashTest, StateThatDoesNotMatchItsRootStopsTheStart) {
  apply_blocks(1);
  const Bytes page = execution::genesis_state(chain_.genesis()).pages.begin()->second.value();
  overwrite(Column::kState, main_page_key({}), page);
  const auto opened = Database::open(test_options(data()), chain_.genesis());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
}

TEST_F(CrashTest, KeyringOfAnotherDirectoryIsRefused) {
  apply_blocks(1);
  database_.reset();
  const fs::path other = directory_.path() / "other";
  open(other).reset();
  fs::remove_all(data() / "keyring");
  fs::copy(other / "keyring", data() / "keyring", fs::copy_options::recursive);
  const auto opened = Database::open(test_options(data()), chain_.genesis());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
}

using CrashDeathTest = CrashTest;

TEST_F(CrashDeathTest, UnreadableStateStopsTheProcessWithItsExitCode) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  apply_blocks(1);
  const auto key = StateKey::main(KeyKind::kOrganisation, chain_.genesis().organisations[0].id);
  overwrite(Column::kState, main_value_key(key), Bytes{1});
  Options options = test_options(data());
  options.on_fatal = [](std::string_view what) {
    std::fprintf(stderr, "told: %s\n", std::string(what).c_str());
  };
  EXPECT_EXIT(
      {
        const auto opened = Database::open(options, chain_.genesis());
        (void)(*opened)->get(key);
      },
      testing::ExitedWithCode(kStorageFailureExitCode),
      "told: state cannot be read");
}

}  // namespace
}  // namespace galen::storage
