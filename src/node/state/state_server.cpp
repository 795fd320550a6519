#include "node/state/state_server.h"

#include "base/limits.h"
#include "engine/wire.h"
#include "ledger/erasure_entries.h"
#include "pbft/replica.h"
#include "storage/rows.h"

#include <algorithm>
#include <utility>

namespace galen::node {
namespace {

using engine::StateMessage;
using ledger::KeyKind;
using ledger::StateKey;
using ledger::TreeId;
using ledger::TreeKind;

engine::GapBlock gap_block(storage::StoredBlock&& stored) {
  engine::GapBlock block{ledger::encode(stored.block), std::move(stored.certificate), {}};
  for (std::size_t i = 0; i < stored.receipts.size(); ++i) {
    engine::GapReceipt receipt{stored.receipts[i].ok, stored.receipts[i].results_root, {}};
    for (storage::StoredOutcome& outcome : stored.outcomes[i]) {
      receipt.results.push_back({std::move(outcome.result), outcome.late});
    }
    block.receipts.push_back(std::move(receipt));
  }
  return block;
}

}  // namespace

std::optional<StateMessage> StateServer::answer(ValidatorIndex from,
                                                const StateMessage& question,
                                                std::uint64_t now_ms) {
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t tick = tick_ = std::max(tick_, now_ms / pbft::kTickMs);
    auto& allowance =
        allowances_.try_emplace(from, engine::kServeBurstBytes, engine::kServeBytesPerTick)
            .first->second;
    if (!allowance.take(tick, engine::kMaxReplyBytes)) return std::nullopt;
  }
  std::optional<StateMessage> reply;
  if (const auto* gap = std::get_if<engine::GapRequest>(&question)) {
    reply = blocks(*gap);
  } else if (const auto* wanted = std::get_if<engine::HeadRequest>(&question)) {
    reply = head(*wanted, now_ms);
  } else if (const auto* places = std::get_if<engine::StateRequest>(&question)) {
    reply = parts(*places, now_ms);
  }
  const std::size_t cost =
      std::max(reply ? engine::encode(*reply).size() : 0, engine::kServeCostBytes);
  const std::lock_guard lock(mutex_);
  if (cost < engine::kMaxReplyBytes) allowances_.at(from).give_back(engine::kMaxReplyBytes - cost);
  return reply;
}

std::optional<StateMessage> StateServer::blocks(const engine::GapRequest& request) const {
  engine::GapReply reply{request.number, {}, {}};
  std::size_t bytes = 0;
  const std::size_t count = std::min<std::size_t>(request.count, limits::kMaxSyncBlocksPerReply);
  for (std::size_t i = 0; i < count; ++i) {
    auto stored = database_.block(Height{request.from.value + i});
    if (!stored) break;
    engine::GapBlock block = gap_block(*std::move(stored));
    const std::size_t size = engine::encoded_size(block);
    if (i > 0 && bytes + size > engine::kMaxReplyBytes) break;
    bytes += size;
    reply.blocks.push_back(std::move(block));
  }
  if (reply.blocks.empty()) return std::nullopt;
  reply.head = newest_certificate();
  return StateMessage{std::move(reply)};
}

/// To be asked after bodies were looked for: none of them went with a later block. That of a block
/// whose rows are written counts, though the head has yet to move to it: of many blocks while this
/// node goes over to another state itself.
ledger::Certificate StateServer::newest_certificate() const {
  storage::Head head = database_.head();
  while (auto next = database_.header(head.height().next())) head = *std::move(next);
  return *head.certificate;
}

void StateServer::drop_old_locked(std::uint64_t now_ms) {
  const std::uint64_t most = database_.has_open_erasures() ? kErasureLeaseMs : kStateLeaseMs;
  if (lease_ && now_ms - lease_->since_ms >= most) lease_.reset();
}

StateServer::LeasePtr StateServer::lease(std::uint64_t now_ms, std::optional<Height> height) {
  const std::lock_guard lock(mutex_);
  drop_old_locked(now_ms);
  const bool may_renew = !height && lease_ && now_ms - lease_->since_ms >= kNewLeaseMs;
  if (may_renew && database_.head().height() > lease_->snapshot->head().height()) lease_.reset();
  if (!lease_) {
    lease_ = std::make_shared<Lease>();
    lease_->snapshot = database_.snapshot();
    lease_->since_ms = now_ms;
  }
  const bool fits = !height || lease_->snapshot->head().height() == *height;
  return fits ? lease_ : nullptr;
}

void StateServer::expire(std::uint64_t now_ms) {
  const std::lock_guard lock(mutex_);
  drop_old_locked(now_ms);
}

std::optional<StateMessage> StateServer::head(const engine::HeadRequest& request,
                                              std::uint64_t now_ms) {
  const LeasePtr held = lease(now_ms, std::nullopt);
  const storage::Head& head = held->snapshot->head();
  if (!head.certificate) return std::nullopt;
  return StateMessage{engine::HeadReply{request.number, head.header, *head.certificate}};
}

StateMessage StateServer::parts(const engine::StateRequest& request, std::uint64_t now_ms) {
  engine::StateReply reply{request.number, {}};
  const LeasePtr held = lease(now_ms, request.height);
  if (!held) return StateMessage{std::move(reply)};
  const std::lock_guard lock(held->mutex);
  std::size_t bytes = 0;
  for (const engine::StatePlace& place : request.places) {
    auto found = part(*held, place);
    if (!found) break;
    bytes += engine::encoded_size(*found);
    if (!reply.parts.empty() && bytes > engine::kMaxReplyBytes) break;
    reply.parts.push_back(*std::move(found));
  }
  return StateMessage{std::move(reply)};
}

std::optional<engine::StatePart> StateServer::part(Lease& lease, const engine::StatePlace& place) {
  auto made = execution::make_part(*lease.snapshot, place.at);
  if (!made) return std::nullopt;
  engine::StatePart part{*std::move(made), {}};
  const auto* bucket = std::get_if<execution::BucketPart>(&part.part);
  if (bucket == nullptr) return part;
  for (const ledger::LeafContent& leaf : *bucket) {
    auto found = value(lease, place.at.tree, leaf.key_hash);
    if (!found) return std::nullopt;
    part.values.push_back(*std::move(found));
  }
  return part;
}

std::optional<engine::StateValue> StateServer::value(Lease& lease,
                                                     const TreeId& tree,
                                                     const Digest& key_hash) {
  const auto key = key_of(lease, tree, key_hash);
  if (!key) return std::nullopt;
  auto value = lease.snapshot->get(*key);
  const auto salt = lease.snapshot->value_salt(*key);
  if (!value || !salt) return std::nullopt;
  return engine::StateValue{key->kind, key->id, *salt, *std::move(value)};
}

std::optional<StateKey> StateServer::key_of(Lease& lease,
                                            const TreeId& tree,
                                            const Digest& key_hash) {
  const auto& keys = keys_of(lease, tree);
  if (const auto known = keys.find(key_hash); known != keys.end()) return known->second;
  if (tree.kind != TreeKind::kMain) return std::nullopt;
  const auto is_it = [&](KeyKind kind, const PatientId& subject) {
    return StateKey::main(kind, subject).hash() == key_hash;
  };
  if (const auto subject = lease.snapshot->clinical_subject(key_hash);
      subject && is_it(KeyKind::kSubjectRoot, *subject)) {
    return StateKey::main(KeyKind::kSubjectRoot, *subject);
  }
  if (!lease.audits_known) learn_audits(lease);
  const auto found =
      std::lower_bound(lease.audits.begin(), lease.audits.end(), std::pair(key_hash, PatientId{}));
  if (found == lease.audits.end() || found->first != key_hash) return std::nullopt;
  return StateKey::main(KeyKind::kAuditRoot, found->second);
}

const std::map<Digest, StateKey>& StateServer::keys_of(Lease& lease, const TreeId& tree) {
  if (tree.kind == TreeKind::kMain) {
    if (!lease.main_keys) lease.main_keys = keys_in(lease, tree);
    return *lease.main_keys;
  }
  if (lease.tree != tree) {
    lease.tree_keys = keys_in(lease, tree);
    lease.tree = tree;
  }
  return lease.tree_keys;
}

std::map<Digest, StateKey> StateServer::keys_in(const Lease& lease, const TreeId& tree) {
  std::map<Digest, StateKey> keys;
  const auto add = [&](const StateKey& key) { keys.emplace(key.hash(), key); };
  for (const KeyKind kind : ledger::kinds_in(tree.kind)) {
    if (!storage::keeps_id(kind)) continue;  // those are found by other ways
    lease.snapshot->scan(tree, kind, [&](BytesView id, BytesView value) {
      add({tree, kind, to_bytes(id)});
      if (kind != KeyKind::kErasureOrder) return true;
      // A tombstone's row does not say whose it is; the order that left it does.
      const auto order = ledger::ErasureOrderEntry::decode(value);
      if (order)
        add(order->record ? ledger::Tombstone::key(*order->record)
                          : ledger::Tombstone::key(order->path));
      return true;
    });
  }
  return keys;
}

void StateServer::learn_audits(Lease& lease) {
  lease.snapshot->subjects([&](const PatientId& subject) {
    lease.audits.emplace_back(StateKey::main(KeyKind::kAuditRoot, subject).hash(), subject);
    return true;
  });
  std::sort(lease.audits.begin(), lease.audits.end());
  lease.audits_known = true;
}

}  // namespace galen::node
