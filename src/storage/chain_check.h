// Every block of a data directory, row by row: links, certificates, transactions and receipts
// against their roots, bodies against their commitments, results against theirs, and what is absent
// against the erasure orders (PRIVACY.md 19). Reads only. Thread rule: one thread.
#pragma once

#include "ledger/genesis.h"
#include "ledger/header_chain.h"
#include "storage/body_rows.h"
#include "storage/erasure_row.h"
#include "storage/findings.h"
#include "storage/rows.h"
#include "storage/store.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace galen::storage {

struct ChainCounts {
  std::uint64_t blocks = 0;  ///< above genesis
  std::uint64_t transactions = 0;
  std::uint64_t operations = 0;
  std::uint64_t present = 0;  ///< bodies
  std::uint64_t absent = 0;   ///< of the others: what orders took
  std::uint64_t late = 0;     ///< of the others: what came after its order, never stored
  std::uint64_t waiting = 0;  ///< of the present: ordered, the erase job is not there yet
  std::uint64_t ordered = 0;  ///< sum of the counts in the erasure orders
};

class ChainCheck {
 public:
  /// `erasures`: this node's rows of the orders. All outlive this.
  ChainCheck(const Store& store,
             const ledger::Genesis& genesis,
             const std::map<OrderId, ErasureRow>& erasures,
             Findings& findings);

  /// Genesis and every block up to the head; `progress` after each.
  void run(Height head, const std::function<void(std::uint64_t height)>& progress);
  /// What only the whole chain shows: sums, orders, and rows that belong to no block.
  void finish();

  [[nodiscard]] const ChainCounts& counts() const { return counts_; }

 private:
  /// A block while it is checked.
  struct Open {
    Height height;
    std::string place;  ///< "block 7"
    Locators locators;
    bool has_locators = false;
    std::vector<Digest> leaves;
    std::vector<ledger::Receipt> receipts;
    std::uint64_t operations = 0;
  };

  void check_genesis();
  void check_block(Height height);
  void check_header(const std::string& place, const Head& head);
  void check_transaction(Open& block, BytesView key, const PermanentRow& row);
  void check_index(const Open& block, const PermanentRow& row);
  void check_bodies(Open& block, const PermanentRow& row);
  [[nodiscard]] std::optional<BodyRow> public_body(const std::string& place,
                                                   const TransactionPlace& at,
                                                   std::uint16_t operation);
  [[nodiscard]] std::optional<BodyRow> personal_body(const std::string& place,
                                                     const TransactionPlace& at,
                                                     std::uint16_t operation,
                                                     const KeyName& name);
  void check_other_row(const std::string& place, const StoredBody& body);
  void note_order(const PermanentRow& row, std::uint16_t operation, const BodyRow& body);
  void check_orders();
  void check_totals();
  [[nodiscard]] std::uint64_t rows_of(Column column);

  const Store& store_;
  const ledger::Genesis& genesis_;
  const std::map<OrderId, ErasureRow>& erasures_;
  Findings& findings_;
  ledger::HeaderChain chain_;
  ChainCounts counts_;
  std::uint64_t block_rows_ = 0;                    ///< seen in kBlocks
  std::uint64_t body_rows_ = 0;                     ///< seen in kBodies
  std::set<KeyName> waiting_keys_;                  ///< of orders whose keys are to go
  std::set<KeyName> gone_keys_;                     ///< of orders whose bytes are to go
  std::map<OrderId, ledger::ErasureScope> orders_;  ///< that blocks carry out
};

}  // namespace galen::storage
