#include "modules/audit/statement_source.h"

#include "crypto/merkle_range.h"
#include "support/statement_sample.h"

#include <gtest/gtest.h>

namespace galen::audit {
namespace {

using support::SampleLog;

StatementRange heights(std::uint64_t from, std::optional<std::uint64_t> to) {
  return {RangeUnit::kHeight, from, to};
}

SampleLog log_of(std::size_t entries) {
  SampleLog log(support::sample_genesis());
  for (std::size_t i = 0; i < entries; ++i) log.add_at(10 + 2 * i);
  return log;
}

LogStretch stretch_of(const SampleLog& log, const StatementRange& range) {
  return *find_stretch(log.state(), log.patient(), range);
}

TEST(StatementSource, AStretchHasItsNeighbours) {
  const SampleLog log = log_of(5);  // heights 10, 12, 14, 16, 18
  EXPECT_EQ(stretch_of(log, heights(12, 15)), (LogStretch{0, 4}));
  EXPECT_EQ(stretch_of(log, heights(0, std::nullopt)), (LogStretch{0, 5}));
  EXPECT_EQ(stretch_of(log, heights(11, 12)), (LogStretch{0, 2}));  // nothing inside
  EXPECT_EQ(stretch_of(log, heights(0, 10)), (LogStretch{0, 1}));
  EXPECT_EQ(stretch_of(log, heights(19, 30)), (LogStretch{4, 5}));
  EXPECT_EQ(stretch_of(log, heights(18, std::nullopt)), (LogStretch{3, 5}));
  EXPECT_EQ(stretch_of(log_of(0), heights(0, 100)), (LogStretch{0, 0}));
}

TEST(StatementSource, PathsFromFrontierAndEntriesAreThoseOfTheWholeTree) {
  for (const std::size_t size : {1U, 2U, 7U, 8U, 13U, 21U}) {
    const SampleLog log = log_of(size);
    std::vector<Digest> leaves;
    for (const Bytes& bytes : log.bytes()) leaves.push_back(crypto::merkle_leaf(bytes));
    for (std::uint64_t first = 0; first < size; ++first) {
      for (std::uint64_t last = first + 1; last <= size; ++last) {
        ASSERT_EQ(*stretch_path(log.state(), log.patient(), {first, last}),
                  crypto::merkle_range_path(leaves, first, last))
            << first << ".." << last << "/" << size;
      }
    }
  }
}

/// A state whose log has lost its keys but for the range.
class WithoutEntries final : public execution::StateReader {
 public:
  explicit WithoutEntries(const execution::StateReader& whole) : whole_(whole) {}

  [[nodiscard]] std::optional<Bytes> get(const ledger::StateKey& key) const override {
    if (key.kind == ledger::KeyKind::kAccess) return std::nullopt;
    return whole_.get(key);
  }

  void scan(const ledger::TreeId& tree,
            ledger::KeyKind kind,
            const std::function<bool(BytesView, BytesView)>& visit) const override {
    whole_.scan(tree, kind, visit);
  }

  [[nodiscard]] std::optional<PatientId> subject_at(const SubjectPath& path,
                                                    ledger::TreeKind compartment) const override {
    return whole_.subject_at(path, compartment);
  }

 private:
  const execution::StateReader& whole_;
};

TEST(StatementSource, ALogErasedUnderItsReaderIsNotFound) {
  const SampleLog log = log_of(13);
  const WithoutEntries state(log.state());
  EXPECT_EQ(find_stretch(state, log.patient(), heights(12, 15)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(stretch_path(state, log.patient(), {3, 5}).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(list_access(state, log.patient(), 0, 5).empty());
}

TEST(StatementSource, MoreEntriesThanAStatementHoldsAreTooLarge) {
  SampleLog log(support::sample_genesis());
  for (std::size_t i = 0; i < kMaxStatementEntries + 1; ++i) log.add_at(10 + i);
  const auto whole = find_stretch(log.state(), log.patient(), heights(0, std::nullopt));
  ASSERT_FALSE(whole);
  EXPECT_EQ(whole.error().code, ErrorCode::kTooLarge);
  // All but the last: with it as neighbour they would be too many.
  EXPECT_FALSE(find_stretch(log.state(), log.patient(), heights(0, 10 + kMaxStatementEntries)));
  EXPECT_TRUE(find_stretch(log.state(), log.patient(), heights(0, 9 + kMaxStatementEntries)));
}

}  // namespace
}  // namespace galen::audit
