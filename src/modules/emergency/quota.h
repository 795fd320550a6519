// How many emergencies of an organisation may wait for review (HEALTH.md 1.3): every declaration
// waits until a person of another role reviewed it; those that wait too long shrink the quota.
// Values FROZEN (docs/formats.md). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/emergency_operations.h"
#include "ledger/state_key.h"

#include <optional>
#include <vector>

namespace galen::emergency {

/// Declarations of one organisation that may wait for review at a time.
inline constexpr std::uint32_t kMaxUnreviewed = 32;
/// Each overdue one takes so many places besides its own.
inline constexpr std::uint32_t kOverdueWeight = 4;
/// A review is due so long after the block of the declaration.
inline constexpr std::uint64_t kReviewMs = std::uint64_t{72} * 60 * 60 * 1000;

/// kEmergencyQuota: what the ledger knows of an organisation's emergencies.
struct OrganisationEmergencies {
  std::optional<JournalId> journal;  ///< of its node; the newest one
  std::uint32_t lost_journals = 0;   ///< incidents: each was followed by another
  std::uint64_t declared = 0;        ///< ever
  friend bool operator==(const OrganisationEmergencies&, const OrganisationEmergencies&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<OrganisationEmergencies> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const AccountId& organisation);
  /// Empty before the first emergency.
  [[nodiscard]] static OrganisationEmergencies load(const execution::StateReader& state,
                                                    const AccountId& organisation);
};

/// kUnreviewed, in the audit tree of the organisation that declared; gone after the review.
struct UnreviewedEntry {
  PatientId patient;
  AccountId person;
  TimeMs declared;  ///< block time
  friend bool operator==(const UnreviewedEntry&, const UnreviewedEntry&) = default;

  [[nodiscard]] bool is_overdue(TimeMs now) const { return now.value > declared.value + kReviewMs; }

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<UnreviewedEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const AccountId& organisation,
                                            const DeclarationId& declaration);
};

struct Unreviewed {
  DeclarationId declaration;
  UnreviewedEntry entry;
};

/// Ascending ids; at most kMaxUnreviewed declared ones, and what was released undeclared.
[[nodiscard]] std::vector<Unreviewed> list_unreviewed(const execution::StateReader& state,
                                                      const AccountId& organisation);

struct Quota {
  std::uint32_t open = 0;     ///< wait for a review that is not due yet
  std::uint32_t overdue = 0;  ///< wait for one that was due
  std::uint32_t limit = 0;    ///< how many may be open

  [[nodiscard]] bool is_exhausted() const { return open >= limit; }
};

[[nodiscard]] Quota quota_of(const execution::StateReader& state,
                             const AccountId& organisation,
                             TimeMs now);

}  // namespace galen::emergency
