#include "engine/gap_block.h"

#include "base/check.h"

#include <algorithm>
#include <string>

namespace galen::engine {
namespace {

bool is_body(const ledger::OperationSlot& slot) {
  return std::holds_alternative<ledger::OperationBody>(slot);
}

bool is_whole_transaction(const ledger::Transaction& transaction) {
  return std::all_of(transaction.operations.begin(), transaction.operations.end(), is_body);
}

tl::unexpected<Error> wrong(const ledger::BlockHeader& header, std::string_view what) {
  return fail(ErrorCode::kUnauthenticated,
              "block " + std::to_string(header.height.value) + ": " + std::string(what));
}

/// A body has a result and a hole has none; of a whole transaction the results are the certified
/// ones.
Status check_results(const ledger::BlockHeader& header,
                     const ledger::Transaction& transaction,
                     const GapReceipt& receipt) {
  if (receipt.results.size() != transaction.operations.size())
    return wrong(header, "another number of results");
  std::vector<Digest> commitments;
  for (std::size_t i = 0; i < receipt.results.size(); ++i) {
    const GapResult& result = receipt.results[i];
    const auto* body = std::get_if<ledger::OperationBody>(&transaction.operations[i]);
    if ((body != nullptr) != result.result.has_value())
      return wrong(header, "a body without result, or the reverse");
    if (body == nullptr) continue;
    if (result.late) return wrong(header, "a body that is late");
    commitments.push_back(ledger::result_commitment(body->salt, *result.result));
  }
  if (commitments.size() < receipt.results.size()) return {};
  if (ledger::results_root(commitments) != receipt.results_root)
    return wrong(header, "wrong results");
  return {};
}

Status check_roots(const CheckedGapBlock& block) {
  std::vector<Digest> leaves;
  std::vector<ledger::Receipt> receipts;
  for (std::size_t i = 0; i < block.transactions.size(); ++i) {
    const ledger::Transaction& tx = block.transactions[i];
    leaves.push_back(ledger::transaction_leaf(tx.header, tx.signature));
    receipts.push_back(
        {ledger::transaction_id(tx.header), block.receipts[i].ok, block.receipts[i].results_root});
  }
  if (ledger::transactions_root(leaves) != block.header.transactions_root) {
    return wrong(block.header, "wrong transactions root");
  }
  if (ledger::receipts_root(receipts) != block.header.receipts_root)
    return wrong(block.header, "wrong receipts root");
  return {};
}

}  // namespace

Result<CheckedGapBlock> check_gap_block(const ChainId& chain, const GapBlock& block) {
  GALEN_TRY(const ledger::Block decoded, ledger::decode_block(block.block));
  CheckedGapBlock checked{
      decoded.header, ledger::block_hash(decoded.header), block.certificate, {}, block.receipts};
  const ledger::VoteSubject& subject = block.certificate.subject;
  if (checked.header.chain != chain) return fail(ErrorCode::kWrongChain, "block: of another chain");
  if (subject.type != ledger::VoteType::kCommit || subject.height != checked.header.height ||
      subject.block != checked.hash || subject.epoch != checked.header.epoch) {
    return wrong(checked.header, "the certificate of another block");
  }
  if (block.receipts.size() != decoded.transactions.size())
    return wrong(checked.header, "another number of receipts");
  for (std::size_t i = 0; i < decoded.transactions.size(); ++i) {
    // Decoding compares bodies and commitments with the signed operations root.
    GALEN_TRY(ledger::Transaction transaction, ledger::decode_transaction(decoded.transactions[i]));
    const bool is_public = transaction.header.tx_class == ledger::TransactionClass::kPublic;
    if (is_public && !is_whole_transaction(transaction))
      return wrong(checked.header, "a public body is missing");
    GALEN_TRY_STATUS(check_results(checked.header, transaction, block.receipts[i]));
    checked.transactions.push_back(std::move(transaction));
  }
  GALEN_TRY_STATUS(check_roots(checked));
  return checked;
}

bool has_holes(const CheckedGapBlock& block) {
  return !std::all_of(block.transactions.begin(), block.transactions.end(), is_whole_transaction);
}

GapMerge::GapMerge(CheckedGapBlock block, ValidatorIndex from) : block_(std::move(block)) {
  note(block_, from);
}

void GapMerge::add(const CheckedGapBlock& block, ValidatorIndex from) {
  CHECK(block.hash == block_.hash, "answers about one block");
  for (std::size_t i = 0; i < block.transactions.size(); ++i) {
    if (proven_.contains(i)) continue;
    if (is_whole_transaction(block.transactions[i])) {
      block_.transactions[i] = block.transactions[i];
      block_.receipts[i] = block.receipts[i];
      continue;
    }
    for (std::size_t k = 0; k < block.transactions[i].operations.size(); ++k) {
      if (is_body(block.transactions[i].operations[k])) {
        block_.transactions[i].operations[k] = block.transactions[i].operations[k];
      }
    }
  }
  note(block, from);
}

void GapMerge::note(const CheckedGapBlock& block, ValidatorIndex from) {
  for (std::uint32_t i = 0; i < block.transactions.size(); ++i) {
    if (is_whole_transaction(block.transactions[i])) {
      proven_.insert(i);
      continue;
    }
    for (std::uint16_t k = 0; k < block.receipts[i].results.size(); ++k) {
      const GapResult& result = block.receipts[i].results[k];
      Operation& operation = open_[{i, k}];
      if (result.result) {
        operation.results[ledger::encode(*result.result)].insert(from);
      } else {
        operation.erased.insert(from);
        if (result.late) operation.late.insert(from);
      }
    }
  }
}

const Bytes* GapMerge::agreed_result(const Place& place, std::size_t enough) const {
  const auto found = open_.find(place);
  if (found == open_.end()) return nullptr;
  for (const auto& [result, sources] : found->second.results) {
    if (sources.size() >= enough) return &result;
  }
  return nullptr;
}

bool GapMerge::is_hole(const Place& place, std::size_t enough) const {
  const Operation& operation = open_.at(place);
  return operation.late.size() >= enough ||
         operation.erased.size() - operation.late.size() >= enough;
}

bool GapMerge::is_here(const Place& place, std::size_t enough) const {
  return is_body(block_.transactions[place.first].operations[place.second]) &&
         agreed_result(place, enough) != nullptr;
}

bool GapMerge::settled(std::size_t enough) const {
  for (std::uint32_t i = 0; i < block_.transactions.size(); ++i) {
    if (proven_.contains(i)) continue;
    const auto& slots = block_.transactions[i].operations;
    for (std::uint16_t k = 0; k < slots.size(); ++k) {
      if (!is_here({i, k}, enough) && !is_hole({i, k}, enough)) return false;
    }
  }
  return true;
}

CheckedGapBlock GapMerge::finish(std::size_t enough) const {
  CHECK(settled(enough), "settled");
  CheckedGapBlock block = block_;
  for (std::uint32_t i = 0; i < block.transactions.size(); ++i) {
    if (proven_.contains(i)) continue;
    auto& slots = block.transactions[i].operations;
    for (std::uint16_t k = 0; k < slots.size(); ++k) {
      GapResult& result = block.receipts[i].results[k];
      result = {};
      if (!is_here({i, k}, enough)) {
        // Too few have a body that others erased: it is gone here too.
        const auto* body = std::get_if<ledger::OperationBody>(&slots[k]);
        if (body != nullptr) slots[k] = ledger::operation_commitment(block.header.chain, k, *body);
        continue;
      }
      auto decoded = ledger::decode_operation_result(*agreed_result({i, k}, enough));
      CHECK(decoded.has_value(), "an encoded result");
      result.result = *std::move(decoded);
    }
  }
  return block;
}

std::vector<GapMerge::Place> GapMerge::late_holes(std::size_t enough) const {
  std::vector<Place> places;
  for (const auto& [place, operation] : open_) {
    const bool hole = !proven_.contains(place.first) && !is_here(place, enough);
    if (hole && operation.late.size() >= enough) places.push_back(place);
  }
  return places;
}

}  // namespace galen::engine
