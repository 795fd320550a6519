// Real nodes on loopback: a server with the Peer service and a PeerTransport each, on port 0.
#pragma once

#include "base/limits.h"
#include "ledger/block.h"
#include "net/frame.h"
#include "net/peer_transport.h"
#include "unit/net/identities.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace galen::test {

inline constexpr auto kPatience = std::chrono::seconds(20);

/// What a node received and saw; wait() blocks until a condition holds or patience ends.
class Observer {
 public:
  struct Message {
    ValidatorIndex from;
    engine::Channel channel;
    Bytes bytes;
    std::function<void()> done;
  };

  explicit Observer(bool consume = true) : consume_(consume) {}

  net::PeerCallbacks callbacks() {
    net::PeerCallbacks result;
    result.message =
        [this](
            ValidatorIndex from, engine::Channel channel, Bytes bytes, std::function<void()> done) {
          if (consume_) done();
          const std::lock_guard lock(mutex_);
          messages_.push_back({from, channel, std::move(bytes), std::move(done)});
          changed_.notify_all();
        };
    result.connection = [this](ValidatorIndex peer, bool up) {
      const std::lock_guard lock(mutex_);
      ++transitions_;
      connected_[peer] = up;
      changed_.notify_all();
    };
    result.note = [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      notes_.push_back(line);
      changed_.notify_all();
    };
    return result;
  }

  /// False when patience ended first. `condition` runs under the observer's lock.
  bool wait(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, condition);
  }

  bool wait_messages(std::size_t count) {
    return wait([&] { return messages_.size() >= count; });
  }

  bool wait_connected(std::uint16_t peer, bool up = true) {
    return wait([&] { return connected_[ValidatorIndex{peer}] == up; });
  }

  bool wait_note(const std::string& part) {
    return wait([&] {
      for (const auto& note : notes_) {
        if (note.find(part) != std::string::npos) return true;
      }
      return false;
    });
  }

  std::vector<Message> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(messages_, {});
  }

  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return messages_.size();
  }

  std::size_t transitions() {
    const std::lock_guard lock(mutex_);
    return transitions_;
  }

 private:
  const bool consume_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Message> messages_;
  std::map<ValidatorIndex, bool> connected_;
  std::vector<std::string> notes_;
  std::size_t transitions_ = 0;
};

/// Keys and certificates of n members, each with its own CA.
struct Members {
  std::vector<Authority> authorities;
  std::vector<crypto::PrivateKey> keys;
  std::string bundle;

  explicit Members(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      authorities.emplace_back("hospital-" + std::to_string(i));
      keys.push_back(crypto::PrivateKey::generate());
      bundle += authorities.back().pem;
    }
  }

  [[nodiscard]] ledger::ValidatorSet set() const {
    ledger::ValidatorSet result;
    for (const auto& key : keys) {
      ledger::Validator validator;
      validator.tls_key = key.public_key();
      result.members.push_back(validator);
    }
    return result;
  }

  [[nodiscard]] net::TlsIdentity identity(std::size_t i) const {
    return make_identity(authorities[i], keys[i], bundle);
  }
};

/// Listens as member `index` with a Peer service; dials when told where the others are.
class Node {
 public:
  Node(net::PeerTransportOptions options, Observer& observer, int port = 0)
      : transport(std::make_unique<net::PeerTransport>(options, observer.callbacks())) {
    grpc::ServerBuilder builder;
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.SetMaxReceiveMessageSize(
        static_cast<int>(net::kMaxFrameBodyBytes + net::kFrameOverheadBytes));
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port),
                             net::make_server_credentials(options.identity),
                             &bound);
    builder.RegisterService(&transport->service());
    server = builder.BuildAndStart();
    CHECK(server && bound != 0, "test server listens");
  }

  ~Node() { stop(); }

  void stop() {
    transport->stop();
    server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
  }

  int bound = 0;
  std::unique_ptr<net::PeerTransport> transport;
  std::unique_ptr<grpc::Server> server;
};

inline net::PeerTransportOptions options_for(const Members& members,
                                             std::uint16_t self,
                                             std::vector<std::string> addresses) {
  net::PeerTransportOptions options;
  options.self = ValidatorIndex{self};
  options.validators = members.set();
  addresses.resize(members.keys.size(), "127.0.0.1:1");  // nobody listens there
  options.addresses = std::move(addresses);
  options.identity = members.identity(self);
  return options;
}

inline std::string local(int port) {
  return "127.0.0.1:" + std::to_string(port);
}

inline engine::SharedBytes text(const std::string& value) {
  return std::make_shared<const Bytes>(to_bytes(value));
}

}  // namespace galen::test
