// What a patient permits and denies (HEALTH.md 1.4). FROZEN (docs/formats.md). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "ledger/calendar_date.h"
#include "ledger/codes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::ledger {

struct Grantee {
  GranteeKind kind = GranteeKind::kOrganisation;
  AccountId id;  ///< zero when kAny
  friend auto operator<=>(const Grantee&, const Grantee&) = default;
};

struct DataLimit {
  DataMeaning meaning = DataMeaning::kInstance;
  Random32 id;  ///< record id, related id or author's account id
  friend auto operator<=>(const DataLimit&, const DataLimit&) = default;
};

/// GrantAccess (permit) and DenyAccess (deny) share their terms (HEALTH.md 1.4). The grantor, his
/// sequence number and the grant's id come from the authorisation (PRIVACY.md 8, 9).
struct GrantTerms {
  PatientId patient;
  Grantee grantee;
  std::vector<std::string> purposes;  ///< sorted, unique; "*" alone only in a deny
  ActionSet actions = action_bit(Action::kDiscover) | action_bit(Action::kRead);
  ClassSet classes = kAllClasses;
  Confidentiality confidentiality = Confidentiality::kN;  ///< permit: ceiling; deny: floor
  std::vector<std::string> labels;                        ///< sorted, unique
  std::optional<CalendarDate> data_from;                  ///< inclusive
  std::optional<CalendarDate> data_to;                    ///< exclusive
  std::vector<DataLimit> data;                            ///< sorted, unique; empty = no limit
  std::vector<std::string> regions;                       ///< ISO 3166-1 alpha-2, sorted, unique
  TimeMs valid_from;
  std::optional<TimeMs> valid_to;  ///< exclusive
  std::optional<TimeMs> erase_at;
  EmergencyOverride emergency_override = EmergencyOverride::kAllow;  ///< deny only
  Digest policy;                                                     ///< registered policy version
  Digest terms_commitment;          ///< salted commitment to the human-readable consent
  std::vector<GrantId> supersedes;  ///< sorted, unique
  std::optional<std::uint32_t> max_uses;
  bool acknowledge_shadowed = false;
  bool follow = false;
  std::optional<std::uint32_t> labels_key_id;
  /// Of a grantee GROUP or PROJECT without `follow`: whose members are meant. Nobody who brings the
  /// grant chooses it.
  std::optional<std::uint32_t> group_version;

  [[nodiscard]] bool names_group() const {
    return grantee.kind == GranteeKind::kGroup || grantee.kind == GranteeKind::kProject;
  }

  friend bool operator==(const GrantTerms&, const GrantTerms&) = default;
};

struct GrantAccess {
  static constexpr OperationType kType = OperationType::kGrantAccess;
  GrantTerms terms;

  [[nodiscard]] PatientId subject() const { return terms.patient; }

  friend bool operator==(const GrantAccess&, const GrantAccess&) = default;
};

struct DenyAccess {
  static constexpr OperationType kType = OperationType::kDenyAccess;
  GrantTerms terms;

  [[nodiscard]] PatientId subject() const { return terms.patient; }

  friend bool operator==(const DenyAccess&, const DenyAccess&) = default;
};

struct RevokeAccess {
  static constexpr OperationType kType = OperationType::kRevokeAccess;
  PatientId patient;
  GrantId grant;
  RevocationReason reason = RevocationReason::kUnspecified;

  [[nodiscard]] PatientId subject() const { return patient; }

  friend bool operator==(const RevokeAccess&, const RevokeAccess&) = default;
};

}  // namespace galen::ledger
