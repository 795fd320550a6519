// Engine: from the PBFT core's outputs to executions, synced votes and messages.
#include "base/check.h"
#include "engine/engine.h"
#include "engine/inspect.h"

#include <algorithm>
#include <utility>

namespace galen::engine {
namespace {

pbft::BlockVerdict verdict_of(const Error& error) {
  return error.code == ErrorCode::kDeadlineExceeded ? pbft::BlockVerdict::kUntimely
                                                    : pbft::BlockVerdict::kInvalid;
}

}  // namespace

void Engine::push(pbft::Event event) {
  events_.push_back(std::move(event));
  pump();
}

void Engine::pump() {
  // Outputs push further events; a flat loop keeps the core from being re-entered.
  if (pumping_) return;
  pumping_ = true;
  while (!events_.empty()) {
    const pbft::Event event = std::move(events_.front());
    events_.pop_front();
    pbft::Output output = replica_.step(event);
    move_horizon();
    carry_out(std::move(output));
  }
  pumping_ = false;
}

void Engine::move_horizon() {
  const pbft::Horizon now{
      options_.replica.self, replica_.applied(), replica_.view(), replica_.asked_view()};
  if (now == horizon_) return;
  horizon_ = now;
  if (horizon_watcher_) horizon_watcher_(horizon_);
}

void Engine::watch_horizon(std::function<void(const pbft::Horizon&)> watcher) {
  horizon_watcher_ = std::move(watcher);
  horizon_watcher_(horizon_);
}

void Engine::carry_out(pbft::Output output) {
  if (!output.persist.empty()) persist(std::move(output.persist));
  for (const pbft::Send& message : output.send) send(message);
  for (const pbft::Action& action : output.deliver) {
    std::visit([this](const auto& a) { perform(a); }, action);
  }
  for (const pbft::TraceRecord& record : output.trace) {
    if (record.kind == pbft::TraceKind::kIgnored) ++ignored_;
    if (trace_) trace_(record);
  }
}

void Engine::persist(std::vector<pbft::JournalRecord> records) {
  for (pbft::JournalRecord& record : records) {
    pbft::set_signature(record, ports_.signer.sign(pbft::statement(chain_.chain, record)));
  }
  auto kept = std::make_shared<const std::vector<pbft::JournalRecord>>(records);
  ports_.store.append_votes(std::move(records), [this, kept] {
    for (const pbft::JournalRecord& record : *kept) {
      send({std::nullopt, pbft::message_of(record)});
      events_.push_back(pbft::Persisted{ports_.verifier.own(record, options_.replica.self)});
    }
    pump();
  });
}

void Engine::send(const pbft::Send& message) {
  const auto bytes = std::make_shared<const Bytes>(pbft::encode(message.message));
  if (message.to) {
    ports_.transport.send(*message.to, Channel::kConsensus, bytes);
  } else {
    broadcast(Channel::kConsensus, bytes);
  }
}

void Engine::broadcast(Channel channel, const SharedBytes& bytes) {
  for (std::size_t i = 0; i < chain_.validator_count; ++i) {
    const ValidatorIndex to{static_cast<std::uint16_t>(i)};
    if (to != options_.replica.self) ports_.transport.send(to, channel, bytes);
  }
}

void Engine::perform(const pbft::BuildBlock& action) {
  // While the core follows to a state that was taken.
  if (action.height != head_.height.next()) {
    events_.push_back(pbft::BuildDeclined{action.view, action.height});
    return;
  }
  const TimeMs now = ports_.clock.now();
  CHECK(action.parent == head_.hash, "the core builds on the applied head");
  const execution::BlockContext context{chain_.chain, head_.height.next(), now};
  std::vector<ledger::DecodedTransactionPtr> batch;
  // A primary waits until its clock has passed the parent's time (CONSENSUS.md, Time).
  if (now > head_.time) {
    const ledger::Parameters& p = chain_.parameters;
    constexpr std::size_t kHeaderRoom = 1024;
    const std::size_t bytes = action.small
                                  ? std::min<std::size_t>(p.max_block_bytes, pbft::kSmallBlockBytes)
                                  : p.max_block_bytes;
    batch = pool_.take({bytes - kHeaderRoom, p.max_block_transactions, p.max_block_operations},
                       [&](const ledger::DecodedTransaction& tx) {
                         return execution::check_transaction(
                                    ports_.store.state(), context, p, tx, memo_)
                             .has_value();
                       });
  }
  if (batch.empty()) {
    events_.push_back(pbft::BuildDeclined{action.view, action.height});
    return;
  }
  const CandidatePtr block =
      build_candidate(chain_, head_, action.view, now, std::move(batch), execution());
  keep_candidate(block);
  const pbft::BlockInfo info{block->hash,
                             block->header.height,
                             block->header.parent,
                             block->header.epoch,
                             block->header.origin_view};
  forget_outgoing(block->transactions);
  events_.push_back(pbft::ProposalBuilt{action.view, info, block->bytes});
}

void Engine::keep_candidate(const CandidatePtr& block) {
  if (!candidates_.insert_or_assign(block->hash, block).second) return;
  candidate_order_.push_back(block->hash);
  if (candidate_order_.size() <= kMaxCandidates) return;
  candidates_.erase(candidate_order_.front());
  candidate_order_.pop_front();
}

Result<CandidatePtr> Engine::check(const pbft::SharedBytes& bytes, const Arrival& arrival) {
  GALEN_TRY(const ledger::Block block, ledger::decode_block(*bytes));
  std::vector<Digest> verified;
  GALEN_TRY(auto transactions,
            resolve_transactions(block, ports_.transactions, verified, arrival.standing));
  for (const Digest& key : verified) memo_.remember(key);
  return check_candidate(
      chain_, head_, block, bytes, std::move(transactions), arrival, execution());
}

void Engine::perform(const pbft::CheckBlock& action) {
  if (action.height != head_.height.next())
    return;  // likewise: the next Applied forgets the question
  const auto arrival = arrivals_.find({action.height, action.hash});
  const TimeMs arrived = arrival == arrivals_.end() ? ports_.clock.now() : arrival->second;
  auto checked = check(action.block, {!action.forced, action.view, arrived});
  pbft::BlockVerdict verdict = pbft::BlockVerdict::kValid;
  if (checked) {
    if (!action.forced) note_time((*checked)->header.time, arrived, false);
    keep_candidate(*checked);
  } else {
    verdict = verdict_of(checked.error());
    if (verdict == pbft::BlockVerdict::kUntimely)
      note_time(ledger::decode_block(*action.block)->header.time, arrived, true);
  }
  events_.push_back(pbft::BlockChecked{action.view, action.hash, verdict});
}

void Engine::note_time(TimeMs proposed, TimeMs arrived, bool untimely) {
  proposal_skew_ms_ =
      static_cast<std::int64_t>(proposed.value) - static_cast<std::int64_t>(arrived.value);
  if (untimely) ++untimely_;
}

void Engine::perform(const pbft::CommitBlock& action) {
  ready_.push_back({action.certificate, action.block});
  apply_next();
}

void Engine::perform(const pbft::SyncTo& action) {
  sync_.note_target(action.target);
}

void Engine::perform(const pbft::AnswerBlock& action) {
  ports_.store.answer_block(action.to, action.height);
}

void Engine::perform(const pbft::CompareCertificate& action) {
  const ledger::Certificate& certificate = action.certificate;
  const auto known = ports_.store.certificate(certificate.subject.height);
  if (known && known->subject.block != certificate.subject.block)
    events_.push_back(pbft::CertifiedBefore{*known, certificate});
}

void Engine::perform(const pbft::CompareHead& action) {
  const auto known = ports_.store.certificate(action.height);
  if (known && known->subject.block != action.hash)
    send({action.to, pbft::CommitProof{*known, nullptr}});
}

void Engine::perform(const pbft::RememberAmnesia&) {
  ports_.store.remember_amnesia();
}

void Engine::perform(const pbft::FailStop& action) {
  ledger::FailStopBundle bundle;
  bundle.chain = chain_.chain;
  bundle.reason = "two certificates for different blocks at height " +
                  std::to_string(action.known.subject.height.value);
  bundle.certificates = {action.known, action.conflicting};
  ports_.store.fail_stop(bundle);
}

void Engine::perform(const pbft::KeepEvidence& action) {
  const ledger::VoteSubject& slot = action.first.subject;
  ports_.store.keep_evidence(
      ledger::make_evidence(chain_.chain,
                            {slot.epoch, action.first.member, slot.height, slot.view, slot.type},
                            {slot.block, action.first.signature},
                            {action.second.subject.block, action.second.signature}));
}

}  // namespace galen::engine
