// Bounded pool of admitted transactions (DOS-5): first in, first out, but what was passed over
// before all others, with caps per submitter and a share of work for whoever is costly. A
// transaction stays until it is committed, expires or its nonce is used (CONSENSUS.md,
// Transactions). Admission checks (execution::check_transaction) come before. Pure. Thread rule:
// one thread.
#pragma once

#include "base/ids.h"
#include "base/limits.h"
#include "base/result.h"
#include "ledger/transaction.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace galen::mempool {

struct PoolLimits {
  std::size_t transactions = limits::kMaxPoolTransactions;
  std::size_t bytes = limits::kMaxPoolBytes;
  std::size_t transactions_per_submitter = limits::kMaxPoolPerSubmitter;
  std::size_t bytes_per_submitter = limits::kMaxPoolBytesPerSubmitter;
  /// Units of execution::Work in a block that one submitter is expected to use up, when more waits.
  std::uint64_t work_per_submitter = limits::kMaxWorkPerBlock / 2;
};

/// Room beside these for what one validator says was passed over (engine/censorship.h).
inline constexpr std::size_t kMaxReservedPerValidator = 64;
inline constexpr std::size_t kMaxReservedBytesPerValidator = std::size_t{1024} * 1024;

/// What fits one block. Bytes are encoded transactions, each with its u32 length.
struct BatchLimits {
  std::size_t bytes = limits::kMaxBlockBytes;
  std::size_t transactions = limits::kMaxTransactionsPerBlock;
  std::size_t operations = limits::kMaxOperationsPerBlock;
};

struct PoolEntry {
  ledger::DecodedTransactionPtr transaction;
  std::uint64_t admitted_tick = 0;  ///< as given to add()
  std::uint64_t order = 0;          ///< in which they are taken
  std::optional<ValidatorIndex> reserved_by =
      std::nullopt;  ///< whose reserve it fills: goes before others
};

class Pool {
 public:
  explicit Pool(PoolLimits limits = {}) : limits_(limits) {}

  /// Appends. kAlreadyExists: this transaction, or another one of the same submitter and nonce, is
  /// here (the first stays). kResourceExhausted: a limit is reached; nothing changed.
  [[nodiscard]] Status add(ledger::DecodedTransactionPtr transaction, std::uint64_t tick);

  /// The same for one that a validator says was passed over: it, or what is here under its nonce,
  /// goes before all others, into a small reserve of that validator beside the caps; while that is
  /// full, it is added as any other. So a primary commits soon what others watch it by, and nobody
  /// can fill its pool to have it suspected (CONSENSUS.md, "Time, fairness, rotation"). One that is
  /// here already is no error.
  [[nodiscard]] Status add_overtaken(ledger::DecodedTransactionPtr transaction,
                                     std::uint64_t tick,
                                     ValidatorIndex from);

  [[nodiscard]] bool contains(const TxId& id) const { return by_id_.contains(id); }

  /// nullptr when unknown.
  [[nodiscard]] ledger::DecodedTransactionPtr find(const TxId& id) const;

  /// The first transactions that fit, in their order, none removed. Stops at the first that
  /// does not fit, so that no transaction overtakes a bigger one for ever. Of a costly submitter no
  /// more than its share of work (one transaction at least), and behind all others: a block ends
  /// when its work is used up. `fits_block` (optional) leaves out single transactions, e.g. those
  /// that expire before the block's time.
  [[nodiscard]] std::vector<ledger::DecodedTransactionPtr> take(
      const BatchLimits& limits,
      const std::function<bool(const ledger::DecodedTransaction&)>& fits_block = {}) const;

  /// Takes out what a committed block settles: its transactions, and others of the same submitter
  /// and nonce, which can never take effect any more: the ids of these others are returned.
  std::vector<TxId> remove(const std::vector<ledger::DecodedTransactionPtr>& committed);

  /// Removes what can never commit any more: valid_until <= block_time, and, when `is_dead` is
  /// given, what it says is (asked for every transaction: leave it out on the fast path). Returns
  /// the removed ids.
  std::vector<TxId> prune(
      TimeMs block_time,
      const std::function<bool(const ledger::DecodedTransaction&)>& is_dead = {});

  /// A transaction of this submitter was committed and took so many units of work. Nobody knows
  /// before what one will take, so the last ones speak for those that wait.
  void note_work(const AccountId& submitter, std::uint64_t units);

  /// Whether what waits of this submitter, as far as a block takes it, is expected to take more
  /// than its share of work.
  [[nodiscard]] bool is_costly(const AccountId& submitter) const;

  /// nullptr when unknown. Valid until the pool changes.
  [[nodiscard]] const PoolEntry* entry(const TxId& id) const;

  /// As they would be taken, until `entry` returns false. The pool must not change meanwhile.
  void visit(const std::function<bool(const PoolEntry&)>& entry) const;

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  [[nodiscard]] std::size_t size_of(const AccountId& submitter) const;

  [[nodiscard]] std::size_t bytes_of(const AccountId& submitter) const;

  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  using Entries = std::map<std::uint64_t, PoolEntry>;

  struct Share {
    std::size_t transactions = 0;
    std::size_t bytes = 0;
  };

  using NonceKey = std::pair<AccountId, std::uint64_t>;

  /// Transactions that each costly submitter has in the next block, at most.
  [[nodiscard]] std::map<AccountId, std::uint64_t> shares_of_costly() const;

  [[nodiscard]] Share share_of(const AccountId& submitter) const;
  [[nodiscard]] Status check_new(const ledger::DecodedTransaction& transaction) const;
  [[nodiscard]] Status check_room(const ledger::DecodedTransaction& transaction) const;
  [[nodiscard]] bool has_reserve(const ledger::DecodedTransaction& transaction,
                                 ValidatorIndex of) const;
  void insert(PoolEntry entry);
  void promote(std::uint64_t order, ValidatorIndex by);
  void drop(Entries::iterator entry);

  PoolLimits limits_;
  Entries entries_;  ///< by order
  std::map<TxId, std::uint64_t> by_id_;
  std::map<NonceKey, std::uint64_t> by_nonce_;
  std::map<AccountId, Share> per_submitter_;          ///< without what is in a reserve
  std::map<AccountId, std::size_t> waiting_;          ///< transactions per submitter, all of them
  std::map<AccountId, std::uint64_t> expected_work_;  ///< of each one that had some committed
  std::map<ValidatorIndex, Share> reserves_;
  Share reserved_;                                               ///< sum of reserves_
  std::set<std::pair<std::uint64_t, std::uint64_t>> by_expiry_;  ///< valid_until, order
  std::size_t bytes_ = 0;                                        ///< reserves included
  std::uint64_t next_front_order_ = 1;                           ///< of what goes before others
  std::uint64_t next_order_ = std::uint64_t{1} << 48U;
};

}  // namespace galen::mempool
