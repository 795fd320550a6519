// A session of hospital-1 with two nodes on loopback, its own and hospital-2's, whose Watch sends
// what a test says. Real TLS and gRPC. Thread rule: one thread; scripts run on gRPC's.
#pragma once

#include "client/key_file.h"
#include "client/session.h"
#include "galen/v1/galen.grpc.pb.h"
#include "ledger/event_cursor.h"
#include "support/header_sample.h"
#include "unit/net/identities.h"

#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace galen::client {

/// Answers each call of Watch with the messages and the status of `script`, and GetBlock with
/// `block`.
class ScriptedNode final : public v1::Ledger::Service {
 public:
  struct Answer {
    std::vector<v1::WatchEvent> events;
    grpc::Status status{grpc::StatusCode::UNAVAILABLE, "gone"};
  };

  grpc::Status Watch(grpc::ServerContext*,
                     const v1::WatchRequest* request,
                     grpc::ServerWriter<v1::WatchEvent>* writer) override {
    requests.push_back(*request);
    const Answer answer = script(*request);
    for (const auto& event : answer.events) writer->Write(event);
    return answer.status;
  }

  grpc::Status GetBlock(grpc::ServerContext*,
                        const v1::GetBlockRequest* request,
                        v1::GetBlockResponse* response) override {
    return block(*request, *response);
  }

  std::function<grpc::Status(const v1::GetBlockRequest&, v1::GetBlockResponse&)> block =
      [](const auto&, auto&) { return grpc::Status(grpc::StatusCode::NOT_FOUND, "not found"); };
  std::function<Answer(const v1::WatchRequest&)> script = [](const auto&) { return Answer{}; };
  std::vector<v1::WatchRequest> requests;
};

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    std::string name = (std::filesystem::temp_directory_path() / "galen-client-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    const test::Authority authority("test CA");
    const int own_port = serve(authority, own_, 1, own_server_);
    const int other_port = serve(authority, other_, 2, other_server_);
    const auto client = test::make_identity(
        authority, support::numbered_key(3, 1), authority.pem, test::kClientUse);
    write("genesis.json", ledger::to_json(genesis_));
    write("signing.pem", support::numbered_key(1, 1).to_pem());
    write("ca.pem", client.ca_bundle_pem);
    write("client.crt", client.certificate_pem);
    write("client.key", client.key_pem);
    write("client.toml", profile_text(own_port, other_port));
    SessionOptions options;
    options.timeout = std::chrono::milliseconds(3000);
    auto opened = Session::open(root_ + "/client.toml", options);
    EXPECT_TRUE(opened) << opened.error().message;
    session_ = std::move(*opened);
  }

  ~ClientTest() override {
    own_server_->Shutdown();
    other_server_->Shutdown();
    std::filesystem::remove_all(root_);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return root_ + "/" + name; }

  ledger::Genesis genesis_ = support::sample_genesis();
  ScriptedNode own_;
  ScriptedNode other_;
  std::unique_ptr<Session> session_;

 private:
  static int serve(const test::Authority& authority,
                   ScriptedNode& node,
                   std::uint8_t number,
                   std::unique_ptr<grpc::Server>& server) {
    const auto identity =
        test::make_identity(authority, support::numbered_key(5, number), authority.pem);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", net::make_server_credentials(identity), &port);
    builder.RegisterService(&node);
    server = builder.BuildAndStart();
    return port;
  }

  void write(const std::string& name, const std::string& text) const {
    ASSERT_TRUE(create_private_file(path(name), text));
  }

  static std::string endpoint(int number, int port) {
    return "[[endpoints]]\norganisation = \"hospital-" + std::to_string(number) +
           "\"\naddress = \"127.0.0.1:" + std::to_string(port) + "\"\n";
  }

  static std::string profile_text(int own_port, int other_port) {
    return "[profile]\norganisation = \"hospital-1\"\ngenesis = \"genesis.json\"\n"
           "ca_bundle = \"ca.pem\"\ncertificate = \"client.crt\"\nkey = \"client.key\"\n"
           "signing_key = \"signing.pem\"\npeople = \"people\"\n" +
           endpoint(1, own_port) + endpoint(2, other_port);
  }

  std::string root_;
  std::unique_ptr<grpc::Server> own_server_;
  std::unique_ptr<grpc::Server> other_server_;
};

/// What an honest node tells about a chain of empty-bodied, certified blocks.
class HonestChain {
 public:
  explicit HonestChain(const ledger::Genesis& genesis, std::uint64_t height = 0)
      : genesis_(genesis), chain_(genesis) {
    while (chain_.height().value < height) grow();
  }

  void grow() { grow(support::next_header(chain_, genesis_)); }

  /// Certified all the same.
  void grow(const ledger::BlockHeader& header) {
    headers_.push_back(support::certified(header));
    (void)chain_.accept(headers_.back());
  }

  [[nodiscard]] ledger::BlockHeader next() const { return support::next_header(chain_, genesis_); }

  [[nodiscard]] const ledger::CertifiedHeader& at(std::uint64_t height) const {
    return headers_.at(height - 1);
  }

  /// Heartbeat and blocks from where the request says.
  [[nodiscard]] ScriptedNode::Answer answer(const v1::WatchRequest& request) const {
    ledger::EventCursor from{ledger::chain_id(genesis_), Height{headers_.size() + 1}, 0};
    if (request.from_height() != 0) from.height = Height{request.from_height()};
    if (!request.cursor().empty()) from = *ledger::EventCursor::decode(as_bytes(request.cursor()));
    ScriptedNode::Answer answer;
    v1::WatchEvent beat;
    beat.set_height(headers_.size());
    beat.set_cursor(to_string(from.encode()));
    beat.set_block_hash(std::string(32, 'h'));
    answer.events.push_back(beat);
    const std::uint64_t first = from.index == 0 ? from.height.value : from.height.value + 1;
    for (std::uint64_t height = first; height <= headers_.size(); ++height) {
      answer.events.push_back(event(height));
    }
    return answer;
  }

  [[nodiscard]] v1::WatchEvent event(std::uint64_t height) const {
    const ledger::CertifiedHeader& head = at(height);
    v1::WatchEvent event;
    event.set_kind(v1::EVENT_BLOCK);
    event.set_height(height);
    event.set_cursor(
        to_string(ledger::EventCursor{ledger::chain_id(genesis_), Height{height}, 1}.encode()));
    event.set_time_ms(head.header.time.value);
    event.set_block_hash(to_string(ledger::block_hash(head.header)));
    event.mutable_block()->set_header(to_string(ledger::encode(head.header)));
    event.mutable_block()->set_certificate(to_string(ledger::encode(head.certificate)));
    return event;
  }

 private:
  const ledger::Genesis& genesis_;
  ledger::HeaderChain chain_;
  std::vector<ledger::CertifiedHeader> headers_;
};

}  // namespace galen::client
