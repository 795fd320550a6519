// The light client against a node that says whatever it likes.
#include "client/light_client.h"

#include "base/hex.h"
#include "client/state_file.h"
#include "client_fixture.h"
#include "ledger/fail_stop.h"

namespace galen::client {
namespace {

class LightClientTest : public ClientTest {
 protected:
  LightClientTest() { serve(chain_); }

  void serve(const HonestChain& chain) {
    own_.script = [&chain](const v1::WatchRequest& request) { return chain.answer(request); };
  }

  Result<FollowEnd> follow() {
    FollowOptions options;
    options.state_file = path("head");
    options.to_head = true;
    heights_.clear();
    return follow_headers(*session_, options, [this](const HeaderView& header) {
      heights_.push_back(header.height);
      return true;
    });
  }

  void expect_head(std::uint64_t height) {
    const auto bytes = read_state_file(path("head"));
    ASSERT_TRUE(bytes && bytes->has_value());
    EXPECT_EQ(ledger::CertifiedHeader::decode(**bytes)->header.height, Height{height});
  }

  HonestChain chain_{genesis_, 4};
  std::vector<std::uint64_t> heights_;
};

TEST_F(LightClientTest, FollowsFromGenesisAndResumesAtItsTrustedHead) {
  const auto end = follow();
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(heights_, (std::vector<std::uint64_t>{1, 2, 3, 4}));
  EXPECT_EQ(end->height, 4U);
  EXPECT_EQ(end->hash, to_hex(ledger::block_hash(chain_.at(4).header)));
  EXPECT_TRUE(own_.requests.back().headers_only());
  expect_head(4);

  chain_.grow();
  ASSERT_TRUE(follow());
  EXPECT_EQ(heights_, (std::vector<std::uint64_t>{5}));
  const auto asked = ledger::EventCursor::decode(as_bytes(own_.requests.back().cursor()));
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->height, Height{4}) << "the trusted head is asked for again";
  EXPECT_EQ(asked->index, 0U);
  expect_head(5);
}

TEST_F(LightClientTest, RefusesAForkAtItsTrustedHeadWithEvidence) {
  ASSERT_TRUE(follow());
  HonestChain fork(genesis_, 3);
  auto other = fork.next();
  other.state_root.value.fill(0xee);
  fork.grow(other);
  serve(fork);
  const auto end = follow();
  ASSERT_TRUE(end) << end.error().message;
  ASSERT_TRUE(end->fork);
  EXPECT_EQ(end->fork->certificates.size(), 2U);
  EXPECT_FALSE(end->fork->in_both.empty());
  EXPECT_EQ(end->hash, to_hex(ledger::block_hash(chain_.at(4).header))) << "the head stands";
  const auto bytes = read_state_file(end->evidence_file);
  ASSERT_TRUE(bytes && bytes->has_value());
  EXPECT_TRUE(ledger::verify(*ledger::decode_fail_stop(**bytes), genesis_));
  expect_head(4);
}

TEST_F(LightClientTest, RefusesACertifiedBlockOnAnotherParent) {
  HonestChain fork(genesis_, 2);
  auto other = fork.next();
  other.parent.value.fill(0xee);
  fork.grow(other);
  serve(fork);
  const auto end = follow();
  ASSERT_TRUE(end) << end.error().message;
  ASSERT_TRUE(end->fork);
  EXPECT_EQ(heights_, (std::vector<std::uint64_t>{1, 2}));
  expect_head(2);
}

TEST_F(LightClientTest, RefusesWhatIsNotCertifiedAndKeepsWhatIs) {
  own_.script = [this](const v1::WatchRequest& request) {
    auto answer = chain_.answer(request);
    auto forged = chain_.at(3);
    forged.header.state_root.value[0] ^= 1U;
    answer.events[3].mutable_block()->set_header(to_string(ledger::encode(forged.header)));
    answer.events[3].set_block_hash(to_string(ledger::block_hash(forged.header)));
    return answer;
  };
  const auto end = follow();
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::kCorrupt) << end.error().message;
  expect_head(2);
}

TEST_F(LightClientTest, RefusesHeadersThatAreMissing) {
  own_.script = [this](const v1::WatchRequest& request) {
    auto answer = chain_.answer(request);
    for (auto& event : answer.events) event.mutable_block()->clear_header();
    return answer;
  };
  EXPECT_EQ(follow().error().code, ErrorCode::kCorrupt);
}

TEST_F(LightClientTest, ADamagedOrForeignStateFileIsRefused) {
  ASSERT_TRUE(follow());
  Bytes bytes = **read_state_file(path("head"));
  bytes[bytes.size() / 2] ^= 1U;
  ASSERT_TRUE(replace_state_file(path("head"), bytes));
  EXPECT_EQ(follow().error().code, ErrorCode::kCorrupt);
  ledger::CertifiedHeader foreign = chain_.at(4);
  foreign.header.chain.value[0] ^= 1U;
  ASSERT_TRUE(replace_state_file(path("head"), foreign.encode()));
  EXPECT_EQ(follow().error().code, ErrorCode::kConfig);
}

}  // namespace
}  // namespace galen::client
