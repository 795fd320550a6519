// Events and headers, one line each: for people, and as JSON for programs (docs/cli.md). Without a
// line end. Thread rule: functions from any thread.
#pragma once

#include "galen/events.h"

#include <string>

namespace galen::cli {

[[nodiscard]] std::string human_line(const client::EventView& event, bool full);
/// Of an access or emergency: who, of whom, for what, with what outcome.
[[nodiscard]] std::string own_access_line(const client::EventView& event, bool full);
[[nodiscard]] std::string json_line(const client::EventView& event);
[[nodiscard]] std::string human_line(const client::HeaderView& header, bool full);
[[nodiscard]] std::string json_line(const client::HeaderView& header);
[[nodiscard]] std::string json_line(const client::FollowEnd& end);

}  // namespace galen::cli
