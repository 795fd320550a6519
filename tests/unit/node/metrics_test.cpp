#include "node/metrics.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <atomic>

namespace galen::node {
namespace {

using boost::asio::ip::tcp;

Metrics sample() {
  Metrics m;
  m.version = "1.2";
  m.organisation = "St. \"Anna\"\\Graz";
  m.height = Height{7};
  m.view = View{1};
  m.view_active = true;
  m.amnesia = true;
  m.evidence = 2;
  m.emergency_entries = 8;
  m.pool_transactions = 3;
  m.pool_bytes = 400;
  m.committed_transactions = 50;
  m.ignored_messages = 6;
  m.buffered_votes = 12;
  m.buffered_blocks = 2;
  m.connections = {9, 5, 1};
  m.refused_queries = {{"hospital-2", 3}};
  m.certificate_left_ms = 86'400'000;
  m.proposal_skew_ms = -2005;
  m.untimely_proposals = 4;
  m.uptime_ms = 7999;
  m.resident_bytes = 8192;
  m.peers = {{"hospital-2", true, Height{7}}, {"hospital-3", false, Height{5}}};
  return m;
}

TEST(Metrics, TextIsGolden) {
  std::string values;
  std::istringstream lines(metrics_text(sample()));
  for (std::string line; std::getline(lines, line);) {
    if (line.front() != '#') values += line + "\n";
  }
  EXPECT_EQ(values,
            "galen_info{version=\"1.2\",organisation=\"St. \\\"Anna\\\"\\\\Graz\"} 1\n"
            "galen_height 7\n"
            "galen_view 1\n"
            "galen_view_active 1\n"
            "galen_voting 0\n"
            "galen_amnesia 1\n"
            "galen_fresh 0\n"
            "galen_taking_state 0\n"
            "galen_open_erasures 0\n"
            "galen_evidence 2\n"
            "galen_emergency_entries_waiting 8\n"
            "galen_pool_transactions 3\n"
            "galen_pool_bytes 400\n"
            "galen_committed_transactions_total 50\n"
            "galen_ignored_messages_total 6\n"
            "galen_buffered_votes 12\n"
            "galen_buffered_blocks 2\n"
            "galen_connections 9\n"
            "galen_refused_connections_total 5\n"
            "galen_failed_accepts_total 1\n"
            "galen_certificate_expiry_seconds 86400.000\n"
            "galen_proposal_skew_seconds -2.005\n"
            "galen_untimely_proposals_total 4\n"
            "galen_uptime_seconds 7\n"
            "process_resident_memory_bytes 8192\n"
            "galen_refused_queries_total{organisation=\"hospital-2\"} 3\n"
            "galen_peer_connected{organisation=\"hospital-2\"} 1\n"
            "galen_peer_connected{organisation=\"hospital-3\"} 0\n"
            "galen_peer_height{organisation=\"hospital-2\"} 7\n"
            "galen_peer_height{organisation=\"hospital-3\"} 5\n");
}

TEST(Metrics, EveryOneHasHelpAndATypeBeforeIt) {
  std::istringstream lines(metrics_text(sample()));
  std::string helped;
  std::string typed;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    std::string name;
    words >> first >> second >> name;
    if (first == "#") {
      (second == "HELP" ? helped : typed) = name;
      continue;
    }
    const std::string metric = first.substr(0, first.find('{'));
    EXPECT_EQ(helped, metric);
    EXPECT_EQ(typed, metric);
  }
}

TEST(Metrics, ThisProcessHasMemory) {
  EXPECT_GT(resident_bytes(), std::uint64_t{1} << 20U);
}

class MetricsServerTest : public ::testing::Test {
 protected:
  MetricsServerTest() {
    auto started = MetricsServer::start(
        "127.0.0.1:0", [this] { return "asked " + std::to_string(++asked_) + "\n"; });
    EXPECT_TRUE(started) << started.error().message;
    server_ = *std::move(started);
  }

  tcp::socket connect() {
    tcp::socket socket(context_);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
    return socket;
  }

  /// Everything that comes until the end.
  static std::string rest_of(tcp::socket& socket) {
    std::string text;
    boost::system::error_code end;
    boost::asio::read(socket, boost::asio::dynamic_buffer(text), end);
    return text;
  }

  std::string answer(const std::string& request) {
    tcp::socket socket = connect();
    boost::system::error_code ignored;
    boost::asio::write(socket, boost::asio::buffer(request), ignored);
    return rest_of(socket);
  }

  std::atomic<int> asked_ = 0;
  boost::asio::io_context context_;
  std::unique_ptr<MetricsServer> server_;
};

TEST_F(MetricsServerTest, AnswersGetOfItsOnePath) {
  const std::string found = answer("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(found.substr(0, 15), "HTTP/1.1 200 OK") << found;
  EXPECT_NE(found.find("text/plain; version=0.0.4"), std::string::npos) << found;
  EXPECT_NE(found.find("\r\n\r\nasked 1\n"), std::string::npos) << found;
  EXPECT_EQ(answer("GET / HTTP/1.1\r\nHost: x\r\n\r\n").substr(0, 12), "HTTP/1.1 404");
  EXPECT_EQ(answer("DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n").substr(0, 12), "HTTP/1.1 405");
  EXPECT_EQ(asked_, 1);
}

TEST_F(MetricsServerTest, BadRequestsEndTheConnectionAndNothingElse) {
  EXPECT_EQ(answer("nonsense\r\n\r\n"), "");
  EXPECT_EQ(answer("GET /metrics HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"), "");
  EXPECT_EQ(answer("GET /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"), "");
  EXPECT_EQ(asked_, 0);
  EXPECT_NE(answer("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").find("asked 1"), std::string::npos);
}

TEST_F(MetricsServerTest, ConnectionsAboveTheLimitAreClosedAtOnce) {
  std::vector<tcp::socket> idle;
  for (int i = 0; i < 16; ++i) idle.push_back(connect());
  tcp::socket one_more = connect();
  EXPECT_EQ(rest_of(one_more), "");
  idle.pop_back();
  // Its place is free as soon as the server has noticed.
  std::string found;
  while (found.empty()) found = answer("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(found.substr(0, 15), "HTTP/1.1 200 OK");
}

TEST_F(MetricsServerTest, AnAddressInUseIsRefusedAndSaysWhich) {
  const std::string address = "127.0.0.1:" + std::to_string(server_->port());
  const auto second = MetricsServer::start(address, [] { return std::string(); });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(second.error().message.find("metrics.listen: " + address), std::string::npos)
      << second.error().message;
  EXPECT_FALSE(MetricsServer::start("no.such.host.invalid:1", [] { return std::string(); }));
  tcp::socket left = connect();  // a server ends with connections open
  server_.reset();
}

}  // namespace
}  // namespace galen::node
