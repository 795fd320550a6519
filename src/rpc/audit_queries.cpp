#include "rpc/audit_queries.h"

#include "modules/audit/entries.h"
#include "modules/audit/statement_source.h"
#include "rpc/audit_gate.h"
#include "rpc/page_budget.h"
#include "rpc/proofs.h"

#include <algorithm>

namespace galen::rpc {
namespace {

template <class Request>
Result<AuditReading> open_reading(const Backend& backend,
                                  const Caller& caller,
                                  const Request& request) {
  GALEN_TRY(const auto name,
            reading_name(request.patient(), request.read_tx_id(), request.read_operation()));
  return open_audit_gate(backend, caller, name);
}

Result<audit::StatementRange> range_of(const v1::GetStatementRequest& request) {
  audit::StatementRange range;
  if (request.unit() != 1 && request.unit() != 2) {
    return fail(ErrorCode::kInvalidArgument, "unit: 1 for times, 2 for heights");
  }
  range.unit = static_cast<audit::RangeUnit>(request.unit());
  range.from = request.from();
  if (request.has_to()) range.to = request.to();
  if (!range.is_valid()) return fail(ErrorCode::kInvalidArgument, "from, to: an empty range");
  return range;
}

/// As many entries from `first` on as fit one page.
template <class Response>
void add_entries(const execution::StateReader& state,
                 const PatientId& log,
                 const audit::LogStretch& stretch,
                 std::uint32_t asked,
                 Response& response) {
  PageBudget budget(asked);
  const std::size_t most = std::min<std::uint64_t>(page_size(asked), stretch.last - stretch.first);
  for (const Bytes& entry : audit::list_access(state, log, stretch.first, most)) {
    if (!budget.take(entry.size())) break;
    response.add_entries(wire(entry));
  }
}

}  // namespace

Status list_access(Backend& backend,
                   const Caller& caller,
                   const v1::ListAccessRequest& request,
                   v1::ListAccessResponse& response) {
  GALEN_TRY(const AuditReading reading, open_reading(backend, caller, request));
  GALEN_TRY(audit::LogStretch rest, reading.stretch(request.with_neighbours()));
  response.set_height(reading.snapshot->head().height().value);
  response.set_count(rest.last);
  rest.first = std::clamp<std::uint64_t>(request.from_index(), rest.first, rest.last);
  response.set_first_index(rest.first);
  add_entries(*reading.snapshot, reading.operation.log, rest, request.page_size(), response);
  return {};
}

Status get_statement(Backend& backend,
                     const Caller& caller,
                     const v1::GetStatementRequest& request,
                     v1::GetStatementResponse& response) {
  GALEN_TRY(const auto range, range_of(request));
  GALEN_TRY(const AuditReading reading, open_reading(backend, caller, request));
  if (!reading.covers(range)) {
    return fail(ErrorCode::kInvalidArgument,
                "from, to: not within what the reading covers, which ends before its own entry");
  }
  const auto& snapshot = reading.snapshot;
  const PatientId& log = reading.operation.log;
  GALEN_TRY(const auto proof, make_state_proof(*snapshot, audit::access_range_key(log)));
  GALEN_TRY(const auto stretch, audit::find_stretch(*snapshot, log, range));
  response.set_state_proof(wire(ledger::encode(proof)));
  response.set_first_index(stretch.first);
  response.set_last_index(stretch.last);
  if (stretch.first == stretch.last) return {};
  GALEN_TRY(const auto path, audit::stretch_path(*snapshot, log, stretch));
  for (const Digest& digest : path) response.add_path(wire(digest));
  add_entries(*snapshot, log, stretch, request.page_size(), response);
  return {};
}

}  // namespace galen::rpc
