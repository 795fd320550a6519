// What people of the own organisation asked for. Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/events.h"

namespace galen::client {

/// Every access, list, reading of a log, declaration of an emergency and release that this
/// organisation submitted or whose person is its own, up to the head. As watch_events.
[[nodiscard]] Status own_accesses(Session& session,
                                  const OwnAccessOptions& options,
                                  const EventSink& sink);

}  // namespace galen::client
