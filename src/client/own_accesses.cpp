#include "client/own_accesses.h"

#include "client/queries.h"
#include "client/text_forms.h"
#include "client/watch.h"

#include <algorithm>

namespace galen::client {

namespace {

/// The first block that is not before `time`; block times rise. By certified headers.
Result<std::uint64_t> first_height(Session& session, TimeMs time) {
  GALEN_TRY(const auto status, node_status(session));
  std::uint64_t low = 1;
  std::uint64_t high = status.height + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    GALEN_TRY(const auto block, get_block(session, middle));
    if (block.time_ms < time.value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

class OwnAccesses {
 public:
  OwnAccesses(const Session& session, const OwnAccessOptions& options)
      : organisation_(session.organisation().name), options_(options) {}

  [[nodiscard]] bool takes(const EventView& event) const {
    if (event.organisation != organisation_) return false;
    if (!options_.person.empty() && event.person != options_.person) return false;
    const bool is_emergency = event.emergency || event.purpose == "BTG";
    if (options_.emergency && !is_emergency) return false;
    const bool is_refused =
        !event.result.empty() || std::any_of(event.decisions.begin(),
                                             event.decisions.end(),
                                             [](const auto& decision) { return !decision.permit; });
    return !options_.denied || is_refused;
  }

 private:
  std::string organisation_;
  const OwnAccessOptions& options_;
};

}  // namespace

Status own_accesses(Session& session, const OwnAccessOptions& options, const EventSink& sink) {
  if (!options.person.empty()) {
    GALEN_TRY_STATUS(parse_id<AccountId>(options.person, "--person"));
  }
  const TimeMs now = session.now();
  WatchOptions watch;
  watch.to_head = true;
  watch.patient = options.patient;
  watch.kinds = {"access-decided", "emergency-declared", "emergency-released", "administration"};
  watch.from = 1;
  std::optional<TimeMs> to;
  if (!options.from.empty()) {
    GALEN_TRY(const TimeMs from, parse_time(options.from, now, "--from"));
    GALEN_TRY(watch.from, first_height(session, from));
  }
  if (!options.to.empty()) {
    GALEN_TRY(to, parse_time(options.to, now, "--to"));
  }
  const OwnAccesses own(session, options);
  GALEN_TRY_STATUS(watch_events(session, watch, [&](const EventView& event) {
    if (to && event.time_ms >= to->value) return false;
    return !own.takes(event) || sink(event);
  }));
  return {};
}

}  // namespace galen::client
