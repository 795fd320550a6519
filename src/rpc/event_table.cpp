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

  [[nodiscard]] static Happening own(v1::EventKind kind) {
    return {kind, Audience::kNobodyElse, {}, {}};
  }

  /// The notice is for the patient, and for who acts for one that cannot take it himself.
  [[nodiscard]] static Happening notice(v1::EventKind kind) {
    return {kind, Audience::kProxies, {}, {}};
  }

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

  Happening operator()(const ledger::ReplaceRecord& o) const {
    return {v1::EVENT_RECORD_REPLACED, Audience::kWhoMayDiscover, o.next.record, {}};
  }

  Happening operator()(const ledger::RetractRecord& o) const {
    return {v1::EVENT_RECORD_RETRACTED, Audience::kNobodyElse, o.record, {}};
  }

  Happening operator()(const ledger::LogAccess&) const {
    return {v1::EVENT_ACCESS_DECIDED, Audience::kAuditors, {}, {}};
  }

  Happening operator()(const ledger::DeclareEmergency&) const {
    return notice(v1::EVENT_EMERGENCY_DECLARED);
  }

  Happening operator()(const ledger::LogEmergency&) const {
    return notice(v1::EVENT_EMERGENCY_RELEASED);
  }

  Happening operator()(const ledger::ReviewEmergency&) const {
    return notice(v1::EVENT_EMERGENCY_REVIEWED);
  }

  Happening operator()(const ledger::RotateKey&) const { return own(v1::EVENT_ACCOUNT_CHANGED); }

  Happening operator()(const ledger::Suspend&) const { return own(v1::EVENT_ACCOUNT_CHANGED); }

  Happening operator()(const ledger::RotatePersonKey&) const {
    return own(v1::EVENT_ACCOUNT_CHANGED);
  }

  Happening operator()(const ledger::SuspendPractitioner&) const {
    return own(v1::EVENT_ACCOUNT_CHANGED);
  }

  Happening operator()(const ledger::SetRecovery&) const { return own(v1::EVENT_ACCOUNT_CHANGED); }

  Happening operator()(const ledger::RequestRecovery&) const {
    return own(v1::EVENT_ACCOUNT_CHANGED);
  }

  Happening operator()(const ledger::VetoRecovery&) const { return own(v1::EVENT_ACCOUNT_CHANGED); }

  Happening operator()(const ledger::CompleteRecovery&) const {
    return own(v1::EVENT_ACCOUNT_CHANGED);
  }

  Happening operator()(const ledger::AuthorizeProxy&) const {
    return own(v1::EVENT_RELATION_CHANGED);
  }

  Happening operator()(const ledger::RevokeProxy&) const { return own(v1::EVENT_RELATION_CHANGED); }

  Happening operator()(const ledger::LinkPatient&) const { return own(v1::EVENT_RELATION_CHANGED); }

  Happening operator()(const ledger::UnlinkPatient&) const {
    return own(v1::EVENT_RELATION_CHANGED);
  }

  Happening operator()(const ledger::DefineGroup&) const { return own(v1::EVENT_GROUP_CHANGED); }

  Happening operator()(const ledger::UpdateGroup&) const { return own(v1::EVENT_GROUP_CHANGED); }

  Happening operator()(const ledger::ChangeMembership&) const {
    return own(v1::EVENT_GROUP_CHANGED);
  }

  Happening operator()(const ledger::RequestErasure&) const { return own(v1::EVENT_ERASURE); }

  Happening operator()(const ledger::WithdrawErasure&) const { return own(v1::EVENT_ERASURE); }

  Happening operator()(const ledger::ErasePatient&) const { return own(v1::EVENT_ERASURE); }

  Happening operator()(const ledger::EraseRecord&) const { return own(v1::EVENT_ERASURE); }

  Happening operator()(const ledger::AttestErasure&) const { return own(v1::EVENT_ERASURE); }

  Happening operator()(const ledger::PlaceHold&) const { return own(v1::EVENT_ERASURE); }

  Happening operator()(const ledger::LiftHold&) const { return own(v1::EVENT_ERASURE); }

  Happening operator()(const ledger::AnchorJournal&) const {
    return own(v1::EVENT_JOURNAL_ANCHORED);
  }

  Happening operator()(const ledger::AnchorJournalReceipt&) const {
    return own(v1::EVENT_JOURNAL_ANCHORED);
  }

  Happening operator()(const ledger::LogAuditRead&) const { return own(v1::EVENT_ADMINISTRATION); }

  Happening operator()(const ledger::LogAdministration&) const {
    return own(v1::EVENT_ADMINISTRATION);
  }
};

}  // namespace

Happening happening_of(const ledger::Operation& operation, const ledger::OperationResult& result) {
  Happening happening = std::visit(Table{result}, operation);
  if (result.code == ledger::ResultCode::kOk) return happening;
  return {v1::EVENT_REJECTED, Audience::kNobodyElse, happening.record, {}};
}

}  // namespace galen::rpc
