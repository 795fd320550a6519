#include "base/check.h"
#include "base/limits.h"
#include "crypto/digest.h"
#include "ledger/transaction.h"

#include <algorithm>

namespace galen::ledger {

namespace {

/// Operations of the bodies that are present.
Result<std::vector<DecodedOperation>> decode_present(const Transaction& transaction) {
  std::vector<DecodedOperation> operations;
  operations.reserve(transaction.operations.size());
  for (std::size_t i = 0; i < transaction.operations.size(); ++i) {
    const auto* body = std::get_if<OperationBody>(&transaction.operations[i]);
    if (body == nullptr) continue;
    auto value = decode_operation(body->operation);
    if (!value) return fail_in("operation " + std::to_string(i), std::move(value).error());
    const OperationType type = type_of(*value);
    const PatientId subject = subject_of(*value);
    operations.push_back(DecodedOperation{*std::move(value), type, subject});
  }
  return operations;
}

Status check_together(TransactionClass tx_class, const std::vector<DecodedOperation>& operations) {
  for (const DecodedOperation& operation : operations) {
    if (class_of(operation.type) != tx_class) {
      return fail(ErrorCode::kInvalidArgument,
                  "transaction: " + std::string(name(operation.type)) + " does not fit the class " +
                      std::string(name(tx_class)));
    }
  }
  const auto logs = std::find_if(
      operations.begin(), operations.end(), [](const auto& o) { return is_log_entry(o.type); });
  if (logs == operations.end()) return {};
  for (const DecodedOperation& operation : operations) {
    if (operation.type == logs->type) continue;
    return fail(ErrorCode::kInvalidArgument,
                "transaction: " + std::string(name(logs->type)) +
                    " stands together with another kind of operation");
  }
  if (logs->type != OperationType::kLogAccess ||
      operations.size() <= limits::kMaxAccessesPerTransaction) {
    return {};
  }
  return fail(ErrorCode::kInvalidArgument,
              "transaction: " + std::to_string(operations.size()) + " LogAccess, at most " +
                  std::to_string(limits::kMaxAccessesPerTransaction));
}

}  // namespace

Result<DecodedTransactionPtr> decode_and_check(Bytes bytes, const ChainId& chain) {
  GALEN_TRY(Transaction transaction, decode_transaction(bytes));
  if (transaction.header.chain != chain) {
    return fail(ErrorCode::kWrongChain, "transaction: it belongs to another chain");
  }
  GALEN_TRY(std::vector<DecodedOperation> operations, decode_present(transaction));
  GALEN_TRY_STATUS(check_together(transaction.header.tx_class, operations));
  if (operations.size() != transaction.operations.size()) operations.clear();
  auto decoded = std::make_shared<DecodedTransaction>();
  decoded->id = transaction_id(transaction.header);
  decoded->leaf = transaction_leaf(transaction.header, transaction.signature);
  decoded->transaction = std::move(transaction);
  decoded->bytes = std::move(bytes);
  decoded->operations = std::move(operations);
  return DecodedTransactionPtr(std::move(decoded));
}

TransactionBuilder::TransactionBuilder(const ChainId& chain,
                                       const AccountId& submitter,
                                       std::uint16_t key_index,
                                       RandomSource& random)
    : chain_(chain), submitter_(submitter), key_index_(key_index), random_(random) {}

void TransactionBuilder::add(const Operation& operation,
                             std::vector<Authorisation> authorisations) {
  const TransactionClass of_operation = class_of(type_of(operation));
  CHECK(operations_.empty() || class_ == of_operation, "operations of one class");
  class_ = of_operation;
  operations_.push_back(
      OperationBody{random_.next<Random32>(), encode(operation), std::move(authorisations)});
}

TransactionHeader TransactionBuilder::header(Nonce nonce, TimeMs valid_until) const {
  CHECK(!operations_.empty(), "a transaction has at least one operation");
  TransactionHeader header;
  header.tx_class = class_;
  header.chain = chain_;
  header.submitter = submitter_;
  header.key_index = key_index_;
  header.nonce = nonce;
  header.valid_until = valid_until;
  header.operation_count = static_cast<std::uint16_t>(operations_.size());
  header.operations_root = operations_root(chain_, operations_);
  return header;
}

Transaction TransactionBuilder::finish(const TransactionHeader& header,
                                       const Signature& signature) && {
  return Transaction{header, signature, std::move(operations_)};
}

}  // namespace galen::ledger
