// Groups and projects as grantees (PRIVACY.md 34). Who of the organisations is a member is PUBLIC.
// That a person is a member is personal, so it is an operation of its own whose subject is that
// person, and stands in the person's subtree as the span of versions in which he was a member:
// erasing the person erases it, and `was he a member at version v` needs one leaf. FROZEN
// (docs/formats.md). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "ledger/codes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::ledger {

/// PUBLIC. group = group_id(chain, submitter, seed); the submitter becomes the steward. Version 1.
struct DefineGroup {
  static constexpr OperationType kType = OperationType::kDefineGroup;
  AccountId group;
  Random32 seed;
  GroupKind kind = GroupKind::kGroup;
  std::string name;  ///< a label for people; names no person and no illness
  Digest document;   ///< salted commitment to the group's rules, or the project's protocol
  std::vector<AccountId> organisations;  ///< members, sorted, unique
  std::optional<TimeMs> ends;            ///< from then on nobody is a member
  friend bool operator==(const DefineGroup&, const DefineGroup&) = default;
};

/// PUBLIC. The submitter is the steward.
struct UpdateGroup {
  static constexpr OperationType kType = OperationType::kUpdateGroup;
  AccountId group;
  std::uint32_t version = 2;       ///< the new one: one above the present
  std::vector<AccountId> added;    ///< organisations, sorted, unique
  std::vector<AccountId> removed;  ///< organisations, sorted, unique
  std::optional<Digest> document;  ///< absent: as before
  std::optional<TimeMs> ends;      ///< absent: as before
  friend bool operator==(const UpdateGroup&, const UpdateGroup&) = default;
};

/// A person joins or leaves. The submitter is the steward; the person's organisation authorises it
/// (kOrganisation) when it is another.
struct ChangeMembership {
  static constexpr OperationType kType = OperationType::kChangeMembership;
  AccountId practitioner;
  AccountId group;
  std::uint32_t version = 2;  ///< of the group, the new one: one above the present
  bool member = true;

  [[nodiscard]] PatientId subject() const { return id_cast<PatientId>(practitioner); }

  friend bool operator==(const ChangeMembership&, const ChangeMembership&) = default;
};

/// H("group" || chain || organisation || seed).
[[nodiscard]] AccountId group_id(const ChainId& chain,
                                 const AccountId& organisation,
                                 const Random32& seed);

}  // namespace galen::ledger
