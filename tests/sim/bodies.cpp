#include "sim/bodies.h"

#include "base/check.h"

#include <algorithm>
#include <optional>
#include <variant>

namespace galen::sim {

namespace {

/// What an order that was carried out takes; nullopt for everything else.
std::optional<ledger::BodiesOf> taken_by(const ledger::Operation& operation) {
  if (const auto* record = std::get_if<ledger::EraseRecord>(&operation))
    return ledger::BodiesOf{record->path, ledger::TreeKind::kClinical, record->record};
  const auto* patient = std::get_if<ledger::ErasePatient>(&operation);
  if (patient == nullptr) return std::nullopt;
  const bool audit = patient->scope == ledger::ErasureScope::kAudit;
  return ledger::BodiesOf{
      patient->path, audit ? ledger::TreeKind::kAudit : ledger::TreeKind::kClinical, std::nullopt};
}

}  // namespace

void Bodies::add(Height height,
                 const std::vector<ledger::DecodedTransactionPtr>& transactions,
                 const execution::BlockOutcome& outcome) {
  const std::size_t earlier = bodies_.size();
  std::size_t fresh = orders_.size();
  for (std::uint32_t i = 0; i < transactions.size(); ++i) {
    const auto& operations = transactions[i]->operations;
    for (std::uint16_t j = 0; j < operations.size(); ++j) {
      const ledger::Operation& operation = operations[j].value;
      if (const auto bodies = taken_by(operation); bodies && outcome.receipts[i].ok)
        orders_.push_back({*bodies, bodies->record.has_value()});
      if (ledger::class_of(operations[j].type) == ledger::TransactionClass::kPersonal)
        bodies_.push_back({height, {i, j}, transactions[i], false});
    }
  }
  for (std::size_t i = earlier; i < bodies_.size(); ++i)
    bodies_[i].gone = is_erased(bodies_[i].operation());
  for (; fresh < orders_.size(); ++fresh) {
    if (orders_[fresh].done) carry_out(fresh);
  }
}

bool Bodies::is_erased(const ledger::Operation& operation) const {
  return std::any_of(orders_.begin(), orders_.end(), [&](const Order& order) {
    return ledger::is_among(order.bodies, operation);
  });
}

std::uint64_t Bodies::count(const ledger::BodiesOf& bodies) const {
  return static_cast<std::uint64_t>(
      std::count_if(bodies_.begin(), bodies_.end(), [&](const Body& body) {
        return !body.gone && ledger::is_among(bodies, body.operation());
      }));
}

void Bodies::carry_out(std::size_t order) {
  orders_[order].done = true;
  for (Body& body : bodies_) {
    if (ledger::is_among(orders_[order].bodies, body.operation())) body.gone = true;
  }
}

std::set<Bodies::Place> Bodies::holes(Height height) const {
  std::set<Place> holes;
  const auto first = std::lower_bound(
      bodies_.begin(), bodies_.end(), height, [](const Body& b, Height h) { return b.height < h; });
  for (auto body = first; body != bodies_.end() && body->height == height; ++body) {
    if (body->gone) holes.insert(body->place);
  }
  return holes;
}

Bytes with_holes(const ChainId& chain, BytesView block, const std::set<Bodies::Place>& holes) {
  auto decoded = ledger::decode_block(block);
  CHECK(decoded.has_value(), "a committed block decodes");
  for (const auto& [index, operation] : holes) {
    auto transaction = ledger::decode_transaction(decoded->transactions[index]);
    CHECK(transaction.has_value(), "a committed transaction decodes");
    ledger::OperationSlot& slot = transaction->operations[operation];
    slot = ledger::operation_commitment(chain, operation, std::get<ledger::OperationBody>(slot));
    decoded->transactions[index] = ledger::encode(*transaction);
  }
  return ledger::encode(*decoded);
}

}  // namespace galen::sim
