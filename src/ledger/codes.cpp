#include "ledger/codes.h"

#include <array>

namespace galen::ledger {

namespace {

template <class E>
struct Row {
  E value;
  std::string_view text;
};

/// The listed enumerators of E with their names; one specialisation for each code set.
template <class E>
struct Table;

template <>
struct Table<OperationType> {
  static constexpr std::array<Row<OperationType>, 39> kRows{{
      {OperationType::kRegisterOrganisation, "RegisterOrganisation"},
      {OperationType::kRegisterPractitioner, "RegisterPractitioner"},
      {OperationType::kRotateKey, "RotateKey"},
      {OperationType::kSuspend, "Suspend"},
      {OperationType::kRotatePersonKey, "RotatePersonKey"},
      {OperationType::kSuspendPractitioner, "SuspendPractitioner"},
      {OperationType::kSetRecovery, "SetRecovery"},
      {OperationType::kRequestRecovery, "RequestRecovery"},
      {OperationType::kVetoRecovery, "VetoRecovery"},
      {OperationType::kCompleteRecovery, "CompleteRecovery"},
      {OperationType::kRegisterPatient, "RegisterPatient"},
      {OperationType::kAuthorizeProxy, "AuthorizeProxy"},
      {OperationType::kLinkPatient, "LinkPatient"},
      {OperationType::kUnlinkPatient, "UnlinkPatient"},
      {OperationType::kRevokeProxy, "RevokeProxy"},
      {OperationType::kGrantAccess, "GrantAccess"},
      {OperationType::kDenyAccess, "DenyAccess"},
      {OperationType::kRevokeAccess, "RevokeAccess"},
      {OperationType::kDefineGroup, "DefineGroup"},
      {OperationType::kUpdateGroup, "UpdateGroup"},
      {OperationType::kChangeMembership, "ChangeMembership"},
      {OperationType::kAppendRecord, "AppendRecord"},
      {OperationType::kReplaceRecord, "ReplaceRecord"},
      {OperationType::kRetractRecord, "RetractRecord"},
      {OperationType::kLogAccess, "LogAccess"},
      {OperationType::kDeclareEmergency, "DeclareEmergency"},
      {OperationType::kAnchorJournal, "AnchorJournal"},
      {OperationType::kReviewEmergency, "ReviewEmergency"},
      {OperationType::kLogEmergency, "LogEmergency"},
      {OperationType::kAnchorJournalReceipt, "AnchorJournalReceipt"},
      {OperationType::kLogAuditRead, "LogAuditRead"},
      {OperationType::kLogAdministration, "LogAdministration"},
      {OperationType::kErasePatient, "ErasePatient"},
      {OperationType::kEraseRecord, "EraseRecord"},
      {OperationType::kAttestErasure, "AttestErasure"},
      {OperationType::kRequestErasure, "RequestErasure"},
      {OperationType::kPlaceHold, "PlaceHold"},
      {OperationType::kLiftHold, "LiftHold"},
      {OperationType::kWithdrawErasure, "WithdrawErasure"},
  }};
};

template <>
struct Table<TransactionClass> {
  static constexpr std::array<Row<TransactionClass>, 2> kRows{{
      {TransactionClass::kPublic, "PUBLIC"},
      {TransactionClass::kPersonal, "PERSONAL"},
  }};
};

template <>
struct Table<AuthorisationRole> {
  static constexpr std::array<Row<AuthorisationRole>, 6> kRows{{
      {AuthorisationRole::kPatient, "patient"},
      {AuthorisationRole::kProxy, "proxy"},
      {AuthorisationRole::kCustodian, "custodian"},
      {AuthorisationRole::kRequester, "requester"},
      {AuthorisationRole::kOrganisation, "organisation"},
      {AuthorisationRole::kGuardian, "guardian"},
  }};
};

template <>
struct Table<OrganisationKind> {
  static constexpr std::array<Row<OrganisationKind>, 4> kRows{{
      {OrganisationKind::kProvider, "provider"},
      {OrganisationKind::kPayer, "payer"},
      {OrganisationKind::kResearch, "research"},
      {OrganisationKind::kPublicHealth, "public-health"},
  }};
};

template <>
struct Table<Role> {
  static constexpr std::array<Row<Role>, 10> kRows{{
      {Role::kClinician, "clinician"},
      {Role::kBilling, "billing"},
      {Role::kPayer, "payer"},
      {Role::kResearcher, "researcher"},
      {Role::kPublicHealth, "public-health"},
      {Role::kAuditor, "auditor"},
      {Role::kPatient, "patient"},
      {Role::kProxy, "proxy"},
      {Role::kDevice, "device"},
      {Role::kPrivacyOfficer, "privacy-officer"},
  }};
};

template <>
struct Table<KeyHolder> {
  static constexpr std::array<Row<KeyHolder>, 2> kRows{{
      {KeyHolder::kPatient, "patient"},
      {KeyHolder::kCustodian, "custodian"},
  }};
};

template <>
struct Table<Effect> {
  static constexpr std::array<Row<Effect>, 2> kRows{{
      {Effect::kPermit, "permit"},
      {Effect::kDeny, "deny"},
  }};
};

template <>
struct Table<GranteeKind> {
  static constexpr std::array<Row<GranteeKind>, 5> kRows{{
      {GranteeKind::kAny, "ANY"},
      {GranteeKind::kOrganisation, "ORG"},
      {GranteeKind::kPractitioner, "PRACTITIONER"},
      {GranteeKind::kGroup, "GROUP"},
      {GranteeKind::kProject, "PROJECT"},
  }};
};

template <>
struct Table<Action> {
  static constexpr std::array<Row<Action>, 4> kRows{{
      {Action::kDiscover, "DISCOVER"},
      {Action::kRead, "READ"},
      {Action::kCopy, "COPY"},
      {Action::kRedisclose, "REDISCLOSE"},
  }};
};

template <>
struct Table<RecordClass> {
  static constexpr std::array<Row<RecordClass>, 11> kRows{{
      {RecordClass::kSummary, "SUMMARY"},
      {RecordClass::kNote, "NOTE"},
      {RecordClass::kLab, "LAB"},
      {RecordClass::kImaging, "IMAGING"},
      {RecordClass::kMedication, "MEDICATION"},
      {RecordClass::kImmunization, "IMMUNIZATION"},
      {RecordClass::kProcedure, "PROCEDURE"},
      {RecordClass::kDevice, "DEVICE"},
      {RecordClass::kClaim, "CLAIM"},
      {RecordClass::kTrial, "TRIAL"},
      {RecordClass::kOther, "OTHER"},
  }};
};

template <>
struct Table<Confidentiality> {
  static constexpr std::array<Row<Confidentiality>, 6> kRows{{
      {Confidentiality::kU, "U"},
      {Confidentiality::kL, "L"},
      {Confidentiality::kM, "M"},
      {Confidentiality::kN, "N"},
      {Confidentiality::kR, "R"},
      {Confidentiality::kV, "V"},
  }};
};

template <>
struct Table<DataMeaning> {
  static constexpr std::array<Row<DataMeaning>, 3> kRows{{
      {DataMeaning::kInstance, "instance"},
      {DataMeaning::kRelated, "related"},
      {DataMeaning::kAuthoredBy, "authoredby"},
  }};
};

template <>
struct Table<EmergencyOverride> {
  static constexpr std::array<Row<EmergencyOverride>, 2> kRows{{
      {EmergencyOverride::kAllow, "ALLOW"},
      {EmergencyOverride::kForbid, "FORBID"},
  }};
};

template <>
struct Table<RecordStatus> {
  static constexpr std::array<Row<RecordStatus>, 4> kRows{{
      {RecordStatus::kCurrent, "current"},
      {RecordStatus::kSuperseded, "superseded"},
      {RecordStatus::kEnteredInError, "entered-in-error"},
      {RecordStatus::kErased, "erased"},
  }};
};

template <>
struct Table<ImplicitPolicy> {
  static constexpr std::array<Row<ImplicitPolicy>, 4> kRows{{
      {ImplicitPolicy::kDeny, "deny"},
      {ImplicitPolicy::kBreakGlassOnly, "break-glass-only"},
      {ImplicitPolicy::kBasicNormal, "basic-normal"},
      {ImplicitPolicy::kAllNormal, "all-normal"},
  }};
};

template <>
struct Table<KeyUse> {
  static constexpr std::array<Row<KeyUse>, 5> kRows{{
      {KeyUse::kSigning, "signing"},
      {KeyUse::kAgreement, "agreement"},
      {KeyUse::kTls, "TLS"},
      {KeyUse::kConsensus, "consensus"},
      {KeyUse::kReceipt, "receipt"},
  }};
};

template <>
struct Table<AccountStatus> {
  static constexpr std::array<Row<AccountStatus>, 3> kRows{{
      {AccountStatus::kActive, "active"},
      {AccountStatus::kSuspended, "suspended"},
      {AccountStatus::kRevoked, "revoked"},
  }};
};

template <>
struct Table<SuspensionReason> {
  static constexpr std::array<Row<SuspensionReason>, 5> kRows{{
      {SuspensionReason::kKeyCompromised, "key-compromised"},
      {SuspensionReason::kLeft, "left"},
      {SuspensionReason::kMisconduct, "misconduct"},
      {SuspensionReason::kInvestigation, "investigation"},
      {SuspensionReason::kResolved, "resolved"},
  }};
};

template <>
struct Table<ProxyKind> {
  static constexpr std::array<Row<ProxyKind>, 3> kRows{{
      {ProxyKind::kGuardian, "guardian"},
      {ProxyKind::kAttorney, "attorney"},
      {ProxyKind::kCaretaker, "caretaker"},
  }};
};

template <>
struct Table<RevocationReason> {
  static constexpr std::array<Row<RevocationReason>, 8> kRows{{
      {RevocationReason::kUnspecified, "unspecified"},
      {RevocationReason::kWithdrawn, "withdrawn"},
      {RevocationReason::kEnteredInError, "entered-in-error"},
      {RevocationReason::kPurposeEnded, "purpose-ended"},
      {RevocationReason::kRelationEnded, "relation-ended"},
      {RevocationReason::kMisuse, "misuse"},
      {RevocationReason::kKeyCompromised, "key-compromised"},
      {RevocationReason::kLegal, "legal"},
  }};
};

template <>
struct Table<UnlinkReason> {
  static constexpr std::array<Row<UnlinkReason>, 3> kRows{{
      {UnlinkReason::kWrongPerson, "wrong-person"},
      {UnlinkReason::kPatientRequest, "patient-request"},
      {UnlinkReason::kOrganisational, "organisational"},
  }};
};

template <>
struct Table<GroupKind> {
  static constexpr std::array<Row<GroupKind>, 2> kRows{{
      {GroupKind::kGroup, "GROUP"},
      {GroupKind::kProject, "PROJECT"},
  }};
};

template <>
struct Table<RecordChange> {
  static constexpr std::array<Row<RecordChange>, 7> kRows{{
      {RecordChange::kNewVersion, "new-version"},
      {RecordChange::kCorrection, "correction"},
      {RecordChange::kRelabelled, "relabelled"},
      {RecordChange::kWrongPatient, "wrong-patient"},
      {RecordChange::kDuplicate, "duplicate"},
      {RecordChange::kPatientRequest, "patient-request"},
      {RecordChange::kLegal, "legal"},
  }};
};

template <>
struct Table<EmergencyReason> {
  static constexpr std::array<Row<EmergencyReason>, 5> kRows{{
      {EmergencyReason::kLifeThreatening, "life-threatening"},
      {EmergencyReason::kUnableToConsent, "unable-to-consent"},
      {EmergencyReason::kUrgentTreatment, "urgent-treatment"},
      {EmergencyReason::kDisaster, "disaster"},
      {EmergencyReason::kOther, "other"},
  }};
};

template <>
struct Table<EmergencyScope> {
  static constexpr std::array<Row<EmergencyScope>, 2> kRows{{
      {EmergencyScope::kRecords, "records"},
      {EmergencyScope::kPatient, "patient"},
  }};
};

template <>
struct Table<ReviewOutcome> {
  static constexpr std::array<Row<ReviewOutcome>, 3> kRows{{
      {ReviewOutcome::kJustified, "justified"},
      {ReviewOutcome::kUnjustified, "unjustified"},
      {ReviewOutcome::kInconclusive, "inconclusive"},
  }};
};

template <>
struct Table<AdministrativeAct> {
  static constexpr std::array<Row<AdministrativeAct>, 8> kRows{{
      {AdministrativeAct::kExport, "export"},
      {AdministrativeAct::kAuditExport, "audit-export"},
      {AdministrativeAct::kDisclosureAccounting, "disclosure-accounting"},
      {AdministrativeAct::kKeyHandover, "key-handover"},
      {AdministrativeAct::kBackup, "backup"},
      {AdministrativeAct::kRestore, "restore"},
      {AdministrativeAct::kConfiguration, "configuration"},
      {AdministrativeAct::kSupportAccess, "support-access"},
  }};
};

template <>
struct Table<ErasureScope> {
  static constexpr std::array<Row<ErasureScope>, 3> kRows{{
      {ErasureScope::kPatient, "patient"},
      {ErasureScope::kAudit, "audit"},
      {ErasureScope::kRecord, "record"},
  }};
};

template <>
struct Table<ErasureBasis> {
  static constexpr std::array<Row<ErasureBasis>, 5> kRows{{
      {ErasureBasis::kPatientRequest, "patient-request"},
      {ErasureBasis::kRetentionEnded, "retention-ended"},
      {ErasureBasis::kUnlawful, "unlawful"},
      {ErasureBasis::kLegalObligation, "legal-obligation"},
      {ErasureBasis::kWrongPatient, "wrong-patient"},
  }};
};

template <>
struct Table<ErasurePhase> {
  static constexpr std::array<Row<ErasurePhase>, 2> kRows{{
      {ErasurePhase::kKeys, "keys"},
      {ErasurePhase::kBytes, "bytes"},
  }};
};

template <>
struct Table<RetainedItem> {
  static constexpr std::array<Row<RetainedItem>, 9> kRows{{
      {RetainedItem::kAuditCompartment, "audit-compartment"},
      {RetainedItem::kKeyringBackup, "keyring-backup"},
      {RetainedItem::kDatabaseBackup, "database-backup"},
      {RetainedItem::kSnapshot, "snapshot"},
      {RetainedItem::kPayload, "payload"},
      {RetainedItem::kExternalCopy, "external-copy"},
      {RetainedItem::kFileSystem, "file-system"},
      {RetainedItem::kEmergencyJournal, "emergency-journal"},
      {RetainedItem::kOrganisationLog, "organisation-log"},
  }};
};

template <>
struct Table<RetentionReason> {
  static constexpr std::array<Row<RetentionReason>, 4> kRows{{
      {RetentionReason::kRetentionPeriod, "retention-period"},
      {RetentionReason::kLegalHold, "legal-hold"},
      {RetentionReason::kBackupExpiry, "backup-expiry"},
      {RetentionReason::kTechnical, "technical"},
  }};
};

template <>
struct Table<HoldScope> {
  static constexpr std::array<Row<HoldScope>, 3> kRows{{
      {HoldScope::kPatient, "patient"},
      {HoldScope::kAudit, "audit"},
      {HoldScope::kRecords, "records"},
  }};
};

template <>
struct Table<HoldBasis> {
  static constexpr std::array<Row<HoldBasis>, 4> kRows{{
      {HoldBasis::kCourtOrder, "court-order"},
      {HoldBasis::kLitigation, "litigation"},
      {HoldBasis::kInvestigation, "investigation"},
      {HoldBasis::kRegulation, "regulation"},
  }};
};

template <class E>
std::string_view name_of(E value) {
  for (const auto& row : Table<E>::kRows) {
    if (row.value == value) return row.text;
  }
  return "?";
}

}  // namespace

template <class E>
std::optional<E> parse(std::string_view text) {
  for (const auto& row : Table<E>::kRows) {
    if (row.text == text) return row.value;
  }
  return std::nullopt;
}

template <class E>
bool is_valid(E value) {
  for (const auto& row : Table<E>::kRows) {
    if (row.value == value) return true;
  }
  return false;
}

#define GALEN_CODE_SET(E)                               \
  std::string_view name(E v) {                          \
    return name_of(v);                                  \
  }                                                     \
  template std::optional<E> parse<E>(std::string_view); \
  template bool is_valid<E>(E)

GALEN_CODE_SET(OperationType);
GALEN_CODE_SET(TransactionClass);
GALEN_CODE_SET(AuthorisationRole);
GALEN_CODE_SET(OrganisationKind);
GALEN_CODE_SET(Role);
GALEN_CODE_SET(KeyHolder);
GALEN_CODE_SET(Effect);
GALEN_CODE_SET(GranteeKind);
GALEN_CODE_SET(Action);
GALEN_CODE_SET(RecordClass);
GALEN_CODE_SET(Confidentiality);
GALEN_CODE_SET(DataMeaning);
GALEN_CODE_SET(EmergencyOverride);
GALEN_CODE_SET(RecordStatus);
GALEN_CODE_SET(ImplicitPolicy);
GALEN_CODE_SET(KeyUse);
GALEN_CODE_SET(AccountStatus);
GALEN_CODE_SET(SuspensionReason);
GALEN_CODE_SET(ProxyKind);
GALEN_CODE_SET(RevocationReason);
GALEN_CODE_SET(UnlinkReason);
GALEN_CODE_SET(GroupKind);
GALEN_CODE_SET(RecordChange);
GALEN_CODE_SET(EmergencyReason);
GALEN_CODE_SET(EmergencyScope);
GALEN_CODE_SET(ReviewOutcome);
GALEN_CODE_SET(AdministrativeAct);
GALEN_CODE_SET(ErasureScope);
GALEN_CODE_SET(ErasureBasis);
GALEN_CODE_SET(ErasurePhase);
GALEN_CODE_SET(RetainedItem);
GALEN_CODE_SET(RetentionReason);
GALEN_CODE_SET(HoldScope);
GALEN_CODE_SET(HoldBasis);

#undef GALEN_CODE_SET

}  // namespace galen::ledger
