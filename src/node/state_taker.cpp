#include "node/state_taker.h"

#include "node/fail_stop.h"
#include "node/node_backend.h"
#include "telemetry/log.h"

#include <utility>

namespace galen::node {

using telemetry::Level;

StateTaker::StateTaker(const Parts& parts)
    : parts_(parts),
      mail_([transport = &parts_.transport](ValidatorIndex to, engine::SharedBytes message) {
        transport->send(to, engine::Channel::kBulk, std::move(message));
      }) {}

StateSync::Parts StateTaker::sync_parts() {
  StateSync::Parts parts{
      parts_.database, {}, parts_.self, parts_.validators, {}, {}, {}, {}, {}, {}, {}, {}};
  parts.check_certificate = [this](const ledger::Certificate& certificate) {
    return parts_.verifier.check_certificate(certificate);
  };
  parts.ask = [this](ValidatorIndex to, const engine::StateMessage& question) {
    return mail_.ask(to, question, kStateAnswerMs);
  };
  parts.connected = [this](ValidatorIndex peer) { return parts_.transport.connected(peer); };
  parts.pause = [this](std::uint64_t milliseconds) { mail_.pause(milliseconds); };
  parts.now_ms = boot_time_ms;
  parts.stopping = [this] { return mail_.stopping(); };
  parts.aim = [this](const storage::Head& head) {
    if (aim_.exchange(head.height().value) == head.height().value) return;
    telemetry::log(Level::kInfo,
                   "node",
                   "taking the state of a later height from peers",
                   {{"height", head.height().value}, {"block", telemetry::short_id(head.hash)}});
  };
  parts.blame = [](ValidatorIndex source, const std::string& what) {
    telemetry::log(Level::kWarn,
                   "net",
                   "a source of state failed",
                   {{"validator", source.value}, {"reason", what}});
  };
  parts.fork = [this](const ledger::FailStopBundle& bundle) {
    parts_.fatal(leave_fail_stop(parts_.database, bundle), true);
  };
  return parts;
}

void StateTaker::start(Height target, std::function<void(StateSync::Outcome)> done) {
  telemetry::log(Level::kWarn,
                 "node",
                 "bodies of the next block are erased everywhere: taking a later state from peers",
                 {{"block_height", target.value}});
  const bool queued = parts_.thread.submit(
      Priority::kNormal, [this, target, done = std::move(done)] { run(target, done); });
  (void)queued;  // refused only while stopping
}

void StateTaker::run(Height target, const std::function<void(StateSync::Outcome)>& done) {
  while (!mail_.stopping()) {
    auto outcome = StateSync(sync_parts()).run(target);
    if (outcome) {
      aim_ = 0;
      return done(*std::move(outcome));
    }
    const ErrorCode code = outcome.error().code;
    if (code == ErrorCode::kIo || code == ErrorCode::kCorrupt)
      parts_.fatal("taking a state: " + outcome.error().message, false);
    if (mail_.stopping()) return;
    telemetry::log(Level::kError,
                   "node",
                   "taking a state failed; from the start again",
                   {{"reason", outcome.error().message}});
    mail_.pause(kStatePauseMs);
  }
}

}  // namespace galen::node
