#include "ledger/result_fields.h"

namespace galen::ledger {

namespace {

std::string_view window_of(OperationType type) {
  switch (type) {
    case OperationType::kGrantAccess:
    case OperationType::kDenyAccess: return "valid_from, valid_to";
    case OperationType::kAuthorizeProxy:
    case OperationType::kDeclareEmergency: return "from, to";
    case OperationType::kSuspend: return "ballot_ends";
    case OperationType::kErasePatient: return "audit_until";
    case OperationType::kPlaceHold: return "until";
    case OperationType::kLogAdministration: return "time";
    case OperationType::kDefineGroup: return "ends";
    case OperationType::kUpdateGroup: return "group, ends";
    case OperationType::kChangeMembership: return "group";
    default: return "";
  }
}

std::string_view person_of(OperationType type) {
  switch (type) {
    case OperationType::kSuspendPractitioner:
    case OperationType::kChangeMembership: return "practitioner";
    case OperationType::kRotatePersonKey:
    case OperationType::kSetRecovery:
    case OperationType::kRequestRecovery:
    case OperationType::kVetoRecovery:
    case OperationType::kCompleteRecovery: return "account";
    case OperationType::kReviewEmergency: return "reviewer";
    default: return "person";
  }
}

std::string_view patient_of(OperationType type) {
  switch (type) {
    case OperationType::kErasePatient:
    case OperationType::kEraseRecord: return "path";
    case OperationType::kLinkPatient:
    case OperationType::kUnlinkPatient: return "patient, other";
    case OperationType::kAppendRecord:
    case OperationType::kReplaceRecord:
    case OperationType::kRetractRecord: return "patient, record";
    case OperationType::kSuspendPractitioner:
    case OperationType::kChangeMembership:
    case OperationType::kRotatePersonKey:
    case OperationType::kSetRecovery:
    case OperationType::kRequestRecovery:
    case OperationType::kVetoRecovery:
    case OperationType::kCompleteRecovery: return person_of(type);
    default: return "patient";
  }
}

std::string_view record_of(OperationType type) {
  switch (type) {
    case OperationType::kReplaceRecord: return "replaces";
    case OperationType::kPlaceHold: return "records";
    default: return "record";
  }
}

std::string_view identifier_of(OperationType type) {
  switch (type) {
    case OperationType::kAuthorizeProxy: return "proxy";
    case OperationType::kSetRecovery: return "guardians, threshold";
    default: return "seed";
  }
}

std::string_view reason_of(OperationType type) {
  switch (type) {
    case OperationType::kReplaceRecord: return "reason, label_reason";
    case OperationType::kLogEmergency: return "reasons";
    default: return "reason";
  }
}

/// Of a group, a ballot or, in a grant, of the group that it names.
std::string_view version_of(OperationType type) {
  switch (type) {
    case OperationType::kSuspend: return "change";
    case OperationType::kGrantAccess:
    case OperationType::kDenyAccess: return "group_version";
    default: return "version";
  }
}

std::string_view place_of(OperationType type) {
  return type == OperationType::kAnchorJournal ? "first, last, previous" : "number";
}

/// What is there already.
std::string_view existing_of(OperationType type) {
  switch (type) {
    case OperationType::kSuspend: return "status";
    case OperationType::kRotateKey: return "key";
    case OperationType::kRotatePersonKey: return "signing, agreement";
    case OperationType::kRegisterPractitioner:
    case OperationType::kChangeMembership: return "practitioner";
    case OperationType::kRequestRecovery: return "account";
    case OperationType::kRegisterPatient: return "patient";
    case OperationType::kAuthorizeProxy: return "proxy";
    case OperationType::kLinkPatient: return "other";
    case OperationType::kDefineGroup: return "group";
    case OperationType::kUpdateGroup: return "added";
    case OperationType::kAppendRecord:
    case OperationType::kReplaceRecord: return "record";
    case OperationType::kDeclareEmergency: return "declaration";
    case OperationType::kAnchorJournal: return "last, head";
    case OperationType::kLogEmergency:
    case OperationType::kAnchorJournalReceipt: return "number";
    case OperationType::kLogAdministration:
    case OperationType::kRequestErasure: return "request";
    case OperationType::kPlaceHold: return "hold";
    default: return "";
  }
}

std::string_view flag_of(OperationType type) {
  switch (type) {
    case OperationType::kAuthorizeProxy: return "labels_key_id";
    case OperationType::kLogAdministration: return "recipient";
    default: return "held_by";
  }
}

}  // namespace

std::string_view field_at_fault(OperationType type, ResultCode code) {
  switch (code) {
    case ResultCode::kNonceUsed: return "nonce";
    case ResultCode::kExpired: return "valid_until";
    case ResultCode::kUnknownOrganisation:
    case ResultCode::kOrganisationInactive: return "submitter, organisation";
    case ResultCode::kNotAuthorised:
    case ResultCode::kBadAuthorisation:
    case ResultCode::kNotApproved: return "authorisations";
    case ResultCode::kAuthorisationExpired: return "authorisations.not_after";
    case ResultCode::kBadSignature: return "authorisations.signature";
    case ResultCode::kProxyNotInForce: return "authorisations.account";
    case ResultCode::kUnknownProxy:
      return type == OperationType::kRevokeProxy ? "proxy" : "authorisations.account";
    case ResultCode::kSequenceUsed: return "authorisations.sequence";
    case ResultCode::kBadPossession: return "possession";
    case ResultCode::kBadIdentifier: return identifier_of(type);
    case ResultCode::kUnknownPatient:
    case ResultCode::kErased:
    case ResultCode::kNotCustodian: return patient_of(type);
    case ResultCode::kUnknownRecord:
    case ResultCode::kNotCurrent: return record_of(type);
    case ResultCode::kUnknownPractitioner:
    case ResultCode::kUnknownAccount:
    case ResultCode::kAccountInactive:
    case ResultCode::kNotPrivileged: return person_of(type);
    case ResultCode::kKeyChanged: return "key.replaces";
    case ResultCode::kInvalidKeyIndex: return "key.index";
    case ResultCode::kUnknownGrantee:
    case ResultCode::kInvalidGrantee: return "grantee";
    case ResultCode::kInvalidWindow: return window_of(type);
    case ResultCode::kWindowTooLong:
    case ResultCode::kBeyondProxy: return "valid_to";
    case ResultCode::kInvalidDataPeriod: return "data_from, data_to";
    case ResultCode::kInvalidPurpose:
      return type == OperationType::kLogAdministration ? "purpose" : "purposes";
    case ResultCode::kInvalidActions: return "actions";
    case ResultCode::kInvalidClasses: return "classes";
    case ResultCode::kUnknownPolicy: return "policy";
    case ResultCode::kInvalidSupersedes: return "supersedes";
    case ResultCode::kInvalidErase: return "erase_at";
    case ResultCode::kInvalidUses: return "max_uses";
    case ResultCode::kInvalidFlag: return flag_of(type);
    case ResultCode::kInvalidFollow: return "follow";
    case ResultCode::kInvalidOverride: return "emergency_override";
    case ResultCode::kTooManyVersions: return "replaces";
    case ResultCode::kTooMuchWork: return "operations";
    case ResultCode::kShadowed: return "acknowledge_shadowed";
    case ResultCode::kUnknownGroup: return "group";
    case ResultCode::kWrongVersion: return version_of(type);
    case ResultCode::kInvalidReason: return reason_of(type);
    case ResultCode::kUnknownRecovery: return "recovery";
    case ResultCode::kUnknownDeclaration: return "declaration";
    case ResultCode::kSameReviewer: return "reviewer";
    case ResultCode::kJournalGap:
    case ResultCode::kJournalConflict: return place_of(type);
    case ResultCode::kUnknownJournal: return "journal";
    case ResultCode::kUnknownRequest: return "request";
    case ResultCode::kWrongCount: return "operations";
    case ResultCode::kUnknownOrder: return "order";
    case ResultCode::kUnknownHold: return "hold";
    case ResultCode::kAlreadyExists: return existing_of(type);
    case ResultCode::kNotLinked: return "other";
    case ResultCode::kTooManyGrants: return "patient";
    case ResultCode::kTooManyMembers:
      return type == OperationType::kUpdateGroup ? "added" : "practitioner";
    case ResultCode::kRecoveryEnded:
    case ResultCode::kCoolingOff: return "recovery";
    case ResultCode::kAlreadyReviewed: return "declaration";
    case ResultCode::kQuotaExceeded:
      return type == OperationType::kPlaceHold ? "patient" : "organisation";
    case ResultCode::kHeld: return "path";
    case ResultCode::kRetentionNotOver: return "path, audit_until";
    case ResultCode::kAlreadyAttested: return "order, phase";
    case ResultCode::kProxyRevoked: return "proxy";
    // The id of a grant is made of the whole operation: no field of it is at fault.
    case ResultCode::kGrantRevoked:
    case ResultCode::kOk:
    case ResultCode::kNotExecuted:
    case ResultCode::kNotSupported: break;
  }
  return "";
}

std::string describe(OperationType type, ResultCode code) {
  std::string text(name(code));
  const std::string_view field = field_at_fault(type, code);
  if (!field.empty()) text.append(", field ").append(field);
  return text;
}

}  // namespace galen::ledger
