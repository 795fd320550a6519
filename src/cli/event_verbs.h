// The verbs that watch: they print a line per event until they are ended. Each returns the exit
// code of docs/cli.md. Thread rule: one thread.
#pragma once

#include "cli/common_options.h"
#include "galen/events.h"

namespace galen::cli {

[[nodiscard]] int watch_events(const CommonOptions& common, const client::WatchOptions& options);
[[nodiscard]] int follow_headers(const CommonOptions& common, const client::FollowOptions& options);

}  // namespace galen::cli
