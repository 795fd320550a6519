#include "execution/executor.h"

#include "base/check.h"
#include "base/limits.h"

#include <algorithm>
#include <map>
#include <utility>

namespace galen::execution {

namespace {

using ledger::DecodedTransaction;
using ledger::OperationBody;
using ledger::OperationResult;
using ledger::ResultCode;

/// Remembers what execution reads of the main tree (organisations, parameters): every transaction
/// of a block asks for the same few.
class MainTreeCache final : public StateReader {
 public:
  explicit MainTreeCache(const StateReader& base) : base_(base) {}

  [[nodiscard]] std::optional<Bytes> get(const ledger::StateKey& key) const override {
    if (key.tree.kind != ledger::TreeKind::kMain) return base_.get(key);
    const auto known = values_.find(key);
    if (known != values_.end()) return known->second;
    return values_.emplace(key, base_.get(key)).first->second;
  }

  void scan(const ledger::TreeId& tree,
            ledger::KeyKind kind,
            const std::function<bool(BytesView, BytesView)>& visit) const override {
    base_.scan(tree, kind, visit);
  }

  [[nodiscard]] std::optional<Bytes> subtree_root(const ledger::TreeId& tree) const override {
    return base_.subtree_root(tree);
  }

  [[nodiscard]] std::optional<PatientId> subject_at(const SubjectPath& path,
                                                    ledger::TreeKind compartment) const override {
    return base_.subject_at(path, compartment);
  }

  /// Those of the block so far as well, without those that an order of the block counted already.
  [[nodiscard]] std::uint64_t count_bodies(const ledger::BodiesOf& bodies) const override {
    std::uint64_t count = base_.count_bodies(bodies);
    if (!bodies.record) count -= counted_before(bodies);
    for (const DecodedTransaction* transaction : transactions_) {
      for (const ledger::DecodedOperation& operation : transaction->operations) {
        if (ledger::is_among(bodies, operation.value) && !is_counted(operation.value)) ++count;
      }
    }
    return count;
  }

  /// From now on counted. The transaction outlives this.
  void add_bodies(const DecodedTransaction& transaction) { transactions_.push_back(&transaction); }

  /// An operation was executed: what it takes, when it is an order. How many orders there are
  /// before and after one transaction's operations tells what to take back when it fails.
  void add_order(const ledger::Operation& operation) {
    if (const auto* one = std::get_if<ledger::EraseRecord>(&operation)) {
      erased_.push_back({one->path, ledger::TreeKind::kClinical, one->record});
    } else if (const auto* whole = std::get_if<ledger::ErasePatient>(&operation)) {
      const bool audit = whole->scope == ledger::ErasureScope::kAudit;
      erased_.push_back({whole->path,
                         audit ? ledger::TreeKind::kAudit : ledger::TreeKind::kClinical,
                         std::nullopt});
    }
  }

  [[nodiscard]] std::size_t orders() const { return erased_.size(); }

  void take_back_orders(std::size_t left) { erased_.resize(left); }

 private:
  /// Of those the base holds: records of this subject, and links with subjects that went before
  /// him.
  [[nodiscard]] std::uint64_t counted_before(const ledger::BodiesOf& bodies) const {
    std::uint64_t count = 0;
    ledger::BodiesOf links{bodies.path, bodies.compartment, std::nullopt};
    for (const ledger::BodiesOf& gone : erased_) {
      if (gone.compartment != bodies.compartment) continue;
      if (gone.path == bodies.path) {
        count += base_.count_bodies(gone);
      } else if (!gone.record) {
        links.shared_with.push_back(gone.path);
      }
    }
    return links.shared_with.empty() ? count : count + base_.count_bodies(links);
  }

  [[nodiscard]] bool is_counted(const ledger::Operation& operation) const {
    return std::any_of(erased_.begin(), erased_.end(), [&](const ledger::BodiesOf& gone) {
      return ledger::is_among(gone, operation);
    });
  }

  const StateReader& base_;
  mutable std::map<ledger::StateKey, std::optional<Bytes>> values_;
  std::vector<const DecodedTransaction*> transactions_;
  std::vector<ledger::BodiesOf> erased_;  ///< by orders of this block
};

const OperationBody& body_of(const DecodedTransaction& transaction, std::size_t index) {
  const auto* body = std::get_if<OperationBody>(&transaction.transaction.operations.at(index));
  CHECK(body != nullptr, "execution needs every body");
  return *body;
}

class BlockExecution {
 public:
  BlockExecution(const StateReader& state,
                 const BlockContext& block,
                 const Application& application,
                 SignatureVerifier& signatures)
      : base_(state),
        overlay_(base_),
        block_(block),
        parameters_(load_parameters(base_)),
        application_(application),
        signatures_(signatures) {}

  std::vector<OperationResult> run(const DecodedTransaction& transaction) {
    const ledger::TransactionHeader& header = transaction.transaction.header;
    const std::size_t count = transaction.operations.size();
    base_.add_bodies(transaction);
    CHECK(count == transaction.transaction.operations.size(), "execution needs every body");
    if (header.valid_until <= block_.time) return refused(count, ResultCode::kExpired);
    Lane& lane = lane_of(header.submitter, header.nonce.lane);
    if (!lane.window.is_fresh(header.nonce.sequence)) {
      return refused(count, ResultCode::kNonceUsed);
    }
    lane.window.use(header.nonce.sequence);
    lane.used = true;
    return run_operations(transaction);
  }

  [[nodiscard]] std::uint64_t work() const { return work_.used(); }

  [[nodiscard]] bool is_exhausted() const { return work_.used() > limits::kMaxWorkPerBlock; }

  /// All writes of the block, nonces included.
  const StateWrites& finish() {
    for (const auto& [key, lane] : lanes_) {
      if (lane.used) lane.window.store(overlay_, key.first, key.second);
    }
    return overlay_.writes();
  }

 private:
  /// Decoded once per block and written back at its end.
  struct Lane {
    NonceWindow window;
    bool used = false;  ///< by this block
  };

  static std::vector<OperationResult> refused(std::size_t count, ResultCode code) {
    return std::vector<OperationResult>(count, OperationResult{code, {}});
  }

  std::vector<OperationResult> run_operations(const DecodedTransaction& transaction) {
    const std::size_t count = transaction.operations.size();
    const StateOverlay::Mark mark = overlay_.mark();
    const std::size_t orders = base_.orders();
    const std::uint64_t work = work_.used();
    // Who was refused stands in the log, whatever else was asked beside it (PRIVACY.md 21).
    const bool is_log = ledger::is_log_entry(transaction.operations.front().type);
    std::vector<OperationResult> results;
    results.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const OperationContext context{block_,
                                     parameters_,
                                     transaction.transaction.header.submitter,
                                     static_cast<std::uint16_t>(i),
                                     body_of(transaction, i),
                                     transaction.operations[i],
                                     signatures_,
                                     transaction.id,
                                     &work_};
      results.push_back(application_.execute(context, overlay_));
      if (!is_log && work_.used() - work > limits::kMaxWorkPerTransaction) {
        results.back() = {ResultCode::kTooMuchWork, {}};
      }
      if (results.back().code == ResultCode::kOk) {
        base_.add_order(transaction.operations[i].value);
        continue;
      }
      overlay_.rollback(mark);
      base_.take_back_orders(orders);
      OperationResult failure = std::move(results.back());
      results = refused(count, ResultCode::kNotExecuted);
      results[i] = std::move(failure);
      break;
    }
    return results;
  }

  Lane& lane_of(const AccountId& submitter, std::uint16_t lane) {
    const auto [slot, fresh] = lanes_.try_emplace({submitter, lane});
    if (fresh) slot->second.window = NonceWindow::load(base_, submitter, lane);
    return slot->second;
  }

  MainTreeCache base_;
  StateOverlay overlay_;
  const BlockContext& block_;
  ledger::Parameters parameters_;
  const Application& application_;
  SignatureVerifier& signatures_;
  Work work_;
  std::map<std::pair<AccountId, std::uint16_t>, Lane> lanes_;
};

ledger::Receipt receipt_of(const DecodedTransaction& transaction,
                           const std::vector<OperationResult>& results) {
  ledger::Receipt receipt{transaction.id, true, {}};
  std::vector<Digest> commitments;
  commitments.reserve(results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    receipt.ok = receipt.ok && results[i].code == ResultCode::kOk;
    commitments.push_back(ledger::result_commitment(body_of(transaction, i).salt, results[i]));
  }
  receipt.results_root = ledger::results_root(commitments);
  return receipt;
}

}  // namespace

BlockOutcome execute_block(const StateReader& state,
                           const PageReader& pages,
                           const BlockContext& block,
                           const std::vector<ledger::DecodedTransactionPtr>& transactions,
                           const Application& application,
                           SignatureVerifier& signatures) {
  BlockOutcome outcome;
  BlockExecution execution(state, block, application, signatures);
  std::vector<Digest> leaves;
  leaves.reserve(transactions.size());
  outcome.receipts.reserve(transactions.size());
  outcome.results.reserve(transactions.size());
  for (const ledger::DecodedTransactionPtr& transaction : transactions) {
    if (execution.is_exhausted()) break;
    leaves.push_back(transaction->leaf);
    const std::uint64_t before = execution.work();
    outcome.results.push_back(execution.run(*transaction));
    outcome.work.push_back(execution.work() - before);
    outcome.receipts.push_back(receipt_of(*transaction, outcome.results.back()));
  }
  outcome.transactions_root = ledger::transactions_root(leaves);
  outcome.receipts_root = ledger::receipts_root(outcome.receipts);
  outcome.state = commit_writes(pages, execution.finish(), block.height);
  return outcome;
}

}  // namespace galen::execution
