// A session of hospital-1 whose own node is down, and nodes of other hospitals that tests make up.
// Real TLS and gRPC on loopback.
#pragma once

#include "client/key_file.h"
#include "client/session.h"
#include "support/proof_sample.h"
#include "unit/net/identities.h"

#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace galen::client {

class ForeignNodesTest : public ::testing::Test {
 protected:
  ForeignNodesTest() {
    std::string name = (std::filesystem::temp_directory_path() / "galen-foreign-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    const auto client = test::make_identity(
        authority_, support::numbered_key(3, 1), authority_.pem, test::kClientUse);
    write("signing.pem", support::numbered_key(1, 1).to_pem());
    write("ca.pem", client.ca_bundle_pem);
    write("client.crt", client.certificate_pem);
    write("client.key", client.key_pem);
  }

  ~ForeignNodesTest() override { std::filesystem::remove_all(root_); }

  void TearDown() override {
    for (const auto& server : servers_) server->Shutdown();
    servers_.clear();
  }

  [[nodiscard]] const std::string& directory() const { return root_; }

  void start_node(std::uint8_t hospital, const std::vector<grpc::Service*>& services) {
    const auto node =
        test::make_identity(authority_, support::numbered_key(5, hospital), authority_.pem);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", net::make_server_credentials(node), &port);
    for (grpc::Service* service : services) builder.RegisterService(service);
    servers_.push_back(builder.BuildAndStart());
    add_endpoint(hospital, port);
  }

  /// Asks hospital-2 first. The own node is listed, but nobody listens there.
  void open() {
    open_with("[[endpoints]]\norganisation = \"hospital-1\"\naddress = \"127.0.0.1:1\"\n");
  }

  /// The same of a profile that lists no own node.
  void open_without_own_node() { open_with(""); }

  /// Of the nodes that were started, the own one among them.
  void open_own_node() {
    first_ = "hospital-1";
    open_with("");
  }

  void open_with(const std::string& own_endpoint) {
    std::filesystem::remove(root_ + "/client.toml");
    std::filesystem::remove(root_ + "/genesis.json");
    write("genesis.json", ledger::to_json(genesis_));
    write("client.toml", profile_ + own_endpoint + endpoints_);
    SessionOptions options;
    options.timeout = std::chrono::milliseconds(20'000);
    options.node = first_;
    options.lane = 5;
    auto opened = Session::open(root_ + "/client.toml", options);
    ASSERT_TRUE(opened) << opened.error().message;
    session_ = std::move(*opened);
  }

  template <class T>
  static void expect_caught(const Result<T>& answer, const std::string& why) {
    ASSERT_FALSE(answer) << why;
    const std::string& message = answer.error().message;
    EXPECT_EQ(answer.error().code, ErrorCode::kCorrupt) << message;
    EXPECT_NE(message.find("hospital-2"), std::string::npos) << message;
    EXPECT_NE(message.find(why), std::string::npos) << message;
  }

  ledger::Genesis genesis_ = support::sample_genesis();
  std::unique_ptr<Session> session_;

 private:
  void write(const std::string& name, const std::string& text) const {
    ASSERT_TRUE(create_private_file(root_ + "/" + name, text));
  }

  void add_endpoint(int hospital, int port) {
    endpoints_ += "[[endpoints]]\norganisation = \"hospital-" + std::to_string(hospital) +
                  "\"\naddress = \"127.0.0.1:" + std::to_string(port) + "\"\n";
  }

  test::Authority authority_{"test CA"};
  std::vector<std::unique_ptr<grpc::Server>> servers_;
  std::string root_;
  std::string profile_ =
      "[profile]\norganisation = \"hospital-1\"\ngenesis = \"genesis.json\"\n"
      "ca_bundle = \"ca.pem\"\ncertificate = \"client.crt\"\nkey = \"client.key\"\n"
      "signing_key = \"signing.pem\"\npeople = \"people\"\n";
  std::string endpoints_;
  std::string first_ = "hospital-2";
};

}  // namespace galen::client
