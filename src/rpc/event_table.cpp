#include "rpc/event_table.h"

#include <variant>

namespace galen::rpc {
namespace {

/// The id of a new grant is the detail of its result.
std::optional<GrantId> new_grant(const ledger::OperationResult& result) {
  if (result.detail.size() != GrantId::kSize) return std::nullopt;
  return GrantId::from(result.detail);
}

/// No catch-all, so that nobody adds an operation without saying who may hear of it.
struct Table {
  const ledger::OperationResult& result;

  Happening operator()(const ledger::RegisterPatient&) const {
    return {v1::EVENT_PATIENT_REGISTERED, Audience::kNobodyElse, {}, {}};
  }

  Happening operator()(const ledger::RegisterPractitioner&) const {
    return {v1::EVENT_PRACTITIONER_REGISTERED, Audience::kNobodyElse, {}, {}};
  }

  Happening operator()(const ledger::GrantAccess&) const {
    return {v1::EVENT_ACCESS_GRANTED, Audience::kNobodyElse, {}, new_grant(result)};
  }

  Happening operator()(const ledger::DenyAccess&) const {
    return {v1::EVENT_ACCESS_DENIED, Audience::kNobodyElse, {}, new_grant(result)};
  }

  Happening operator()(const ledger::RevokeAccess& o) const {
    return {v1::EVENT_GRANT_REVOKED, Audience::kNobodyElse, {}, o.grant};
  }

  Happening operator()(const ledger::AppendRecord& o) const {
    return {v1::EVENT_RECORD_APPENDED, Audience::kWhoMayDiscover, o.record, {}};
  }

  Happening operator()(const ledger::LogAccess&) const {
    return {v1::EVENT_ACCESS_DECIDED, Audience::kAuditors, {}, {}};
  }
};

}  // namespace

Happening happening_of(const ledger::Operation& operation, const ledger::OperationResult& result) {
  Happening happening = std::visit(Table{result}, operation);
  if (result.code == ledger::ResultCode::kOk) return happening;
  return {v1::EVENT_REJECTED, Audience::kNobodyElse, happening.record, {}};
}

}  // namespace galen::rpc
