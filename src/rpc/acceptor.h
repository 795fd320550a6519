// The listening sockets of the node's one gRPC port. Accepted connections are handed to gRPC, whose
// own listener (1.51) has no bound and ends for good when the process has no file descriptor left
// (CVE-2023-4785): anybody who reaches the port could make a node deaf. Thread rule: a thread of
// its own accepts; the functions may be called from any.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace galen::rpc {

struct AcceptorLimits {
  std::size_t connections = 4096;    ///< open at once; more are closed at once
  std::size_t of_one_address = 512;  ///< an IPv6 address stands for its network of 64 bits
  /// After so long without a word from the other side to what was sent, the connection ends
  /// (TCP_USER_TIMEOUT); 0: the kernel's own patience.
  std::chrono::milliseconds unanswered{0};
};

struct ConnectionCounts {
  std::size_t open = 0;
  std::uint64_t refused = 0;  ///< since the start, for a limit
  std::uint64_t failed = 0;   ///< times that accepting failed, e.g. for want of descriptors
};

class Acceptor {
 public:
  /// Takes over a connection that is not blocking: owns the descriptor from then on.
  using Handle = std::function<void(int descriptor)>;
  /// A line for the log, of each kind at most one in ten seconds.
  using Note = std::function<void(const std::string& line)>;

  /// Listens on "host:port" or "[v6]:port", on every address of this machine that the name has; an
  /// unspecified address, 0.0.0.0 or [::], stands for all addresses of both kinds. Port 0 takes a
  /// free one. Connections wait until run(). kConfig when no address can be used, or one is in
  /// use.
  [[nodiscard]] static Result<std::unique_ptr<Acceptor>> listen(const std::string& address,
                                                                AcceptorLimits limits,
                                                                Note note);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  /// Accepts from now on. Once.
  void run(Handle handle);
  /// Accepts no more and closes the port. Idempotent.
  void stop();

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] ConnectionCounts counts() const;

 private:
  class Loop;
  explicit Acceptor(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace galen::rpc
