// Suspending, revoking and reinstating: organisations by ballot of the others, practitioners by
// their organisation (docs/security.md). Values FROZEN (docs/formats.md). Thread rule: as the
// state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"
#include "modules/identity/standing.h"

#include <map>

namespace galen::identity {

/// One organisation's wish.
struct Vote {
  ledger::AccountStatus status = ledger::AccountStatus::kSuspended;
  ledger::SuspensionReason reason = ledger::SuspensionReason::kInvestigation;
  TimeMs ends;  ///< block time from which it counts no more
  friend bool operator==(const Vote&, const Vote&) = default;
};

/// kBallot, id = organisation; main tree. Absent: active, never changed. A voter has one vote at a
/// time; a change of status ends them all.
struct BallotEntry {
  ledger::AccountStatus status = ledger::AccountStatus::kActive;
  std::uint64_t changes = 0;
  std::map<AccountId, Vote> votes;
  Standings standings;  ///< none: always active
  friend bool operator==(const BallotEntry&, const BallotEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<BallotEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const AccountId& organisation);
  [[nodiscard]] static BallotEntry load(const execution::StateReader& state,
                                        const AccountId& organisation);
};

/// Detail of a Suspend result. FROZEN.
struct BallotOutcome {
  bool in_force = false;     ///< the status is now what was asked for
  std::uint16_t votes = 0;   ///< for exactly this, of active organisations
  std::uint16_t needed = 0;  ///< quorum(active others + the one it is about)
  friend bool operator==(const BallotOutcome&, const BallotOutcome&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<BallotOutcome> decode(BytesView bytes);
};

/// How many other organisations must agree to change something about this one: the quorum of all
/// active others and itself. The same for suspending and for reinstating.
[[nodiscard]] std::size_t organisation_quorum(const execution::StateReader& state,
                                              const AccountId& organisation);

/// Everything of Authorities::load, kUnknownOrganisation, kOrganisationInactive (revoked for ever),
/// kWrongVersion (`change`), kAlreadyExists (that is its status), kInvalidReason (resolved exactly
/// for active), kInvalidWindow (the ballot is over), kNotAuthorised (a vote in the own ballot),
/// kBadAuthorisation (others beside one that suspends itself).
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::Suspend& operation,
                                              execution::StateOverlay& state);

/// By the practitioner's organisation alone; again changes nothing. kUnknownOrganisation,
/// kOrganisationInactive, kBadAuthorisation, kErased, kUnknownPractitioner, kNotAuthorised,
/// kAccountInactive (revoked for ever), kInvalidReason.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::SuspendPractitioner& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::identity
