#include "node/transaction_verifier.h"

#include <optional>
#include <utility>

#include "base/limits.h"
#include "crypto/digest.h"
#include "engine/signature_memo.h"
#include "execution/executor.h"
#include "node/person_signatures.h"
#include "node/strand.h"

namespace galen::node {
namespace {

/// Encoded transactions remembered at most; decoded they take about twice that.
constexpr std::size_t kMaxBytes = 2 * limits::kMaxPoolBytes;

}  // namespace

Result<engine::VerifiedTransactionPtr> TransactionVerifier::resolve(BytesView bytes) {
  if (const auto leaf = ledger::transaction_leaf_of(bytes)) {
    const std::lock_guard lock(mutex_);
    if (auto known = verified_.find(*leaf, bytes)) return known;
  }
  GALEN_TRY(auto verified, verify(bytes, false));
  const std::lock_guard lock(mutex_);
  verified_.add(verified);
  return verified;
}

Result<engine::VerifiedTransactionPtr> TransactionVerifier::resolve_certified(BytesView bytes) {
  if (const auto leaf = ledger::transaction_leaf_of(bytes)) {
    const std::lock_guard lock(mutex_);
    if (auto known = verified_.find(*leaf, bytes)) return known;
    if (auto known = certified_.find(*leaf, bytes)) return known;
  }
  GALEN_TRY(auto decoded, verify(bytes, true));
  const std::lock_guard lock(mutex_);
  certified_.add(decoded);
  return decoded;
}

Result<engine::VerifiedTransactionPtr> TransactionVerifier::verify(BytesView bytes, bool certified) {
  GALEN_TRY(auto decoded, ledger::decode_and_check(to_bytes(bytes), chain_));
  if (decoded->operations.size() != decoded->transaction.header.operation_count) {
    // Such bytes carry a valid signature, but whoever lacks the bodies has no business with them.
    return fail(ErrorCode::kInvalidArgument, "transaction: a body is erased");
  }
  auto result = std::make_shared<engine::VerifiedTransaction>();
  if (!certified) {
    GALEN_TRY(const Digest submitter, verify_submitter(decoded->transaction));
    result->verified.push_back(submitter);
  }
  result->transaction = std::move(decoded);
  if (needs_person_signatures(*result->transaction)) {
    verify_person_signatures(*result->transaction, *snapshots_(), result->verified);
  }
  return engine::VerifiedTransactionPtr(std::move(result));
}

Result<Digest> TransactionVerifier::verify_submitter(const ledger::Transaction& transaction) {
  const ledger::TransactionHeader& header = transaction.header;
  const SubmitterId id{header.submitter, header.key_index};
  const Bytes message = ledger::signing_bytes(header);
  // A rotated key is found by asking the state once more before refusing.
  for (const bool refresh : {false, true}) {
    GALEN_TRY(const Submitter submitter, this->submitter(id, refresh));
    const bool verifies = submitter.verify.verify(message, transaction.signature);
    TaskThreads::note_signature();
    if (verifies) {
      return engine::memo_key(submitter.key, message, transaction.signature);
    }
  }
  return fail(ErrorCode::kUnauthenticated, "transaction: the submitter's signature does not verify");
}

Result<TransactionVerifier::Submitter> TransactionVerifier::submitter(const SubmitterId& id, bool refresh) {
  if (!refresh) {
    const std::lock_guard lock(mutex_);
    if (const auto known = submitters_.find(id); known != submitters_.end()) return known->second;
  }
  const auto entry = execution::OrganisationEntry::load(*snapshots_(), id.first);
  if (!entry) return fail(ErrorCode::kPermissionDenied, "transaction: the submitter is no member");
  if (id.second >= entry->signing_keys.size() || entry->signing_keys[id.second].is_zero()) {
    return fail(ErrorCode::kUnauthenticated,
                "transaction: the submitter has no key with index " + std::to_string(id.second));
  }
  const PublicKey& key = entry->signing_keys[id.second];
  GALEN_TRY(auto verify, crypto::VerifyKey::decode(key));
  Submitter submitter{key, std::move(verify)};
  const std::lock_guard lock(mutex_);
  submitters_.insert_or_assign(id, submitter);
  return submitter;
}

void TransactionVerifier::settle(const std::vector<ledger::DecodedTransactionPtr>& transactions) {
  const std::lock_guard lock(mutex_);
  verified_.forget(transactions);
  certified_.forget(transactions);
}

engine::VerifiedTransactionPtr TransactionVerifier::Memory::find(const Digest& leaf, BytesView bytes) const {
  const auto known = known_.find(leaf);
  // The leaf binds header and signature; the comparison binds the form of the bodies too.
  return known != known_.end() && equal(known->second->transaction->bytes, bytes) ? known->second : nullptr;
}

void TransactionVerifier::Memory::add(const engine::VerifiedTransactionPtr& transaction) {
  const Digest& leaf = transaction->transaction->leaf;
  const auto [known, added] = known_.try_emplace(leaf);
  if (added) {
    order_.push_back(leaf);
  } else {
    bytes_ -= known->second->transaction->bytes.size();
  }
  known->second = transaction;
  bytes_ += transaction->transaction->bytes.size();
  while (order_.size() > capacity_ || (bytes_ > kMaxBytes && !order_.empty())) {
    forget(order_.front());
    order_.pop_front();
  }
}

void TransactionVerifier::Memory::forget(const Digest& leaf) {
  const auto known = known_.find(leaf);
  if (known == known_.end()) return;
  bytes_ -= known->second->transaction->bytes.size();
  known_.erase(known);
}

void TransactionVerifier::Memory::forget(const std::vector<ledger::DecodedTransactionPtr>& transactions) {
  for (const auto& transaction : transactions) forget(transaction->leaf);
  // Settled entries leave the queue when they reach its front, so it stays about as long as the map.
  while (!order_.empty() && !known_.contains(order_.front())) order_.pop_front();
}

}  // namespace galen::node
