// Code sets of the ledger. Numbers are FROZEN: they are hashed, signed and stored
// (docs/formats.md). Names in text and JSON are the standards' codes (HL7 v3 confidentiality,
// purposes of use). Thread rule: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace galen::ledger {

enum class OperationType : std::uint16_t {
  kRegisterOrganisation = 1,
  kRegisterPractitioner = 2,
  kRotateKey = 3,
  kSuspend = 4,
  kRotatePersonKey = 6,
  kSuspendPractitioner = 7,
  kSetRecovery = 8,
  kRequestRecovery = 9,
  kVetoRecovery = 10,
  kCompleteRecovery = 11,
  kRegisterPatient = 16,
  kAuthorizeProxy = 17,
  kLinkPatient = 18,
  kUnlinkPatient = 19,
  kRevokeProxy = 20,
  kGrantAccess = 32,
  kDenyAccess = 33,
  kRevokeAccess = 34,
  kDefineGroup = 35,
  kUpdateGroup = 36,
  kChangeMembership = 37,
  kAppendRecord = 48,
  kReplaceRecord = 49,
  kRetractRecord = 50,
  kLogAccess = 64,
  kDeclareEmergency = 65,
  kAnchorJournal = 66,
  kReviewEmergency = 67,
  kLogEmergency = 68,
  kAnchorJournalReceipt = 69,
  kLogAuditRead = 70,
  kLogAdministration = 71,
  kErasePatient = 80,
  kEraseRecord = 81,
  kAttestErasure = 82,
  kRequestErasure = 83,
  kPlaceHold = 84,
  kLiftHold = 85,
  kWithdrawErasure = 86,
};

/// PUBLIC bodies hold no personal data and are never erased (PRIVACY.md 3).
enum class TransactionClass : std::uint8_t { kPublic = 1, kPersonal = 2 };

/// In what capacity a person or organisation authorises an operation.
enum class AuthorisationRole : std::uint8_t {
  kPatient = 1,
  kProxy = 2,
  kCustodian = 3,
  kRequester = 4,     ///< a practitioner or device in its own name
  kOrganisation = 5,  ///< an organisation that agrees beside the submitter
  kGuardian = 6       ///< a guardian of the account's recovery
};

enum class OrganisationKind : std::uint8_t {
  kProvider = 1,
  kPayer = 2,
  kResearch = 3,
  kPublicHealth = 4
};

/// Role of a requester.
enum class Role : std::uint8_t {
  kClinician = 1,
  kBilling = 2,
  kPayer = 3,
  kResearcher = 4,
  kPublicHealth = 5,
  kAuditor = 6,
  kPatient = 7,
  kProxy = 8,
  kDevice = 9,          ///< a machine with an account of its own
  kPrivacyOfficer = 10  ///< reviews emergencies, reads audit logs
};

/// Who holds a patient's private keys.
enum class KeyHolder : std::uint8_t { kPatient = 1, kCustodian = 2 };

enum class Effect : std::uint8_t { kPermit = 1, kDeny = 2 };

enum class GranteeKind : std::uint8_t {
  kAny = 1,
  kOrganisation = 2,
  kPractitioner = 3,
  kGroup = 4,
  kProject = 5
};

/// Bit numbers in an ActionSet.
enum class Action : std::uint8_t { kDiscover = 0, kRead = 1, kCopy = 2, kRedisclose = 3 };

/// Bit numbers in a ClassSet.
enum class RecordClass : std::uint8_t {
  kSummary = 0,
  kNote = 1,
  kLab = 2,
  kImaging = 3,
  kMedication = 4,
  kImmunization = 5,
  kProcedure = 6,
  kDevice = 7,
  kClaim = 8,
  kTrial = 9,
  kOther = 10,
};

/// HL7 v3 Confidentiality, in rising order.
enum class Confidentiality : std::uint8_t { kU = 0, kL = 1, kM = 2, kN = 3, kR = 4, kV = 5 };

enum class DataMeaning : std::uint8_t { kInstance = 1, kRelated = 2, kAuthoredBy = 3 };

enum class EmergencyOverride : std::uint8_t { kAllow = 1, kForbid = 2 };

enum class RecordStatus : std::uint8_t {
  kCurrent = 1,
  kSuperseded = 2,
  kEnteredInError = 3,
  kErased = 4
};

/// What a patient's records are open to before any grant was ever made.
enum class ImplicitPolicy : std::uint8_t {
  kDeny = 1,
  kBreakGlassOnly = 2,
  kBasicNormal = 3,
  kAllNormal = 4
};

/// What a key is for; part of every proof of possession.
enum class KeyUse : std::uint8_t {
  kSigning = 1,
  kAgreement = 2,
  kTls = 3,
  kConsensus = 4,
  kReceipt = 5
};

/// What Suspend and SuspendPractitioner make of an account.
enum class AccountStatus : std::uint8_t {
  kActive = 1,
  kSuspended = 2,
  kRevoked = 3  ///< never active again
};

enum class SuspensionReason : std::uint8_t {
  kKeyCompromised = 1,
  kLeft = 2,
  kMisconduct = 3,
  kInvestigation = 4,
  kResolved = 5  ///< of a return to active
};

/// Why a grant, a denial or a proxy was revoked. Nobody has to say why (GDPR 7(3)).
enum class RevocationReason : std::uint16_t {
  kUnspecified = 0,
  kWithdrawn = 1,       ///< whoever gave it has changed his mind
  kEnteredInError = 2,  ///< was never meant so
  kPurposeEnded = 3,    ///< the treatment, the study, the errand is over
  kRelationEnded = 4,   ///< who acts for, or treats, the patient does so no more
  kMisuse = 5,          ///< was used for something else
  kKeyCompromised = 6,
  kLegal = 7  ///< a court or an authority said so
};

enum class ProxyKind : std::uint8_t { kGuardian = 1, kAttorney = 2, kCaretaker = 3 };

enum class UnlinkReason : std::uint8_t {
  kWrongPerson = 1,
  kPatientRequest = 2,
  kOrganisational = 3  ///< a custodian leaves, or merges its own index
};

enum class GroupKind : std::uint8_t { kGroup = 1, kProject = 2 };

/// Why a record was replaced, retracted, or got new labels.
enum class RecordChange : std::uint8_t {
  kNewVersion = 1,
  kCorrection = 2,
  kRelabelled = 3,
  kWrongPatient = 4,
  kDuplicate = 5,
  kPatientRequest = 6,  ///< rectification
  kLegal = 7
};

enum class EmergencyReason : std::uint8_t {
  kLifeThreatening = 1,
  kUnableToConsent = 2,
  kUrgentTreatment = 3,
  kDisaster = 4,
  kOther = 5
};

enum class EmergencyScope : std::uint8_t { kRecords = 1, kPatient = 2 };

enum class ReviewOutcome : std::uint8_t { kJustified = 1, kUnjustified = 2, kInconclusive = 3 };

/// What LogAdministration logs.
enum class AdministrativeAct : std::uint8_t {
  kExport = 1,       ///< of a patient's data, to the patient or another system
  kAuditExport = 2,  ///< of an audit log or statement
  kDisclosureAccounting = 3,
  kKeyHandover = 4,  ///< of keys that an organisation held for a person
  kBackup = 5,
  kRestore = 6,
  kConfiguration = 7,  ///< of the organisation's node or gateway
  kSupportAccess = 8   ///< an operator saw live bodies or logs
};

enum class ErasureScope : std::uint8_t {
  kPatient = 1,  ///< the clinical compartment goes, the audit compartment is sealed
  kAudit = 2,    ///< the sealed audit compartment goes
  kRecord = 3
};

enum class ErasureBasis : std::uint8_t {
  kPatientRequest = 1,
  kRetentionEnded = 2,
  kUnlawful = 3,
  kLegalObligation = 4,
  kWrongPatient = 5
};

enum class ErasurePhase : std::uint8_t { kKeys = 1, kBytes = 2 };

/// What a node still has after a phase of an erasure, and why.
enum class RetainedItem : std::uint8_t {
  kAuditCompartment = 1,
  kKeyringBackup = 2,
  kDatabaseBackup = 3,
  kSnapshot = 4,
  kPayload = 5,
  kExternalCopy = 6,
  kFileSystem = 7,        ///< bytes below the node: copy-on-write, flash
  kEmergencyJournal = 8,  ///< its entries name patient and records
  kOrganisationLog = 9    ///< acts that an organisation told of itself may name records
};

enum class RetentionReason : std::uint8_t {
  kRetentionPeriod = 1,
  kLegalHold = 2,
  kBackupExpiry = 3,
  kTechnical = 4
};

enum class HoldScope : std::uint8_t {
  kPatient = 1,  ///< both compartments
  kAudit = 2,
  kRecords = 3
};

enum class HoldBasis : std::uint8_t {
  kCourtOrder = 1,
  kLitigation = 2,
  kInvestigation = 3,
  kRegulation = 4
};

/// Sets are bit masks of the enumerators above; `kAll...` is "*" (permitted where the table says
/// so).
using ActionSet = std::uint8_t;
inline constexpr ActionSet kAllActions = 0x0f;
using ClassSet = std::uint16_t;
inline constexpr ClassSet kAllClasses = 0x07ff;

[[nodiscard]] constexpr ActionSet action_bit(Action a) {
  return static_cast<ActionSet>(1U << static_cast<unsigned>(a));
}

[[nodiscard]] constexpr ClassSet class_bit(RecordClass c) {
  return static_cast<ClassSet>(1U << static_cast<unsigned>(c));
}

// Names as in HEALTH.md: "clinician", "SUMMARY", "READ", "N", "provider", "break-glass-only", ...
// name() never returns an empty view for a valid enumerator, and "?" for others; is_valid() is true
// for listed enumerators only; the parsers accept exactly the names.
[[nodiscard]] std::string_view name(OperationType v);
[[nodiscard]] std::string_view name(TransactionClass v);
[[nodiscard]] std::string_view name(AuthorisationRole v);
[[nodiscard]] std::string_view name(OrganisationKind v);
[[nodiscard]] std::string_view name(Role v);
[[nodiscard]] std::string_view name(KeyHolder v);
[[nodiscard]] std::string_view name(Effect v);
[[nodiscard]] std::string_view name(GranteeKind v);
[[nodiscard]] std::string_view name(Action v);
[[nodiscard]] std::string_view name(RecordClass v);
[[nodiscard]] std::string_view name(Confidentiality v);
[[nodiscard]] std::string_view name(DataMeaning v);
[[nodiscard]] std::string_view name(EmergencyOverride v);
[[nodiscard]] std::string_view name(RecordStatus v);
[[nodiscard]] std::string_view name(ImplicitPolicy v);
[[nodiscard]] std::string_view name(KeyUse v);
[[nodiscard]] std::string_view name(AccountStatus v);
[[nodiscard]] std::string_view name(SuspensionReason v);
[[nodiscard]] std::string_view name(RevocationReason v);
[[nodiscard]] std::string_view name(ProxyKind v);
[[nodiscard]] std::string_view name(UnlinkReason v);
[[nodiscard]] std::string_view name(GroupKind v);
[[nodiscard]] std::string_view name(RecordChange v);
[[nodiscard]] std::string_view name(EmergencyReason v);
[[nodiscard]] std::string_view name(EmergencyScope v);
[[nodiscard]] std::string_view name(ReviewOutcome v);
[[nodiscard]] std::string_view name(AdministrativeAct v);
[[nodiscard]] std::string_view name(ErasureScope v);
[[nodiscard]] std::string_view name(ErasureBasis v);
[[nodiscard]] std::string_view name(ErasurePhase v);
[[nodiscard]] std::string_view name(RetainedItem v);
[[nodiscard]] std::string_view name(RetentionReason v);
[[nodiscard]] std::string_view name(HoldScope v);
[[nodiscard]] std::string_view name(HoldBasis v);

/// `parse<RecordClass>("LAB")`; nullopt for unknown names. Instantiated for every enumeration
/// above.
template <class E>
[[nodiscard]] std::optional<E> parse(std::string_view text);

/// True for a listed enumerator.
template <class E>
[[nodiscard]] bool is_valid(E value);

}  // namespace galen::ledger
