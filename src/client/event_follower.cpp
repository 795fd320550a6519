#include "client/event_follower.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace galen::client {

namespace {

using std::chrono::system_clock;

/// Nodes send a heartbeat every five seconds.
constexpr auto kSilence = std::chrono::seconds(12);
constexpr auto kPause = std::chrono::milliseconds(200);

std::optional<ledger::EventCursor> start_of(const EventQuery& query, const ChainId& chain) {
  if (query.cursor) return query.cursor;
  if (query.from == Height{}) return std::nullopt;
  return ledger::EventCursor{chain, query.from, 0};
}

bool passes(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kDeadlineExceeded ||
         error.code == ErrorCode::kResourceExhausted || error.code == ErrorCode::kExpired;
}

}  // namespace

EventFollower::EventFollower(Session& session, FollowerOptions options)
    : session_(session),
      options_(std::move(options)),
      order_(session.chain(), start_of(options_.query, session.chain())) {}

bool EventFollower::is_over() const {
  return options_.end && system_clock::now() >= *options_.end;
}

Status EventFollower::run(const Handler& handler) {
  const auto& nodes = session_.nodes();
  Deadline patience = session_.deadline();
  std::size_t turn = 0;
  std::size_t not_kept = 0;
  for (;;) {
    NodeApi& node = *nodes[turn % nodes.size()];
    const Result<bool> enough = follow(node, handler);
    if (enough) return {};
    const Error error = enough.error();
    // By that node's clock, if not by this one: the next call makes another.
    if (error.code == ErrorCode::kExpired) options_.query.access.reset();
    if (is_final_) return fail_in("the node of " + node.address().organisation, error);
    if (is_over()) return {};
    if (progress_) {
      patience = session_.deadline();
      turn = 0;
      not_kept = 0;
    } else {
      ++turn;
    }
    // Another node may keep what this one does not.
    const bool elsewhere =
        error.code == ErrorCode::kFailedPrecondition && ++not_kept < nodes.size();
    const bool waits = passes(error) && system_clock::now() < patience;
    if (!elsewhere && !waits) return fail_in("the node of " + node.address().organisation, error);
    std::this_thread::sleep_for(kPause);
  }
}

Result<bool> EventFollower::follow(NodeApi& node, const Handler& handler) {
  progress_ = false;
  is_final_ = false;
  if (order_.next()) options_.query.cursor = order_.next();
  if (options_.prepare) {
    const Status prepared = options_.prepare(options_.query, node);
    is_final_ = !prepared && !passes(prepared.error());
    if (!prepared) return tl::unexpected(prepared.error());
  }
  EventStream stream(node, options_.query);
  for (;;) {
    if (is_over()) return true;
    const Deadline silence = system_clock::now() + kSilence;
    const auto event = stream.next(options_.end ? std::min(silence, *options_.end) : silence);
    if (!event) return tl::unexpected(event.error());
    is_final_ = true;
    GALEN_TRY_STATUS(order_.accept(*event));
    GALEN_TRY(const Following next, handler(*event, node));
    is_final_ = false;
    progress_ = true;
    if (next == Following::kEnough) return true;
  }
}

}  // namespace galen::client
