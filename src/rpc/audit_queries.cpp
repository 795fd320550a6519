#include "rpc/audit_queries.h"

#include "modules/audit/entries.h"
#include "modules/audit/statement_source.h"
#include "rpc/page_budget.h"
#include "rpc/proofs.h"
#include "rpc/visibility.h"

#include <algorithm>

namespace galen::rpc {
namespace {

/// The log that the request names, for who may read it. Every read of an audit log goes through here:
/// the one place to record that it was read.
Result<PatientId> readable_log(const execution::StateReader& state,
                               const Caller& caller,
                               std::string_view field) {
  GALEN_TRY(const auto log, fixed_field<PatientId>(field, "patient"));
  if (owner_of(state, log) != caller.organisation) return not_found();
  return log;
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
  const auto snapshot = backend.ledger().snapshot();
  GALEN_TRY(const auto log, readable_log(*snapshot, caller, request.patient()));
  const std::uint64_t count = audit::load_access_range(*snapshot, log).count;
  const std::uint64_t first = request.from_index();
  response.set_height(snapshot->head().height().value);
  response.set_first_index(first);
  response.set_count(count);
  const audit::LogStretch rest{first, std::max(first, count)};
  add_entries(*snapshot, log, rest, request.page_size(), response);
  return {};
}

Status get_statement(Backend& backend,
                     const Caller& caller,
                     const v1::GetStatementRequest& request,
                     v1::GetStatementResponse& response) {
  if (!backend.fresh()) {
    return fail(ErrorCode::kUnavailable,
                "this node's state is not confirmed as current; try another");
  }
  const auto snapshot = backend.ledger().snapshot();
  GALEN_TRY(const auto log, readable_log(*snapshot, caller, request.patient()));
  GALEN_TRY(const auto range, range_of(request));
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
