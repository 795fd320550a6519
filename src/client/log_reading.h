// Reading audit logs: the reading is logged on the chain first, then pages come under it
// (docs/api.md "Reading an audit log"). Administrative acts, which nothing else shows. Thread rule:
// one thread.
#pragma once

#include "client/session.h"
#include "galen/audit.h"

#include <chrono>
#include <optional>
#include <thread>
#include <utility>

namespace galen::client {

/// A committed reading that was permitted.
struct LogReading {
  PatientId log;
  TxId transaction;
  Height height;  ///< of its block: what it covers was committed before
  TimeMs time;    ///< of that block
};

/// Block times [from, to); without an end, up to the reading itself.
struct ReadRange {
  TimeMs from;
  std::optional<TimeMs> to;
};

/// Signs, commits. kNotFound when it is refused or the log unknown; kCorrupt when a node shows
/// another block than the one of the commit; kConfig, kInvalidArgument for the reader.
[[nodiscard]] Result<LogReading> open_reading(Session& session,
                                              const PatientId& log,
                                              const ReadRange& range,
                                              const LogReader& reader);

/// Everything in the log, oldest first. Errors as open_reading.
[[nodiscard]] Result<std::vector<AccessView>> list_access(Session& session,
                                                          const AccessListOptions& options);

/// kRejected names the result code.
[[nodiscard]] Result<Committed> log_act(Session& session, const ActOptions& options);

/// As Session::ask, for a call under a reading: a node that has not applied its block yet, or
/// another one's, says "not found" for a moment.
template <class Call>
auto ask_under_reading(Session& session, Call&& call)
    -> decltype(call(std::declval<NodeApi&>(), Deadline())) {
  constexpr int kAttempts = 15;
  constexpr std::chrono::milliseconds kPause{150};
  auto answer = session.ask(call);
  for (int i = 1; i < kAttempts && !answer && answer.error().code == ErrorCode::kNotFound; ++i) {
    std::this_thread::sleep_for(kPause);
    answer = session.ask(call);
  }
  return answer;
}

}  // namespace galen::client
