// The client's watch against nodes that go away, leave blocks out or lie.
#include "client/watch.h"

#include "client_fixture.h"

namespace galen::client {
namespace {

class WatchTest : public ClientTest {
 protected:
  Result<WatchEnd> watch(std::uint64_t count, bool verify = false) {
    WatchOptions options;
    options.from = 1;
    options.count = count;
    options.verify = verify;
    heights_.clear();
    return watch_events(*session_, options, [this](const EventView& event) {
      heights_.push_back(event.height);
      return true;
    });
  }

  void expect_caught(const std::string& why, bool verify = false) {
    const auto end = watch(5, verify);
    ASSERT_FALSE(end) << why;
    EXPECT_EQ(end.error().code, ErrorCode::kCorrupt) << end.error().message;
    EXPECT_NE(end.error().message.find(why), std::string::npos) << end.error().message;
    EXPECT_NE(end.error().message.find("hospital-1"), std::string::npos) << end.error().message;
  }

  HonestChain chain_{genesis_, 5};
  std::vector<std::uint64_t> heights_;
};

TEST_F(WatchTest, GoesOnWhereItWasWhenTheStreamBreaks) {
  own_.script = [this](const v1::WatchRequest& request) {
    auto answer = chain_.answer(request);
    if (answer.events.size() > 3) answer.events.resize(3);
    return answer;
  };
  const auto end = watch(5);
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(heights_, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_GE(own_.requests.size(), 3U);
  EXPECT_TRUE(other_.requests.empty()) << "the own node had news each time";
}

TEST_F(WatchTest, AsksAnotherNodeWhichMustCertifyItsBlocks) {
  other_.script = [this](const v1::WatchRequest& request) { return chain_.answer(request); };
  const auto end = watch(5);
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(heights_.size(), 5U);
  EXPECT_FALSE(own_.requests.front().with_headers());
  EXPECT_TRUE(other_.requests.front().with_headers());
}

TEST_F(WatchTest, ANodeThatLeavesOutABlockIsCaught) {
  own_.script = [this](const v1::WatchRequest& request) {
    auto answer = chain_.answer(request);
    answer.events.erase(answer.events.begin() + 3);
    return answer;
  };
  expect_caught("events are missing");
  EXPECT_EQ(heights_, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(WatchTest, AVerifiedHeaderThatNobodyCertifiedIsCaught) {
  own_.script = [this](const v1::WatchRequest& request) {
    auto answer = chain_.answer(request);
    auto forged = chain_.at(3);
    forged.certificate.signatures.erase(ValidatorIndex{1});
    answer.events[3].mutable_block()->set_certificate(
        to_string(ledger::encode(forged.certificate)));
    return answer;
  };
  EXPECT_TRUE(watch(5)) << "not asked to verify";
  expect_caught("2 votes where 3", true);
  EXPECT_EQ(heights_, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(WatchTest, AVerifiedEventThatSaysSomethingElseIsCaught) {
  own_.script = [this](const v1::WatchRequest& request) {
    auto answer = chain_.answer(request);
    answer.events[2].set_time_ms(1);
    return answer;
  };
  expect_caught("something else", true);
}

TEST_F(WatchTest, GivesUpWhenNoNodeAnswersInTime) {
  const auto end = watch(1);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(other_.requests.empty());
}

TEST_F(WatchTest, WhatTheNodeRefusesForGoodEndsIt) {
  own_.script = [](const auto&) {
    return ScriptedNode::Answer{{}, {grpc::StatusCode::PERMISSION_DENIED, "suspended"}};
  };
  const auto end = watch(1);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(own_.requests.size(), 1U);
}

TEST_F(WatchTest, OptionsThatCannotBeRightAreRefused) {
  WatchOptions options;
  options.kinds = {"heartbeat"};
  const auto none = [](const EventView&) { return true; };
  EXPECT_EQ(watch_events(*session_, options, none).error().code, ErrorCode::kInvalidArgument);
  options.kinds = {};
  options.cursor = "0c";
  EXPECT_EQ(watch_events(*session_, options, none).error().code, ErrorCode::kInvalidArgument);
  options.cursor = "";
  options.asker = Asker{};
  EXPECT_EQ(watch_events(*session_, options, none).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(own_.requests.empty());
}

}  // namespace
}  // namespace galen::client
