// Process: blocks are applied, erased, served, and a state is taken over.
#include "base/check.h"
#include "base/limits.h"
#include "engine/wire.h"
#include "node/erasure_job.h"
#include "sim/process.h"

#include <algorithm>
#include <utility>

namespace galen::sim {

namespace {

constexpr Micros kErasureGrace = node::kErasureGraceMs * 1000;

}  // namespace

void Process::apply(engine::CandidatePtr block,
                    ledger::Certificate certificate,
                    std::function<void()> done) {
  CHECK(!applying_, "one block is applied at a time");
  applying_ = ApplyTask{std::move(block), std::move(certificate), std::move(done)};
  parts_.surroundings.schedule_apply(*this);
}

void Process::complete_apply() {
  const ApplyTask task = *std::exchange(applying_, std::nullopt);
  const CrashPoint point = parts_.surroundings.next_crash_point(*this, true, true);
  if (point == CrashPoint::kBefore || point == CrashPoint::kWithin)
    return crash("before a block was applied");
  if (disk_.full()) return crash("no room for a block");
  apply_now(task);
  if (point == CrashPoint::kAfter) return crash("after a block was applied");
  task.done();
  if (up()) wipe_votes(task.certificate.subject);
}

void Process::wipe_votes(const ledger::VoteSubject& subject) {
  if (!running_->journal) return;
  wipes_.push_back({{}, {}, subject.height, subject.view, {}});
  next_disk_task();
}

void Process::apply_now(const ApplyTask& task) {
  const engine::Candidate& block = *task.block;
  if (block.header.height != ledger_.head.height.next())
    violated("I9", "a block is applied out of order");
  if (!strategy)
    parts_.invariants.applied(parts_.identity, block, task.certificate, parts_.surroundings.now());
  ledger_.state.apply(block.outcome.state);
  ledger_.head = engine::head_after(ledger_.head, block);
  ledger_.certificate = task.certificate;
  for (std::uint32_t i = 0; i < block.transactions.size(); ++i)
    ledger_.places[block.transactions[i]->id] = {block.header.height, i};
  ledger_.blocks.push_back({block.bytes, task.certificate, block.transactions, nullptr});
  const std::size_t orders = ledger_.bodies.orders();
  ledger_.bodies.add(block.header.height, block.transactions, block.outcome);
  if (ledger_.bodies.orders() > orders) forget_served();
  mark_journal();
}

void Process::mark_journal() {
  if (running_->journal)
    ledger_.journal_mark = std::max(ledger_.journal_mark, running_->journal->sequence());
}

void Process::answer_block(ValidatorIndex to, Height height) {
  if (height.value == 0 || height > ledger_.head.height) return;
  const pbft::CommitProof proof{ledger_.blocks[height.value - 1].certificate,
                                block_to_serve(height)};
  send(to,
       engine::Channel::kConsensus,
       std::make_shared<const Bytes>(pbft::encode(pbft::Message(proof))));
}

std::optional<ledger::Certificate> Process::certificate(Height height) const {
  if (height.value == 0) return std::nullopt;
  return ledger_.blocks.at(height.value - 1).certificate;
}

/// As node/: the whole state of a certified head at once, then what waits goes on.
void Process::take_state(Height target, std::function<void(engine::TakenState)> done) {
  CHECK(!applying_ && !taking_, "one state is taken at a time, and no block meanwhile");
  taking_ = TakeTask{target, std::move(done)};
  parts_.surroundings.schedule_take(*this);
}

void Process::complete_take() {
  const Process* source = parts_.surroundings.state_source(*this, taking_->target);
  if (source == nullptr) return parts_.surroundings.schedule_take(*this);
  const CrashPoint point = parts_.surroundings.next_crash_point(*this, true, true);
  if (point == CrashPoint::kBefore || point == CrashPoint::kWithin)
    return crash("before a state was taken");
  if (disk_.full()) return crash("no room for a state");
  const TakeTask task = *std::exchange(taking_, std::nullopt);
  take_now(*source);
  if (point == CrashPoint::kAfter) return crash("after a state was taken");
  // The certificates stay what they are, whatever is applied while the engine looks at them.
  std::vector<ledger::Certificate> certificates;
  for (const LedgerBlock& block : ledger_.blocks) certificates.push_back(block.certificate);
  task.done({ledger_.head,
             [certificates](Height height) { return certificates.at(height.value - 1); },
             {}});
  if (up()) wipe_votes(ledger_.certificate->subject);
}

void Process::take_now(const Process& source) {
  const Height before = ledger_.head.height;
  Ledger taken = source.ledger_;
  taken.evidence = std::move(ledger_.evidence);
  taken.journal_mark = ledger_.journal_mark;
  ledger_ = std::move(taken);
  mark_journal();
  running_->consents.clear();
  running_->erase_at.clear();
  if (!strategy)
    parts_.invariants.took(parts_.identity, before, ledger_.head, *ledger_.certificate);
}

/// As node/erasure_job.h: keys stay a little longer than the order's block, so that who is a few
/// blocks behind can still execute; what a crash cut off begins again.
void Process::erase_due() {
  for (std::size_t order = 0; order < ledger_.bodies.orders(); ++order) {
    if (!ledger_.bodies.is_open(order)) continue;
    const Micros now = parts_.surroundings.now();
    const Micros due = running_->erase_at.try_emplace(order, now + kErasureGrace).first->second;
    if (now < due) continue;
    ledger_.bodies.carry_out(order);
    forget_served();
    running_->consents.clear();
  }
}

void Process::forget_served() {
  for (LedgerBlock& block : ledger_.blocks) block.served.reset();
}

engine::SharedBytes Process::block_to_serve(Height height) {
  LedgerBlock& block = ledger_.blocks[height.value - 1];
  if (block.served) return block.served;
  const auto holes = ledger_.bodies.holes(height);
  block.served =
      holes.empty()
          ? block.bytes
          : std::make_shared<const Bytes>(with_holes(parts_.consortium.chain, *block.bytes, holes));
  return block.served;
}

void Process::serve(ValidatorIndex to, const engine::RangeRequest& request) {
  engine::RangeReply reply{request.from, {}};
  const std::size_t count = std::min<std::size_t>(request.count, limits::kMaxSyncBlocksPerReply);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t height = request.from.value + i;
    if (height == 0 || height > ledger_.blocks.size()) break;
    reply.blocks.push_back(
        {*block_to_serve(Height{height}), ledger_.blocks[height - 1].certificate});
  }
  if (reply.blocks.empty()) return;
  send(to,
       engine::Channel::kBulk,
       std::make_shared<const Bytes>(engine::encode(engine::BulkMessage(std::move(reply)))));
}

}  // namespace galen::sim
