#include "storage/chain_check.h"

#include "base/hex.h"
#include "execution/executor.h"
#include "ledger/transaction.h"
#include "storage/erasure_batch.h"

#include <string>
#include <utility>

namespace galen::storage {

namespace {

using ledger::ErasureScope;

constexpr std::size_t column(Column c) {
  return static_cast<std::size_t>(c);
}

std::string of_block(Height height) {
  return "block " + std::to_string(height.value);
}

std::string of_transaction(const std::string& block, std::size_t index) {
  return block + ", transaction " + std::to_string(index);
}

std::string of_operation(const std::string& transaction, std::size_t operation) {
  return transaction + ", operation " + std::to_string(operation);
}

/// "1 row", "2 rows"
std::string many(std::uint64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

ChainCheck::ChainCheck(const Store& store,
                       const ledger::Genesis& genesis,
                       const std::map<OrderId, ErasureRow>& erasures,
                       Findings& findings)
    : store_(store), genesis_(genesis), erasures_(erasures), findings_(findings), chain_(genesis) {
  for (const auto& [order, row] : erasures) {
    if (row.scope == ErasureScope::kRecord || row.name.is_zero()) continue;
    if (row.step == ErasureStep::kOrdered) waiting_keys_.insert(row.name);
    if (row.step == ErasureStep::kKeysGone) gone_keys_.insert(row.name);
  }
}

void ChainCheck::run(Height head, const std::function<void(std::uint64_t height)>& progress) {
  check_genesis();
  for (std::uint64_t height = 1; height <= head.value; ++height) {
    check_block(Height{height});
    progress(height);
  }
}

void ChainCheck::check_genesis() {
  const std::string place = of_block(Height{});
  const auto row = store_.get(Column::kBlocks, header_key(Height{}));
  if (!findings_.expect(place, row)) return;
  if (!*row) return findings_.add(place, "its header is missing");
  ++block_rows_;
  const auto head = decode_header_row(**row, store_.chain);
  if (!findings_.expect(place, head)) return;
  ledger::BlockHeader made;
  made.chain = store_.chain;
  made.validators = ledger::validators_hash(ledger::validator_set(genesis_));
  made.next_validators = made.validators;
  made.time = genesis_.time;
  made.state_root = execution::genesis_state(genesis_).state_root;
  if (head->header != made) findings_.add(place, "is not what the genesis file makes of it");
}

/// A broken link is told once: what follows is measured against the next header that stands by
/// itself.
void ChainCheck::check_header(const std::string& place, const Head& head) {
  if (!head.certificate) return findings_.add(place, "has no certificate");
  const ledger::CertifiedHeader next{head.header, *head.certificate};
  const Status accepted = chain_.accept(next);
  if (findings_.expect(place, accepted)) return;
  (void)chain_.resume(next);
}

void ChainCheck::check_block(Height height) {
  Open block{height, of_block(height), {}, false, {}, {}, 0};
  const auto row = store_.get(Column::kBlocks, header_key(height));
  if (!findings_.expect(block.place, row)) return;
  if (!*row) return findings_.add(block.place, "its header is missing");
  ++block_rows_;
  ++counts_.blocks;
  const auto head = decode_header_row(**row, store_.chain);
  if (!findings_.expect(block.place, head)) return;
  if (head->height() != height) return findings_.add(block.place, "the row of another block");
  check_header(block.place, *head);
  const auto stored = store_.get(Column::kBlocks, locators_key(height));
  if (findings_.expect(block.place, stored) && !*stored) {
    findings_.add(block.place, "its locators are missing");
  } else if (stored && *stored) {
    ++block_rows_;
    auto locators = decode_locators(**stored);
    block.has_locators = findings_.expect(block.place, locators);
    if (locators) block.locators = *std::move(locators);
  }
  const auto visit = [&](BytesView key, BytesView value) {
    ++block_rows_;
    const auto permanent = decode_permanent_row(value);
    const std::string place = of_transaction(block.place, block.leaves.size());
    if (findings_.expect(place, permanent)) check_transaction(block, key, *permanent);
    return true;
  };
  const Status scanned =
      store_.ledger->scan(column(Column::kBlocks), permanent_prefix(height), visit);
  (void)findings_.expect(block.place, scanned);
  if (ledger::transactions_root(block.leaves) != head->header.transactions_root) {
    findings_.add(block.place, "transactions do not match their root");
  }
  if (ledger::receipts_root(block.receipts) != head->header.receipts_root) {
    findings_.add(block.place, "receipts do not match their root");
  }
  if (block.has_locators && block.locators.size() != block.operations) {
    findings_.add(block.place, "has not one locator for each operation");
  }
}

void ChainCheck::check_transaction(Open& block, BytesView key, const PermanentRow& row) {
  const auto index = static_cast<std::uint32_t>(block.leaves.size());
  const std::string place = of_transaction(block.place, index);
  if (!equal(key, permanent_key({block.height, index}))) {
    findings_.add(place, "stands in another's place");
  }
  std::vector<ledger::OperationSlot> slots(row.commitments.begin(), row.commitments.end());
  if (row.commitments.size() != row.header.operation_count ||
      ledger::operations_root(store_.chain, slots) != row.header.operations_root) {
    findings_.add(place, "operations do not match their root");
  }
  if (row.first_operation != block.operations) {
    findings_.add(place, "counts its operations from another place");
  }
  check_index(block, row);
  check_bodies(block, row);
  block.leaves.push_back(ledger::transaction_leaf(row.header, row.signature));
  block.receipts.push_back(row.receipt());
  block.operations += row.commitments.size();
  ++counts_.transactions;
  counts_.operations += row.commitments.size();
}

void ChainCheck::check_index(const Open& block, const PermanentRow& row) {
  const auto index = static_cast<std::uint32_t>(block.leaves.size());
  const std::string place = of_transaction(block.place, index);
  const auto stored = store_.get(Column::kTransactions, ledger::transaction_id(row.header));
  if (!findings_.expect(place, stored)) return;
  if (!*stored) return findings_.add(place, "the index does not know it");
  const auto known = decode_place(**stored);
  if (!findings_.expect(place, known)) return;
  if (*known != TransactionPlace{block.height, index}) {
    findings_.add(place, "the index has it in another place");
  }
}

void ChainCheck::check_bodies(Open& block, const PermanentRow& row) {
  const auto index = static_cast<std::uint32_t>(block.leaves.size());
  const TransactionPlace at{block.height, index};
  const std::string transaction = of_transaction(block.place, index);
  const bool is_public = row.header.tx_class == ledger::TransactionClass::kPublic;
  std::vector<Digest> results;
  for (std::uint16_t i = 0; i < row.commitments.size(); ++i) {
    const std::string place = of_operation(transaction, i);
    const std::uint64_t number = block.operations + i;
    std::optional<BodyRow> body;
    if (is_public) {
      const bool named = number < block.locators.size() && !block.locators[number].is_zero();
      if (named) findings_.add(place, "has a locator, though its body is public");
      body = public_body(place, at, i);
    } else if (number < block.locators.size()) {
      body = personal_body(place, at, i, block.locators[number]);
    }
    if (!body) continue;
    ++counts_.present;
    if (ledger::operation_commitment(store_.chain, i, body->body) != row.commitments[i]) {
      findings_.add(place, "its body does not match its commitment");
    }
    results.push_back(ledger::result_commitment(body->body.salt, body->result));
    if (is_public && row.ok) note_order(row, i, *body);
  }
  const bool complete = results.size() == row.commitments.size();
  if (complete && ledger::results_root(results) != row.results_root) {
    findings_.add(transaction, "results do not match their receipt");
  }
}

std::optional<BodyRow> ChainCheck::public_body(const std::string& place,
                                               const TransactionPlace& at,
                                               std::uint16_t operation) {
  const auto stored = store_.get(Column::kBlocks, public_body_key(at, operation));
  if (!findings_.expect(place, stored)) return std::nullopt;
  if (!*stored) {
    findings_.add(place, "its public body is missing");
    return std::nullopt;
  }
  ++block_rows_;
  auto row = decode_body_row(**stored);
  if (!findings_.expect(place, row)) return std::nullopt;
  return *std::move(row);
}

std::optional<BodyRow> ChainCheck::personal_body(const std::string& place,
                                                 const TransactionPlace& at,
                                                 std::uint16_t operation,
                                                 const KeyName& name) {
  if (name.is_zero() || gone_keys_.contains(name)) {
    ++counts_.absent;
    return std::nullopt;
  }
  if (name == late_locator()) {
    ++counts_.late;
    return std::nullopt;
  }
  const auto keys = store_.keyring->find(name);
  if (!findings_.expect(place, keys)) return std::nullopt;
  if (!*keys) {
    findings_.add(place, "its body cannot be opened: the keyring has no such key");
    return std::nullopt;
  }
  const ReadBody read = [&](BytesView key) { return store_.get(Column::kBodies, key); };
  const auto found = find_body(**keys, {at, operation}, read);
  if (!findings_.expect(place, found)) return std::nullopt;
  if (!*found) {
    findings_.add(place, "its body is missing, and no order took it");
    return std::nullopt;
  }
  ++body_rows_;
  auto body = open_body(*store_.keyring, **keys, (*found)->key, (*found)->sealed, read);
  if (!findings_.expect(place, body)) return std::nullopt;
  if (!*body) {
    findings_.add(place,
                  "its body cannot be opened: the keyring has no key of the link's other patient");
    return std::nullopt;
  }
  if ((*body)->is_shared()) check_other_row(place, **body);
  if (waiting_keys_.contains(name)) ++counts_.waiting;
  return std::move((*body)->row);
}

/// Of a link's two rows the one in the second patient's place: it leads to the first.
void ChainCheck::check_other_row(const std::string& place, const StoredBody& body) {
  const ReadBody read = [&](BytesView key) { return store_.get(Column::kBodies, key); };
  const auto operation = ledger::decode_operation(body.row.body.operation);
  if (!findings_.expect(place, operation)) return;
  const auto other = ledger::other_subject_of(*operation);
  if (!other) return findings_.add(place, "is stored as a link and is none");
  const auto keys =
      store_.keyring->find(SubjectRef{*other, compartment_of(ledger::type_of(*operation))});
  if (!findings_.expect(place, keys)) return;
  const auto sealed = read(body.keys.back());
  if (!findings_.expect(place, sealed)) return;
  if (!*keys || handle_in(body.keys.back()) != (*keys)->handle() || !*sealed) {
    return findings_.add(place, "the row of the link's other patient is missing");
  }
  ++body_rows_;
  const auto back = open_body(*store_.keyring, **keys, body.keys.back(), **sealed, read);
  if (!findings_.expect(place, back)) return;
  if (!*back || (*back)->keys != body.keys)
    findings_.add(place, "the two rows of the link do not belong together");
}

void ChainCheck::note_order(const PermanentRow& row, std::uint16_t operation, const BodyRow& body) {
  const auto decoded = ledger::decode_operation(body.body.operation);
  if (!decoded) return;  // its commitment says already whether it is what was committed
  const OrderId order{ledger::transaction_id(row.header), operation};
  if (const auto* whole = std::get_if<ledger::ErasePatient>(&*decoded)) {
    counts_.ordered += whole->operations;
    orders_.emplace(order, whole->scope);
  } else if (const auto* one = std::get_if<ledger::EraseRecord>(&*decoded)) {
    counts_.ordered += one->operations;
    orders_.emplace(order, ErasureScope::kRecord);
  }
}

void ChainCheck::finish() {
  check_orders();
  check_totals();
}

void ChainCheck::check_orders() {
  for (const auto& [order, row] : erasures_) {
    const std::string place = "erasure order " + to_hex(order.transaction);
    const auto known = orders_.find(order);
    if (known == orders_.end()) {
      findings_.add(place, "no block carries it out");
    } else if (known->second != row.scope) {
      findings_.add(place, "its row is of another scope");
    }
    if (row.scope == ErasureScope::kRecord || row.step == ErasureStep::kOrdered) continue;
    const bool audit = row.scope == ErasureScope::kAudit;
    const auto name =
        store_.keyring->name_of(row.path, audit ? Compartment::kAudit : Compartment::kClinical);
    const auto keys = store_.keyring->find(name);
    if (findings_.expect(place, keys) && *keys) {
      findings_.add(place,
                    "the key it destroyed is in the keyring; the next start destroys it again");
    }
  }
  if (counts_.absent + counts_.waiting == counts_.ordered) return;
  findings_.add(
      "bodies",
      std::to_string(counts_.absent) + " are absent and " + std::to_string(counts_.waiting) +
          " wait for the erase job, but the orders took " + std::to_string(counts_.ordered));
}

std::uint64_t ChainCheck::rows_of(Column which) {
  std::uint64_t rows = 0;
  const Status scanned = store_.ledger->scan(column(which), {}, [&](BytesView, BytesView) {
    ++rows;
    return true;
  });
  (void)findings_.expect(column_names().at(column(which) - 1), scanned);
  return rows;
}

void ChainCheck::check_totals() {
  const auto expect = [&](Column which, std::uint64_t seen) {
    const std::uint64_t rows = rows_of(which);
    if (rows <= seen) return;  // what is missing was told where it belongs
    findings_.add(column_names().at(column(which) - 1),
                  many(rows - seen, "row") + " that nothing refers to");
  };
  expect(Column::kBlocks, block_rows_);
  expect(Column::kTransactions, counts_.transactions);
  std::uint64_t going = 0;
  for (const auto& [order, row] : erasures_) {
    if (row.scope == ErasureScope::kRecord || row.step != ErasureStep::kKeysGone) continue;
    if (row.handle.is_zero()) continue;
    const Status scanned =
        store_.ledger->scan(column(Column::kBodies), row.handle, [&](BytesView, BytesView) {
          ++going;
          return true;
        });
    (void)findings_.expect("bodies", scanned);
  }
  expect(Column::kBodies, body_rows_ + going);
}

}  // namespace galen::storage
