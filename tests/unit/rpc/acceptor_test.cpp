// The listening sockets of a node: bounds, and what a process without file descriptors does.
#include "rpc/acceptor.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <gtest/gtest.h>

#include <condition_variable>
#include <fcntl.h>
#include <future>
#include <list>
#include <mutex>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace galen::rpc {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class AcceptorTest : public ::testing::Test {
 protected:
  ~AcceptorTest() override {
    acceptor_.reset();
    for (const int descriptor : taken_) ::close(descriptor);
  }

  void start(AcceptorLimits limits,
             Acceptor::Note note = {},
             const std::string& address = "127.0.0.1:0") {
    auto listening = Acceptor::listen(address, limits, std::move(note));
    ASSERT_TRUE(listening) << listening.error().message;
    acceptor_ = *std::move(listening);
    acceptor_->run([this](int descriptor) {
      const std::lock_guard lock(mutex_);
      taken_.push_back(descriptor);
      more_.notify_all();
    });
  }

  tcp::socket connect(const std::string& host = "127.0.0.1") {
    tcp::socket socket(context_);
    socket.connect({asio::ip::make_address(host), acceptor_->port()});
    return socket;
  }

  [[nodiscard]] bool takes(std::size_t count) {
    std::unique_lock lock(mutex_);
    return more_.wait_for(lock, kPatience, [&] { return taken_.size() >= count; });
  }

  /// Each is taken before the next comes.
  std::list<tcp::socket> connect_one_by_one(std::size_t count) {
    std::list<tcp::socket> open;
    for (std::size_t i = 1; i <= count; ++i) {
      open.push_back(connect());
      EXPECT_TRUE(takes(i));
    }
    return open;
  }

  /// The other side ended it.
  static bool is_closed(tcp::socket& socket) {
    pollfd wait{socket.native_handle(), POLLIN, 0};
    const auto patience = std::chrono::milliseconds(kPatience).count();
    if (::poll(&wait, 1, static_cast<int>(patience)) != 1) return false;
    char byte = 0;
    boost::system::error_code error;
    asio::read(socket, asio::buffer(&byte, 1), error);
    return error == asio::error::eof || error == asio::error::connection_reset;
  }

  [[nodiscard]] bool has_v6() {
    boost::system::error_code error;
    tcp::acceptor probe(context_);
    probe.open(tcp::v6(), error);
    if (!error) probe.bind({asio::ip::make_address("::1"), 0}, error);
    return !error;
  }

  static constexpr std::chrono::seconds kPatience{20};

  asio::io_context context_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<int> taken_;
  std::unique_ptr<Acceptor> acceptor_;
};

TEST_F(AcceptorTest, NoMoreThanItsLimitAndWhatEndedMakesRoom) {
  start({3, 100, {}});
  std::list<tcp::socket> open = connect_one_by_one(3);
  tcp::socket refused = connect();
  EXPECT_TRUE(is_closed(refused));
  EXPECT_EQ(acceptor_->counts().open, 3U);
  EXPECT_EQ(acceptor_->counts().refused, 1U);
  {
    const std::lock_guard lock(mutex_);
    ::close(taken_.back());  // as gRPC does, without a word
    taken_.back() = ::dup(0);
  }
  EXPECT_EQ(acceptor_->counts().open, 2U) << "another file under its number is not it";
  open.push_back(connect());
  EXPECT_TRUE(takes(4));
  EXPECT_EQ(acceptor_->counts().open, 3U);
}

TEST_F(AcceptorTest, OneAddressLeavesRoomForOthers) {
  start({10, 2, {}});
  std::list<tcp::socket> open = connect_one_by_one(2);
  tcp::socket refused = connect();
  EXPECT_TRUE(is_closed(refused));
  tcp::socket other(context_, tcp::endpoint(asio::ip::make_address("127.0.0.2"), 0));
  other.connect({asio::ip::make_address("127.0.0.1"), acceptor_->port()});
  EXPECT_TRUE(takes(3));
}

TEST_F(AcceptorTest, AProcessWithoutDescriptorsAcceptsAgainWhenItHasSome) {
  std::promise<std::string> noted;
  start({100'000, 100'000, {}}, [&noted, once = true](const std::string& line) mutable {
    if (std::exchange(once, false)) noted.set_value(line);
  });
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = ::dup(0);
  ::close(next);
  const rlimit small{static_cast<rlim_t>(next) + 20, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &small), 0);
  std::list<tcp::socket> open;
  for (bool room = true; room;) {
    tcp::socket socket(context_);
    boost::system::error_code error;
    socket.connect({asio::ip::make_address("127.0.0.1"), acceptor_->port()}, error);
    room = !error;
    if (room) open.push_back(std::move(socket));
  }
  auto line = noted.get_future();
  // The threads race for the last descriptors: connections that wait are enough of them.
  const bool failed = line.wait_for(kPatience) == std::future_status::ready;
  open.clear();
  {
    const std::lock_guard lock(mutex_);
    for (const int descriptor : taken_) ::close(descriptor);
    taken_.clear();
  }
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(failed);
  EXPECT_NE(line.get().find("cannot be accepted"), std::string::npos);
  EXPECT_GE(acceptor_->counts().failed, 1U);
  const tcp::socket later = connect();
  const auto own = later.local_endpoint().port();
  const auto is_taken = [&] {
    for (const int descriptor : taken_) {
      sockaddr_in peer{};
      socklen_t size = sizeof peer;
      if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
          ntohs(peer.sin_port) == own)
        return true;
    }
    return false;
  };
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(more_.wait_for(lock, kPatience, is_taken));
}

TEST_F(AcceptorTest, AnIpv6AddressStandsForItsNetwork) {
  if (!has_v6()) return;
  start({10, 1, {}}, {}, "[::1]:0");
  tcp::socket first = connect("::1");
  ASSERT_TRUE(takes(1));
  tcp::socket refused = connect("::1");
  EXPECT_TRUE(is_closed(refused));
}

TEST_F(AcceptorTest, ConnectionsOnWhichNobodyReadsEnd) {
  AcceptorLimits limits;
  limits.unanswered = std::chrono::milliseconds(1500);
  start(limits);
  const tcp::socket reader = connect();
  ASSERT_TRUE(takes(1));
  unsigned unanswered = 0;
  socklen_t size = sizeof unanswered;
  ASSERT_EQ(::getsockopt(taken_.front(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unanswered, &size), 0);
  EXPECT_EQ(unanswered, 1500U);
  int no_delay = 0;
  size = sizeof no_delay;
  ASSERT_EQ(::getsockopt(taken_.front(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
  EXPECT_NE(no_delay, 0);
  EXPECT_NE(::fcntl(taken_.front(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(taken_.front(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(AcceptorTest, ListensOnEveryAddressOfAName) {
  std::vector<std::string> names = {"127.0.0.1:0", "localhost:0", "0.0.0.0:0"};
  if (has_v6()) names.insert(names.end(), {"[::1]:0", "[::]:0"});
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const auto listening = Acceptor::listen(name, {}, {});
    ASSERT_TRUE(listening) << listening.error().message;
    const std::uint16_t port = (*listening)->port();
    EXPECT_GT(port, 0);
    const auto reaches = [&](const char* address) {
      tcp::socket socket(context_);
      boost::system::error_code error;
      socket.connect({asio::ip::make_address(address), port}, error);
      return !error;
    };
    const bool any = name == "0.0.0.0:0" || name == "[::]:0";
    EXPECT_EQ(reaches("127.0.0.1"), name != "[::1]:0");
    if (any) {
      EXPECT_EQ(reaches("::1"), has_v6()) << "both kinds";
    }
    const auto again = Acceptor::listen(
        (any ? "127.0.0.1:" : name.substr(0, name.rfind(':') + 1)) + std::to_string(port), {}, {});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::kConfig);
    EXPECT_NE(again.error().message.find("in use"), std::string::npos) << again.error().message;
  }
  for (const std::string wrong : {"no.such.host.invalid:1", "127.0.0.1:x", "192.0.2.1:1", "host"}) {
    const auto listening = Acceptor::listen(wrong, {}, {});
    ASSERT_FALSE(listening) << wrong;
    EXPECT_NE(listening.error().message.find(wrong), std::string::npos);
  }
}

TEST_F(AcceptorTest, StopsBeforeItRunsAndTwice) {
  auto listening = Acceptor::listen("127.0.0.1:0", {}, {});
  ASSERT_TRUE(listening);
  (*listening)->stop();
  start({});
  acceptor_->stop();
  acceptor_->stop();
  tcp::socket socket(context_);
  boost::system::error_code error;
  socket.connect({asio::ip::make_address("127.0.0.1"), acceptor_->port()}, error);
  EXPECT_TRUE(error);
}

}  // namespace
}  // namespace galen::rpc
