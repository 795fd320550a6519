#include "node/peer_inbox.h"

#include "base/limits.h"
#include "engine/inspect.h"
#include "node/node_backend.h"
#include "pbft/message.h"
#include "telemetry/log.h"

#include <algorithm>
#include <span>
#include <utility>

namespace galen::node {

using engine::kMaxReplyBytes;

namespace {

/// Transactions of one task.
constexpr std::size_t kTransactionsPerTask = 16;

/// A peer's tasks wait in its own lanes: it delays nobody but itself.
Lane lane_of(ValidatorIndex peer, Priority priority) {
  return {priority, static_cast<std::uint16_t>(peer.value + 1)};
}

}  // namespace

PeerInbox::PeerInbox(const Parts& parts) : parts_(parts) {
  parts_.engine.watch_horizon([this](const pbft::Horizon& horizon) {
    const std::lock_guard lock(mutex_);
    horizon_ = horizon;
  });
}

void PeerInbox::receive(ValidatorIndex from,
                        engine::Channel channel,
                        Bytes message,
                        std::function<void()> done) {
  const Done guard(nullptr, [done = std::move(done)](void*) { done(); });
  const bool urgent = channel == engine::Channel::kConsensus;
  // A full queue refuses the message; the status exchange asks for it again.
  (void)parts_.workers.submit(lane_of(from, urgent ? Priority::kUrgent : Priority::kNormal),
                              [this, from, urgent, message = std::move(message), guard] {
                                urgent ? consensus(from, message, guard)
                                       : bulk(from, message, guard);
                              });
}

void PeerInbox::consensus(ValidatorIndex from, const Bytes& bytes, const Done& done) {
  auto message = pbft::decode_message(bytes);
  if (!message) return refuse(from, message.error(), done);
  charge(from, toll_of(*message), done);
  if (auto* body = std::get_if<pbft::BlockBody>(&*message))
    return verify_body(from, std::move(*body), done);
  if (auto* proof = std::get_if<pbft::CommitProof>(&*message)) {
    // Only the block of the next two heights is of any use; looking into it costs most.
    const std::uint64_t applied = parts_.database.head().height().value;
    const std::uint64_t height = proof->certificate.subject.height.value;
    if (height <= applied || height - applied > 2) proof->block = nullptr;
  }
  auto visible = horizon().visible(*std::move(message));
  if (!visible) {
    hidden_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  verify(from, *std::move(visible), done);
}

/// The engine knows which blocks are missing: nobody else's is looked into.
void PeerInbox::verify_body(ValidatorIndex from, pbft::BlockBody body, const Done& done) {
  const auto hash = engine::hash_of_body(*body.block);
  if (!hash) return refuse(from, hash.error(), done);
  parts_.strand.post([this, from, body = std::move(body), hash = *hash, done] {
    if (!parts_.engine.wants_body(hash)) return;
    (void)parts_.workers.submit(lane_of(from, Priority::kUrgent),
                                [this, from, body, done] { verify(from, body, done); });
  });
}

void PeerInbox::verify(ValidatorIndex from, pbft::Message message, const Done& done) {
  const auto* proof = std::get_if<pbft::CommitProof>(&message);
  const auto certified = proof != nullptr && proof->block ? std::optional(*proof) : std::nullopt;
  const bool proposed = std::holds_alternative<pbft::Proposal>(message);
  auto verified = parts_.verifier.verify(std::move(message), from);
  if (!verified && certified) return verify_erased(from, *certified, done, verified.error());
  if (!verified)
    return refuse(from, verified.error(), done, proposed ? kRefusedProposalToll : kRefusedToll);
  if (const auto* status = std::get_if<pbft::Verified<pbft::StatusReport>>(&*verified)) {
    const std::lock_guard lock(mutex_);
    allowances_[from].note_status(status->message().applied);
  }
  parts_.strand.post([this, verified = *std::move(verified), done]() mutable {
    parts_.engine.note_ignored(hidden_.exchange(0, std::memory_order_relaxed));
    parts_.engine.receive(std::move(verified));
    parts_.engine.flush();
  });
}

pbft::Horizon PeerInbox::horizon() {
  const std::lock_guard lock(mutex_);
  return horizon_;
}

/// A block that did not verify, perhaps only because bodies of it are erased at the sender: its
/// certificate counts all the same.
void PeerInbox::verify_erased(ValidatorIndex from,
                              pbft::CommitProof proof,
                              const Done& done,
                              const Error& error) {
  const ledger::VoteSubject subject = proof.certificate.subject;
  if (!engine::is_erased_block(parts_.database.chain(), *proof.block, subject.block))
    return refuse(from, error, done);
  proof.block = nullptr;
  auto verified = parts_.verifier.verify(std::move(proof), from);
  if (!verified) return refuse(from, verified.error(), done);
  parts_.strand.post(
      [this, height = subject.height, verified = *std::move(verified), done]() mutable {
        parts_.engine.receive(std::move(verified));
        parts_.engine.note_erased(height);
        parts_.engine.flush();
      });
}

void PeerInbox::state(ValidatorIndex from, const Bytes& bytes, const Done& done) {
  const auto number = engine::answered_number(bytes);
  if (number && !parts_.mail.expects(from, *number)) return;
  auto message = engine::decode_state_message(bytes);
  if (!message) return refuse(from, message.error(), done);
  if (number) return parts_.mail.deliver(from, *std::move(message));
  // Away from the threads that verify votes. A peer has one question open; more than two are
  // dropped.
  const auto question = std::make_shared<const engine::StateMessage>(*std::move(message));
  (void)parts_.serving.submit(lane_of(from, Priority::kNormal), [this, from, question] {
    const auto answer = parts_.states.answer(from, *question, boot_time_ms());
    if (!answer) return;
    parts_.transport.send(
        from, engine::Channel::kBulk, std::make_shared<const Bytes>(engine::encode(*answer)));
  });
}

void PeerInbox::bulk(ValidatorIndex from, const Bytes& bytes, const Done& done) {
  if (engine::is_state_message(bytes)) return state(from, bytes, done);
  auto message = engine::decode_bulk_message(bytes);
  if (!message) return refuse(from, message.error(), done);
  if (auto* batch = std::get_if<engine::TransactionBatch>(&*message)) {
    transactions(from, std::move(*batch), done);
  } else if (const auto* request = std::get_if<engine::RangeRequest>(&*message)) {
    serve(from, *request);
  } else {
    blocks(from, std::move(std::get<engine::RangeReply>(*message)), done);
  }
}

void PeerInbox::transactions(ValidatorIndex from,
                             engine::TransactionBatch batch,
                             const Done& done) {
  const auto all = std::make_shared<const std::vector<Bytes>>(std::move(batch.transactions));
  const std::optional<ValidatorIndex> overtaken_by =
      batch.overtaken ? std::optional(from) : std::nullopt;
  for (std::size_t first = 0; first < all->size(); first += kTransactionsPerTask) {
    const std::size_t last = std::min(first + kTransactionsPerTask, all->size());
    (void)parts_.workers.submit(
        lane_of(from, Priority::kNormal), [this, all, first, last, overtaken_by, done] {
          std::vector<engine::VerifiedTransactionPtr> verified;
          for (auto& transaction :
               parts_.transactions.resolve_all(std::span(*all).subspan(first, last - first))) {
            if (!transaction || (parts_.admits && !parts_.admits(*(*transaction)->transaction)))
              continue;
            verified.push_back(*std::move(transaction));
          }
          if (verified.empty()) return;
          parts_.strand.post([this, verified = std::move(verified), overtaken_by, done] {
            parts_.engine.receive_transactions(verified, overtaken_by);
          });
        });
  }
}

void PeerInbox::blocks(ValidatorIndex from, engine::RangeReply reply, const Done& done) {
  // The engine knows whether it asked for this; what nobody asked for costs no verification.
  const auto kept = std::make_shared<engine::RangeReply>(std::move(reply));
  parts_.strand.post([this, from, kept, done] {
    if (!parts_.engine.begin_reply(from, kept->from, kept->blocks.size())) return;
    const bool queued =
        parts_.workers.submit(lane_of(from, Priority::kNormal),
                              [this, from, kept, done] { verify_blocks(from, *kept, done); });
    if (!queued) parts_.engine.refuse_blocks(from, false);
  });
}

void PeerInbox::verify_blocks(ValidatorIndex from, engine::RangeReply& reply, const Done& done) {
  std::vector<engine::SyncedBlock> verified;
  const auto is_erased = [&](BytesView block, const ledger::Certificate& certificate) {
    return engine::is_erased_block(parts_.database.chain(), block, certificate.subject.block);
  };
  const auto reject = [&](const Error& error) {
    refuse(from, error, done);
    parts_.strand.post([this, from, done] { parts_.engine.refuse_blocks(from); });
  };
  for (engine::CertifiedBlock& block : reply.blocks) {
    auto status = parts_.verifier.check_certificate(block.certificate);
    if (!status) return reject(status.error());
    auto bytes = std::make_shared<const Bytes>(std::move(block.block));
    auto info = parts_.certified_inspector(bytes, block.certificate.subject.block);
    if (!info && is_erased(*bytes, block.certificate)) {
      return parts_.strand.post([this, from, verified = std::move(verified), done]() mutable {
        parts_.engine.receive_blocks(from, std::move(verified), true);
      });
    }
    if (!info) return reject(info.error());
    verified.push_back({std::move(bytes), *info, std::move(block.certificate)});
  }
  parts_.strand.post([this, from, verified = std::move(verified), done]() mutable {
    parts_.engine.receive_blocks(from, std::move(verified));
  });
}

std::optional<ServeAllowance::Payment> PeerInbox::pay(ValidatorIndex peer,
                                                      Height first,
                                                      Height last) {
  const std::lock_guard lock(mutex_);
  return allowances_[peer].pay(boot_time_ms() / pbft::kTickMs, first, last);
}

void PeerInbox::settle(ValidatorIndex peer,
                       ServeAllowance::Payment payment,
                       Height last,
                       std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  allowances_[peer].settle(payment, last, bytes);
}

void PeerInbox::serve(ValidatorIndex to, const engine::RangeRequest& request) {
  const auto payment = pay(
      to, request.from, Height{request.from.value + std::max<std::uint64_t>(request.count, 1) - 1});
  if (!payment) return;
  engine::RangeReply reply{request.from, {}};
  std::size_t bytes = 0;
  const std::size_t count = std::min<std::size_t>(request.count, limits::kMaxSyncBlocksPerReply);
  for (std::size_t i = 0; i < count; ++i) {
    auto stored = parts_.database.block(Height{request.from.value + i});
    if (!stored) break;
    Bytes block = ledger::encode(stored->block);
    // One block always fits a message; a second one only when both do.
    if (i > 0 && bytes + block.size() > kMaxReplyBytes) break;
    bytes += block.size();
    reply.blocks.push_back({std::move(block), std::move(stored->certificate)});
  }
  const std::uint64_t end = request.from.value + reply.blocks.size();
  settle(to, *payment, reply.blocks.empty() ? Height{} : Height{end - 1}, bytes);
  if (reply.blocks.empty()) return;
  const auto encoded =
      std::make_shared<const Bytes>(engine::encode(engine::BulkMessage(std::move(reply))));
  parts_.transport.send(to, engine::Channel::kBulk, encoded);
}

void PeerInbox::answer_block(ValidatorIndex to, Height height) {
  const auto payment = pay(to, height, height);
  if (!payment) return;
  (void)parts_.workers.submit(
      lane_of(to, Priority::kNormal), [this, to, height, payment = *payment] {
        auto stored = parts_.database.block(height);
        if (!stored) return settle(to, payment, height, 0);
        auto block = std::make_shared<const Bytes>(ledger::encode(stored->block));
        settle(to, payment, height, block->size());
        const pbft::CommitProof proof{std::move(stored->certificate), std::move(block)};
        parts_.transport.send(to,
                              engine::Channel::kConsensus,
                              std::make_shared<const Bytes>(pbft::encode(pbft::Message(proof))));
      });
}

void PeerInbox::charge(ValidatorIndex from, std::uint64_t cost, const Done& done) {
  gate_.charge(from, cost, done, [] { return boot_time_ms() / pbft::kTickMs; });
}

void PeerInbox::advance(std::uint64_t now_ms) {
  gate_.advance(now_ms / pbft::kTickMs);
}

void PeerInbox::refuse(ValidatorIndex from,
                       const Error& error,
                       const Done& done,
                       std::uint64_t cost) {
  charge(from, cost, done);
  constexpr std::uint64_t kLineMs = 1000;
  std::uint64_t unsaid = 0;
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t now = boot_time_ms();
    Refused& refused = refused_[from];
    if (now - refused.logged_ms < kLineMs) {
      ++refused.unsaid;
      return;
    }
    refused.logged_ms = now;
    unsaid = std::exchange(refused.unsaid, 0);
  }
  telemetry::log(telemetry::Level::kWarn,
                 "net",
                 "message refused",
                 {{"validator", from.value},
                  {"code", error_code_name(error.code)},
                  {"reason", error.message},
                  {"refused_since_the_last_line", unsaid}});
}

}  // namespace galen::node
