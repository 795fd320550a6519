// Client::watch. Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/events.h"

namespace galen::client {

/// kInvalidArgument for options; otherwise as Client::watch.
[[nodiscard]] Result<WatchEnd> watch_events(Session& session,
                                            const WatchOptions& options,
                                            const EventSink& sink);

}  // namespace galen::client
