// Committed blocks put together again from their rows, and verified on the way: header against
// certificate, transactions and receipts against their roots, bodies against their commitments
// (DUR-8). Thread rule: any thread.
#pragma once

#include "base/result.h"
#include "storage/database.h"
#include "storage/store.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace galen::storage {

class BlockReader {
 public:
  /// The store outlives this.
  explicit BlockReader(const Store& store) : store_(store) {}

  // As the functions of Database with these names.
  [[nodiscard]] Result<StoredBlock> block(Height height) const;
  [[nodiscard]] Result<Head> header(Height height) const;
  [[nodiscard]] Result<TransactionPlace> find_transaction(const TxId& id) const;
  [[nodiscard]] Result<ledger::Transaction> transaction(const TransactionPlace& place) const;
  [[nodiscard]] Result<StoredResults> results(const TransactionPlace& place) const;

 private:
  [[nodiscard]] Result<PermanentRow> permanent(const TransactionPlace& place) const;
  [[nodiscard]] Result<std::vector<PermanentRow>> all_permanent(Height height) const;
  [[nodiscard]] Result<Locators> locators(Height height) const;
  /// `outcomes`, when there is one, gets one per operation.
  [[nodiscard]] Result<ledger::Transaction> assemble(
      const TransactionPlace& place,
      const PermanentRow& row,
      const Locators& locators,
      std::vector<StoredOutcome>* outcomes = nullptr) const;
  /// nullopt when erased.
  [[nodiscard]] Result<std::optional<BodyRow>> body(const TransactionPlace& place,
                                                    const PermanentRow& row,
                                                    std::uint16_t operation,
                                                    const Locators& locators) const;
  [[nodiscard]] Result<std::optional<BodyRow>> sealed_body(const TransactionPlace& place,
                                                           std::uint16_t operation,
                                                           const KeyName& name,
                                                           std::size_t number) const;

  const Store& store_;
};

}  // namespace galen::storage
