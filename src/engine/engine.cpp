#include "engine/engine.h"

#include "base/limits.h"

#include <algorithm>
#include <utility>

namespace galen::engine {
namespace {

ChainContext chain_context(const EngineOptions& options) {
  const ledger::ValidatorSet set = ledger::validator_set(options.genesis);
  return {ledger::chain_id(options.genesis),
          options.replica.epoch,
          ledger::validators_hash(set),
          set.size(),
          options.genesis.parameters};
}

CensorshipTimes censorship_times(const ledger::Parameters& parameters) {
  CensorshipTimes times;
  times.inclusion = std::max<std::uint64_t>(parameters.inclusion_timeout_ms / pbft::kTickMs, 1);
  return times;
}

pbft::Head replica_head(const Start& start) {
  return {start.head.height, start.head.hash, start.certificate};
}

}  // namespace

Engine::Engine(EngineOptions options, const Ports& ports, Start start, TraceSink trace)
    : options_(std::move(options)),
      ports_(ports),
      trace_(std::move(trace)),
      chain_(chain_context(options_)),
      head_(start.head),
      memo_(options_.memo_capacity),
      pool_(options_.pool),
      censorship_(censorship_times(chain_.parameters)),
      replica_(options_.replica, replica_head(start), std::move(start.journal)),
      sync_(options_.replica.self, chain_.validator_count, head_.height),
      peer_heights_(chain_.validator_count) {
  peer_heights_[options_.replica.self.value] = head_.height;
  move_horizon();
}

void Engine::start() {
  carry_out(replica_.start());
  pump();
}

void Engine::tick(std::uint64_t passed) {
  ticks_ += passed;
  resend_old();
  expire_old();
  forward_waiting();
  push(pbft::Tick{passed});
  fetch();
}

void Engine::receive(pbft::VerifiedMessage message) {
  if (const auto* proposal = std::get_if<pbft::Verified<pbft::CheckedProposal>>(&message)) {
    // Timeliness is judged when the proposal arrives (CONSENSUS.md, Time), so the first arrival
    // counts. Only what the replica may buffer is noted, which bounds the map.
    const pbft::BlockInfo& info = proposal->message().block;
    if (info.height > head_.height && info.height.value <= head_.height.value + 2 &&
        arrivals_.size() < 4 * limits::kMaxBlocksVotedAtHeight) {
      arrivals_.emplace(std::pair(info.height, info.hash), ports_.clock.now());
    }
  } else if (const auto* status = std::get_if<pbft::Verified<pbft::StatusReport>>(&message)) {
    peer_heights_[status->from().value] = status->message().applied;
    sync_.note_status(status->from(), status->message().applied);
  }
  push(pbft::to_event(std::move(message)));
}

void Engine::peer_connected(ValidatorIndex peer) {
  push(pbft::PeerConnected{peer});
}

ExecutionContext Engine::execution() {
  return {ports_.store.state(), ports_.store.pages(), ports_.application, memo_};
}

EngineStatus Engine::status() const {
  EngineStatus status;
  status.head = head_;
  status.view = replica_.view();
  status.view_active = replica_.active();
  status.primary = replica_.primary(replica_.view());
  status.may_vote = replica_.may_vote();
  status.amnesia = replica_.amnesia();
  status.fresh_ms = replica_.fresh_ticks_left() * pbft::kTickMs;
  status.taking_state = taking_;
  status.pool_transactions = pool_.size();
  status.pool_bytes = pool_.bytes();
  status.committed_transactions = committed_;
  status.ignored_messages = ignored_;
  const pbft::Replica::Buffered buffered = replica_.buffered();
  status.buffered_votes = buffered.votes;
  status.buffered_blocks = buffered.blocks;
  status.candidates = candidates_.size();
  status.proposal_skew_ms = proposal_skew_ms_;
  status.untimely_proposals = untimely_;
  status.peers = peer_heights_;
  return status;
}

}  // namespace galen::engine
