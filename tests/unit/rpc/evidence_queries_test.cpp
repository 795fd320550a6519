#include "rpc/evidence_queries.h"

#include "fake_backend.h"
#include "rpc/ledger_queries.h"
#include "rpc/wire.h"

#include <gtest/gtest.h>

namespace galen::rpc {
namespace {

class EvidenceQueries : public testing::Test {
 protected:
  EvidenceQueries() {
    for (std::uint16_t member = 0; member < 2; ++member) {
      for (std::uint64_t height = 1; height <= 3; ++height) {
        const Signature signature = Signature::from(Bytes(64, 1));
        backend_.kept.index.add(
            {backend_.chain(),
             {Epoch{}, ValidatorIndex{member}, Height{height}, View{1}, ledger::VoteType::kCommit},
             {BlockHash::from(Bytes(32, 1)), signature},
             {BlockHash::from(Bytes(32, 2)), signature}},
            TimeMs{1000 + height});
      }
    }
  }

  [[nodiscard]] v1::ListEvidenceResponse list(const v1::ListEvidenceRequest& request) {
    v1::ListEvidenceResponse response;
    const Status status = list_evidence(backend_, caller_, request, response);
    EXPECT_TRUE(status) << status.error().message;
    return response;
  }

  [[nodiscard]] static ledger::Evidence evidence(const v1::EvidenceItem& item) {
    const auto decoded = ledger::decode_evidence(as_bytes(item.evidence()));
    EXPECT_TRUE(decoded) << decoded.error().message;
    return decoded.value_or(ledger::Evidence{});
  }

  galen::test::FakeBackend backend_;
  Caller caller_{backend_.world.hospitals[1].id};
};

TEST_F(EvidenceQueries, EveryMemberSeesAllOfIt) {
  const auto response = list({});
  ASSERT_EQ(response.items_size(), 6);
  EXPECT_EQ(evidence(response.items(0)).slot.member, ValidatorIndex{0});
  EXPECT_EQ(evidence(response.items(5)).slot.height, Height{3});
  EXPECT_EQ(response.items(5).found_ms(), 1003U);
  EXPECT_EQ(response.dropped(), 3U);
  EXPECT_TRUE(response.page_token().empty());
}

TEST_F(EvidenceQueries, PagesMeetWithoutGapOrOverlap) {
  v1::ListEvidenceRequest request;
  request.set_page_size(2);
  std::vector<std::uint64_t> heights;
  int pages = 0;
  do {
    const auto response = list(request);
    EXPECT_LE(response.items_size(), 2);
    for (const auto& item : response.items()) heights.push_back(evidence(item).slot.height.value);
    request.set_page_token(response.page_token());
    ++pages;
  } while (!request.page_token().empty() && pages < 9);
  EXPECT_EQ(heights, (std::vector<std::uint64_t>{1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(pages, 3) << "no empty page at the end";
}

TEST_F(EvidenceQueries, OneMemberAlone) {
  v1::ListEvidenceRequest request;
  request.set_member(1);
  const auto response = list(request);
  ASSERT_EQ(response.items_size(), 3);
  for (const auto& item : response.items())
    EXPECT_EQ(evidence(item).slot.member, ValidatorIndex{1});
  backend_.kept.index = {};
  EXPECT_EQ(list(request).items_size(), 0);
}

TEST_F(EvidenceQueries, BadRequestsGetOneClearError) {
  v1::ListEvidenceResponse response;
  v1::ListEvidenceRequest request;
  request.set_member(static_cast<std::uint32_t>(backend_.genesis().validators.size()));
  EXPECT_EQ(list_evidence(backend_, caller_, request, response).error().code,
            ErrorCode::kInvalidArgument);
  request.clear_member();
  request.set_page_token("nonsense");
  EXPECT_EQ(list_evidence(backend_, caller_, request, response).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(response.items_size(), 0);
}

TEST_F(EvidenceQueries, OnePieceByItsId) {
  const auto wanted = backend_.kept.index.list(std::nullopt, std::nullopt, 1).front();
  v1::GetEvidenceRequest request;
  v1::GetEvidenceResponse response;
  request.set_id(wire(wanted.id));
  ASSERT_TRUE(get_evidence(backend_, caller_, request, response));
  EXPECT_EQ(evidence(response.item()), wanted.evidence);
  request.set_id(std::string(32, 'x'));
  EXPECT_EQ(get_evidence(backend_, caller_, request, response).error().code, ErrorCode::kNotFound);
  request.set_id("short");
  EXPECT_EQ(get_evidence(backend_, caller_, request, response).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(EvidenceQueries, TheStatusCountsIt) {
  v1::GetStatusResponse status;
  ASSERT_TRUE(get_status(backend_, caller_, {}, status));
  EXPECT_EQ(status.evidence(), 6U);
}

}  // namespace
}  // namespace galen::rpc
