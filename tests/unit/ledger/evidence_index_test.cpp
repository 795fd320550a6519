#include "ledger/evidence_index.h"

#include "base/limits.h"

#include <gtest/gtest.h>

namespace galen::ledger {
namespace {

using Verdict = EvidenceIndex::Verdict;

BlockHash hash(std::uint8_t fill) {
  return BlockHash::from(Bytes(32, fill));
}

/// Nobody's signatures: what is stored was verified before.
Evidence evidence_at(std::uint16_t member, std::uint64_t height, std::uint64_t epoch = 0) {
  const Signature signature = Signature::from(Bytes(64, 1));
  return {ChainId{},
          {Epoch{epoch}, ValidatorIndex{member}, Height{height}, View{2}, VoteType::kCommit},
          {hash(1), signature},
          {hash(2), signature}};
}

TEST(EvidenceIndex, ASlotIsKeptOnce) {
  EvidenceIndex index;
  EXPECT_EQ(index.judge(evidence_at(1, 1).slot), Verdict::kNew);
  index.add(evidence_at(1, 1), TimeMs{5});
  EXPECT_EQ(index.judge(evidence_at(1, 1).slot), Verdict::kKnown);
  EXPECT_EQ(index.judge(evidence_at(1, 2).slot), Verdict::kNew);
  EXPECT_EQ(index.judge(evidence_at(2, 1).slot), Verdict::kNew);
}

TEST(EvidenceIndex, AMemberHasAShareInEachEpoch) {
  EvidenceIndex index;
  for (std::size_t i = 0; i < limits::kMaxEvidencePerMember; ++i) {
    ASSERT_EQ(index.judge(evidence_at(1, i + 1).slot), Verdict::kNew) << i;
    index.add(evidence_at(1, i + 1), {});
  }
  EXPECT_EQ(index.judge(evidence_at(1, 999).slot), Verdict::kFull);
  EXPECT_EQ(index.judge(evidence_at(1, 1).slot), Verdict::kKnown);
  EXPECT_EQ(index.judge(evidence_at(2, 999).slot), Verdict::kNew) << "its own share";
  EXPECT_EQ(index.judge(evidence_at(1, 999, 1).slot), Verdict::kNew) << "another epoch";
}

TEST(EvidenceIndex, EndsAtTheTotal) {
  EvidenceIndex index;
  for (std::size_t i = 0; i < limits::kMaxEvidence; ++i) {
    const auto member = static_cast<std::uint16_t>(i / limits::kMaxEvidencePerMember);
    const auto piece = evidence_at(member, i % limits::kMaxEvidencePerMember + 1);
    ASSERT_EQ(index.judge(piece.slot), Verdict::kNew) << i;
    index.add(piece, {});
  }
  EXPECT_EQ(index.size(), limits::kMaxEvidence);
  EXPECT_EQ(index.judge(evidence_at(99, 1).slot), Verdict::kFull);
}

TEST(EvidenceIndex, ListsInOrderByPageAndMember) {
  EvidenceIndex index;
  for (const auto& [member, height] : {std::pair{2, 1}, {0, 7}, {2, 5}, {0, 3}})
    index.add(evidence_at(static_cast<std::uint16_t>(member), static_cast<std::uint64_t>(height)),
              {});
  const auto first = index.list(std::nullopt, std::nullopt, 3);
  ASSERT_EQ(first.size(), 3U);
  EXPECT_EQ(first[0].evidence, evidence_at(0, 3));
  EXPECT_EQ(first[2].evidence, evidence_at(2, 1));
  const auto rest = index.list(first.back().evidence.slot, std::nullopt, 3);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].evidence, evidence_at(2, 5));
  EXPECT_EQ(index.list(std::nullopt, ValidatorIndex{2}, 9).size(), 2U);
  EXPECT_TRUE(index.list(std::nullopt, ValidatorIndex{1}, 9).empty());
  EXPECT_EQ(index.find(rest[0].id)->evidence, rest[0].evidence);
  EXPECT_FALSE(index.find({}));
}

}  // namespace
}  // namespace galen::ledger
