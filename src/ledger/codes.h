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
  kRegisterPatient = 16,
  kAuthorizeProxy = 17,
  kLinkPatient = 18,
  kUnlinkPatient = 19,
  kGrantAccess = 32,
  kDenyAccess = 33,
  kRevokeAccess = 34,
  kAppendRecord = 48,
  kReplaceRecord = 49,
  kRetractRecord = 50,
  kLogAccess = 64,
  kDeclareEmergency = 65,
  kAnchorJournal = 66,
  kReviewEmergency = 67,
  kErasePatient = 80,
  kEraseRecord = 81,
  kAttestErasure = 82,
};

/// PUBLIC bodies hold no personal data and are never erased (PRIVACY.md 3).
enum class TransactionClass : std::uint8_t { kPublic = 1, kPersonal = 2 };

/// In what capacity a person or organisation authorises an operation.
enum class AuthorisationRole : std::uint8_t {
  kPatient = 1,
  kProxy = 2,
  kCustodian = 3,
  kRequester = 4
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

/// `parse<RecordClass>("LAB")`; nullopt for unknown names. Instantiated for every enumeration
/// above.
template <class E>
[[nodiscard]] std::optional<E> parse(std::string_view text);

/// True for a listed enumerator.
template <class E>
[[nodiscard]] bool is_valid(E value);

}  // namespace galen::ledger
