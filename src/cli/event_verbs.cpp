#include "cli/event_verbs.h"

#include "cli/answer.h"
#include "cli/event_text.h"
#include "cli/human_text.h"
#include "cli/json_text.h"

namespace galen::cli {

namespace {

/// Two certified histories: what proves it, and the code of a proof that does not verify.
int report_fork(const CommonOptions& common, const client::FollowEnd& end) {
  const int printed = print(common.json ? json::text(*end.fork) + "\n" : human::text(*end.fork));
  if (printed != 0) return printed;
  return report({client::FailureKind::kProof,
                 "the chain has forked: " + end.fork->reason,
                 end.evidence_file.empty() ? "evidence not kept, give --state" : end.evidence_file,
                 "trust nothing above block " + std::to_string(end.height) +
                     "; see docs/operations.md, Evidence"});
}

int missing(std::uint64_t got, std::uint64_t wanted, const char* where) {
  return report({client::FailureKind::kUnavailable,
                 std::to_string(got) + " of " + std::to_string(wanted) + " in time",
                 where,
                 "give it longer: --timeout"});
}

}  // namespace

int watch_events(const CommonOptions& common, const client::WatchOptions& options) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  int printed = 0;
  const auto end = opened->watch(options, [&](const client::EventView& event) {
    printed = print((common.json ? json_line(event) : human_line(event, common.full)) + "\n");
    return printed == 0;
  });
  if (printed != 0) return printed;
  if (!end) return report(end.failure());
  if (end->events < options.count) return missing(end->events, options.count, "watch");
  return 0;
}

int follow_headers(const CommonOptions& common, const client::FollowOptions& options) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  int printed = 0;
  const auto end = opened->follow(options, [&](const client::HeaderView& header) {
    printed = print((common.json ? json_line(header) : human_line(header, common.full)) + "\n");
    return printed == 0;
  });
  if (printed != 0) return printed;
  if (!end) return report(end.failure());
  if (end->fork) return report_fork(common, *end);
  if (end->headers < options.count) return missing(end->headers, options.count, "light follow");
  if (common.json) return print(json_line(*end) + "\n");
  return print("trusted: block " + std::to_string(end->height) + " " + end->hash + "\n");
}

}  // namespace galen::cli
