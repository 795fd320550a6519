#include "ledger/result_fields.h"

namespace galen::ledger {

namespace {

std::string_view window_of(OperationType type) {
  switch (type) {
    case OperationType::kGrantAccess:
    case OperationType::kDenyAccess:
      return "valid_from, valid_to";
    case OperationType::kAuthorizeProxy:
    case OperationType::kDeclareEmergency:
      return "from, to";
    case OperationType::kSuspend:
      return "ballot_ends";
    case OperationType::kErasePatient:
      return "audit_until";
    case OperationType::kPlaceHold:
      return "until";
    case OperationType::kLogAdministration:
      return "time";
    case OperationType::kDefineGroup:
    case OperationType::kUpdateGroup:
      return "ends";
    default:
      return "";
  }
}

std::string_view flag_of(OperationType type) {
  switch (type) {
    case OperationType::kAuthorizeProxy:
      return "labels_key_id";
    case OperationType::kLogAdministration:
      return "recipient";
    default:
      return "held_by";
  }
}

}  // namespace

std::string_view field_at_fault(OperationType type, ResultCode code) {
  switch (code) {
    case ResultCode::kNonceUsed:
      return "nonce";
    case ResultCode::kExpired:
      return "valid_until";
    case ResultCode::kUnknownOrganisation:
    case ResultCode::kOrganisationInactive:
      return "submitter";
    case ResultCode::kNotAuthorised:
    case ResultCode::kBadAuthorisation:
    case ResultCode::kNotApproved:
      return "authorisations";
    case ResultCode::kAuthorisationExpired:
      return "authorisations.not_after";
    case ResultCode::kBadSignature:
      return "authorisations.signature";
    case ResultCode::kProxyNotInForce:
    case ResultCode::kUnknownProxy:
      return "authorisations.account";
    case ResultCode::kSequenceUsed:
      return "authorisations.sequence";
    case ResultCode::kBadPossession:
      return "possession";
    case ResultCode::kBadIdentifier:
      return "seed";
    case ResultCode::kUnknownPatient:
    case ResultCode::kErased:
    case ResultCode::kNotCustodian:
      return "patient";
    case ResultCode::kUnknownRecord:
    case ResultCode::kNotCurrent:
      return "record";
    case ResultCode::kUnknownPractitioner:
    case ResultCode::kUnknownAccount:
    case ResultCode::kAccountInactive:
    case ResultCode::kNotPrivileged:
      return "person";
    case ResultCode::kKeyChanged:
      return "old key";
    case ResultCode::kInvalidKeyIndex:
      return "key_index";
    case ResultCode::kUnknownGrantee:
    case ResultCode::kInvalidGrantee:
      return "grantee";
    case ResultCode::kInvalidWindow:
      return window_of(type);
    case ResultCode::kWindowTooLong:
    case ResultCode::kBeyondProxy:
      return "valid_to";
    case ResultCode::kInvalidDataPeriod:
      return "data_from, data_to";
    case ResultCode::kInvalidPurpose:
      return "purposes";
    case ResultCode::kInvalidActions:
      return "actions";
    case ResultCode::kInvalidClasses:
      return "classes";
    case ResultCode::kUnknownPolicy:
      return "policy";
    case ResultCode::kInvalidSupersedes:
      return "supersedes";
    case ResultCode::kInvalidErase:
      return "erase_at";
    case ResultCode::kInvalidUses:
      return "max_uses";
    case ResultCode::kInvalidFlag:
      return flag_of(type);
    case ResultCode::kInvalidFollow:
      return "follow";
    case ResultCode::kInvalidOverride:
      return "emergency_override";
    case ResultCode::kShadowed:
      return "acknowledge_shadowed";
    case ResultCode::kUnknownGroup:
      return "group";
    case ResultCode::kWrongVersion:
      return "version";
    case ResultCode::kInvalidReason:
      return "reason";
    case ResultCode::kUnknownRecovery:
      return "recovery";
    case ResultCode::kUnknownDeclaration:
      return "declaration";
    case ResultCode::kSameReviewer:
      return "reviewer";
    case ResultCode::kJournalGap:
    case ResultCode::kJournalConflict:
      return "sequence";
    case ResultCode::kUnknownJournal:
      return "journal";
    case ResultCode::kUnknownRequest:
      return "request";
    case ResultCode::kWrongCount:
      return "operations";
    case ResultCode::kUnknownOrder:
      return "order";
    case ResultCode::kUnknownHold:
      return "hold";
    default:
      return "";
  }
}

std::string describe(OperationType type, ResultCode code) {
  std::string text(name(code));
  const std::string_view field = field_at_fault(type, code);
  if (!field.empty()) text.append(", field ").append(field);
  return text;
}

}  // namespace galen::ledger
