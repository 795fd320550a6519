// Why decide() answered as it did (HEALTH.md 1.4, 1.4b). Numbers are FROZEN: access entries store
// them (docs/formats.md); names are those of the conformance vectors. Reasons are for the patient,
// the custodian and auditors; a requester learns permit or "not found" only. Thread rule: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace galen::policy {

enum class Reason : std::uint8_t {
  // Permits
  kGrant = 1,
  kOwnRecord = 2,
  kSelf = 3,
  kProxy = 4,
  kBreakGlass = 5,
  kRequiredByLaw = 6,
  kImplicit = 7,
  kAuditor = 8,  ///< of the reading of an audit log (modules/audit/log_reading.h)
  kListed = 9,   ///< of a list: it shows what decide() lets its reader discover
  // Denials by a rule
  kNoConsent = 32,
  kDenyGrant = 33,
  kMemberInactive = 34,
  kRecordErased = 35,
  kRecordRetracted = 36,
  kStaleState = 37,
  kWithheldFromPatient = 38,
  kProxyNotAuthorized = 39,
  kProxyExpired = 40,
  kProxyScope = 41,
  kEmergencyNotPrivileged = 42,
  kEmergencyNotDeclared = 43,
  kEmergencyExpired = 44,
  kEmergencyForbidden = 45,
  // Denials by the field in which the nearest permit fails, in the order of matching
  kGrantee = 64,
  kRevoked = 65,
  kSuperseded = 66,
  kNotYetValid = 67,
  kExpired = 68,
  kPurpose =
      69,  ///< also: the role may not assert the purpose (step 0, and the patient's own step)
  kAction = 70,
  kJurisdiction = 71,
  kData = 72,
  kClass = 73,
  kDataPeriod = 74,
  kConfidentiality = 75,
  kLabel = 76,
  kUsesExhausted = 77,
  // Denials before decide() is asked (modules/audit)
  kNotAuthenticated = 96,
  kRequestExpired = 97,
  kRequestReused = 98,
  kUnknownRecord = 99,
  kRecipientKey = 100,  ///< not the key agreement key that the requester registered
  kNotAReader = 101,    ///< of an audit log: his role or organisation does not read it
  kNotFound = 102,      ///< what a requester's own log says of denied and unknown alike
};

/// The vectors' name, e.g. "deny-grant"; "?" for numbers that are not listed.
[[nodiscard]] std::string_view name(Reason reason);
/// Exactly the names.
[[nodiscard]] std::optional<Reason> parse_reason(std::string_view text);
/// True for a listed enumerator.
[[nodiscard]] bool is_valid(Reason reason);
/// True for the reasons of a permit.
[[nodiscard]] bool is_permit(Reason reason);

}  // namespace galen::policy
