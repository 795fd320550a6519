// What every call passes: who calls, how much he has in flight, and whether the node is stopping.
// Shared by the server and by calls that end after it. Thread rule: any thread.
#pragma once

#include "rpc/backend.h"
#include "rpc/callers.h"
#include "rpc/event_feed.h"
#include "rpc/quotas.h"
#include "rpc/server.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace galen::rpc {

/// Calls that last: they have to be ended before the server can stop, and when their caller is
/// refused (IDC-3).
class OpenStreams {
 public:
  using Ticket = std::uint64_t;
  /// Finishes the call with this error, or with UNAVAILABLE when there is none. Called at most
  /// once, without locks held.
  using End = std::function<void(const std::optional<Error>&)>;
  /// Why a caller is refused; nullopt when he is not.
  using Judge = std::function<std::optional<Error>(const net::PeerIdentity&)>;

  /// Of a call that looks at its caller itself. `end` is called at once when everything was ended
  /// before.
  [[nodiscard]] Ticket add(std::function<void()> end);
  /// Of a call that may idle: `caller` is judged again while it lasts.
  [[nodiscard]] Ticket add(const net::PeerIdentity& caller, End end);
  void remove(Ticket ticket);
  void end_all();
  void end_refused(const Judge& judge);

 private:
  struct Call {
    std::optional<net::PeerIdentity> caller;
    End end;
  };

  [[nodiscard]] Ticket add(Call call);

  std::mutex mutex_;
  Ticket next_ = 1;
  bool ended_ = false;
  std::map<Ticket, Call> calls_;
};

/// Bounds of one kind of release.
struct ReleaseBounds {
  explicit ReleaseBounds(const ServerOptions& options)
      : streams(std::make_shared<Quota>(options.max_streams_per_caller)),
        denials(options.max_denials_per_second) {}

  std::shared_ptr<Quota> streams;
  RateLimit denials;
};

struct Desk {
  Desk(Backend& node, const ServerOptions& options)
      : backend(node),
        callers(node),
        submissions(std::make_shared<Quota>(options.max_submissions_per_caller)),
        streams(std::make_shared<Quota>(options.max_streams_per_caller)),
        watches(std::make_shared<Quota>(options.max_watches_per_caller)),
        accesses(options),
        emergencies(options),
        limits{options.heartbeat, options.slow_reader},
        events(node) {}

  struct WatchLimits {
    std::chrono::milliseconds heartbeat;
    std::chrono::milliseconds slow_reader;
  };

  Backend& backend;
  Callers callers;
  std::shared_ptr<Quota> submissions;
  std::shared_ptr<Quota> streams;
  std::shared_ptr<Quota> watches;
  ReleaseBounds accesses;
  ReleaseBounds
      emergencies;  ///< its own: a busy gateway must not stand in its own emergencies' way
  CallerCounts refused_queries;  ///< about somebody: unknown, or none of the caller's business
  const WatchLimits limits;
  EventFeed events;  ///< stopped by the server, before the last stream goes
  OpenStreams open;
  std::atomic<bool> stopping = false;
};

using DeskPtr = std::shared_ptr<Desk>;

}  // namespace galen::rpc
