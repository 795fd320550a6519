#include "node/peer_inbox.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "node/node_backend.h"
#include "pbft/message.h"
#include "telemetry/log.h"

namespace galen::node {

using engine::kMaxReplyBytes;
using engine::kServeCostBytes;

namespace {

/// Signatures of one task: a vote never waits for more (CONSENSUS.md, Threads on small machines).
constexpr std::size_t kSignaturesPerTask = 16;

}  // namespace

void PeerInbox::receive(ValidatorIndex from, engine::Channel channel, Bytes message, std::function<void()> done) {
  const Done guard(nullptr, [done = std::move(done)](void*) { done(); });
  const bool urgent = channel == engine::Channel::kConsensus;
  // A full queue refuses the message; the status exchange asks for it again.
  (void)parts_.workers.submit(urgent ? Priority::kUrgent : Priority::kNormal,
                              [this, from, urgent, message = std::move(message), guard] {
                                urgent ? consensus(from, message, guard) : bulk(from, message, guard);
                              });
}

void PeerInbox::consensus(ValidatorIndex from, const Bytes& bytes, const Done& done) {
  auto message = pbft::decode_message(bytes);
  if (!message) return note_refused(from, message.error());
  auto verified = parts_.verifier.verify(*std::move(message), from);
  if (!verified) return note_refused(from, verified.error());
  parts_.strand.post([this, verified = *std::move(verified), done]() mutable {
    parts_.engine.receive(std::move(verified));
    parts_.engine.flush();
  });
}

void PeerInbox::bulk(ValidatorIndex from, const Bytes& bytes, const Done& done) {
  auto message = engine::decode_bulk_message(bytes);
  if (!message) return note_refused(from, message.error());
  if (auto* batch = std::get_if<engine::TransactionBatch>(&*message)) {
    transactions(std::move(*batch), done);
  } else if (const auto* request = std::get_if<engine::RangeRequest>(&*message)) {
    serve(from, *request);
  } else {
    blocks(from, std::move(std::get<engine::RangeReply>(*message)), done);
  }
}

void PeerInbox::transactions(engine::TransactionBatch batch, const Done& done) {
  const auto all = std::make_shared<const std::vector<Bytes>>(std::move(batch.transactions));
  for (std::size_t first = 0; first < all->size(); first += kSignaturesPerTask) {
    const std::size_t last = std::min(first + kSignaturesPerTask, all->size());
    (void)parts_.workers.submit(Priority::kNormal, [this, all, first, last, done] {
      std::vector<engine::VerifiedTransactionPtr> verified;
      for (std::size_t i = first; i < last; ++i) {
        if (auto transaction = parts_.transactions.resolve((*all)[i])) verified.push_back(*transaction);
      }
      if (verified.empty()) return;
      parts_.strand.post([this, verified = std::move(verified), done] { parts_.engine.receive_transactions(verified); });
    });
  }
}

void PeerInbox::blocks(ValidatorIndex from, engine::RangeReply reply, const Done& done) {
  // The engine knows whether it asked for this; what nobody asked for costs no verification.
  const auto kept = std::make_shared<engine::RangeReply>(std::move(reply));
  parts_.strand.post([this, from, kept, done] {
    if (!parts_.engine.begin_reply(from, kept->from, kept->blocks.size())) return;
    const bool queued = parts_.workers.submit(Priority::kNormal, [this, from, kept, done] { verify_blocks(from, *kept, done); });
    if (!queued) parts_.engine.refuse_blocks(from, false);
  });
}

void PeerInbox::verify_blocks(ValidatorIndex from, engine::RangeReply& reply, const Done& done) {
  std::vector<engine::SyncedBlock> verified;
  const auto refuse = [&](const Error& error) {
    note_refused(from, error);
    parts_.strand.post([this, from, done] { parts_.engine.refuse_blocks(from); });
  };
  for (engine::CertifiedBlock& block : reply.blocks) {
    auto status = parts_.verifier.check_certificate(block.certificate);
    if (!status) return refuse(status.error());
    auto bytes = std::make_shared<const Bytes>(std::move(block.block));
    auto info = parts_.certified_inspector(bytes, block.certificate.subject.block);
    if (!info) return refuse(info.error());
    verified.push_back({std::move(bytes), *info, std::move(block.certificate)});
  }
  parts_.strand.post([this, from, verified = std::move(verified), done]() mutable {
    parts_.engine.receive_blocks(from, std::move(verified));
  });
}

bool PeerInbox::may_get(ValidatorIndex peer, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto [bucket, added] =
      allowances_.try_emplace(peer, pbft::TokenBucket(engine::kServeBurstBytes, engine::kServeBytesPerTick));
  return bucket->second.take(boot_time_ms() / pbft::kTickMs, bytes);
}

void PeerInbox::give_back(ValidatorIndex peer, std::size_t used) {
  const std::lock_guard lock(mutex_);
  const std::size_t kept = std::max(used, kServeCostBytes);
  if (kept < kMaxReplyBytes) allowances_.at(peer).give_back(kMaxReplyBytes - kept);
}

void PeerInbox::serve(ValidatorIndex to, const engine::RangeRequest& request) {
  if (!may_get(to, kMaxReplyBytes)) return;
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
  give_back(to, bytes);
  if (reply.blocks.empty()) return;
  const auto encoded = std::make_shared<const Bytes>(engine::encode(engine::BulkMessage(std::move(reply))));
  parts_.transport.send(to, engine::Channel::kBulk, encoded);
}

void PeerInbox::answer_block(ValidatorIndex to, Height height) {
  if (!may_get(to, kMaxReplyBytes)) return;
  (void)parts_.workers.submit(Priority::kNormal, [this, to, height] {
    auto stored = parts_.database.block(height);
    if (!stored) return give_back(to, 0);
    auto block = std::make_shared<const Bytes>(ledger::encode(stored->block));
    give_back(to, block->size());
    const pbft::CommitProof proof{std::move(stored->certificate),
                                  std::move(block)};
    parts_.transport.send(to, engine::Channel::kConsensus,
                          std::make_shared<const Bytes>(pbft::encode(pbft::Message(proof))));
  });
}

void PeerInbox::note_refused(ValidatorIndex from, const Error& error) const {
  telemetry::log(telemetry::Level::kWarn, "net", "message refused",
                 {{"validator", from.value}, {"code", error_code_name(error.code)}, {"reason", error.message}});
}

}  // namespace galen::node
