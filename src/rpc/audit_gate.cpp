#include "rpc/audit_gate.h"

#include "modules/audit/log_reading.h"
#include "rpc/release_instant.h"
#include "rpc/requester_signature.h"
#include "rpc/wire.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace galen::rpc {
namespace {

struct CommittedReading {
  ledger::LogAuditRead operation;
  std::vector<ledger::Authorisation> authorisations;  ///< none of an organisation that reads itself
};

/// A committed reading whose result says that it is permitted. A refusal is told by the result
/// alone, without a look at the log: denied and unknown take the same way.
std::optional<CommittedReading> permitted_reading(const LedgerReader& reader,
                                                  const OperationName& name) {
  const auto place = reader.find_transaction(name.transaction);
  if (!place) return std::nullopt;
  const auto committed = find_operation(reader, *place, name.operation);
  const auto* read = committed ? std::get_if<ledger::LogAuditRead>(&committed->value) : nullptr;
  if (read == nullptr) return std::nullopt;
  const auto results = reader.results(*place);
  if (!results || name.operation >= results->size()) return std::nullopt;
  const auto& result = (*results)[name.operation];
  if (!result || result->code != ledger::ResultCode::kOk) return std::nullopt;
  const auto outcome = audit::ReadOutcome::decode(result->detail);
  if (!outcome || !outcome->permit) return std::nullopt;
  return CommittedReading{*read, committed->authorisations};
}

/// Proxies end, auditors are suspended, patients are erased, keys are replaced: asked anew on the
/// head.
bool permits_now(const Backend& backend,
                 const storage::StateSnapshot& snapshot,
                 const CommittedReading& committed) {
  const ledger::LogAuditRead& operation = committed.operation;
  const auto reader = audit::load_reader(snapshot, operation);
  if (!reader) return false;
  for (const ledger::Authorisation& authorisation : committed.authorisations) {
    if (!still_signed(
            snapshot, backend.chain(), audit::request_of(operation), operation, authorisation))
      return false;
  }
  const auto parameters = execution::load_parameters(snapshot);
  const auto at = release_instant(snapshot.head(), backend.now());
  return policy::is_permit(audit::judge_reading(snapshot, parameters, operation, *reader, at));
}

audit::StatementRange range_of(const ledger::LogAuditRead& operation) {
  return {audit::RangeUnit::kTime, operation.from.value, operation.to.value};
}

}  // namespace

Result<ReadingName> reading_name(std::string_view log,
                                 std::string_view transaction,
                                 std::uint32_t operation) {
  ReadingName name;
  GALEN_TRY(name.log, fixed_field<PatientId>(log, "patient"));
  GALEN_TRY(name.reading, operation_name(transaction, operation, {"read_tx_id", "read_operation"}));
  return name;
}

Result<audit::LogStretch> AuditReading::stretch(bool neighbours) const {
  const auto range = range_of(operation);
  if (!range.is_valid()) return audit::LogStretch{};
  GALEN_TRY(audit::LogStretch found, audit::find_entries(*snapshot, operation.log, range));
  found.last = std::min(found.last, index);
  found.first = std::min(found.first, found.last);
  if (!neighbours) return found;
  return audit::LogStretch{found.first > 0 ? found.first - 1 : 0, std::min(found.last, index) + 1};
}

bool AuditReading::covers(std::uint64_t place, TimeMs time) const {
  return place < index && operation.from <= time && time < operation.to;
}

bool AuditReading::covers(const audit::StatementRange& range) const {
  if (!range.to) return false;
  if (range.unit == audit::RangeUnit::kHeight) {
    return operation.from.value == 0 && entry.time <= operation.to &&
           *range.to <= entry.height.value;
  }
  return operation.from.value <= range.from && *range.to <= operation.to.value &&
         *range.to <= entry.time.value;
}

Result<AuditReading> open_audit_gate(const Backend& backend,
                                     const Caller& caller,
                                     const ReadingName& name) {
  GALEN_TRY_STATUS(require_fresh(backend));
  const auto committed = permitted_reading(backend.ledger(), name.reading);
  if (!committed || committed->operation.organisation != caller.organisation ||
      committed->operation.log != name.log) {
    return not_found();
  }
  AuditReading reading{backend.ledger().snapshot(), committed->operation, {}, 0};
  const auto index = audit::find_reading(*reading.snapshot, name.log, reading.operation);
  if (!index || !permits_now(backend, *reading.snapshot, *committed)) return not_found();
  if (reading.operation.expiry <= release_instant(reading.snapshot->head(), backend.now()).latest) {
    return fail(ErrorCode::kExpired, "this reading of the log is over; log another");
  }
  auto entry = audit::load_access(*reading.snapshot, name.log, *index);
  if (!entry) return not_found();
  reading.index = *index;
  reading.entry = *std::move(entry);
  return reading;
}

}  // namespace galen::rpc
