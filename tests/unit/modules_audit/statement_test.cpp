#include "modules/audit/statement.h"

#include "crypto/digest.h"
#include "support/statement_sample.h"

#include <gtest/gtest.h>

namespace galen::audit {
namespace {

using support::SampleLog;

const ledger::Genesis kGenesis = support::sample_genesis();

StatementRange heights(std::uint64_t from, std::optional<std::uint64_t> to) {
  return {RangeUnit::kHeight, from, to};
}

/// Blocks 2, 2, 3, 5, 5, 5, 6, ... : several entries in a block, and blocks without any.
SampleLog sample_log(std::size_t entries) {
  constexpr std::uint64_t kHeights[] = {2, 2, 3, 5, 5, 5, 6, 6, 7};
  SampleLog log(kGenesis);
  for (std::size_t i = 0; i < entries; ++i) log.add_at(kHeights[i]);
  return log;
}

/// All entries of the range, by the dumbest means.
std::vector<StatementEntry> naive(const SampleLog& log, const StatementRange& range) {
  std::vector<StatementEntry> found;
  for (std::size_t i = 0; i < log.entries().size(); ++i) {
    const AccessEntry& entry = log.entries()[i];
    const std::uint64_t at =
        range.unit == RangeUnit::kHeight ? entry.height.value : entry.time.value;
    if (at >= range.from && (!range.to || at < *range.to)) found.push_back({i, entry});
  }
  return found;
}

template <class Visit>
void for_every_range(Visit&& visit) {
  for (std::uint64_t from = 0; from <= 9; ++from) {
    for (std::uint64_t to = from + 1; to <= 10; ++to) visit(heights(from, to));
    visit(heights(from, std::nullopt));
    const std::uint64_t ms = 1'700'000'000'000 + 1000 * from;
    visit(StatementRange{RangeUnit::kTime, ms, std::nullopt});
    visit(StatementRange{RangeUnit::kTime, ms, ms + 1});
    visit(StatementRange{RangeUnit::kTime, ms - 500, ms + 2500});
  }
}

void expect_refused(const Statement& statement, const std::string& why) {
  const auto proven = verify(statement, kGenesis);
  ASSERT_FALSE(proven) << why;
  EXPECT_NE(proven.error().message.find(why), std::string::npos) << proven.error().message;
}

TEST(Statement, EveryRangeIsProvenWithAllItsEntries) {
  for (std::size_t size = 0; size <= 9; ++size) {
    const SampleLog log = sample_log(size);
    for_every_range([&](const StatementRange& range) {
      const auto decoded = decode_statement(encode(log.statement(range)));
      ASSERT_TRUE(decoded) << decoded.error().message;
      const auto proven = verify(*decoded, kGenesis);
      ASSERT_TRUE(proven) << proven.error().message;
      EXPECT_EQ(proven->entries, naive(log, range));
      EXPECT_EQ(proven->log_size, size);
      EXPECT_EQ(proven->log, log.patient());
      EXPECT_EQ(proven->height, Height{7});
    });
  }
}

// Whoever omits entries may choose any stretch and its true path.
TEST(Statement, NoOtherStretchOfTheLogPasses) {
  const SampleLog log = sample_log(9);
  for_every_range([&](const StatementRange& range) {
    const LogStretch right = *find_stretch(log.state(), log.patient(), range);
    for (std::uint64_t first = 0; first < 9; ++first) {
      for (std::uint64_t last = first + 1; last <= 9; ++last) {
        const LogStretch stretch{first, last};
        ASSERT_EQ(verify(log.statement(range, stretch), kGenesis).has_value(), stretch == right)
            << first << ".." << last;
      }
    }
    Statement none = log.statement(range);
    none.entries.clear();
    none.path.clear();
    ASSERT_FALSE(verify(none, kGenesis));
  });
}

TEST(Statement, AnOmittedChangedOrSwappedEntryFails) {
  const SampleLog log = sample_log(9);
  const Statement whole = log.statement(heights(3, 7));
  ASSERT_EQ(whole.entries.size(), 8U);
  for (std::size_t i = 0; i < whole.entries.size(); ++i) {
    Statement omitted = whole;
    omitted.entries.erase(omitted.entries.begin() + static_cast<long>(i));
    expect_refused(omitted, "not this stretch");
    omitted.first += 1;
    expect_refused(omitted, "not this stretch");
    Statement changed = whole;
    changed.entries[i].back() ^= 1U;
    expect_refused(changed, "not this stretch");
    Statement twice = whole;
    twice.entries.insert(twice.entries.begin() + static_cast<long>(i), whole.entries[i]);
    expect_refused(twice, "not this stretch");
  }
  Statement swapped = whole;
  std::swap(swapped.entries[1], swapped.entries[2]);
  expect_refused(swapped, "not this stretch");
}

TEST(Statement, SaysWhyACutStretchIsRefused) {
  const SampleLog log = sample_log(9);
  expect_refused(log.statement(heights(3, 7), {2, 9}), "earlier entries may be missing");
  expect_refused(log.statement(heights(3, 7), {1, 8}), "later entries may be missing");
  expect_refused(log.statement(heights(3, 7), {0, 9}), "nothing needs");
}

TEST(Statement, AbsenceIsOnlyForLogsThatAreNotThere) {
  const SampleLog empty = sample_log(0);
  const auto proven = verify(empty.statement(heights(0, std::nullopt)), kGenesis);
  ASSERT_TRUE(proven) << proven.error().message;
  EXPECT_EQ(proven->log_size, 0U);
  Statement with_entry = empty.statement(heights(0, 5));
  with_entry.entries = {sample_log(1).bytes().front()};
  expect_refused(with_entry, "absent");
  Statement hidden = sample_log(1).statement(heights(0, 5));
  hidden.entries.clear();
  hidden.path.clear();
  expect_refused(hidden, "not this stretch");
}

TEST(Statement, TheStateProofIsOfAnAccessLog) {
  const SampleLog log = sample_log(3);
  Statement other = log.statement(heights(0, 5));
  const auto entry_key = AccessEntry::key(log.patient(), 0);
  other.state = support::prove_single_leaf(kGenesis, entry_key, log.bytes().front(), entry_key);
  expect_refused(other, "not of an access log");
  other = log.statement(heights(0, 5));
  other.state.key = access_range_key(support::filled_id<PatientId>(8));
  expect_refused(other, "proof");
}

TEST(Statement, AnUncertifiedHeaderOrAnotherChainIsRefused) {
  const SampleLog log = sample_log(3);
  Statement changed = log.statement(heights(0, 5));
  changed.state.header.height = Height{8};
  expect_refused(changed, "certificate");
  ledger::Genesis other = kGenesis;
  other.name = "another";
  const auto proven = verify(log.statement(heights(0, 5)), other);
  ASSERT_FALSE(proven);
  EXPECT_EQ(proven.error().code, ErrorCode::kWrongChain);
}

TEST(Statement, ALogOutOfBlockOrderIsRefused) {
  SampleLog log(kGenesis);
  for (const std::uint64_t height : {2, 5, 3}) log.add_at(height);
  expect_refused(log.statement(heights(0, 9), {0, 3}), "order");
}

TEST(Statement, SaysWhetherLaterBlocksMayAddEntries) {
  const SampleLog log = sample_log(9);
  const auto grows = [&](const StatementRange& range) {
    return verify(log.statement(range), kGenesis)->may_grow;
  };
  EXPECT_FALSE(grows(heights(2, 8)));  // the block is 7
  EXPECT_TRUE(grows(heights(2, 9)));
  EXPECT_TRUE(grows(heights(2, std::nullopt)));
  const std::uint64_t block_time = log.proof().header.time.value;
  EXPECT_FALSE(grows({RangeUnit::kTime, 0, block_time + 1}));
  EXPECT_TRUE(grows({RangeUnit::kTime, 0, block_time + 2}));
}

TEST(StatementFile, EveryChangedByteIsRefused) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}}) {
    const Bytes whole = encode(sample_log(size).statement(heights(3, 6)));
    for (std::size_t i = 0; i < whole.size(); ++i) {
      for (const unsigned bit : {0x01U, 0x80U}) {
        Bytes changed = whole;
        changed[i] = static_cast<std::uint8_t>(changed[i] ^ bit);
        ASSERT_FALSE(decode_statement(changed)) << "byte " << i;
      }
    }
  }
}

// A checksum holds nobody back: with a fitting one, a changed file may at most tell another truth.
TEST(StatementFile, AChangedByteWithAFittingChecksumTellsNoLie) {
  const SampleLog log = sample_log(5);
  const Bytes whole = encode(log.statement(heights(3, 6)));
  const std::size_t size = whole.size() - Digest::kSize;
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < size; ++i) {
    Bytes changed(whole.begin(), whole.begin() + static_cast<long>(size));
    changed[i] ^= 1U;
    const Digest checksum = crypto::tagged("audit-statement", BytesView(changed));
    changed.insert(changed.end(), checksum.value.begin(), checksum.value.end());
    const auto decoded = decode_statement(changed);
    if (!decoded) continue;
    const auto proven = verify(*decoded, kGenesis);
    if (!proven) continue;
    ++accepted;
    ASSERT_EQ(proven->entries, naive(log, decoded->range)) << "byte " << i;
    ASSERT_EQ(proven->log, log.patient()) << "byte " << i;
  }
  EXPECT_LE(accepted, 17U);  // the bytes of the range
}

TEST(StatementFile, TruncatedAndLengthenedAreRefused) {
  const Bytes whole = encode(sample_log(5).statement(heights(3, 6)));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ASSERT_FALSE(decode_statement(BytesView(whole).first(size))) << size;
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_FALSE(decode_statement(longer));
}

TEST(StatementFile, AnEmptyRangeDoesNotDecode) {
  const SampleLog log = sample_log(3);
  Statement statement = log.statement(heights(3, 6));
  statement.range.to = 3;
  EXPECT_FALSE(decode_statement(encode(statement)));
  EXPECT_FALSE(verify(statement, kGenesis));
  statement.range = {RangeUnit::kTime, kMaxCounter + 1, std::nullopt};
  EXPECT_FALSE(decode_statement(encode(statement)));
}

}  // namespace
}  // namespace galen::audit
