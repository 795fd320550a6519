#include "net/peer_transport.h"

#include "unit/net/network.h"

#include <gtest/gtest.h>

#include <thread>

namespace galen::net {
namespace {

using engine::Channel;
using test::local;
using test::Members;
using test::Node;
using test::Observer;
using test::options_for;
using test::text;

constexpr ValidatorIndex kFirst{0};
constexpr ValidatorIndex kSecond{1};

/// Node 0 sends to node 1.
class PeerTransportTest : public ::testing::Test {
 protected:
  void listen(bool consume = true) {
    receiver_ = std::make_unique<Observer>(consume);
    server_ = std::make_unique<Node>(options_for(members_, 1, {}), *receiver_);
  }

  void dial(std::size_t queue_messages = 1000, std::size_t queue_bytes = 1U << 20U) {
    auto options = options_for(members_, 0, {"127.0.0.1:1", local(server_->bound)});
    options.queue_messages = queue_messages;
    options.queue_bytes = queue_bytes;
    dialler_ = std::make_unique<PeerTransport>(options, sender_.callbacks());
    dialler_->start();
  }

  Members members_{4};
  std::unique_ptr<Observer> receiver_;
  std::unique_ptr<Node> server_;
  Observer sender_;
  std::unique_ptr<PeerTransport> dialler_;
};

TEST_F(PeerTransportTest, DeliversInOrderPerChannelWithTheSendersIndex) {
  listen();
  dial();
  ASSERT_TRUE(sender_.wait_connected(1));
  EXPECT_TRUE(dialler_->connected(kSecond));
  for (int i = 0; i < 500; ++i) {
    dialler_->send(kSecond, Channel::kConsensus, text("c" + std::to_string(i)));
    dialler_->send(kSecond, Channel::kBulk, text("b" + std::to_string(i)));
  }
  ASSERT_TRUE(receiver_->wait_messages(1000));
  int consensus = 0;
  int bulk = 0;
  for (const auto& message : receiver_->take()) {
    EXPECT_EQ(message.from, kFirst);
    if (message.channel == Channel::kConsensus) {
      EXPECT_EQ(to_string(message.bytes), "c" + std::to_string(consensus++));
    } else {
      EXPECT_EQ(to_string(message.bytes), "b" + std::to_string(bulk++));
    }
  }
  EXPECT_EQ(consensus, 500);
  EXPECT_EQ(bulk, 500);
  EXPECT_EQ(server_->transport->counters(kFirst, Channel::kBulk).received_messages, 500U);
}

TEST_F(PeerTransportTest, CarriesAMessageOfTheLimitAndDropsOneAbove) {
  listen();
  dial(1000, 64U << 20U);
  ASSERT_TRUE(sender_.wait_connected(1));
  dialler_->send(kSecond, Channel::kBulk, std::make_shared<const Bytes>(kMaxFrameBodyBytes + 1));
  dialler_->send(kSecond, Channel::kBulk, std::make_shared<const Bytes>(kMaxFrameBodyBytes));
  ASSERT_TRUE(receiver_->wait_messages(1));
  EXPECT_EQ(receiver_->take()[0].bytes.size(), kMaxFrameBodyBytes);
  EXPECT_EQ(dialler_->counters(kSecond, Channel::kBulk).dropped_disconnected, 1U);
}

TEST_F(PeerTransportTest, KeepsNothingForAPeerThatIsAway) {
  listen();
  dial();
  dialler_->send(ValidatorIndex{2}, Channel::kConsensus, text("lost"));
  const auto counters = dialler_->counters(ValidatorIndex{2}, Channel::kConsensus);
  EXPECT_EQ(counters.dropped_disconnected, 1U);
  EXPECT_EQ(counters.queued_messages, 0U);
  EXPECT_FALSE(dialler_->connected(ValidatorIndex{2}));
}

TEST_F(PeerTransportTest, ReadsNoMoreThanTheWindowUntilConsumed) {
  listen(false);
  dial(10'000);
  ASSERT_TRUE(sender_.wait_connected(1));
  for (int i = 0; i < 200; ++i) dialler_->send(kSecond, Channel::kConsensus, text("m"));
  ASSERT_TRUE(receiver_->wait_messages(64));
  auto first = receiver_->take();
  EXPECT_EQ(first.size(), 64U);
  EXPECT_EQ(server_->transport->counters(kFirst, Channel::kConsensus).received_messages, 64U);
  first[0].done();
  ASSERT_TRUE(receiver_->wait_messages(1));  // one place, one message
  EXPECT_EQ(server_->transport->counters(kFirst, Channel::kConsensus).received_messages, 65U);
  first.clear();  // letting go counts as consumed
  ASSERT_TRUE(receiver_->wait_messages(64));
  // Whoever holds messages holds the window, not the process: stopping works.
  dialler_->stop();
}

TEST_F(PeerTransportTest, DropsTheOldestOfAFullQueue) {
  listen(false);  // never reads beyond the window: the pipe fills, then the queue
  dial(50, 64U << 20U);
  ASSERT_TRUE(sender_.wait_connected(1));
  const auto large = std::make_shared<const Bytes>(1U << 20U);
  for (int i = 0; i < 200; ++i) dialler_->send(kSecond, Channel::kBulk, large);
  const auto counters = dialler_->counters(kSecond, Channel::kBulk);
  EXPECT_LE(counters.queued_messages, 50U);
  EXPECT_GT(counters.dropped_full, 0U);
  EXPECT_EQ(counters.sent_messages + counters.queued_messages + counters.dropped_full, 200U);
  // Consensus passes while bulk is stuck.
  dialler_->send(kSecond, Channel::kConsensus, text("vote"));
  bool seen = false;
  const auto deadline = std::chrono::steady_clock::now() + test::kPatience;
  while (!seen && std::chrono::steady_clock::now() < deadline) {
    seen = server_->transport->counters(kFirst, Channel::kConsensus).received_messages == 1;
    std::this_thread::yield();
  }
  EXPECT_TRUE(seen);
}

TEST_F(PeerTransportTest, BoundsTheQueueByBytes) {
  listen(false);
  dial(1000, 3U << 20U);
  ASSERT_TRUE(sender_.wait_connected(1));
  const auto large = std::make_shared<const Bytes>(1U << 20U);
  for (int i = 0; i < 100; ++i) {
    dialler_->send(kSecond, Channel::kBulk, large);
    ASSERT_LE(dialler_->counters(kSecond, Channel::kBulk).queued_bytes, 3U << 20U);
  }
  EXPECT_GT(dialler_->counters(kSecond, Channel::kBulk).dropped_full, 0U);
}

TEST_F(PeerTransportTest, ReconnectsSoonAfterAServerRestart) {
  listen();
  dial();
  ASSERT_TRUE(sender_.wait_connected(1));
  const int port = server_->bound;
  server_.reset();
  ASSERT_TRUE(sender_.wait_connected(1, false));
  EXPECT_FALSE(dialler_->connected(kSecond));
  server_ = std::make_unique<Node>(options_for(members_, 1, {}), *receiver_, port);
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(sender_.wait_connected(1));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  dialler_->send(kSecond, Channel::kConsensus, text("again"));
  ASSERT_TRUE(receiver_->wait_messages(1));
}

TEST_F(PeerTransportTest, ANewerStreamReplacesTheOlder) {
  listen();
  dial();
  ASSERT_TRUE(sender_.wait_connected(1));
  Observer twin;
  PeerTransport second(options_for(members_, 0, {"127.0.0.1:1", local(server_->bound)}),
                       twin.callbacks());
  second.start();
  ASSERT_TRUE(sender_.wait_note("replaced"));
  second.stop();
}

TEST_F(PeerTransportTest, ANewStreamGetsNoNewWindow) {
  listen(false);
  dial(10'000);
  ASSERT_TRUE(sender_.wait_connected(1));
  for (int i = 0; i < 100; ++i) dialler_->send(kSecond, Channel::kConsensus, text("m"));
  ASSERT_TRUE(receiver_->wait_messages(64));
  auto first = receiver_->take();
  dialler_->stop();
  Observer again;
  PeerTransport second(options_for(members_, 0, {"127.0.0.1:1", local(server_->bound)}),
                       again.callbacks());
  second.start();
  ASSERT_TRUE(again.wait_connected(1));
  second.send(kSecond, Channel::kConsensus, text("n"));
  // What comes on another channel shows that the stream was served meanwhile.
  second.send(kSecond, Channel::kBulk, text("b"));
  ASSERT_TRUE(receiver_->wait_messages(1));
  EXPECT_EQ(server_->transport->counters(kFirst, Channel::kConsensus).received_messages, 64U);
  first.erase(first.begin());
  ASSERT_TRUE(receiver_->wait_messages(2)) << "one place, one message, through the new stream";
  second.stop();
}

TEST_F(PeerTransportTest, StopsWhileNobodyListens) {
  listen();
  dial();
  ASSERT_TRUE(sender_.wait_connected(1));
  server_.reset();
  dialler_->stop();
  dialler_->stop();
  EXPECT_FALSE(dialler_->connected(kSecond));
}

TEST_F(PeerTransportTest, FourNodesConnectToEachOther) {
  std::vector<std::unique_ptr<Observer>> observers;
  std::vector<std::unique_ptr<Node>> servers;
  std::vector<std::string> addresses;
  for (std::uint16_t i = 0; i < 4; ++i) {
    observers.push_back(std::make_unique<Observer>());
    servers.push_back(std::make_unique<Node>(options_for(members_, i, {}), *observers[i]));
    addresses.push_back(local(servers[i]->bound));
  }
  std::vector<std::unique_ptr<Observer>> dial_observers;
  std::vector<std::unique_ptr<PeerTransport>> diallers;
  for (std::uint16_t i = 0; i < 4; ++i) {
    dial_observers.push_back(std::make_unique<Observer>());
    diallers.push_back(std::make_unique<PeerTransport>(options_for(members_, i, addresses),
                                                       dial_observers[i]->callbacks()));
    diallers[i]->start();
  }
  for (std::uint16_t i = 0; i < 4; ++i) {
    for (std::uint16_t j = 0; j < 4; ++j) {
      if (i != j) {
        ASSERT_TRUE(dial_observers[i]->wait_connected(j)) << i << " to " << j;
      }
    }
  }
  for (auto& dialler : diallers) dialler->stop();
}

}  // namespace
}  // namespace galen::net
