#include "modules/identity/suspension.h"

#include "base/limits.h"
#include "ledger/block.h"
#include "modules/identity/authorities.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"

#include <algorithm>

namespace galen::identity {

namespace {

using execution::OperationContext;
using execution::OrganisationEntry;
using execution::StateOverlay;
using execution::StateReader;
using ledger::AccountStatus;
using ledger::AuthorisationRole;
using ledger::KeyKind;
using ledger::ResultCode;
using ledger::StateKey;
using ledger::Suspend;

bool reason_fits(AccountStatus status, ledger::SuspensionReason reason) {
  return (status == AccountStatus::kActive) == (reason == ledger::SuspensionReason::kResolved);
}

ResultCode check_ballot(const OperationContext& context,
                        const Suspend& operation,
                        const BallotEntry& ballot) {
  if (ballot.status == AccountStatus::kRevoked) return ResultCode::kOrganisationInactive;
  if (operation.change != ballot.changes) return ResultCode::kWrongVersion;
  if (operation.status == ballot.status) return ResultCode::kAlreadyExists;
  if (!reason_fits(operation.status, operation.reason)) return ResultCode::kInvalidReason;
  const bool own = context.submitter == operation.organisation;
  if (own) {
    return context.body.authorisations.empty() ? ResultCode::kOk : ResultCode::kBadAuthorisation;
  }
  return operation.ballot_ends <= context.block.time ? ResultCode::kInvalidWindow : ResultCode::kOk;
}

/// Votes for exactly this by organisations that are active now.
std::size_t count_votes(const StateReader& state, const BallotEntry& ballot, const Vote& wish) {
  const auto counts = [&](const auto& vote) {
    return vote.second == wish && check_organisation(state, vote.first) == ResultCode::kOk;
  };
  return static_cast<std::size_t>(std::count_if(ballot.votes.begin(), ballot.votes.end(), counts));
}

void set_status(const OperationContext& context,
                const Suspend& operation,
                BallotEntry& ballot,
                StateOverlay& state) {
  ballot.status = operation.status;
  ++ballot.changes;
  ballot.standings.add(context.block.height, operation.status);
  ballot.votes.clear();
  auto organisation = OrganisationEntry::load(state, operation.organisation);
  organisation->active = operation.status == AccountStatus::kActive;
  put_entry(context,
            state,
            StateKey::main(KeyKind::kOrganisation, operation.organisation),
            organisation->encode());
}

/// Takes the votes of the submitter and of those that agree beside it; sets the status when they
/// are enough.
BallotOutcome cast(const OperationContext& context,
                   const Suspend& operation,
                   const std::set<AccountId>& voters,
                   BallotEntry& ballot,
                   StateOverlay& state) {
  const Vote wish{operation.status, operation.reason, operation.ballot_ends};
  std::erase_if(ballot.votes, [&](const auto& v) { return v.second.ends <= context.block.time; });
  for (const AccountId& voter : voters) ballot.votes.insert_or_assign(voter, wish);
  const std::size_t votes = count_votes(state, ballot, wish);
  const std::size_t needed = organisation_quorum(state, operation.organisation);
  const bool enough = votes >= needed;
  if (enough) set_status(context, operation, ballot, state);
  return {enough, static_cast<std::uint16_t>(votes), static_cast<std::uint16_t>(needed)};
}

}  // namespace

Bytes BallotEntry::encode() const {
  codec::Writer w;
  w.u16(standings.empty() ? kEntryVersion : kStandingVersion)
      .enumeration(status)
      .u64(changes)
      .count(votes.size());
  for (const auto& [voter, vote] : votes) {
    w.raw(voter).enumeration(vote.status).enumeration(vote.reason).counter(vote.ends);
  }
  if (!standings.empty()) standings.write(w);
  return std::move(w).take();
}

Result<BallotEntry> BallotEntry::decode(BytesView bytes) {
  codec::Reader r(bytes, "ballot entry");
  const bool was_changed = read_entry_version(r, kStandingVersion);
  BallotEntry entry;
  entry.status = read_code<AccountStatus>(r);
  entry.changes = r.u64();
  const std::size_t count = r.count(limits::kMaxOrganisations);
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    const auto voter = r.fixed<AccountId>();
    Vote vote;
    vote.status = read_code<AccountStatus>(r);
    vote.reason = read_code<ledger::SuspensionReason>(r);
    vote.ends = r.counter<TimeMs>();
    if (!entry.votes.empty() && !(entry.votes.rbegin()->first < voter)) {
      r.fail_with("voters unsorted or twice the same");
    }
    entry.votes.emplace(voter, vote);
  }
  if (was_changed) entry.standings = Standings::read(r);
  const bool agrees =
      entry.standings.latest() == entry.status && was_changed == (entry.changes > 0);
  if (!r.failed() && !agrees) r.fail_with("status and its changes do not agree");
  GALEN_TRY_STATUS(r.finish());
  return entry;
}

StateKey BallotEntry::key(const AccountId& organisation) {
  return StateKey::main(KeyKind::kBallot, organisation);
}

BallotEntry BallotEntry::load(const StateReader& state, const AccountId& organisation) {
  return load_entry<BallotEntry>(state, key(organisation)).value_or(BallotEntry{});
}

Bytes BallotOutcome::encode() const {
  codec::Writer w;
  w.u16(kEntryVersion).boolean(in_force).u16(votes).u16(needed);
  return std::move(w).take();
}

Result<BallotOutcome> BallotOutcome::decode(BytesView bytes) {
  codec::Reader r(bytes, "ballot outcome");
  read_entry_version(r);
  BallotOutcome outcome;
  outcome.in_force = r.boolean();
  outcome.votes = r.u16();
  outcome.needed = r.u16();
  GALEN_TRY_STATUS(r.finish());
  return outcome;
}

std::size_t organisation_quorum(const StateReader& state, const AccountId& organisation) {
  std::size_t members = 1;
  state.scan({}, KeyKind::kOrganisation, [&](BytesView, BytesView value) {
    const auto entry = OrganisationEntry::decode(value);
    CHECK(entry.has_value(), "a state value that does not decode");
    if (entry->id != organisation && entry->active) ++members;
    return true;
  });
  return ledger::quorum(members);
}

ledger::OperationResult execute(const OperationContext& context,
                                const Suspend& operation,
                                StateOverlay& state) {
  const auto signed_by = Authorities::load(context, state, {AuthorisationRole::kOrganisation});
  if (!signed_by) return {signed_by.error(), {}};
  const AccountId& organisation = operation.organisation;
  if (!OrganisationEntry::load(state, organisation)) return {ResultCode::kUnknownOrganisation, {}};
  BallotEntry ballot = BallotEntry::load(state, organisation);
  if (const auto code = check_ballot(context, operation, ballot); code != ResultCode::kOk) {
    return {code, {}};
  }
  BallotOutcome outcome;
  if (context.submitter == organisation) {
    set_status(context, operation, ballot, state);
    outcome = {true, 1, 1};
  } else {
    auto voters = signed_by->in_role(AuthorisationRole::kOrganisation);
    if (voters.contains(organisation)) return {ResultCode::kNotAuthorised, {}};
    voters.insert(context.submitter);
    outcome = cast(context, operation, voters, ballot, state);
  }
  put_entry(context, state, BallotEntry::key(organisation), ballot.encode());
  return {ResultCode::kOk, outcome.encode()};
}

ledger::OperationResult execute(const OperationContext& context,
                                const ledger::SuspendPractitioner& operation,
                                StateOverlay& state) {
  const auto signed_by = Authorities::load(context, state, {});
  if (!signed_by) return {signed_by.error(), {}};
  if (is_erased(state, id_cast<PatientId>(operation.practitioner)))
    return {ResultCode::kErased, {}};
  auto entry = PractitionerEntry::load(state, operation.practitioner);
  if (!entry) return {ResultCode::kUnknownPractitioner, {}};
  if (entry->organisation != context.submitter) return {ResultCode::kNotAuthorised, {}};
  if (!reason_fits(operation.status, operation.reason)) return {ResultCode::kInvalidReason, {}};
  if (entry->status() == operation.status) return {};
  if (entry->revoked) return {ResultCode::kAccountInactive, {}};
  entry->set_status(operation.status, context.block.height);
  put_entry(context, state, PractitionerEntry::key(operation.practitioner), entry->encode());
  return {};
}

}  // namespace galen::identity
