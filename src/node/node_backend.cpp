#include "node/node_backend.h"

#include <utility>

namespace galen::node {

TimeMs wall_clock_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return TimeMs{static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count())};
}

NodeBackend::NodeBackend(const Parts& parts) : parts_(parts), reader_(parts.database) { publish(); }

void NodeBackend::publish() {
  engine::EngineStatus status = parts_.engine.status();
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
}

void NodeBackend::submit(Bytes transaction, const AccountId& caller, bool wait, SubmitOutcomeDone done) {
  (void)caller;  // any member may bring a transaction; its submitter's signature is what counts
  auto kept = std::make_shared<SubmitOutcomeDone>(std::move(done));
  const bool queued = parts_.workers.submit(
      Priority::kNormal, [this, wait, kept, bytes = std::move(transaction)] {
        auto verified = parts_.transactions.resolve(bytes);
        if (!verified) {
          rpc::SubmitOutcome outcome;
          outcome.error = verified.error();
          return (*kept)(std::move(outcome));
        }
        parts_.strand.post([this, wait, kept, verified = *std::move(verified)] { enter(verified, wait, *kept); });
      });
  if (!queued) {
    rpc::SubmitOutcome outcome;
    outcome.error = Error{ErrorCode::kResourceExhausted, "node: too many transactions wait for verification; retry"};
    (*kept)(std::move(outcome));
  }
}

void NodeBackend::enter(const engine::VerifiedTransactionPtr& transaction, bool wait, SubmitOutcomeDone done) {
  const TxId id = transaction->transaction->id;
  const auto answer = [this, id, done](Result<engine::Committed> result) {
    rpc::SubmitOutcome outcome;
    outcome.id = id;
    if (!result) {
      if (result.error().code == ErrorCode::kAlreadyExists) {
        if (auto before = committed(id)) return done(*std::move(before));
      }
      outcome.error = result.error();
      return done(std::move(outcome));
    }
    outcome.committed = true;
    outcome.height = result->height;
    outcome.block = result->block;
    outcome.receipt = result->receipt;
    outcome.results = std::move(result->results);
    done(std::move(outcome));
  };
  if (wait) {
    parts_.engine.submit(transaction, answer);
  } else {
    // Admission answers at once; the engine calls back only to refuse before submit returns.
    auto refused = std::make_shared<bool>(false);
    auto returned = std::make_shared<bool>(false);
    parts_.engine.submit(transaction, [answer, refused, returned](Result<engine::Committed> result) {
      if (*returned) return;
      *refused = true;
      answer(std::move(result));
    });
    *returned = true;
    if (!*refused) {
      rpc::SubmitOutcome outcome;
      outcome.id = id;
      done(std::move(outcome));
    }
  }
  flush_soon();
}

void NodeBackend::flush_soon() {
  // Behind whatever waits on the strand now: under load a batch forms, when idle it leaves at once.
  if (flush_posted_) return;
  flush_posted_ = true;
  parts_.strand.post([this] {
    flush_posted_ = false;
    parts_.engine.flush();
  });
}

std::optional<rpc::SubmitOutcome> NodeBackend::committed(const TxId& id) const {
  const auto place = parts_.database.find_transaction(id);
  if (!place) return std::nullopt;
  const auto block = parts_.database.block(place->height);
  const auto results = parts_.database.results(*place);
  if (!block || !results || place->index >= block->receipts.size()) return std::nullopt;
  rpc::SubmitOutcome outcome;
  outcome.id = id;
  outcome.committed = true;
  outcome.height = place->height;
  outcome.block = block->hash;
  outcome.receipt = block->receipts[place->index];
  for (const auto& result : *results) {
    if (result) outcome.results.push_back(*result);
  }
  return outcome;
}

rpc::NodeStatus NodeBackend::status() const {
  rpc::NodeStatus out;
  const std::lock_guard lock(mutex_);
  out.view = status_.view;
  out.view_active = status_.view_active;
  out.primary = status_.primary;
  out.voting = status_.may_vote;
  if (status_.amnesia) {
    out.voting_note = "amnesia: the vote journal is missing or behind the ledger; following without voting";
  } else if (!status_.may_vote) {
    out.voting_note = "waiting for the other validators' word that no own vote is unknown here";
  }
  for (std::size_t i = 0; i < status_.peers.size(); ++i) {
    const ValidatorIndex index{static_cast<std::uint16_t>(i)};
    if (index == parts_.self) continue;
    out.peers.push_back({index, parts_.transport.connected(index), status_.peers[i]});
  }
  out.pool_transactions = status_.pool_transactions;
  out.pool_bytes = status_.pool_bytes;
  out.transactions_total = status_.committed_transactions;
  const auto uptime = std::chrono::steady_clock::now() - started_;
  out.uptime_ms =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(uptime).count());
  return out;
}

bool NodeBackend::fresh() const {
  const std::lock_guard lock(mutex_);
  return status_.fresh;
}

TimeMs NodeBackend::now() const { return wall_clock_now(); }

}  // namespace galen::node
