// Groups and projects as grantees (PRIVACY.md 34; docs/consent.md "Groups and projects"). A group
// has versions; every change of its members makes the next one, and who was a member of version v
// is never forgotten: a grant that froze version v still knows. Organisations stand in the group's
// own value, a person's membership in that person's subtree, where it is erased with him. Values
// FROZEN (docs/formats.md). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace galen::groups {

/// Coming and going of one member. More is kTooManyMembers.
inline constexpr std::size_t kMaxSpansPerMember = 64;
/// Of all organisations of a group together, so that its value stays small.
inline constexpr std::size_t kMaxSpansPerGroup = 512;

/// Versions [joined, left) of a group; without `left` also all to come.
struct MemberSpan {
  std::uint32_t joined = 1;
  std::optional<std::uint32_t> left{};
  friend bool operator==(const MemberSpan&, const MemberSpan&) = default;
};

/// Ascending and apart; only the last may be open.
using MemberSpans = std::vector<MemberSpan>;

[[nodiscard]] bool is_member(const MemberSpans& spans, std::uint32_t version);

/// What a version of a group was.
struct GroupVersion {
  std::uint32_t version = 1;
  Height height;                 ///< of the block that made it
  std::optional<TimeMs> ends{};  ///< as it stood then

  [[nodiscard]] bool has_ended(TimeMs at) const { return ends && *ends <= at; }

  friend bool operator==(const GroupVersion&, const GroupVersion&) = default;
};

/// Versions before the present one that a group remembers, the newest: what past decisions are made
/// again with (modules/audit/replay.h). What was before them is not known any more.
inline constexpr std::size_t kMaxPastVersions = 256;

/// Main tree, kGroup, id = group. Holds no person.
struct GroupEntry {
  AccountId steward;  ///< the organisation that changes it
  ledger::GroupKind kind = ledger::GroupKind::kGroup;
  std::string name;
  Digest document;
  std::uint32_t version = 1;
  Height height;                 ///< of the block of this version
  std::optional<TimeMs> ends{};  ///< permits to it end then; only ever moved earlier
  std::map<AccountId, MemberSpans> organisations;
  std::vector<GroupVersion> past{};  ///< one after the other up to version - 1
  friend bool operator==(const GroupEntry&, const GroupEntry&) = default;

  /// The present version becomes a past one; the caller makes the next.
  void keep_version();

  [[nodiscard]] GroupVersion present() const { return {version, height, ends}; }

  /// Whether versions before `past` were dropped.
  [[nodiscard]] bool has_forgotten() const { return past.size() + 1 < version; }

  [[nodiscard]] Bytes encode() const;
  /// kMalformed, kTooLarge.
  [[nodiscard]] static Result<GroupEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const AccountId& group);
  [[nodiscard]] static std::optional<GroupEntry> load(const execution::StateReader& state,
                                                      const AccountId& group);

  [[nodiscard]] bool has_ended(TimeMs at) const { return present().has_ended(at); }

  [[nodiscard]] bool has(const AccountId& organisation, std::uint32_t at_version) const;
  [[nodiscard]] std::vector<AccountId> members(std::uint32_t at_version) const;
};

/// Clinical tree of a practitioner, kMembership, id = group.
struct MembershipEntry {
  MemberSpans spans;
  friend bool operator==(const MembershipEntry&, const MembershipEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed, kTooLarge.
  [[nodiscard]] static Result<MembershipEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const AccountId& practitioner, const AccountId& group);
  /// Empty for somebody who never was a member.
  [[nodiscard]] static MembershipEntry load(const execution::StateReader& state,
                                            const AccountId& practitioner,
                                            const AccountId& group);
};

/// Every group and project.
[[nodiscard]] std::map<AccountId, GroupEntry> list_groups(const execution::StateReader& state);

// All three: kUnknownOrganisation, kOrganisationInactive; a failing operation writes nothing.

/// Also kBadAuthorisation (none is due), kBadIdentifier, kAlreadyExists, kUnknownOrganisation of a
/// member, kInvalidWindow (an end that is not ahead).
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::DefineGroup& operation,
                                              execution::StateOverlay& state);

/// Also kBadAuthorisation, kUnknownGroup, kNotAuthorised (not the steward), kWrongVersion,
/// kUnknownOrganisation (added: no organisation; removed: no member), kAlreadyExists (added: a
/// member), kInvalidWindow (the group has ended, or the new end is past, or later than the old),
/// kTooManyMembers.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::UpdateGroup& operation,
                                              execution::StateOverlay& state);

/// Also kUnknownGroup, kNotAuthorised (not the steward, or another organisation's signature),
/// kWrongVersion, kInvalidWindow (the group has ended), kUnknownPractitioner, kAccountInactive (a
/// suspended person joins), kBadAuthorisation and kBadSignature (of the person's organisation, when
/// it is not the submitter), kAlreadyExists (joins twice), kUnknownAccount (leaves, but is no
/// member), kTooManyMembers.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::ChangeMembership& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::groups
