#include "rpc/acceptor.h"

#include "base/check.h"
#include "net/address.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <netinet/tcp.h>
#include <optional>
#include <pthread.h>
#include <set>
#include <sys/stat.h>
#include <thread>
#include <utility>
#include <vector>

namespace galen::rpc {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

/// After a failure to accept: what waits stays in the kernel's queue.
constexpr std::chrono::milliseconds kPause{100};
/// Looking which connections are gone costs a system call for each.
constexpr std::chrono::milliseconds kBetweenSweeps{50};
constexpr std::chrono::seconds kBetweenNotes{10};

/// Tells a socket from any other that gets its number later.
std::optional<std::pair<dev_t, ino_t>> identity_of(int descriptor) {
  struct stat status {};

  if (::fstat(descriptor, &status) != 0) return std::nullopt;
  return std::pair(status.st_dev, status.st_ino);
}

asio::ip::address plain(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address;
}

/// Whom connections are counted for: one host has a whole network of IPv6 addresses.
asio::ip::address counted(const asio::ip::address& address) {
  if (!address.is_v6()) return address;
  auto bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return asio::ip::make_address_v6(bytes);
}

/// Connections that were handed over. Whoever owns them closes them without a word, so they are
/// looked at again when there seem to be too many.
class Open {
 public:
  explicit Open(AcceptorLimits limits) : limits_(limits) {}

  /// False: there are too many.
  [[nodiscard]] bool add(int descriptor, const asio::ip::address& from, Clock::time_point now) {
    if (!has_room(from) && now - swept_ >= kBetweenSweeps) sweep(now);
    if (!has_room(from)) return false;
    const auto identity = identity_of(descriptor);
    if (!identity) return false;
    // A number that is in use again: the connection before has ended.
    if (const auto old = sockets_.find(descriptor); old != sockets_.end()) forget(old);
    sockets_.emplace(descriptor, Socket{*identity, from});
    ++of_address_[from];
    return true;
  }

  [[nodiscard]] std::size_t count() {
    sweep(Clock::now());
    return sockets_.size();
  }

 private:
  struct Socket {
    std::pair<dev_t, ino_t> identity;
    asio::ip::address from;
  };

  using Sockets = std::map<int, Socket>;

  [[nodiscard]] bool has_room(const asio::ip::address& from) const {
    const auto same = of_address_.find(from);
    return sockets_.size() < limits_.connections &&
           (same == of_address_.end() || same->second < limits_.of_one_address);
  }

  void sweep(Clock::time_point now) {
    swept_ = now;
    for (auto socket = sockets_.begin(); socket != sockets_.end();) {
      const bool here = identity_of(socket->first) == socket->second.identity;
      socket = here ? std::next(socket) : forget(socket);
    }
  }

  Sockets::iterator forget(Sockets::iterator socket) {
    const auto same = of_address_.find(socket->second.from);
    if (--same->second == 0) of_address_.erase(same);
    return sockets_.erase(socket);
  }

  AcceptorLimits limits_;
  Sockets sockets_;
  std::map<asio::ip::address, std::size_t> of_address_;
  Clock::time_point swept_;
};

}  // namespace

class Acceptor::Loop {
 public:
  Loop(AcceptorLimits limits, Note note) : limits_(limits), open_(limits), note_(std::move(note)) {}

  ~Loop() { stop(); }

  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Status listen(const std::string& address) {
    const auto unusable = [&](const std::string& why) {
      return fail(ErrorCode::kConfig, "listen " + address + ": cannot listen there: " + why);
    };
    const auto [host, port] = net::split_address(address);
    boost::system::error_code error;
    tcp::resolver resolver(context_);
    const auto found = resolver.resolve(host, port, tcp::resolver::passive, error);
    if (error) return unusable(error.message());
    boost::system::error_code last = asio::error::host_not_found;
    for (const tcp::endpoint& wanted : endpoints_of(found)) {
      tcp::endpoint endpoint = wanted;
      if (endpoint.port() == 0) endpoint.port(this->port());
      const auto failure = bind(endpoint);
      if (failure == asio::error::address_in_use) return unusable(failure.message());
      // A name may have addresses that this machine has not, or not now.
      if (failure) last = failure;
    }
    return listeners_.empty() ? Status(unusable(last.message())) : Status();
  }

  void run(Handle handle) {
    CHECK(!thread_.joinable(), "an acceptor runs once");
    handle_ = std::move(handle);
    for (Listener& listener : listeners_) accept(listener);
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "galen-accept");
      context_.run();
    });
  }

  void stop() {
    asio::post(context_, [this] {
      for (Listener& listener : listeners_) {
        boost::system::error_code ignored;
        listener.socket.close(ignored);
        listener.pause.cancel();
      }
      stopping_ = true;
    });
    if (thread_.joinable()) {
      thread_.join();
    } else {
      listeners_.clear();
    }
  }

  [[nodiscard]] std::uint16_t port() const { return listeners_.empty() ? std::uint16_t{0} : port_; }

  [[nodiscard]] ConnectionCounts counts() {
    const std::lock_guard lock(mutex_);
    return {open_.count(), refused_, failed_};
  }

 private:
  struct Listener {
    explicit Listener(asio::io_context& context) : socket(context), pause(context) {}

    tcp::acceptor socket;
    asio::steady_timer pause;
  };

  /// Each once. An unspecified address is [::], which takes both kinds; without IPv6, 0.0.0.0.
  std::set<tcp::endpoint> endpoints_of(const tcp::resolver::results_type& found) {
    std::set<tcp::endpoint> endpoints;
    for (const auto& entry : found) {
      const tcp::endpoint endpoint = entry.endpoint();
      if (!endpoint.address().is_unspecified()) {
        endpoints.insert(endpoint);
      } else {
        endpoints.insert({has_v6() ? tcp::v6() : tcp::v4(), endpoint.port()});
      }
    }
    return endpoints;
  }

  [[nodiscard]] bool has_v6() {
    boost::system::error_code error;
    tcp::acceptor probe(context_);
    probe.open(tcp::v6(), error);
    if (!error) probe.bind({tcp::v6(), 0}, error);
    return !error;
  }

  boost::system::error_code bind(const tcp::endpoint& endpoint) {
    boost::system::error_code error;
    Listener listener(context_);
    tcp::acceptor& socket = listener.socket;
    socket.open(endpoint.protocol(), error);
    if (error) return error;
    socket.set_option(tcp::acceptor::reuse_address(true), error);
    if (error) return error;
    // [::] takes IPv4 as well; a name with both kinds of address is bound to each.
    const bool any = endpoint.address().is_unspecified();
    if (endpoint.protocol() == tcp::v6()) socket.set_option(asio::ip::v6_only(!any), error);
    if (error) return error;
    socket.bind(endpoint, error);
    if (error) return error;
    socket.listen(tcp::acceptor::max_listen_connections, error);
    if (error) return error;
    port_ = socket.local_endpoint(error).port();
    if (error) return error;
    ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
    // Those that are accepted inherit it. Without it a connection on which nobody reads lasts:
    // keepalive's pings wait behind what cannot be sent.
    const auto unanswered = static_cast<unsigned>(limits_.unanswered.count());
    ::setsockopt(
        socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unanswered, sizeof unanswered);
    listeners_.push_back(std::move(listener));
    return {};
  }

  void accept(Listener& listener) {
    listener.socket.async_accept(
        [this, &listener](const boost::system::error_code& error, tcp::socket connection) {
          if (stopping_ || error == asio::error::operation_aborted) return;
          if (!error) {
            take(std::move(connection));
            return accept(listener);
          }
          failed(error.message());
          listener.pause.expires_after(kPause);
          listener.pause.async_wait([this, &listener](const boost::system::error_code& cancelled) {
            if (!cancelled && !stopping_) accept(listener);
          });
        });
  }

  void take(tcp::socket connection) {
    boost::system::error_code error;
    const auto from = connection.remote_endpoint(error);
    if (error) return;  // gone already
    connection.non_blocking(true, error);
    if (!error) connection.set_option(tcp::no_delay(true), error);
    if (error) return;
    ::fcntl(connection.native_handle(), F_SETFD, FD_CLOEXEC);
    {
      const std::lock_guard lock(mutex_);
      const asio::ip::address address = plain(from.address());
      if (!open_.add(connection.native_handle(), counted(address), Clock::now())) {
        ++refused_;
        return note(noted_refusal_,
                    "connections refused: too many in all or of one address; so far " +
                        std::to_string(refused_) + ", the last from " + address.to_string());
      }
    }
    const int descriptor = connection.release(error);
    if (!error) handle_(descriptor);
  }

  void failed(const std::string& why) {
    const std::lock_guard lock(mutex_);
    ++failed_;
    note(noted_failure_, "connections cannot be accepted: " + why);
  }

  void note(std::optional<Clock::time_point>& last, const std::string& line) {
    const auto now = Clock::now();
    if (last && now - *last < kBetweenNotes) return;
    last = now;
    if (note_) note_(line);
  }

  AcceptorLimits limits_;
  asio::io_context context_{1};
  std::vector<Listener> listeners_;
  std::uint16_t port_ = 0;
  Handle handle_;
  bool stopping_ = false;  ///< the thread's own
  std::mutex mutex_;       ///< of what follows
  Open open_;
  std::uint64_t refused_ = 0;
  std::uint64_t failed_ = 0;
  Note note_;
  std::optional<Clock::time_point> noted_refusal_;
  std::optional<Clock::time_point> noted_failure_;
  std::thread thread_;
};

Result<std::unique_ptr<Acceptor>> Acceptor::listen(const std::string& address,
                                                   AcceptorLimits limits,
                                                   Note note) {
  try {
    auto loop = std::make_unique<Loop>(limits, std::move(note));
    GALEN_TRY_STATUS(loop->listen(address));
    return std::unique_ptr<Acceptor>(new Acceptor(std::move(loop)));
  } catch (const boost::system::system_error& error) {
    // Asio's own descriptors.
    return fail(ErrorCode::kConfig, "listen " + address + ": " + error.what());
  }
}

Acceptor::Acceptor(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

Acceptor::~Acceptor() = default;

void Acceptor::run(Handle handle) {
  loop_->run(std::move(handle));
}

void Acceptor::stop() {
  loop_->stop();
}

std::uint16_t Acceptor::port() const {
  return loop_->port();
}

ConnectionCounts Acceptor::counts() const {
  return loop_->counts();
}

}  // namespace galen::rpc
