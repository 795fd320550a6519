#include "node/transaction_verifier.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "engine/signature_memo.h"
#include "execution/executor.h"
#include "node/person_signatures.h"
#include "node/strand.h"

#include <optional>
#include <utility>

namespace galen::node {
namespace {

/// Encoded transactions remembered at most; decoded they take about twice that.
constexpr std::size_t kMaxBytes = 2 * limits::kMaxPoolBytes;
/// A table of multiples has paid off after about 1,000 verifications.
constexpr std::size_t kUsesOfAFrequentKey = 1'000;
/// 150 KB each.
constexpr std::size_t kMaxTables = 64;

/// Whose bodies an order destroys; nullptr for any other operation.
const SubjectPath* erased_subject(const ledger::Operation& operation) {
  if (const auto* whole = std::get_if<ledger::ErasePatient>(&operation)) return &whole->path;
  if (const auto* one = std::get_if<ledger::EraseRecord>(&operation)) return &one->path;
  return nullptr;
}

}  // namespace

Result<engine::VerifiedTransactionPtr> TransactionVerifier::resolve(BytesView bytes) {
  if (auto found = known(bytes, false)) return found;
  GALEN_TRY(Opened opened, open(bytes));
  const bool verdict =
      opened.submitter.verify.verify(opened.message, opened.transaction->transaction.signature);
  TaskThreads::note_signature();
  return admit(std::move(opened), verdict);
}

std::vector<Result<engine::VerifiedTransactionPtr>> TransactionVerifier::resolve_all(
    std::span<const Bytes> transactions) {
  std::vector<Result<engine::VerifiedTransactionPtr>> results;
  results.reserve(transactions.size());
  std::vector<std::size_t> positions;
  std::vector<Opened> opened;
  for (const Bytes& bytes : transactions) {
    results.emplace_back(known(bytes, false));
    if (*results.back()) continue;
    auto one = open(bytes);
    if (!one) {
      results.back() = tl::unexpected(std::move(one).error());
      continue;
    }
    positions.push_back(results.size() - 1);
    opened.push_back(*std::move(one));
  }
  std::vector<crypto::SignatureCheck> checks;
  checks.reserve(opened.size());
  for (const Opened& one : opened) {
    checks.push_back({one.submitter.verify, one.message, one.transaction->transaction.signature});
  }
  const std::vector<bool> verdicts = crypto::verify_all(checks);
  for (std::size_t i = 0; i < opened.size(); ++i) {
    TaskThreads::note_signature();
    results[positions[i]] = admit(std::move(opened[i]), verdicts[i]);
  }
  return results;
}

Result<engine::VerifiedTransactionPtr> TransactionVerifier::resolve_certified(BytesView bytes) {
  if (auto found = known(bytes, true)) return found;
  GALEN_TRY(auto transaction, decode(bytes));
  auto decoded = finish(std::move(transaction), {});
  const std::lock_guard lock(mutex_);
  certified_.add(decoded);
  return decoded;
}

engine::VerifiedTransactionPtr TransactionVerifier::known(BytesView bytes, bool certified) {
  const auto leaf = ledger::transaction_leaf_of(bytes);
  if (!leaf) return nullptr;
  const std::lock_guard lock(mutex_);
  if (auto found = verified_.find(*leaf, bytes)) return found;
  return certified ? certified_.find(*leaf, bytes) : nullptr;
}

Result<ledger::DecodedTransactionPtr> TransactionVerifier::decode(BytesView bytes) const {
  GALEN_TRY(auto decoded, ledger::decode_and_check(to_bytes(bytes), chain_));
  if (decoded->operations.size() != decoded->transaction.header.operation_count) {
    // Such bytes carry a valid signature, but whoever lacks the bodies has no business with them.
    return fail(ErrorCode::kInvalidArgument, "transaction: a body is erased");
  }
  return decoded;
}

Result<TransactionVerifier::Opened> TransactionVerifier::open(BytesView bytes) {
  GALEN_TRY(auto transaction, decode(bytes));
  const ledger::TransactionHeader& header = transaction->transaction.header;
  GALEN_TRY(Submitter submitter, this->submitter({header.submitter, header.key_index}, false));
  Bytes message = ledger::signing_bytes(header);
  return Opened{std::move(transaction), std::move(message), std::move(submitter)};
}

Result<engine::VerifiedTransactionPtr> TransactionVerifier::admit(Opened opened, bool verdict) {
  const ledger::TransactionHeader& header = opened.transaction->transaction.header;
  const Signature& signature = opened.transaction->transaction.signature;
  if (!verdict) {
    // A rotated key is found by asking the state once more before refusing.
    GALEN_TRY(opened.submitter, submitter({header.submitter, header.key_index}, true));
    const bool verifies = opened.submitter.verify.verify(opened.message, signature);
    TaskThreads::note_signature();
    if (!verifies) {
      return fail(ErrorCode::kUnauthenticated,
                  "transaction: the submitter's signature does not verify");
    }
  }
  note_use({header.submitter, header.key_index});
  const Digest submitter = engine::memo_key(opened.submitter.key, opened.message, signature);
  auto verified = finish(std::move(opened.transaction), {submitter});
  const std::lock_guard lock(mutex_);
  verified_.add(verified);
  return verified;
}

engine::VerifiedTransactionPtr TransactionVerifier::finish(
    ledger::DecodedTransactionPtr transaction, std::vector<Digest> verified) const {
  auto result = std::make_shared<engine::VerifiedTransaction>();
  result->transaction = std::move(transaction);
  result->verified = std::move(verified);
  if (needs_person_signatures(*result->transaction)) {
    verify_person_signatures(*result->transaction, *snapshots_(), result->verified);
  }
  return result;
}

Result<TransactionVerifier::Submitter> TransactionVerifier::submitter(const SubmitterId& id,
                                                                      bool refresh) {
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
  const auto [known, added] = submitters_.try_emplace(id, submitter);
  if (!added && known->second.key != key) {
    if (known->second.has_table) --tables_;
    known->second = std::move(submitter);
  }
  return known->second;
}

void TransactionVerifier::note_use(const SubmitterId& id) {
  std::optional<Submitter> frequent;
  {
    const std::lock_guard lock(mutex_);
    const auto found = submitters_.find(id);
    if (found == submitters_.end() || ++found->second.uses != kUsesOfAFrequentKey ||
        tables_ == kMaxTables)
      return;
    ++tables_;
    frequent = found->second;
  }
  crypto::VerifyKey verify = frequent->verify.with_table();
  const std::lock_guard lock(mutex_);
  Submitter& now = submitters_.at(id);
  now.has_table = now.key == frequent->key;
  if (!now.has_table) {
    --tables_;
    return;
  }
  now.verify = std::move(verify);
}

void TransactionVerifier::settle(const std::vector<ledger::DecodedTransactionPtr>& transactions) {
  const std::lock_guard lock(mutex_);
  verified_.forget(transactions);
  certified_.forget(transactions);
  for (const auto& transaction : transactions) {
    for (const ledger::DecodedOperation& operation : transaction->operations) {
      const SubjectPath* erased = erased_subject(operation.value);
      if (erased == nullptr) continue;
      verified_.forget_subject(*erased);
      certified_.forget_subject(*erased);
    }
  }
}

engine::VerifiedTransactionPtr TransactionVerifier::Memory::find(const Digest& leaf,
                                                                 BytesView bytes) const {
  const auto known = known_.find(leaf);
  // The leaf binds header and signature; the comparison binds the form of the bodies too.
  return known != known_.end() && equal(known->second->transaction->bytes, bytes) ? known->second
                                                                                  : nullptr;
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

void TransactionVerifier::Memory::forget_subject(const SubjectPath& path) {
  std::vector<Digest> leaves;
  for (const auto& [leaf, transaction] : known_) {
    for (const ledger::DecodedOperation& operation : transaction->transaction->operations) {
      if (ledger::is_about(operation.value, path)) leaves.push_back(leaf);
    }
  }
  for (const Digest& leaf : leaves) forget(leaf);
}

void TransactionVerifier::Memory::forget(const Digest& leaf) {
  const auto known = known_.find(leaf);
  if (known == known_.end()) return;
  bytes_ -= known->second->transaction->bytes.size();
  known_.erase(known);
}

void TransactionVerifier::Memory::forget(
    const std::vector<ledger::DecodedTransactionPtr>& transactions) {
  for (const auto& transaction : transactions) forget(transaction->leaf);
  // Settled entries leave the queue when they reach its front, so it stays about as long as the
  // map.
  while (!order_.empty() && !known_.contains(order_.front())) order_.pop_front();
}

}  // namespace galen::node
