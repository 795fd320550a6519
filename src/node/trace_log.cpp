#include "node/trace_log.h"

#include "telemetry/log.h"

namespace galen::node {
namespace {

using pbft::TraceKind;
using telemetry::Level;

Level level_of(TraceKind kind) {
  switch (kind) {
    case TraceKind::kIgnored:
    case TraceKind::kProposed:
    case TraceKind::kPrepared:
    case TraceKind::kCommitted:
    case TraceKind::kApplied: return Level::kDebug;
    // Evidence gets its line when it is kept: a member must not fill the log.
    case TraceKind::kEvidence: return Level::kDebug;
    case TraceKind::kAmnesia: return Level::kError;
    default: return Level::kInfo;
  }
}

}  // namespace

void log_trace(const pbft::TraceRecord& record) {
  const Level level = level_of(record.kind);
  if (!telemetry::log_enabled(level)) return;
  telemetry::log(level,
                 "pbft",
                 pbft::name(record.kind),
                 {{"what", record.what},
                  {"view", record.view.value},
                  {"height", record.height.value},
                  {"block", telemetry::short_id(record.block)},
                  {"member", record.member.value},
                  {"reason", pbft::name(record.reason)}});
}

}  // namespace galen::node
