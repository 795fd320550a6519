#include "storage/block_reader.h"

#include "storage/body_rows.h"
#include "storage/erasure_batch.h"

#include <string>
#include <utility>

namespace galen::storage {

namespace {

std::string in_block(Height height) {
  return "block " + std::to_string(height.value);
}

tl::unexpected<Error> corrupt(Height height, std::string_view what) {
  return fail(ErrorCode::kCorrupt, in_block(height) + ": " + std::string(what));
}

}  // namespace

Result<Head> BlockReader::header(Height height) const {
  GALEN_TRY(const std::optional<Bytes> row, store_.get(Column::kBlocks, header_key(height)));
  if (!row) return fail(ErrorCode::kNotFound, in_block(height) + ": not here");
  auto head = decode_header_row(*row, store_.chain);
  if (!head) return fail_in(in_block(height), head.error());
  if (head->height() != height) return corrupt(height, "the row of another block");
  return head;
}

Result<TransactionPlace> BlockReader::find_transaction(const TxId& id) const {
  GALEN_TRY(const std::optional<Bytes> row, store_.get(Column::kTransactions, id));
  if (!row) return fail(ErrorCode::kNotFound, "no such transaction");
  return decode_place(*row);
}

Result<PermanentRow> BlockReader::permanent(const TransactionPlace& place) const {
  GALEN_TRY(const std::optional<Bytes> row, store_.get(Column::kBlocks, permanent_key(place)));
  if (!row) return fail(ErrorCode::kNotFound, "no such transaction");
  return decode_permanent_row(*row);
}

Result<std::vector<PermanentRow>> BlockReader::all_permanent(Height height) const {
  std::vector<PermanentRow> rows;
  Status decoded;
  const auto visit = [&](BytesView /*key*/, BytesView value) {
    auto row = decode_permanent_row(value);
    if (row) {
      rows.push_back(*std::move(row));
    } else {
      decoded = fail_in(in_block(height), row.error());
    }
    return decoded.has_value();
  };
  GALEN_TRY_STATUS(store_.ledger->scan(
      static_cast<std::size_t>(Column::kBlocks), permanent_prefix(height), visit));
  GALEN_TRY_STATUS(decoded);
  return rows;
}

Result<Locators> BlockReader::locators(Height height) const {
  GALEN_TRY(const std::optional<Bytes> row, store_.get(Column::kBlocks, locators_key(height)));
  if (!row) return corrupt(height, "its locators are missing");
  return decode_locators(*row);
}

Result<std::optional<BodyRow>> BlockReader::sealed_body(const TransactionPlace& place,
                                                        std::uint16_t operation,
                                                        const KeyName& name,
                                                        std::size_t number) const {
  GALEN_TRY(const SubjectKeysPtr keys, store_.keyring->find(name));
  if (!keys) return std::optional<BodyRow>{};
  const ReadBody read = [&](BytesView at) { return store_.get(Column::kBodies, at); };
  GALEN_TRY(const auto found, find_body(*keys, {place, operation}, read));
  if (!found) {
    // Its record, or a patient of a link, was erased since the locators were read: they say so
    // then.
    GALEN_TRY(const Locators again, locators(place.height));
    if (number < again.size() && again[number].is_zero()) return std::optional<BodyRow>{};
    return corrupt(place.height, "a body is missing");
  }
  auto opened = open_body(*store_.keyring, *keys, found->key, found->sealed, read);
  if (!opened) return fail_in(in_block(place.height), opened.error());
  if (!*opened) return std::optional<BodyRow>{};
  return std::optional<BodyRow>{std::move((*opened)->row)};
}

Result<std::optional<BodyRow>> BlockReader::body(const TransactionPlace& place,
                                                 const PermanentRow& row,
                                                 std::uint16_t operation,
                                                 const Locators& locators) const {
  std::optional<BodyRow> found;
  if (row.header.tx_class == ledger::TransactionClass::kPublic) {
    GALEN_TRY(const std::optional<Bytes> stored,
              store_.get(Column::kBlocks, public_body_key(place, operation)));
    if (!stored) return corrupt(place.height, "a public body is missing");
    GALEN_TRY(found, decode_body_row(*stored));
  } else {
    const std::size_t number = std::size_t{row.first_operation} + operation;
    if (number >= locators.size()) return corrupt(place.height, "a locator is missing");
    if (locators[number].is_zero()) return found;
    GALEN_TRY(found, sealed_body(place, operation, locators[number], number));
  }
  if (found && ledger::operation_commitment(store_.chain, operation, found->body) !=
                   row.commitments[operation]) {
    return corrupt(place.height, "a body does not match its commitment");
  }
  return found;
}

Result<ledger::Transaction> BlockReader::assemble(const TransactionPlace& place,
                                                  const PermanentRow& row,
                                                  const Locators& locators,
                                                  std::vector<StoredOutcome>* outcomes) const {
  ledger::Transaction transaction{row.header, row.signature, {}};
  for (std::uint16_t i = 0; i < row.header.operation_count; ++i) {
    GALEN_TRY(std::optional<BodyRow> found, body(place, row, i, locators));
    if (outcomes != nullptr) {
      const std::size_t number = std::size_t{row.first_operation} + i;
      StoredOutcome& outcome = outcomes->emplace_back();
      if (found) outcome.result = found->result;
      outcome.late = number < locators.size() && locators[number] == late_locator();
    }
    if (found) {
      transaction.operations.emplace_back(std::move(found->body));
    } else {
      transaction.operations.emplace_back(row.commitments[i]);
    }
  }
  return transaction;
}

Result<ledger::Transaction> BlockReader::transaction(const TransactionPlace& place) const {
  GALEN_TRY(const PermanentRow row, permanent(place));
  GALEN_TRY(const Locators names, locators(place.height));
  GALEN_TRY(ledger::Transaction transaction, assemble(place, row, names));
  if (ledger::operations_root(store_.chain, transaction.operations) != row.header.operations_root) {
    return corrupt(place.height, "a transaction does not match its operations root");
  }
  return transaction;
}

Result<StoredResults> BlockReader::results(const TransactionPlace& place) const {
  GALEN_TRY(const PermanentRow row, permanent(place));
  GALEN_TRY(const Locators names, locators(place.height));
  StoredResults results;
  std::vector<Digest> commitments;
  for (std::uint16_t i = 0; i < row.header.operation_count; ++i) {
    GALEN_TRY(std::optional<BodyRow> found, body(place, row, i, names));
    if (!found) {
      results.emplace_back(std::nullopt);
      continue;
    }
    commitments.push_back(ledger::result_commitment(found->body.salt, found->result));
    results.emplace_back(std::move(found->result));
  }
  const bool complete = commitments.size() == results.size();
  if (complete && ledger::results_root(commitments) != row.results_root) {
    return corrupt(place.height, "results do not match their receipt");
  }
  return results;
}

Result<StoredBlock> BlockReader::block(Height height) const {
  GALEN_TRY(Head head, header(height));
  if (!head.certificate) return fail(ErrorCode::kNotFound, "genesis is not a block");
  GALEN_TRY(const std::vector<PermanentRow> rows, all_permanent(height));
  GALEN_TRY(const Locators names, locators(height));
  StoredBlock result{{head.header, {}}, head.hash, *std::move(head.certificate), {}, {}};
  std::vector<Digest> leaves;
  for (const PermanentRow& row : rows) {
    const TransactionPlace place{height, static_cast<std::uint32_t>(leaves.size())};
    std::vector<StoredOutcome>& outcomes = result.outcomes.emplace_back();
    GALEN_TRY(const ledger::Transaction transaction, assemble(place, row, names, &outcomes));
    if (ledger::operations_root(store_.chain, transaction.operations) !=
        row.header.operations_root) {
      return corrupt(height, "a transaction does not match its operations root");
    }
    leaves.push_back(ledger::transaction_leaf(row.header, row.signature));
    result.receipts.push_back(row.receipt());
    result.block.transactions.push_back(ledger::encode(transaction));
  }
  const ledger::BlockHeader& header = result.block.header;
  if (ledger::transactions_root(leaves) != header.transactions_root) {
    return corrupt(height, "transactions do not match their root");
  }
  if (ledger::receipts_root(result.receipts) != header.receipts_root) {
    return corrupt(height, "receipts do not match their root");
  }
  return result;
}

}  // namespace galen::storage
