// A real server on loopback over a FakeBackend. Thread rule: one thread.
#pragma once

#include "galen/v1/galen.grpc.pb.h"
#include "rpc/server.h"
#include "unit/net/identities.h"
#include "unit/rpc/fake_backend.h"

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace galen::test {

/// A server over a FakeBackend, and channels to it as this or that member.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() { backend_.wall_clock = backend_.world.now = now_ms(); }

  void start(const std::function<void(rpc::ServerOptions&)>& change = {}) {
    rpc::ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.identity = make_identity(authority_, node_key_, authority_.pem);
    if (change) change(options);
    auto started = rpc::Server::start(options, backend_);
    ASSERT_TRUE(started) << started.error().message;
    server_ = *std::move(started);
  }

  std::shared_ptr<grpc::Channel> channel(const crypto::PrivateKey& key,
                                         const grpc::ChannelArguments& arguments = {}) {
    const auto identity = make_identity(authority_, key, authority_.pem, kClientUse);
    return grpc::CreateCustomChannel(
        "127.0.0.1:" + std::to_string(server_->port()),
        net::make_channel_credentials(identity, node_key_.public_key()),
        arguments);
  }

  std::shared_ptr<grpc::Channel> channel(std::size_t hospital) {
    return channel(backend_.world.hospitals[hospital].key);
  }

  /// Its reader's window stays at 64 KiB; gRPC else lets it grow to megabytes on a fast line, and
  /// how far is a matter of timing.
  std::shared_ptr<grpc::Channel> narrow_channel(std::size_t hospital) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 64 * 1024);
    return channel(backend_.world.hospitals[hospital].key, arguments);
  }

  static constexpr auto kPatience = std::chrono::seconds(20);

  static void give_time(grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
  }

  grpc::Status get_status(const std::shared_ptr<grpc::Channel>& to) {
    grpc::ClientContext context;
    give_time(context);
    v1::GetStatusResponse response;
    return v1::Ledger::NewStub(to)->GetStatus(&context, {}, &response);
  }

  Authority authority_{"authority"};
  crypto::PrivateKey node_key_ = crypto::PrivateKey::generate();
  FakeBackend backend_;
  Ward ward_{backend_.world};
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace galen::test
