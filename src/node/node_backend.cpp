#include "node/node_backend.h"

#include "base/hex.h"
#include "node/version.h"
#include "payload/key_envelope.h"
#include "rpc/emergency_queries.h"

#include <algorithm>
#include <time.h>
#include <utility>

namespace galen::node {

namespace {

/// In which a node that started hears of its peers' heads, if it hears of them at all.
constexpr std::chrono::seconds kHearingTime{10};

}  // namespace

std::uint64_t boot_time_ms() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

TimeMs wall_clock_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return TimeMs{static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count())};
}

NodeBackend::NodeBackend(const Parts& parts)
    : parts_(parts), reader_(parts.database), evidence_(parts.database.evidence()) {
  publish(boot_time_ms());
}

const crypto::PrivateKey* NodeBackend::agreement_key(const Digest& key_id) const {
  for (const crypto::PrivateKey& key : parts_.agreement_keys) {
    if (payload::agreement_key_id(key.public_key()) == key_id) return &key;
  }
  return nullptr;
}

void NodeBackend::publish(std::uint64_t ticked_ms) {
  engine::EngineStatus status = parts_.engine.status();
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
  ticked_ms_ = ticked_ms;
}

void NodeBackend::submit(Bytes transaction,
                         const AccountId& caller,
                         bool wait,
                         SubmitOutcomeDone done) {
  // Any member may bring a transaction: its submitter's signature is what counts. Results are the
  // submitter's alone.
  auto kept = std::make_shared<SubmitOutcomeDone>(std::move(done));
  const bool queued = parts_.workers.submit(
      Priority::kNormal, [this, wait, kept, caller, bytes = std::move(transaction)] {
        auto verified = parts_.transactions.resolve(bytes);
        if (!verified) {
          rpc::SubmitOutcome outcome;
          outcome.error = verified.error();
          return (*kept)(std::move(outcome));
        }
        const bool own = (*verified)->transaction->transaction.header.submitter == caller;
        auto answer = [kept, own](rpc::SubmitOutcome outcome) {
          if (!own) outcome.results.clear();
          (*kept)(std::move(outcome));
        };
        parts_.strand.post(
            [this, wait, answer = std::move(answer), verified = *std::move(verified)] {
              enter(verified, wait, answer);
            });
      });
  if (!queued) {
    rpc::SubmitOutcome outcome;
    outcome.error = Error{ErrorCode::kResourceExhausted,
                          "node: too many transactions wait for verification; retry"};
    (*kept)(std::move(outcome));
  }
}

void NodeBackend::enter(const engine::VerifiedTransactionPtr& transaction,
                        bool wait,
                        SubmitOutcomeDone done) {
  const TxId id = transaction->transaction->id;
  const auto refuse = [id, done](const Error& error) {
    rpc::SubmitOutcome outcome;
    outcome.id = id;
    outcome.error = error;
    done(std::move(outcome));
  };
  const auto answer = [id, done, refuse](const Result<engine::Committed>& result) {
    if (!result) return refuse(result.error());
    rpc::SubmitOutcome outcome;
    outcome.id = id;
    outcome.committed = true;
    outcome.height = result->height;
    outcome.block = result->block;
    outcome.receipt = result->receipt;
    outcome.results = result->results;
    done(std::move(outcome));
  };
  const auto admitted =
      parts_.engine.submit(transaction, wait ? engine::SubmitDone(answer) : engine::SubmitDone());
  if (admitted) {
    flush_soon();
    if (wait) return;
    rpc::SubmitOutcome outcome;
    outcome.id = id;
    return done(std::move(outcome));
  }
  if (admitted.error().code == ErrorCode::kAlreadyExists) {
    if (auto before = committed(id)) {
      // Nobody will settle it again: its bodies must not stay in memory.
      parts_.transactions.settle({transaction->transaction});
      return done(*std::move(before));
    }
  }
  refuse(admitted.error());
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
  out.version = kVersion;
  const std::lock_guard lock(mutex_);
  out.view = status_.view;
  out.view_active = status_.view_active;
  out.primary = status_.primary;
  out.voting = status_.may_vote;
  if (status_.taking_state) {
    out.voting = false;
    out.voting_note =
        "taking the state of height " + std::to_string(parts_.taker.aim().value) + " from peers";
  } else if (status_.amnesia) {
    out.voting_note =
        "amnesia: the vote journal is missing or behind the ledger; following without voting";
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
  out.uptime_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(uptime).count());
  return out;
}

Metrics NodeBackend::metrics(const rpc::Server* server) const {
  const rpc::NodeStatus status = this->status();
  Metrics out;
  out.version = status.version;
  out.height = parts_.database.head().height();
  out.view = status.view;
  out.view_active = status.view_active;
  out.voting = status.voting;
  out.fresh = fresh();
  out.certificate_left_ms = static_cast<std::int64_t>(parts_.certificate_end.value) -
                            static_cast<std::int64_t>(now().value);
  out.open_erasures = parts_.database.has_open_erasures();
  out.evidence = evidence_.size();
  out.emergency_entries = rpc::waiting_emergency_entries(*this);
  out.pool_transactions = status.pool_transactions;
  out.pool_bytes = status.pool_bytes;
  out.committed_transactions = status.transactions_total;
  out.uptime_ms = status.uptime_ms;
  out.resident_bytes = resident_bytes();
  const auto name_of = [this](const AccountId& id) {
    for (const auto& organisation : parts_.genesis.organisations) {
      if (organisation.id == id) return organisation.name;
    }
    return to_hex(id);
  };
  out.organisation = name_of(parts_.organisation);
  for (const rpc::PeerState& peer : status.peers) {
    const AccountId& owner = parts_.genesis.validators.at(peer.index.value).organisation;
    out.peers.push_back({name_of(owner), peer.connected, peer.height});
  }
  if (server != nullptr) {
    out.connections = server->connections();
    for (const auto& [member, count] : server->refused_queries()) {
      out.refused_queries.push_back({name_of(member), count});
    }
  }
  const std::lock_guard lock(mutex_);
  out.amnesia = status_.amnesia;
  out.taking_state = status_.taking_state;
  out.ignored_messages = status_.ignored_messages;
  out.buffered_votes = status_.buffered_votes;
  out.buffered_blocks = status_.buffered_blocks;
  out.proposal_skew_ms = status_.proposal_skew_ms;
  out.untimely_proposals = status_.untimely_proposals;
  return out;
}

bool NodeBackend::fresh() const {
  const std::lock_guard lock(mutex_);
  // A strand that hangs, or a machine that slept, must not leave an old "fresh" standing.
  return boot_time_ms() - ticked_ms_ < status_.fresh_ms;
}

bool NodeBackend::catching_up() const {
  if (was_fresh_) return false;
  if (fresh()) {
    was_fresh_ = true;
    return false;
  }
  const Height head = parts_.database.head().height();
  std::size_t ahead = 0;
  {
    const std::lock_guard lock(mutex_);
    ahead = static_cast<std::size_t>(
        std::count_if(status_.peers.begin(), status_.peers.end(), [&](const Height& peer) {
          return peer > head;
        }));
  }
  const std::size_t faulty = (parts_.genesis.validators.size() - 1) / 3;
  if (ahead > faulty) return true;  // one of them is honest
  return std::chrono::steady_clock::now() - started_ < kHearingTime;
}

TimeMs NodeBackend::now() const {
  return wall_clock_now();
}

}  // namespace galen::node
