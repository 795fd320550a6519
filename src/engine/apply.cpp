// Engine: the one serial gate through which certified blocks become state (SAF-13, CONSENSUS.md 6,
// 7).
#include "base/check.h"
#include "engine/engine.h"
#include "engine/wire.h"

#include <algorithm>
#include <set>
#include <utility>

namespace galen::engine {

/// What the core committed, else what was fetched.
std::optional<Engine::Ready> Engine::next_ready() {
  while (!ready_.empty() && ready_.front().certificate.subject.height <= head_.height)
    ready_.pop_front();
  if (!ready_.empty() && ready_.front().certificate.subject.height == head_.height.next()) {
    Ready next = std::move(ready_.front());
    ready_.pop_front();
    return next;
  }
  // A gap: what stands behind it cannot apply either. The core asks again.
  ready_.clear();
  const SyncedBlock* fetched = sync_.find(head_.height.next());
  if (fetched == nullptr) return std::nullopt;
  return Ready{fetched->certificate, fetched->block};
}

void Engine::apply_next() {
  if (applying_ || taking_) return;
  const std::optional<Ready> found = next_ready();
  if (!found) return;
  const Ready& next = *found;
  const ledger::VoteSubject& subject = next.certificate.subject;
  CandidatePtr block;
  if (const auto known = candidates_.find(subject.block); known != candidates_.end()) {
    block = known->second;
  } else {
    auto checked =
        check(next.block, {false, subject.view, ports_.clock.now(), Standing::kCertified});
    // Q members certified this block: if it does not hold here, this node's state is wrong
    // (SAF-15).
    if (!checked)
      stop_at(next,
              "certified block " + std::to_string(subject.height.value) +
                  " does not execute here: " + checked.error().message);
    block = *checked;
  }
  CHECK(subject.type == ledger::VoteType::kCommit, "only commit certificates come to the gate");
  if (block->hash != subject.block) stop_at(next, "certificate and block do not belong together");
  applying_ = true;
  ports_.store.apply(block, next.certificate, [this, block, certificate = next.certificate] {
    applied(block, certificate);
  });
}

void Engine::stop_at(const Ready& block, const std::string& reason) {
  ledger::FailStopBundle bundle;
  bundle.chain = chain_.chain;
  bundle.reason = reason;
  bundle.certificates = {block.certificate};
  const auto decoded = ledger::decode_block(*block.block);
  const bool certified =
      decoded && ledger::block_hash(decoded->header) == block.certificate.subject.block;
  if (certified) bundle.header = decoded->header;
  ports_.store.fail_stop(bundle);
}

void Engine::applied(const CandidatePtr& block, const ledger::Certificate& certificate) {
  applying_ = false;
  head_ = head_after(head_, *block);
  peer_heights_[options_.replica.self.value] = head_.height;
  sync_.note_applied(head_.height);
  candidates_.clear();
  candidate_order_.clear();
  arrivals_.erase(arrivals_.begin(), arrivals_.lower_bound({head_.height.next(), BlockHash{}}));
  committed_ += block->transactions.size();
  note_committed(*block);
  const std::vector<TxId> overtaken = pool_.remove(block->transactions);
  ports_.transactions.settle(block->transactions);
  answer_waiting(*block);
  for (const TxId& id : overtaken) {
    refuse_waiting(
        id, {ErrorCode::kAlreadyExists, "transaction: another one with its nonce was committed"});
  }
  drop_expired(head_.time);
  drop_displaced(*block);
  drop_erased(*block);
  pbft::Applied event{certificate};
  if (view_ended(head_, chain_.parameters.rotation_period_ms)) event.view_ended = head_.origin_view;
  events_.push_back(std::move(event));
  events_.push_back(pbft::PendingTransactions{!pool_.empty()});
  apply_next();
  fetch();
  pump();
  watch_primary();
}

void Engine::answer_waiting(const Candidate& block) {
  for (std::size_t i = 0; i < block.transactions.size(); ++i) {
    const auto waiting = local_.find(block.transactions[i]->id);
    if (waiting == local_.end()) continue;
    const Committed committed{waiting->first,
                              block.header.height,
                              block.hash,
                              block.header.time,
                              block.outcome.receipts[i],
                              block.outcome.results[i]};
    const std::vector<SubmitDone> done = std::move(waiting->second.done);
    local_.erase(waiting);
    for (const SubmitDone& callback : done) callback(committed);
  }
}

void Engine::drop_expired(TimeMs time) {
  for (const TxId& id : pool_.prune(time)) {
    refuse_waiting(
        id, {ErrorCode::kExpired, "transaction: its valid_until passed before it was committed"});
  }
}

/// A retired key's place went to a new one: what waits under that place bears the old key's
/// signature.
void Engine::drop_displaced(const Candidate& block) {
  std::set<std::pair<AccountId, std::uint16_t>> places;
  for (std::size_t i = 0; i < block.transactions.size(); ++i) {
    if (!block.outcome.receipts[i].ok) continue;
    for (const ledger::DecodedOperation& operation : block.transactions[i]->operations) {
      const auto* rotation = std::get_if<ledger::RotateKey>(&operation.value);
      if (rotation != nullptr && rotation->use == ledger::KeyUse::kSigning)
        places.emplace(rotation->organisation, rotation->key.index);
    }
  }
  if (places.empty()) return;
  const auto displaced = [&](const ledger::DecodedTransaction& transaction) {
    const ledger::TransactionHeader& header = transaction.transaction.header;
    return places.contains({header.submitter, header.key_index});
  };
  for (const TxId& id : pool_.prune(head_.time, displaced)) {
    refuse_waiting(
        id,
        {ErrorCode::kPermissionDenied, "transaction: its submitter has another key in that place"});
  }
}

/// PRIVACY.md 16: what waits about an erased patient could only be rejected, and holds what his
/// erasure takes. What his audit log takes still stays.
void Engine::drop_erased(const Candidate& block) {
  std::set<SubjectPath> erased;
  for (std::size_t i = 0; i < block.transactions.size(); ++i) {
    if (!block.outcome.receipts[i].ok) continue;
    for (const ledger::DecodedOperation& operation : block.transactions[i]->operations) {
      const auto* order = std::get_if<ledger::ErasePatient>(&operation.value);
      if (order != nullptr && order->scope == ledger::ErasureScope::kPatient) {
        erased.insert(order->path);
      }
    }
  }
  if (erased.empty()) return;
  const auto is_gone = [&](const ledger::DecodedOperation& operation) {
    return ledger::needs_living_subject(operation.type) &&
           std::any_of(erased.begin(), erased.end(), [&](const SubjectPath& path) {
             return ledger::is_about(operation.value, path);
           });
  };
  const auto about_them = [&](const ledger::DecodedTransaction& transaction) {
    const auto& operations = transaction.operations;
    return std::any_of(operations.begin(), operations.end(), is_gone);
  };
  for (const TxId& id : pool_.prune(head_.time, about_them)) {
    refuse_waiting(id,
                   {ErrorCode::kFailedPrecondition, "transaction: about a patient who was erased"});
  }
}

void Engine::drop_dead(Keys keys) {
  // What later transactions of its lane pushed out of the nonce window can never commit, nor what a
  // member signed that was suspended since, or has another key; nothing else takes it out of the
  // pool, and the core would suspect primary after primary for not proposing it.
  std::map<std::pair<AccountId, std::uint16_t>, execution::NonceWindow> windows;
  const auto used = [&](const AccountId& submitter, ledger::Nonce nonce) {
    auto [window, added] = windows.try_emplace({submitter, nonce.lane});
    if (added)
      window->second = execution::NonceWindow::load(ports_.store.state(), submitter, nonce.lane);
    return !window->second.is_fresh(nonce.sequence);
  };
  std::map<AccountId, std::optional<execution::OrganisationEntry>> submitters;
  const auto stands = [&](const ledger::Transaction& transaction) {
    const ledger::TransactionHeader& header = transaction.header;
    auto [entry, added] = submitters.try_emplace(header.submitter);
    if (added)
      entry->second = execution::OrganisationEntry::load(ports_.store.state(), header.submitter);
    const auto& submitter = entry->second;
    if (!submitter || !submitter->active || header.key_index >= submitter->signing_keys.size())
      return false;
    const PublicKey& key = submitter->signing_keys[header.key_index];
    if (key.is_zero() || keys == Keys::kSeen) return !key.is_zero();
    return memo_.verify(key, ledger::signing_bytes(header), transaction.signature);
  };
  std::set<TxId> refused;
  const auto dead = [&](const ledger::DecodedTransaction& transaction) {
    const ledger::TransactionHeader& header = transaction.transaction.header;
    if (!stands(transaction.transaction)) refused.insert(transaction.id);
    return refused.contains(transaction.id) || used(header.submitter, header.nonce);
  };
  for (const TxId& id : pool_.prune(head_.time, dead)) {
    refuse_waiting(id,
                   refused.contains(id)
                       ? Error{ErrorCode::kPermissionDenied,
                               "transaction: its submitter was suspended, or has another key"}
                       : Error{ErrorCode::kAlreadyExists,
                               "transaction: its nonce is used or below the window"});
  }
}

void Engine::refuse_waiting(const TxId& id, const Error& error) {
  const auto waiting = local_.find(id);
  if (waiting == local_.end()) return;
  const std::vector<SubmitDone> done = std::move(waiting->second.done);
  local_.erase(waiting);
  for (const SubmitDone& callback : done) callback(tl::unexpected<Error>(error));
}

bool Engine::begin_reply(ValidatorIndex from, Height first, std::size_t count) {
  const bool wanted = sync_.begin_reply(from, first, count);
  if (!wanted) ++ignored_;
  fetch();
  return wanted;
}

void Engine::receive_blocks(ValidatorIndex from, std::vector<SyncedBlock> blocks, bool erased) {
  sync_.accept(from, std::move(blocks), erased);
  apply_next();
  fetch();
  pump();
}

void Engine::refuse_blocks(ValidatorIndex from, bool at_fault) {
  at_fault ? sync_.refuse(from) : sync_.drop(from);
  fetch();
}

void Engine::note_erased(Height height) {
  sync_.note_target(height);
  fetch();
}

/// PRIVACY.md 18: what is gone is never executed.
void Engine::take_state() {
  taking_ = true;
  ports_.store.take_state(head_.height.next(), [this](const TakenState& state) { taken(state); });
}

void Engine::taken(const TakenState& state) {
  taking_ = false;
  Height height = head_.height;
  CHECK(state.head.height > height, "the state of a later head");
  head_ = state.head;
  peer_heights_[options_.replica.self.value] = head_.height;
  sync_.note_applied(head_.height);
  candidates_.clear();
  candidate_order_.clear();
  ready_.clear();
  arrivals_.erase(arrivals_.begin(), arrivals_.lower_bound({head_.height.next(), BlockHash{}}));
  ports_.transactions.settle(state.erasures);
  ports_.application.forget();
  // The core hears of every block, as if each had been applied.
  while (height < head_.height) {
    height = height.next();
    pbft::Applied event{state.certificate(height)};
    const bool last = height == head_.height;
    if (last && view_ended(head_, chain_.parameters.rotation_period_ms))
      event.view_ended = head_.origin_view;
    push(std::move(event));
  }
  drop_expired(head_.time);
  drop_dead(Keys::kUnseen);  // what was committed meanwhile has used its nonces
  events_.push_back(pbft::PendingTransactions{!pool_.empty()});
  apply_next();
  fetch();
  pump();
}

void Engine::fetch() {
  if (taking_) return;
  for (const BlockSync::Request& request : sync_.ask(ticks_)) {
    const BulkMessage message = RangeRequest{request.first, request.count};
    ports_.transport.send(
        request.to, Channel::kBulk, std::make_shared<const Bytes>(encode(message)));
  }
  for (const BlockSync::Blame& blame : sync_.take_blames()) {
    ++ignored_;
    if (!trace_) continue;
    trace_({pbft::TraceKind::kIgnored,
            name(blame.fault),
            replica_.view(),
            blame.first,
            head_.hash,
            blame.source,
            pbft::IgnoreReason::kBadBlocks});
  }
  if (!applying_ && sync_.is_erased()) take_state();
}

}  // namespace galen::engine
