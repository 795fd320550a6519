#include "modules/policy/reason.h"

#include <algorithm>
#include <array>

namespace galen::policy {

namespace {

struct Row {
  Reason reason;
  std::string_view text;
};

constexpr std::array<Row, 44> kRows{{
    {Reason::kGrant, "grant"},
    {Reason::kOwnRecord, "own-record"},
    {Reason::kSelf, "self"},
    {Reason::kProxy, "proxy"},
    {Reason::kBreakGlass, "break-glass"},
    {Reason::kRequiredByLaw, "required-by-law"},
    {Reason::kImplicit, "implicit"},
    {Reason::kAuditor, "auditor"},
    {Reason::kListed, "listed"},
    {Reason::kNoConsent, "no-consent"},
    {Reason::kDenyGrant, "deny-grant"},
    {Reason::kMemberInactive, "member-inactive"},
    {Reason::kRecordErased, "record-erased"},
    {Reason::kRecordRetracted, "record-retracted"},
    {Reason::kStaleState, "stale-state"},
    {Reason::kWithheldFromPatient, "withheld-from-patient"},
    {Reason::kProxyNotAuthorized, "proxy-not-authorized"},
    {Reason::kProxyExpired, "proxy-expired"},
    {Reason::kProxyScope, "proxy-scope"},
    {Reason::kEmergencyNotPrivileged, "btg-not-privileged"},
    {Reason::kEmergencyNotDeclared, "btg-not-declared"},
    {Reason::kEmergencyExpired, "btg-expired"},
    {Reason::kEmergencyForbidden, "btg-forbidden"},
    {Reason::kGrantee, "grantee"},
    {Reason::kRevoked, "revoked"},
    {Reason::kSuperseded, "superseded"},
    {Reason::kNotYetValid, "not-yet-valid"},
    {Reason::kExpired, "expired"},
    {Reason::kPurpose, "purpose"},
    {Reason::kAction, "action"},
    {Reason::kJurisdiction, "jurisdiction"},
    {Reason::kData, "data"},
    {Reason::kClass, "class"},
    {Reason::kDataPeriod, "data-period"},
    {Reason::kConfidentiality, "confidentiality"},
    {Reason::kLabel, "label"},
    {Reason::kUsesExhausted, "uses-exhausted"},
    {Reason::kNotAuthenticated, "not-authenticated"},
    {Reason::kRequestExpired, "request-expired"},
    {Reason::kRequestReused, "request-reused"},
    {Reason::kUnknownRecord, "unknown-record"},
    {Reason::kRecipientKey, "recipient-key"},
    {Reason::kNotAReader, "not-a-reader"},
    {Reason::kNotFound, "not-found"},
}};

}  // namespace

std::string_view name(Reason reason) {
  const auto* row = std::find_if(
      kRows.begin(), kRows.end(), [reason](const Row& r) { return r.reason == reason; });
  return row == kRows.end() ? "?" : row->text;
}

std::optional<Reason> parse_reason(std::string_view text) {
  const auto* row =
      std::find_if(kRows.begin(), kRows.end(), [text](const Row& r) { return r.text == text; });
  if (row == kRows.end()) return std::nullopt;
  return row->reason;
}

bool is_valid(Reason reason) {
  return std::any_of(
      kRows.begin(), kRows.end(), [reason](const Row& r) { return r.reason == reason; });
}

bool is_permit(Reason reason) {
  return is_valid(reason) && reason < Reason::kNoConsent;
}

}  // namespace galen::policy
