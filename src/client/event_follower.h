// The event stream of whichever node answers, without a gap: when one goes away the next is asked
// to go on at the same place. Thread rule: one thread.
#pragma once

#include "client/event_order.h"
#include "client/event_stream.h"
#include "client/session.h"

#include <chrono>
#include <functional>
#include <optional>

namespace galen::client {

enum class Following { kOn, kEnough };

struct FollowerOptions {
  EventQuery query;             ///< its cursor moves on
  std::optional<Deadline> end;  ///< then it has been enough
  /// Called before each call to a node, to fit the query to it, e.g. to sign a request anew.
  std::function<Status(EventQuery&, const NodeApi&)> prepare;
};

class EventFollower {
 public:
  EventFollower(Session& session, FollowerOptions options);

  using Handler = std::function<Result<Following>(const EventAnswer&, const NodeApi&)>;

  /// Heartbeats too. Ends when the handler has enough, or at the end. Errors of the handler; what a
  /// node refused for good; kUnavailable when no node told anything new for the session's timeout.
  [[nodiscard]] Status run(const Handler& handler);

  /// Where to go on.
  [[nodiscard]] const std::optional<ledger::EventCursor>& next() const { return order_.next(); }

 private:
  /// True when it was enough.
  [[nodiscard]] Result<bool> follow(NodeApi& node, const Handler& handler);
  [[nodiscard]] bool is_over() const;

  Session& session_;
  FollowerOptions options_;
  EventOrder order_;
  bool progress_ = false;  ///< the last call told something
  bool is_final_ = false;  ///< the last error is the handler's or about what was told
};

}  // namespace galen::client
