#include "node/metrics.h"

#include "net/address.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>
#include <fstream>
#include <optional>
#include <pthread.h>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>

namespace galen::node {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::size_t kMaxConnections = 16;
constexpr std::size_t kMaxRequestBytes = std::size_t{8} * 1024;
constexpr std::chrono::seconds kRequestTime{5};
constexpr std::chrono::milliseconds kPause{100};

/// Within the quotes of a label's value.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

class Text {
 public:
  void head(std::string_view name, std::string_view type, std::string_view help) {
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
    text_.append(name).append(" ").append(type).append("\n");
  }

  void value(std::string_view name, std::uint64_t value, const std::string& labels = {}) {
    text_.append(name);
    if (!labels.empty()) text_.append("{").append(labels).append("}");
    text_.append(" ").append(std::to_string(value)).append("\n");
  }

  /// Prometheus counts time in seconds.
  void milliseconds(std::string_view name, std::int64_t value) {
    const std::uint64_t size =
        value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    const std::string thousandths = std::to_string(1000 + size % 1000).substr(1);
    text_.append(name).append(value < 0 ? " -" : " ");
    text_.append(std::to_string(size / 1000)).append(".").append(thousandths).append("\n");
  }

  void one(std::string_view name,
           std::string_view type,
           std::string_view help,
           std::uint64_t number) {
    head(name, type, help);
    value(name, number);
  }

  [[nodiscard]] std::string take() && { return std::move(text_); }

 private:
  std::string text_;
};

/// One request and its answer; lives as long as its handlers.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const std::function<std::string()>& text, std::size_t& open)
      : stream_(std::move(socket)), text_(text), open_(open) {
    ++open_;
    parser_.header_limit(kMaxRequestBytes);
    parser_.body_limit(0);
  }

  ~Connection() { --open_; }

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void run() {
    stream_.expires_after(kRequestTime);
    http::async_read(stream_,
                     buffer_,
                     parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (!error) self->answer();
                     });
  }

 private:
  void answer() {
    const auto& request = parser_.get();
    const std::string_view target(request.target().data(), request.target().size());
    response_.version(11);
    response_.keep_alive(false);
    response_.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    if (target != "/metrics") {
      response_.result(http::status::not_found);
      response_.body() = "not found; there is /metrics\n";
    } else if (request.method() != http::verb::get) {
      response_.result(http::status::method_not_allowed);
      response_.set(http::field::allow, "GET");
      response_.body() = "GET only\n";
    } else {
      response_.body() = text_();
    }
    response_.prepare_payload();
    stream_.expires_after(kRequestTime);
    http::async_write(
        stream_, response_, [self = shared_from_this()](beast::error_code, std::size_t) {
          beast::error_code ignored;
          self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
        });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{kMaxRequestBytes};
  http::request_parser<http::empty_body> parser_;
  http::response<http::string_body> response_;
  const std::function<std::string()>& text_;
  std::size_t& open_;
};

}  // namespace

std::string metrics_text(const Metrics& m) {
  Text text;
  text.head("galen_info", "gauge", "Version of the program and the hospital that runs it.");
  text.value(
      "galen_info",
      1,
      "version=\"" + escaped(m.version) + "\",organisation=\"" + escaped(m.organisation) + "\"");
  text.one("galen_height", "gauge", "Height of the committed head.", m.height.value);
  text.one("galen_view", "gauge", "Present view of consensus.", m.view.value);
  text.one(
      "galen_view_active", "gauge", "0 while the view is being changed.", m.view_active ? 1 : 0);
  text.one("galen_voting", "gauge", "Whether this node votes.", m.voting ? 1 : 0);
  text.one("galen_amnesia",
           "gauge",
           "Its memory of votes is lost: it follows and serves, and never votes again.",
           m.amnesia ? 1 : 0);
  text.one("galen_fresh",
           "gauge",
           "A quorum confirmed the head lately; otherwise everything is denied.",
           m.fresh ? 1 : 0);
  text.one("galen_taking_state",
           "gauge",
           "It takes a later state from its peers.",
           m.taking_state ? 1 : 0);
  text.one("galen_open_erasures",
           "gauge",
           "An erasure order is not carried out to its end.",
           m.open_erasures ? 1 : 0);
  text.one("galen_evidence", "gauge", "Kept pieces of evidence against members.", m.evidence);
  text.one("galen_emergency_entries_waiting",
           "gauge",
           "Entries of the emergency journal that nobody has brought to the patients' logs.",
           m.emergency_entries);
  text.one("galen_pool_transactions", "gauge", "Transactions that wait.", m.pool_transactions);
  text.one("galen_pool_bytes", "gauge", "Their bytes.", m.pool_bytes);
  text.one("galen_committed_transactions_total",
           "counter",
           "Committed since the start.",
           m.committed_transactions);
  text.one("galen_ignored_messages_total",
           "counter",
           "Consensus messages ignored since the start.",
           m.ignored_messages);
  text.one("galen_buffered_votes",
           "gauge",
           "Votes held for heights that are not decided and the last one that is.",
           m.buffered_votes);
  text.one("galen_buffered_blocks", "gauge", "Blocks held for them.", m.buffered_blocks);
  text.one(
      "galen_connections", "gauge", "Open, of clients and other validators.", m.connections.open);
  text.one("galen_refused_connections_total",
           "counter",
           "Closed at once since the start: too many in all or of one address.",
           m.connections.refused);
  text.one("galen_failed_accepts_total",
           "counter",
           "Times that no connection could be accepted, e.g. for want of file descriptors.",
           m.connections.failed);
  text.head("galen_certificate_expiry_seconds",
            "gauge",
            "Until the node's certificate ends; read at the start.");
  text.milliseconds("galen_certificate_expiry_seconds", m.certificate_left_ms);
  text.head("galen_proposal_skew_seconds",
            "gauge",
            "Time of the last block another member proposed, less the own clock's when it came.");
  text.milliseconds("galen_proposal_skew_seconds", m.proposal_skew_ms);
  text.one("galen_untimely_proposals_total",
           "counter",
           "Proposals refused for their time since the start: a clock is wrong, or they came late.",
           m.untimely_proposals);
  text.head("galen_uptime_seconds", "gauge", "Since the start.");
  text.value("galen_uptime_seconds", m.uptime_ms / 1000);
  text.one("process_resident_memory_bytes", "gauge", "Resident memory.", m.resident_bytes);
  text.head("galen_refused_queries_total",
            "counter",
            "Queries about persons that ended not found or unauthenticated since the start.");
  for (const MemberCount& member : m.refused_queries) {
    text.value("galen_refused_queries_total",
               member.count,
               "organisation=\"" + escaped(member.organisation) + "\"");
  }
  text.head(
      "galen_peer_connected", "gauge", "Whether there is a connection to the other validator.");
  for (const PeerMetrics& peer : m.peers) {
    text.value("galen_peer_connected",
               peer.connected ? 1 : 0,
               "organisation=\"" + escaped(peer.organisation) + "\"");
  }
  text.head("galen_peer_height", "gauge", "Height that the other validator reported last.");
  for (const PeerMetrics& peer : m.peers) {
    text.value("galen_peer_height",
               peer.height.value,
               "organisation=\"" + escaped(peer.organisation) + "\"");
  }
  return std::move(text).take();
}

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  if (!(file >> total >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

class MetricsServer::Loop {
 public:
  explicit Loop(std::function<std::string()> text) : text_(std::move(text)) {}

  Status listen(const std::string& address) {
    const auto [host, port] = net::split_address(address);
    beast::error_code error;
    const auto found = tcp::resolver(context_).resolve(host, port, tcp::resolver::passive, error);
    if (!error) {
      const tcp::endpoint endpoint = found.begin()->endpoint();
      acceptor_.open(endpoint.protocol(), error);
      if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
      if (!error) acceptor_.bind(endpoint, error);
      if (!error) acceptor_.listen(kMaxConnections, error);
    }
    if (error)
      return fail(ErrorCode::kUnavailable, "metrics.listen: " + address + ": " + error.message());
    return {};
  }

  void run() {
    accept();
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "galen-metrics");
      context_.run();
    });
  }

  void stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void accept() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) return pause();
      // What comes above the limit is closed at once.
      if (open_ < kMaxConnections)
        std::make_shared<Connection>(std::move(socket), text_, open_)->run();
      accept();
    });
  }

  /// Without it, a process without file descriptors would spin here.
  void pause() {
    timer_.expires_after(kPause);
    timer_.async_wait([this](beast::error_code error) {
      if (!error) accept();
    });
  }

  // The context is the last to go but for what its handlers use.
  std::function<std::string()> text_;
  std::size_t open_ = 0;  ///< on its thread
  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_};
  asio::steady_timer timer_{context_};
  std::thread thread_;
};

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const std::string& address,
                                                            std::function<std::string()> text) {
  auto loop = std::make_unique<Loop>(std::move(text));
  GALEN_TRY_STATUS(loop->listen(address));
  loop->run();
  return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(loop)));
}

MetricsServer::MetricsServer(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

MetricsServer::~MetricsServer() {
  loop_->stop();
}

std::uint16_t MetricsServer::port() const {
  return loop_->port();
}

}  // namespace galen::node
