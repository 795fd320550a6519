#include "storage/emergency/emergency_journal.h"

#include "base/hex.h"
#include "storage/emergency/emergency_record.h"
#include "support/health_world.h"
#include "support/strict_codec.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdlib.h>

namespace galen::storage {
namespace {

using test::test_id;

class CountingRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override {
    ++count_;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::uint8_t>(count_ >> (8 * (i % 4)));
    }
  }

 private:
  std::uint32_t count_ = 0;
};

/// The machine's disk until it is told to fail.
class FailingDisk final : public Disk {
 public:
  class File final : public DiskFile {
   public:
    File(std::unique_ptr<DiskFile> file, const FailingDisk& disk)
        : file_(std::move(file)), disk_(disk) {}

    Status write_at(BytesView bytes, std::uint64_t offset) override {
      if (disk_.writes_fail) return fail(ErrorCode::kIo, "disk full");
      return file_->write_at(bytes, offset);
    }

    Status sync() override {
      if (disk_.syncs_fail) return fail(ErrorCode::kIo, "cannot sync");
      if (disk_.skips_syncs) return {};
      return file_->sync();
    }

    Result<Bytes> read_all() override { return file_->read_all(); }

   private:
    std::unique_ptr<DiskFile> file_;
    const FailingDisk& disk_;
  };

  Result<std::unique_ptr<DiskFile>> create_file(const std::filesystem::path& path) override {
    GALEN_TRY(auto file, system_disk().create_file(path));
    return std::make_unique<File>(std::move(file), *this);
  }

  Result<std::unique_ptr<DiskFile>> open_file(const std::filesystem::path& path) override {
    GALEN_TRY(auto file, system_disk().open_file(path));
    return std::make_unique<File>(std::move(file), *this);
  }

  Status make_directory(const std::filesystem::path& path) override {
    return system_disk().make_directory(path);
  }

  Status sync_directory(const std::filesystem::path& path) override {
    return system_disk().sync_directory(path);
  }

  bool writes_fail = false;
  bool syncs_fail = false;
  bool skips_syncs = false;  ///< where thousands of entries are written
};

EmergencyRecord record(policy::Reason reason = policy::Reason::kBreakGlass) {
  EmergencyRecord r;
  r.entry.declaration = test_id<DeclarationId>(1);
  r.entry.request.request = test_id<RequestId>(2);
  r.entry.request.person = test_id<AccountId>(3);
  r.entry.request.organisation = test_id<AccountId>(4);
  r.entry.request.patient = test_id<PatientId>(5);
  r.entry.request.records = {test_id<RecordId>(6)};
  r.entry.request.purpose = "BTG";
  r.entry.request.recipient_key = test::test_key(1).public_key();
  r.entry.request.expiry = TimeMs{2000};
  r.entry.reasons = {static_cast<std::uint8_t>(reason)};
  r.entry.state_height = Height{7};
  r.entry.time = TimeMs{1000};
  r.authorisation.account = test_id<AccountId>(3);
  r.authorisation.signature.value[31] = 1;
  r.authorisation.signature.value[63] = 1;
  r.declaration.person = test_id<AccountId>(3);
  r.declaration.to = TimeMs{5000};
  r.declared_by = r.authorisation;
  return r;
}

class EmergencyJournalTest : public ::testing::Test {
 protected:
  EmergencyJournalTest() {
    std::string name = (std::filesystem::temp_directory_path() / "galen-journal-XXXXXX").string();
    CHECK(::mkdtemp(name.data()) != nullptr, "a temporary directory");
    parent = name;
    options.directory = parent / "emergency";
    options.chain = test_id<ChainId>(8);
    options.organisation = test_id<AccountId>(9);
  }

  ~EmergencyJournalTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(parent, ignored);
  }

  std::unique_ptr<EmergencyJournal> open() {
    auto journal = EmergencyJournal::open(options, random, disk);
    CHECK(journal.has_value(), "a journal that opens");
    return *std::move(journal);
  }

  /// `count` entries, closed again.
  EmergencyJournalState fill(std::size_t count) {
    const auto journal = open();
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_TRUE(journal->append(record(), true).has_value());
    }
    return journal->state();
  }

  [[nodiscard]] std::filesystem::path path() const { return options.directory / "journal"; }

  [[nodiscard]] Bytes content() const {
    std::ifstream file(path(), std::ios::binary);
    return to_bytes(std::string(std::istreambuf_iterator<char>(file), {}));
  }

  void write(BytesView bytes) const {
    std::ofstream file(path(), std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }

  std::filesystem::path parent;
  EmergencyJournalOptions options;
  CountingRandom random;
  FailingDisk disk;
};

TEST_F(EmergencyJournalTest, EntriesAreNumberedAndLinked) {
  const auto journal = open();
  EXPECT_EQ(journal->state().last, 0U);
  EXPECT_TRUE(journal->state().head.is_zero());
  const auto first = journal->append(record(), true);
  const auto second = journal->append(record(policy::Reason::kEmergencyExpired), false);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->record.entry.number, 1U);
  EXPECT_TRUE(first->record.entry.previous.is_zero());
  EXPECT_EQ(second->record.entry.number, 2U);
  EXPECT_EQ(second->record.entry.previous, first->hash);
  EXPECT_EQ(second->hash, ledger::journal_entry_hash(options.chain, second->record.entry));
  EXPECT_NE(first->record.entry.salt, second->record.entry.salt);
  EXPECT_EQ(journal->state().head, second->hash);
}

TEST_F(EmergencyJournalTest, EverythingIsThereAfterARestart) {
  const auto before = fill(3);
  const auto journal = open();
  EXPECT_FALSE(journal->incident());
  EXPECT_EQ(journal->state().journal, before.journal);
  EXPECT_EQ(journal->state().head, before.head);
  ASSERT_EQ(journal->list(2, 9).size(), 2U);
  EXPECT_EQ(journal->list(2, 1).front().record.entry.number, 2U);
  EXPECT_EQ(journal->append(record(), true)->record.entry.number, 4U);
}

TEST_F(EmergencyJournalTest, OneProcessAtATime) {
  const auto journal = open();
  const auto other = EmergencyJournal::open(options, random, disk);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(EmergencyJournalTest, ATornLastFrameIsCutOffAtEveryByte) {
  const auto two = fill(2);
  const Bytes whole = content();
  fill(1);
  const Bytes longer = content();
  for (std::size_t size = whole.size(); size < longer.size(); ++size) {
    write(BytesView(longer.data(), size));
    const auto journal = open();
    ASSERT_FALSE(journal->incident()) << "cut to " << size << ": " << *journal->incident();
    ASSERT_EQ(journal->state().head, two.head) << "cut to " << size;
    if (size % 64 == 0) {
      ASSERT_EQ(journal->append(record(), true)->record.entry.number, 3U);
    }
  }
}

TEST_F(EmergencyJournalTest, ALastFrameThatWasWrittenInPartIsCutOff) {
  const auto two = fill(2);
  const std::size_t whole = content().size();
  fill(1);
  const Bytes longer = content();
  for (std::size_t at = whole; at < longer.size(); ++at) {
    Bytes torn = longer;
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(at), torn.end(), 0);
    if (torn == longer) continue;
    write(torn);
    const auto journal = open();
    ASSERT_FALSE(journal->incident()) << "zeros from " << at;
    ASSERT_EQ(journal->state().head, two.head);
  }
}

TEST_F(EmergencyJournalTest, AChangedByteBeforeTheEndIsAnIncident) {
  const auto before = fill(2);
  const Bytes two = content();
  fill(1);
  const Bytes whole = content();
  for (std::size_t at = 0; at < two.size(); at += 7) {
    Bytes changed = whole;
    changed[at] ^= 0x40U;
    write(changed);
    const auto journal = open();
    ASSERT_TRUE(journal->incident()) << "byte " << at;
    EXPECT_NE(journal->state().journal, before.journal);
    EXPECT_EQ(journal->state().last, 0U);
    std::filesystem::remove_all(options.directory);
    std::filesystem::create_directory(options.directory);
  }
}

TEST_F(EmergencyJournalTest, ALostOneIsNamedByItsSuccessorAndKept) {
  const auto before = fill(2);
  Bytes changed = content();
  changed[EmergencyHeader::kBytes + 30] ^= 1U;
  write(changed);
  const auto journal = open();
  EXPECT_EQ(journal->state().follows, before.journal);
  EXPECT_TRUE(std::filesystem::exists(options.directory / "journal.damaged-1"));
}

TEST_F(EmergencyJournalTest, AJournalBehindTheLedgerIsAnIncident) {
  const auto before = fill(2);
  options.anchored = AnchoredHead{before.journal, 2, before.head};
  EXPECT_FALSE(open()->incident());
  options.anchored = AnchoredHead{before.journal, 3, test_id<Digest>(1)};
  const auto journal = open();
  EXPECT_TRUE(journal->incident());
  EXPECT_EQ(journal->state().follows, before.journal);
}

TEST_F(EmergencyJournalTest, AJournalThatContradictsTheLedgerIsAnIncident) {
  const auto before = fill(2);
  options.anchored = AnchoredHead{before.journal, 2, test_id<Digest>(1)};
  EXPECT_TRUE(open()->incident());
}

TEST_F(EmergencyJournalTest, AMissingJournalThatTheLedgerKnowsIsAnIncident) {
  options.anchored = AnchoredHead{test_id<JournalId>(3), 2, test_id<Digest>(1)};
  {
    const auto journal = open();
    EXPECT_TRUE(journal->incident());
    EXPECT_EQ(journal->state().follows, test_id<JournalId>(3));
  }
  // The successor, not anchored yet, is no incident of its own.
  EXPECT_FALSE(open()->incident());
}

TEST_F(EmergencyJournalTest, AnotherNodesJournalIsRefused) {
  fill(1);
  options.organisation = test_id<AccountId>(1);
  const auto journal = EmergencyJournal::open(options, random, disk);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::kWrongChain);
}

TEST_F(EmergencyJournalTest, NothingCountsThatWasNotSynced) {
  const auto journal = open();
  disk.syncs_fail = true;
  EXPECT_EQ(journal->append(record(), true).error().code, ErrorCode::kIo);
  disk.syncs_fail = false;
  // There is no second try: what the disk holds is unknown (DUR-5).
  EXPECT_EQ(journal->append(record(), true).error().code, ErrorCode::kIo);
  EXPECT_EQ(journal->state().last, 0U);
}

TEST_F(EmergencyJournalTest, AFailedWriteIsRefused) {
  const auto journal = open();
  disk.writes_fail = true;
  EXPECT_EQ(journal->append(record(), true).error().code, ErrorCode::kIo);
}

TEST_F(EmergencyJournalTest, DroppedEntriesLeaveTheFileAndNumbersGoOn) {
  EmergencyJournalState before;
  {
    const auto journal = open();
    auto named = record();
    named.entry.request.patient = test_id<PatientId>(99);
    ASSERT_TRUE(journal->append(named, true));
    ASSERT_TRUE(journal->append(record(), true));
    before = journal->state();
    ASSERT_TRUE(journal->drop(1));
    EXPECT_EQ(journal->list(0, 9).size(), 1U);
    ASSERT_TRUE(journal->append(record(), true));
  }
  const auto patient = test_id<PatientId>(99);
  const Bytes file = content();
  EXPECT_EQ(std::search(file.begin(), file.end(), patient.value.begin(), patient.value.end()),
            file.end());
  options.anchored = AnchoredHead{before.journal, 2, before.head};
  const auto journal = open();
  EXPECT_FALSE(journal->incident());
  EXPECT_EQ(journal->state().last, 3U);
  EXPECT_EQ(journal->state().dropped, 1U);
  ASSERT_TRUE(journal->drop(3));
  EXPECT_EQ(journal->append(record(), true)->record.entry.number, 4U);
}

TEST_F(EmergencyJournalTest, RefusalsLeaveRoomForReleases) {
  const auto journal = open();
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(journal->append(record(policy::Reason::kNoConsent), false));
  }
  static_assert(kMaxRefusedEmergencies < kMaxEmergencyEntries);
  ASSERT_TRUE(journal->drop(3));
  EXPECT_EQ(journal->state().last, 3U);
}

TEST_F(EmergencyJournalTest, NobodyFillsItAlone) {
  disk.skips_syncs = true;
  const auto asker = record().entry.request.organisation;
  auto others = record(policy::Reason::kNoConsent);
  others.entry.request.organisation = test_id<AccountId>(10);
  {
    const auto journal = open();
    for (std::size_t i = 0; i < kMaxRefusedOfOne; ++i) {
      ASSERT_TRUE(journal->append(record(policy::Reason::kNoConsent), false)) << i;
    }
    const auto more = journal->append(record(policy::Reason::kNoConsent), false);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code, ErrorCode::kResourceExhausted);
    EXPECT_NE(more.error().message.find("share"), std::string::npos) << more.error().message;
    EXPECT_TRUE(journal->append(others, false));
    EXPECT_TRUE(journal->takes_releases_to(asker));
  }
  // What it holds counts, whoever wrote it when.
  const auto journal = open();
  EXPECT_EQ(journal->append(record(policy::Reason::kNoConsent), false).error().code,
            ErrorCode::kResourceExhausted);
  for (std::size_t i = kMaxRefusedOfOne; i < kMaxEmergenciesOfOne; ++i) {
    ASSERT_TRUE(journal->append(record(), true)) << i;
  }
  EXPECT_EQ(journal->append(record(), true).error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(journal->takes_releases_to(asker).error().code, ErrorCode::kResourceExhausted);
  EXPECT_TRUE(journal->takes_releases_to(others.entry.request.organisation));
  // What is anchored and logged makes room.
  ASSERT_TRUE(journal->drop(1));
  EXPECT_TRUE(journal->append(record(policy::Reason::kNoConsent), false));
}

TEST_F(EmergencyJournalTest, ABrokenOneTakesNoReleases) {
  const auto journal = open();
  const auto asker = record().entry.request.organisation;
  EXPECT_TRUE(journal->takes_releases_to(asker));
  disk.writes_fail = true;
  EXPECT_FALSE(journal->append(record(), true));
  EXPECT_EQ(journal->takes_releases_to(asker).error().code, ErrorCode::kIo);
}

TEST_F(EmergencyJournalTest, OnlyItsOwnReleasesTakeAnOrganisationsPlaces) {
  const auto journal = open();
  auto released = record();
  const auto organisation = released.entry.request.organisation;
  released.declaration.organisation = organisation;
  ASSERT_TRUE(journal->append(released, true));
  released.declaration.declaration = test_id<DeclarationId>(2);
  released.entry.request.organisation = test_id<AccountId>(10);
  ASSERT_TRUE(journal->append(released, true));
  EXPECT_EQ(journal->declared_by(organisation).size(), 1U);
  EXPECT_TRUE(journal->declared_by(test_id<AccountId>(10)).empty());
}

TEST(EmergencyRecordTest, DecodesStrictly) {
  auto value = record();
  value.entry.journal = test_id<JournalId>(1);
  test::expect_strict(value);
}

TEST(EmergencyRecordTest, TheLayoutIsFrozen) {
  const EmergencyHeader header{test_id<ChainId>(1),
                               test_id<AccountId>(2),
                               test_id<JournalId>(3),
                               test_id<JournalId>(4),
                               5,
                               test_id<Digest>(6)};
  EXPECT_EQ(header.encode().size(), EmergencyHeader::kBytes);
  EXPECT_EQ(*EmergencyHeader::decode(header.encode()), header);
  const Bytes frame = encode_frame(test_id<JournalId>(3), 7, to_bytes("record"));
  crypto::Hasher whole("test-layout");
  whole.bytes(header.encode()).bytes(frame).bytes(record().encode());
  EXPECT_EQ(to_hex(whole.finish()),
            "8c69e4c1b358b2b3a68dac10e0518d2bd4ce7d5d1b89eee4fca182be17aa7bb8");
}

}  // namespace
}  // namespace galen::storage
