#include "rpc/committed_operation.h"

#include "rpc/wire.h"

#include <limits>
#include <string>
#include <utility>
#include <variant>

namespace galen::rpc {

Result<OperationName> operation_name(std::string_view transaction,
                                     std::uint32_t operation,
                                     const OperationFields& fields) {
  OperationName name;
  GALEN_TRY(name.transaction, fixed_field<TxId>(transaction, fields.transaction));
  if (operation > std::numeric_limits<std::uint16_t>::max()) {
    return fail(ErrorCode::kInvalidArgument, std::string(fields.operation) + ": out of range");
  }
  name.operation = static_cast<std::uint16_t>(operation);
  return name;
}

std::optional<CommittedOperation> find_operation(const LedgerReader& reader,
                                                 const storage::TransactionPlace& place,
                                                 std::uint32_t operation) {
  const auto transaction = reader.transaction(place);
  if (!transaction || operation >= transaction->operations.size()) return std::nullopt;
  const auto* body = std::get_if<ledger::OperationBody>(&transaction->operations[operation]);
  if (body == nullptr) return std::nullopt;
  auto decoded = ledger::decode_operation(body->operation);
  if (!decoded) return std::nullopt;
  return CommittedOperation{
      *std::move(decoded), transaction->header.submitter, body->authorisations};
}

std::optional<CommittedOperation> find_operation(const LedgerReader& reader,
                                                 const OperationName& name) {
  const auto place = reader.find_transaction(name.transaction);
  return place ? find_operation(reader, *place, name.operation) : std::nullopt;
}

}  // namespace galen::rpc
