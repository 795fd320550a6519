// Client::follow: certified headers only, from genesis or the head trusted before (docs/cli.md).
// Thread rule: one thread.
#pragma once

#include "client/event_stream.h"
#include "client/session.h"
#include "galen/events.h"

#include <string>
#include <vector>

namespace galen::client {

/// As Client::follow; kConfig for a state file of another chain, kCorrupt for a damaged one.
[[nodiscard]] Result<FollowEnd> follow_headers(Session& session,
                                               const FollowOptions& options,
                                               const HeaderSink& sink);

/// The header of a block event is there and says what the event says. kCorrupt.
[[nodiscard]] Status check_block_event(const EventAnswer& event);

/// Names of those who signed.
[[nodiscard]] std::vector<std::string> signers_of(const Session& session,
                                                  const ledger::Certificate& certificate);

}  // namespace galen::client
