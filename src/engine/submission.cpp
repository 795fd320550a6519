// Engine: transactions from clients and peers into the pool, and on to every validator.
#include "engine/engine.h"

#include <algorithm>
#include <set>
#include <utility>

namespace galen::engine {
namespace {

/// A pending transaction of an own client is sent to the others again after this long: the
/// transport is lossy, and all validators must know it (LIV-1).
constexpr std::uint64_t kResendTicks = 100;
constexpr std::size_t kMaxResend = 256;
constexpr std::size_t kMaxForward = 16;  ///< transactions to the primary, in a quarter of T / 2

}  // namespace

Status Engine::check_admissible(const ledger::DecodedTransaction& transaction) {
  const TimeMs now{std::max(ports_.clock.now().value, head_.time.value + 1)};
  const ledger::Parameters& p = chain_.parameters;
  const execution::BlockContext context{chain_.chain, head_.height.next(), now};
  GALEN_TRY_STATUS(
      execution::check_transaction(ports_.store.state(), context, p, transaction, memo_));
  // One that expires before an honest primary can propose it would make everybody suspect him.
  if (transaction.transaction.header.valid_until.value - now.value < 2 * p.request_timeout_ms) {
    return fail(ErrorCode::kExpired,
                "transaction: less than " + std::to_string(2 * p.request_timeout_ms) +
                    " ms are left until its valid_until");
  }
  return {};
}

Status Engine::admit(const VerifiedTransactionPtr& verified,
                     std::optional<ValidatorIndex> overtaken_by) {
  for (const Digest& key : verified->verified) memo_.remember(key);
  GALEN_TRY_STATUS(check_admissible(*verified->transaction));
  return overtaken_by ? pool_.add_overtaken(verified->transaction, ticks_, *overtaken_by)
                      : pool_.add(verified->transaction, ticks_);
}

Status Engine::submit(const VerifiedTransactionPtr& transaction, SubmitDone done) {
  const TxId& id = transaction->transaction->id;
  if (!pool_.contains(id)) {
    GALEN_TRY_STATUS(admit(transaction));
    outgoing_.push_back(transaction->transaction);
    push(pbft::PendingTransactions{true});
  }
  Waiting& waiting = local_[id];
  waiting.sent_tick = ticks_;
  if (done) waiting.done.push_back(std::move(done));
  return {};
}

void Engine::receive_transactions(const std::vector<VerifiedTransactionPtr>& transactions,
                                  std::optional<ValidatorIndex> overtaken_by) {
  for (const VerifiedTransactionPtr& transaction : transactions) {
    if (pool_.contains(transaction->transaction->id)) {
      if (overtaken_by) (void)pool_.add_overtaken(transaction->transaction, ticks_, *overtaken_by);
      continue;
    }
    // A peer's transaction that is not (or no longer) admissible here is no error: it may be
    // committed.
    if (!admit(transaction, overtaken_by)) ++ignored_;
  }
  // Always, not only when the pool was empty: the core forgets it when nothing could be proposed.
  if (!pool_.empty()) push(pbft::PendingTransactions{true});
}

void Engine::flush() {
  if (outgoing_.empty()) return;
  send_batches(outgoing_);
  outgoing_.clear();
}

/// The proposal itself makes them known to everybody. Should it come to nothing, resend_old tells.
void Engine::forget_outgoing(const std::vector<ledger::DecodedTransactionPtr>& proposed) {
  if (outgoing_.empty()) return;
  std::set<TxId> ids;
  for (const auto& transaction : proposed) ids.insert(transaction->id);
  std::erase_if(outgoing_, [&](const auto& transaction) { return ids.contains(transaction->id); });
}

void Engine::send_batches(const std::vector<ledger::DecodedTransactionPtr>& transactions,
                          std::optional<ValidatorIndex> to) {
  TransactionBatch batch{{}, to.has_value()};
  std::size_t bytes = 0;
  const auto ship = [&] {
    if (batch.transactions.empty()) return;
    const auto message = std::make_shared<const Bytes>(encode(BulkMessage(std::move(batch))));
    to ? ports_.transport.send(*to, Channel::kBulk, message) : broadcast(Channel::kBulk, message);
    batch = {{}, to.has_value()};
    bytes = 0;
  };
  for (const auto& transaction : transactions) {
    const Bytes& encoded = transaction->bytes;
    if (bytes + encoded.size() > kMaxBatchBytes ||
        batch.transactions.size() == kMaxBatchTransactions)
      ship();
    bytes += encoded.size();
    batch.transactions.push_back(encoded);
  }
  ship();
}

void Engine::resend_old() {
  if (ticks_ % (kResendTicks / 4) != 0) return;
  std::vector<ledger::DecodedTransactionPtr> old;
  for (auto& [id, waiting] : local_) {
    if (old.size() == kMaxResend) break;
    if (ticks_ - waiting.sent_tick < kResendTicks) continue;
    auto transaction = pool_.find(id);
    if (!transaction) continue;
    waiting.sent_tick = ticks_;
    old.push_back(std::move(transaction));
  }
  send_batches(old);
}

void Engine::note_committed(const Candidate& block) {
  for (std::size_t i = 0; i < block.outcome.work.size(); ++i) {
    pool_.note_work(block.transactions[i]->transaction.header.submitter, block.outcome.work[i]);
  }
  if (block.header.origin_view != censorship_.view()) return;
  for (const auto& transaction : block.transactions) {
    // One that only the primary knew arrived here with its block: it cannot commit its own in
    // silence.
    const auto* entry = pool_.entry(transaction->id);
    censorship_.note_committed(entry != nullptr ? entry->admitted_tick : ticks_);
  }
}

void Engine::watch_primary() {
  if (replica_.view() != censorship_.view()) censorship_.enter_view(replica_.view());
  if (replica_.is_primary() || !replica_.active() || pool_.empty()) return;
  // What he could not admit he need not propose: too little left of its validity, or no longer
  // valid. Nor more than its share of whoever asks for so much work that others would wait.
  auto verdict = censorship_.judge(pool_, ticks_, [this](const ledger::DecodedTransaction& tx) {
    return !pool_.is_costly(tx.transaction.header.submitter) && check_admissible(tx).has_value();
  });
  send_batches(verdict.forward, replica_.primary(replica_.view()));
  if (verdict.censored) push(pbft::PrimarySuspected{replica_.view()});
}

void Engine::forward_waiting() {
  const std::uint64_t half = options_.replica.timing.request_ticks / 2;
  if (replica_.view() != forwarding_.view) forwarding_ = {replica_.view(), ticks_, ticks_, 0};
  if (pool_.empty() || replica_.is_primary() || !replica_.active()) return;
  if (ticks_ - forwarding_.stepped < half / 4) return;
  forwarding_.stepped = ticks_;
  // What has little of its validity left will not be admissible for long.
  const std::uint64_t soon = ports_.clock.now().value + 6 * half * pbft::kTickMs;
  std::vector<ledger::DecodedTransactionPtr> due;
  pool_.visit([&](const mempool::PoolEntry& entry) {
    if (entry.order < forwarding_.next) return true;
    const std::uint64_t waited = ticks_ - std::max(entry.admitted_tick, forwarding_.entered);
    const bool short_lived = entry.transaction->transaction.header.valid_until.value < soon;
    if ((waited < half && !short_lived) || !check_admissible(*entry.transaction)) return true;
    due.push_back(entry.transaction);
    forwarding_.next = entry.order + 1;
    return due.size() < kMaxForward;
  });
  // From the beginning again, for what was lost on the way.
  if (due.size() < kMaxForward) forwarding_.next = 0;
  send_batches(due, replica_.primary(replica_.view()));
}

void Engine::expire_old() {
  // Without blocks nothing else removes what can no longer commit, and the core would suspect the
  // primary for not proposing it.
  if (ticks_ % kResendTicks != 0 || pool_.empty()) return;
  drop_expired(ports_.clock.now());
  drop_dead(Keys::kSeen);
  push(pbft::PendingTransactions{!pool_.empty()});
  watch_primary();
}

}  // namespace galen::engine
