#include "mempool/pool.h"

#include "base/check.h"

#include <algorithm>

namespace galen::mempool {

namespace {

std::pair<AccountId, std::uint64_t> nonce_key(const ledger::DecodedTransaction& transaction) {
  const ledger::TransactionHeader& header = transaction.transaction.header;
  return {header.submitter, header.nonce.packed()};
}

/// A transaction's share of a block: its bytes behind a u32 length.
std::size_t block_bytes(const ledger::DecodedTransaction& transaction) {
  return transaction.bytes.size() + sizeof(std::uint32_t);
}

/// One that never fits a block must not stop those behind it.
bool fits_alone(const ledger::DecodedTransaction& transaction, const BatchLimits& limits) {
  return block_bytes(transaction) <= limits.bytes &&
         transaction.transaction.operations.size() <= limits.operations;
}

}  // namespace

Status Pool::add(ledger::DecodedTransactionPtr transaction, std::uint64_t tick) {
  CHECK(transaction != nullptr, "a pool holds transactions");
  GALEN_TRY_STATUS(check_new(*transaction));
  GALEN_TRY_STATUS(check_room(*transaction));
  insert({std::move(transaction), tick, next_order_++});
  return {};
}

Status Pool::add_overtaken(ledger::DecodedTransactionPtr transaction,
                           std::uint64_t tick,
                           ValidatorIndex from) {
  CHECK(transaction != nullptr, "a pool holds transactions");
  if (const auto held = by_nonce_.find(nonce_key(*transaction)); held != by_nonce_.end()) {
    promote(held->second, from);
    if (contains(transaction->id)) return {};
  }
  GALEN_TRY_STATUS(check_new(*transaction));
  if (has_reserve(*transaction, from)) {
    insert({std::move(transaction), tick, next_front_order_++, from});
    return {};
  }
  return add(std::move(transaction), tick);
}

void Pool::promote(std::uint64_t order, ValidatorIndex by) {
  const auto entry = entries_.find(order);
  if (entry->second.reserved_by || !has_reserve(*entry->second.transaction, by)) return;
  PoolEntry promoted = entry->second;
  drop(entry);
  promoted.reserved_by = by;
  promoted.order = next_front_order_++;
  insert(std::move(promoted));
}

Status Pool::check_new(const ledger::DecodedTransaction& transaction) const {
  if (by_id_.contains(transaction.id)) {
    return fail(ErrorCode::kAlreadyExists, "the pool has this transaction already");
  }
  if (by_nonce_.contains(nonce_key(transaction))) {
    return fail(ErrorCode::kAlreadyExists,
                "the pool has another transaction of this submitter with the same nonce");
  }
  return {};
}

Status Pool::check_room(const ledger::DecodedTransaction& transaction) const {
  const std::size_t size = transaction.bytes.size();
  if (entries_.size() - reserved_.transactions >= limits_.transactions ||
      limits_.bytes - (bytes_ - reserved_.bytes) < size) {
    return fail(ErrorCode::kResourceExhausted, "the pool is full; submit again later");
  }
  const Share share = share_of(transaction.transaction.header.submitter);
  if (share.transactions >= limits_.transactions_per_submitter ||
      limits_.bytes_per_submitter < share.bytes ||
      limits_.bytes_per_submitter - share.bytes < size) {
    return fail(ErrorCode::kResourceExhausted,
                "too many transactions of this submitter wait; submit again later");
  }
  return {};
}

bool Pool::has_reserve(const ledger::DecodedTransaction& transaction, ValidatorIndex of) const {
  const auto found = reserves_.find(of);
  const Share used = found == reserves_.end() ? Share{} : found->second;
  return used.transactions < kMaxReservedPerValidator &&
         kMaxReservedBytesPerValidator - used.bytes >= transaction.bytes.size();
}

void Pool::insert(PoolEntry entry) {
  const ledger::DecodedTransaction& transaction = *entry.transaction;
  by_id_.emplace(transaction.id, entry.order);
  by_nonce_.emplace(nonce_key(transaction), entry.order);
  by_expiry_.emplace(transaction.transaction.header.valid_until.value, entry.order);
  const std::size_t size = transaction.bytes.size();
  Share& share = entry.reserved_by ? reserves_[*entry.reserved_by]
                                   : per_submitter_[transaction.transaction.header.submitter];
  share = {share.transactions + 1, share.bytes + size};
  ++waiting_[transaction.transaction.header.submitter];
  if (entry.reserved_by) reserved_ = {reserved_.transactions + 1, reserved_.bytes + size};
  bytes_ += size;
  const std::uint64_t order = entry.order;
  entries_.emplace(order, std::move(entry));
}

ledger::DecodedTransactionPtr Pool::find(const TxId& id) const {
  const PoolEntry* found = entry(id);
  return found == nullptr ? nullptr : found->transaction;
}

const PoolEntry* Pool::entry(const TxId& id) const {
  const auto order = by_id_.find(id);
  return order == by_id_.end() ? nullptr : &entries_.at(order->second);
}

Pool::Share Pool::share_of(const AccountId& submitter) const {
  const auto found = per_submitter_.find(submitter);
  return found == per_submitter_.end() ? Share{} : found->second;
}

std::size_t Pool::size_of(const AccountId& submitter) const {
  return share_of(submitter).transactions;
}

std::size_t Pool::bytes_of(const AccountId& submitter) const {
  return share_of(submitter).bytes;
}

void Pool::visit(const std::function<bool(const PoolEntry&)>& entry) const {
  for (const auto& [order, held] : entries_) {
    if (!entry(held)) return;
  }
}

std::vector<ledger::DecodedTransactionPtr> Pool::take(
    const BatchLimits& limits,
    const std::function<bool(const ledger::DecodedTransaction&)>& fits_block) const {
  std::vector<ledger::DecodedTransactionPtr> batch;
  std::vector<ledger::DecodedTransactionPtr> costly;
  std::map<AccountId, std::uint64_t> shares = shares_of_costly();
  std::size_t bytes = 0;
  std::size_t operations = 0;
  for (const auto& [order, entry] : entries_) {
    const ledger::DecodedTransaction& transaction = *entry.transaction;
    const auto share =
        shares.empty() ? shares.end() : shares.find(transaction.transaction.header.submitter);
    const bool is_limited = share != shares.end();
    if (is_limited && share->second == 0) continue;
    if (fits_block && !fits_block(transaction)) continue;
    if (!fits_alone(transaction, limits)) continue;
    bytes += block_bytes(transaction);
    operations += transaction.transaction.operations.size();
    const bool fits = batch.size() + costly.size() < limits.transactions && bytes <= limits.bytes &&
                      operations <= limits.operations;
    if (!fits) break;
    if (is_limited) --share->second;
    (is_limited ? costly : batch).push_back(entry.transaction);
  }
  batch.insert(batch.end(), costly.begin(), costly.end());
  return batch;
}

std::map<AccountId, std::uint64_t> Pool::shares_of_costly() const {
  std::map<AccountId, std::uint64_t> shares;
  for (const auto& [submitter, work] : expected_work_) {
    if (!is_costly(submitter)) continue;
    shares[submitter] = std::max<std::uint64_t>(1, limits_.work_per_submitter / work);
  }
  return shares;
}

void Pool::note_work(const AccountId& submitter, std::uint64_t units) {
  constexpr std::uint64_t kWeight = 8;
  std::uint64_t& expected = expected_work_[submitter];
  expected = expected - expected / kWeight + units / kWeight;
}

bool Pool::is_costly(const AccountId& submitter) const {
  const auto work = expected_work_.find(submitter);
  const auto waiting = waiting_.find(submitter);
  if (work == expected_work_.end() || waiting == waiting_.end()) return false;
  // A block takes no more transactions, however many wait.
  const std::uint64_t next =
      std::min<std::uint64_t>(waiting->second, limits::kMaxTransactionsPerBlock);
  return work->second * next > limits_.work_per_submitter;
}

std::vector<TxId> Pool::remove(const std::vector<ledger::DecodedTransactionPtr>& committed) {
  std::vector<TxId> others;
  for (const ledger::DecodedTransactionPtr& transaction : committed) {
    const auto order = by_nonce_.find(nonce_key(*transaction));
    if (order == by_nonce_.end()) continue;
    const auto entry = entries_.find(order->second);
    const TxId& id = entry->second.transaction->id;
    if (id != transaction->id) others.push_back(id);
    drop(entry);
  }
  return others;
}

std::vector<TxId> Pool::prune(
    TimeMs block_time, const std::function<bool(const ledger::DecodedTransaction&)>& is_dead) {
  std::vector<TxId> removed;
  const auto take_out = [&](Entries::iterator entry) {
    removed.push_back(entry->second.transaction->id);
    drop(entry);
  };
  while (!by_expiry_.empty() && by_expiry_.begin()->first <= block_time.value) {
    take_out(entries_.find(by_expiry_.begin()->second));
  }
  if (!is_dead) return removed;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto current = entry++;
    if (is_dead(*current->second.transaction)) take_out(current);
  }
  return removed;
}

void Pool::drop(Entries::iterator entry) {
  CHECK(entry != entries_.end(), "the pool's indexes agree");
  const ledger::DecodedTransaction& transaction = *entry->second.transaction;
  by_id_.erase(transaction.id);
  by_nonce_.erase(nonce_key(transaction));
  by_expiry_.erase({transaction.transaction.header.valid_until.value, entry->first});
  const std::size_t size = transaction.bytes.size();
  const auto waiting = waiting_.find(transaction.transaction.header.submitter);
  if (--waiting->second == 0) waiting_.erase(waiting);
  if (const auto by = entry->second.reserved_by) {
    const auto reserve = reserves_.find(*by);
    reserve->second.bytes -= size;
    if (--reserve->second.transactions == 0) reserves_.erase(reserve);
    reserved_ = {reserved_.transactions - 1, reserved_.bytes - size};
  } else {
    const auto submitter = per_submitter_.find(transaction.transaction.header.submitter);
    submitter->second.bytes -= size;
    if (--submitter->second.transactions == 0) per_submitter_.erase(submitter);
  }
  bytes_ -= size;
  entries_.erase(entry);
}

}  // namespace galen::mempool
