#include "net/inbound_streams.h"

#include "net/grpc_log.h"
#include "unit/net/network.h"

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <grpc/support/log.h>

namespace galen::net {
namespace {

using test::Members;
using test::Node;
using test::Observer;

/// A registered peer that writes whatever it likes; returns how its stream ends.
class RawPeer final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  RawPeer(const Members& members, int port)
      : stub_(grpc::CreateChannel(
            test::local(port),
            make_channel_credentials(members.identity(0), members.keys[1].public_key()))) {}

  grpc::Status send(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    message_ = grpc::ByteBuffer(&slice, 1);
    context_.set_deadline(std::chrono::system_clock::now() + test::kPatience);
    stub_.PrepareBidiStreamingCall(
        &context_, "/galen.v1.Peer/Consensus", grpc::StubOptions(), this);
    StartWrite(&message_);
    StartRead(&unread_);
    StartCall();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
    return status_;
  }

  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    status_ = status;
    done_ = true;
    changed_.notify_all();
  }

 private:
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer message_;
  grpc::ByteBuffer unread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  grpc::Status status_;
};

class InboundStreamsTest : public ::testing::Test {
 protected:
  grpc::Status send(const std::string& bytes) { return RawPeer(members_, node_.bound).send(bytes); }

  Members members_{4};
  Observer observer_;
  Node node_{test::options_for(members_, 1, {}), observer_};
};

TEST_F(InboundStreamsTest, AMalformedFrameEndsItsStreamAndNothingElse) {
  for (const std::string bytes : {"",
                                  "nonsense",
                                  "\x0a\x05"
                                  "abc",
                                  "\x10\x01"}) {
    EXPECT_EQ(send(bytes).error_code(), grpc::StatusCode::INVALID_ARGUMENT) << bytes;
  }
  EXPECT_EQ(observer_.count(), 0U);
  EXPECT_TRUE(observer_.wait_note("peer frame"));
}

TEST_F(InboundStreamsTest, AMessageAboveTheLimitIsRefusedAndTheNodeLives) {
  EXPECT_EQ(send(std::string(kMaxFrameBodyBytes + 4096, 'x')).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(send("nonsense").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(observer_.count(), 0U);
}

TEST_F(InboundStreamsTest, AStoppedNodeTakesNoStream) {
  node_.transport->stop();
  EXPECT_EQ(send("nonsense").error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST(GrpcLog, GoesToTheSinkWithoutTheNoiseAboutNames) {
  struct Lines {
    std::mutex mutex;
    std::vector<std::pair<bool, std::string>> all;
  };

  const auto lines = std::make_shared<Lines>();  // the sink stays for the rest of the process
  route_grpc_log([lines](bool is_error, const std::string& line) {
    const std::lock_guard lock(lines->mutex);
    lines->all.emplace_back(is_error, line);
  });
  gpr_log(GPR_ERROR, "No match found for server name: %s.", "127.0.0.1");
  gpr_log(GPR_ERROR, "something %d", 7);
  const std::lock_guard lock(lines->mutex);
  ASSERT_EQ(lines->all.size(), 1U);
  EXPECT_EQ(lines->all[0], std::pair(true, std::string("something 7")));
}

}  // namespace
}  // namespace galen::net
