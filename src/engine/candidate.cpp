#include "engine/candidate.h"

#include "base/check.h"
#include "base/limits.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace galen::engine {
namespace {

tl::unexpected<Error> invalid(std::string what) {
  return fail(ErrorCode::kInvalidArgument, "block: " + std::move(what));
}

/// Its own code, because it says nothing about the proposer's honesty: a clock may be wrong.
tl::unexpected<Error> untimely(std::string what) {
  return fail(ErrorCode::kDeadlineExceeded, "block: untimely: " + std::move(what));
}

/// Message delay allowed: grows with the views that passed since the parent (CONSENSUS.md, Time).
std::uint64_t message_delay(const ledger::Parameters& p, View origin, View parent_origin) {
  const std::uint64_t views = origin > parent_origin ? origin.value - parent_origin.value : 0;
  return p.message_delay_ms * (1 + std::min<std::uint64_t>(views, 16));
}

Status check_time(const ChainContext& chain,
                  const Head& head,
                  const ledger::BlockHeader& header,
                  const Arrival& arrival) {
  const ledger::Parameters& p = chain.parameters;
  if (header.time <= head.time) return invalid("time is not after the parent's");
  if (!arrival.fresh) return {};
  if (header.time.value > arrival.arrived.value + p.precision_ms)
    return untimely("from the future");
  const std::uint64_t delay =
      message_delay(p, header.origin_view, head.origin_view) + p.precision_ms;
  if (header.time.value + delay < arrival.arrived.value) return untimely("too old");
  return {};
}

Status check_size(const ledger::Parameters& p, const ledger::Block& block, std::size_t bytes) {
  if (block.transactions.empty()) return invalid("empty");
  if (block.transactions.size() > p.max_block_transactions)
    return invalid("more transactions than allowed");
  if (bytes > p.max_block_bytes) return invalid("larger than allowed");
  return {};
}

Status check_transactions(const ChainContext& chain,
                          const execution::BlockContext& context,
                          const std::vector<ledger::DecodedTransactionPtr>& transactions,
                          const ExecutionContext& execution) {
  std::set<std::pair<AccountId, std::uint64_t>> nonces;
  std::size_t operations = 0;
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    const ledger::DecodedTransaction& tx = *transactions[i];
    const ledger::TransactionHeader& h = tx.transaction.header;
    operations += h.operation_count;
    if (tx.operations.size() != h.operation_count) {
      return invalid("transaction " + std::to_string(i) + " has an erased body");
    }
    if (!nonces.emplace(h.submitter, h.nonce.packed()).second) {
      return invalid("transaction " + std::to_string(i) + " repeats a nonce of this block");
    }
    auto status = execution::check_transaction(
        execution.state, context, chain.parameters, tx, execution.signatures);
    if (!status) return fail_in("block: transaction " + std::to_string(i), status.error());
  }
  if (operations > chain.parameters.max_block_operations)
    return invalid("more operations than allowed");
  return {};
}

}  // namespace

Head head_after(const Head& head, const Candidate& block) {
  const ledger::BlockHeader& header = block.header;
  Head next{header.height, block.hash, header.time, header.origin_view, header.state_root};
  const bool same_view = head.height.value > 0 && head.origin_view == header.origin_view;
  next.view_start = same_view && head.view_start ? head.view_start : header.time;
  return next;
}

bool view_ended(const Head& head, std::uint64_t period_ms) {
  return period_ms > 0 && head.view_start && head.time.value - head.view_start->value >= period_ms;
}

CandidatePtr build_candidate(const ChainContext& chain,
                             const Head& head,
                             View view,
                             TimeMs time,
                             std::vector<ledger::DecodedTransactionPtr> transactions,
                             const ExecutionContext& execution) {
  CHECK(!transactions.empty(), "blocks are never empty");
  CHECK(time > head.time, "block time rises");
  auto candidate = std::make_shared<Candidate>();
  const execution::BlockContext context{chain.chain, head.height.next(), time};
  candidate->outcome = execution::execute_block(execution.state,
                                                execution.pages,
                                                context,
                                                transactions,
                                                execution.application,
                                                execution.signatures);
  // What is too much for one block waits for the next.
  transactions.resize(candidate->outcome.receipts.size());
  ledger::BlockHeader& header = candidate->header;
  header.chain = chain.chain;
  header.height = context.height;
  header.parent = head.hash;
  header.epoch = chain.epoch;
  header.validators = chain.validators;
  header.next_validators = chain.validators;
  header.origin_view = view;
  header.time = time;
  header.transactions_root = candidate->outcome.transactions_root;
  header.receipts_root = candidate->outcome.receipts_root;
  header.state_root = candidate->outcome.state.state_root;
  ledger::Block block{header, {}};
  block.transactions.reserve(transactions.size());
  for (const auto& tx : transactions) block.transactions.push_back(tx->bytes);
  candidate->bytes = std::make_shared<const Bytes>(ledger::encode(block));
  candidate->hash = ledger::block_hash(header);
  candidate->transactions = std::move(transactions);
  return candidate;
}

Status check_header(const ChainContext& chain,
                    const Head& head,
                    const ledger::BlockHeader& header,
                    const Arrival& arrival) {
  if (header.version != ledger::kBlockVersion) return invalid("unknown version");
  if (header.chain != chain.chain) return fail(ErrorCode::kWrongChain, "block: of another chain");
  if (header.height != head.height.next()) return invalid("not the next height");
  if (header.parent != head.hash) return invalid("another parent");
  if (header.epoch != chain.epoch) return invalid("another epoch");
  if (header.validators != chain.validators) return invalid("another validator set");
  if (header.next_validators != chain.validators)
    return invalid("changes the validator set without a transaction");
  if (arrival.fresh && header.origin_view != arrival.view)
    return invalid("origin view is not this view");
  return check_time(chain, head, header, arrival);
}

Result<CandidatePtr> check_candidate(const ChainContext& chain,
                                     const Head& head,
                                     const ledger::Block& block,
                                     std::shared_ptr<const Bytes> bytes,
                                     std::vector<ledger::DecodedTransactionPtr> transactions,
                                     const Arrival& arrival,
                                     const ExecutionContext& execution) {
  CHECK(transactions.size() == block.transactions.size(), "one decoded transaction per entry");
  GALEN_TRY_STATUS(check_header(chain, head, block.header, arrival));
  GALEN_TRY_STATUS(check_size(chain.parameters, block, bytes->size()));
  const execution::BlockContext context{chain.chain, block.header.height, block.header.time};
  if (arrival.standing == Standing::kProposed) {
    GALEN_TRY_STATUS(check_transactions(chain, context, transactions, execution));
  }
  auto candidate = std::make_shared<Candidate>();
  candidate->outcome = execution::execute_block(execution.state,
                                                execution.pages,
                                                context,
                                                transactions,
                                                execution.application,
                                                execution.signatures);
  if (candidate->outcome.receipts.size() < transactions.size())
    return invalid("more work than allowed");
  if (candidate->outcome.transactions_root != block.header.transactions_root)
    return invalid("wrong transactions root");
  if (candidate->outcome.receipts_root != block.header.receipts_root)
    return invalid("wrong receipts root");
  if (candidate->outcome.state.state_root != block.header.state_root)
    return invalid("wrong state root");
  candidate->header = block.header;
  candidate->hash = ledger::block_hash(block.header);
  candidate->bytes = std::move(bytes);
  candidate->transactions = std::move(transactions);
  return CandidatePtr(std::move(candidate));
}

}  // namespace galen::engine
