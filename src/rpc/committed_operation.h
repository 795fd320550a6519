// One operation of a committed transaction, as queries under a committed access or reading name it.
// Thread rule: pure functions over a reader; any thread.
#pragma once

#include "ledger/operation.h"
#include "rpc/backend.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace galen::rpc {

struct OperationName {
  TxId transaction;
  std::uint16_t operation = 0;  ///< its place in the transaction
};

/// What the two fields of a message are called, for errors.
struct OperationFields {
  std::string_view transaction;
  std::string_view operation;
};

/// kInvalidArgument, with the field's name, for what cannot be.
[[nodiscard]] Result<OperationName> operation_name(std::string_view transaction,
                                                   std::uint32_t operation,
                                                   const OperationFields& fields);

struct CommittedOperation {
  ledger::Operation value;
  AccountId submitter;
  std::vector<ledger::Authorisation> authorisations{};
};

/// nullopt when the transaction is not there, has no such operation, or its body is erased.
[[nodiscard]] std::optional<CommittedOperation> find_operation(
    const LedgerReader& reader, const storage::TransactionPlace& place, std::uint32_t operation);
/// The same by name; also nullopt when nothing of that name is committed here.
[[nodiscard]] std::optional<CommittedOperation> find_operation(const LedgerReader& reader,
                                                               const OperationName& name);

}  // namespace galen::rpc
