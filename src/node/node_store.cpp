#include "node/node_store.h"

#include "base/hex.h"
#include "node/fail_stop.h"
#include "node/node_backend.h"
#include "telemetry/log.h"

#include <algorithm>
#include <cstdlib>
#include <future>
#include <utility>

namespace galen::node {

namespace {

constexpr std::uint64_t kUnreadableGapMs = 10'000;

}  // namespace

void NodeStore::die(const std::string& reason, bool fail_stop) {
  parts_.fatal(reason, fail_stop);
  std::abort();  // fatal does not return
}

void NodeStore::fail_stop(const ledger::FailStopBundle& bundle) {
  const std::string reason = leave_fail_stop(parts_.database, bundle);
  parts_.evidence.stop();  // what is queued names who signed the contradiction; nothing of it may
                           // keep the bundle back
  die(reason, true);
}

void NodeStore::keep_evidence(const ledger::Evidence& evidence) {
  // Asked here already: a member that equivocates without end must not fill the queue.
  storage::EvidenceLog& log = parts_.database.evidence();
  if (!log.wants(evidence.slot)) return;
  const bool queued = parts_.evidence.submit(Priority::kNormal, [this, &log, evidence] {
    const auto kept = log.keep(evidence, wall_clock_now());
    if (!kept) die("evidence: " + kept.error().message, false);
    if (!*kept) return;
    const ledger::VoteSlot& slot = evidence.slot;
    telemetry::log(telemetry::Level::kWarn,
                   "node",
                   "evidence: a member signed two votes in one slot",
                   {{"member", slot.member.value},
                    {"height", slot.height.value},
                    {"view", slot.view.value},
                    {"vote", ledger::name(slot.type)},
                    {"id", to_hex(ledger::evidence_id(evidence))}});
  });
  if (!queued) log.count_dropped();
}

void NodeStore::append_votes(std::vector<pbft::JournalRecord> records, std::function<void()> done) {
  auto task = [this, records = std::move(records), done = std::move(done)]() mutable {
    auto sequence = parts_.journal->append(records);
    if (!sequence) die("vote journal: " + sequence.error().message, false);
    parts_.strand.post(std::move(done));
  };
  if (!parts_.sync.submit(Priority::kUrgent, std::move(task))) {
    // Only while stopping: a vote that is not synced is never sent, and nothing waits for it any
    // more.
    return;
  }
}

void NodeStore::remember_amnesia() {
  if (parts_.journal == nullptr) return;
  const bool queued = parts_.sync.submit(Priority::kUrgent, [this] {
    if (auto forgotten = parts_.journal->forget(); !forgotten)
      die("vote journal: " + forgotten.error().message, false);
  });
  (void)queued;  // refused only while stopping; the next start finds the same message again
}

std::optional<ledger::Certificate> NodeStore::certificate(Height height) const {
  auto head = parts_.database.header(height);
  if (head) return std::move(head->certificate);
  // A row that is damaged here contradicts nobody: no peer may stop this node by asking for it, nor
  // fill its log.
  const std::uint64_t now = boot_time_ms();
  if (std::exchange(told_unreadable_ms_, now) + kUnreadableGapMs > now) return std::nullopt;
  telemetry::log(telemetry::Level::kError,
                 "node",
                 "a certificate cannot be read",
                 {{"height", height.value}, {"error", head.error().message}});
  return std::nullopt;
}

void NodeStore::apply(engine::CandidatePtr block,
                      ledger::Certificate certificate,
                      std::function<void()> done) {
  // Posted, so that state changes together with the engine's head and never under a running event.
  parts_.strand.post([this,
                      block = std::move(block),
                      certificate = std::move(certificate),
                      done = std::move(done)] {
    apply_now(*block, certificate);
    done();
    if (parts_.committed) parts_.committed();
  });
}

std::uint64_t NodeStore::next_mark() const {
  const std::uint64_t before = parts_.database.journal_mark();
  return parts_.journal == nullptr ? before : std::max(before, parts_.journal->sequence());
}

void NodeStore::wipe_votes(const ledger::VoteSubject& applied) {
  if (parts_.journal == nullptr) return;
  const bool queued = parts_.sync.submit(Priority::kNormal, [this, applied] {
    // Votes and bodies of an applied height have served (CONSENSUS.md 4, PRIVACY.md 15).
    auto wiped = parts_.journal->wipe(applied.height, applied.view);
    if (!wiped) die("vote journal: " + wiped.error().message, false);
  });
  (void)queued;  // refused only while stopping; the next start wipes what is below the head
}

bool NodeStore::sync_wipes() {
  if (parts_.journal == nullptr) return true;
  std::promise<void> synced;
  const bool queued = parts_.sync.submit(Priority::kNormal, [this, &synced] {
    if (auto done = parts_.journal->sync_wipes(); !done)
      die("vote journal: " + done.error().message, false);
    synced.set_value();
  });
  if (queued) synced.get_future().wait();
  return queued;
}

void NodeStore::apply_now(const engine::Candidate& block, const ledger::Certificate& certificate) {
  auto status = parts_.database.apply(
      {block.header, certificate, block.transactions, block.outcome, next_mark()});
  if (!status) die("ledger: " + status.error().message, false);
  wipe_votes(certificate.subject);
}

void NodeStore::take_state(Height target, std::function<void(engine::TakenState)> done) {
  parts_.take(target, [this, done = std::move(done)](StateSync::Outcome outcome) {
    auto kept = std::make_shared<StateSync::Outcome>(std::move(outcome));
    // Posted, as a block is applied: state and head of the engine change together.
    parts_.strand.post([this, kept, done] {
      const engine::TakenState state = take_now(*kept);
      kept->intake.reset();
      done(state);
      if (parts_.committed) parts_.committed();
    });
  });
}

engine::TakenState NodeStore::take_now(const StateSync::Outcome& outcome) {
  const ledger::BlockHeader& header = outcome.head.header;
  auto status = parts_.database.take(*outcome.intake, outcome.head, next_mark());
  if (!status) die("ledger: " + status.error().message, false);
  wipe_votes(outcome.head.certificate->subject);
  telemetry::log(
      telemetry::Level::kInfo, "node", "state taken from peers", {{"height", header.height.value}});
  const engine::Head head{header.height,
                          outcome.head.hash,
                          header.time,
                          header.origin_view,
                          header.state_root,
                          parts_.view_start()};
  return {head,
          [this](Height height) {
            const auto stored = parts_.database.header(height);
            if (!stored) die("ledger: " + stored.error().message, false);
            return *stored->certificate;
          },
          outcome.erasures};
}

}  // namespace galen::node
