#include "modules/erasure/holds.h"

#include "base/limits.h"
#include "modules/erasure/approval.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"
#include "modules/records/records.h"

#include <algorithm>
#include <utility>

namespace galen::erasure {

namespace {

using execution::OperationContext;
using execution::StateOverlay;
using execution::StateReader;
using ledger::ErasureScope;
using ledger::Hold;
using ledger::HoldScope;
using ledger::HoldsEntry;
using ledger::OperationResult;
using ledger::ResultCode;

HoldsEntry load_holds(const StateReader& state, const SubjectPath& path) {
  auto entry = identity::load_entry<HoldsEntry>(state, HoldsEntry::key(path));
  return entry ? *std::move(entry) : HoldsEntry{};
}

/// A patient's erasure takes every record along and leaves the audit compartment, sealed.
bool stands_against(const Hold& hold, ErasureScope scope, const std::optional<RecordPath>& record) {
  switch (hold.scope) {
    case HoldScope::kPatient: return true;
    case HoldScope::kAudit: return scope == ErasureScope::kAudit;
    case HoldScope::kRecords:
      if (scope == ErasureScope::kPatient) return true;
      return record && std::binary_search(hold.records.begin(), hold.records.end(), *record);
  }
  return true;
}

/// What is left to be held of an erased patient is his audit compartment.
ResultCode check_left(const Subject& subject, HoldScope scope) {
  if (!subject.tombstone) return ResultCode::kOk;
  const bool audit_left = scope == HoldScope::kAudit && !subject.tombstone->audit;
  return audit_left ? ResultCode::kOk : ResultCode::kErased;
}

ResultCode check(const OperationContext& context,
                 const ledger::PlaceHold& operation,
                 const StateReader& state) {
  if (const auto code = identity::check_organisation(state, context.submitter);
      code != ResultCode::kOk) {
    return code;
  }
  if (operation.hold != ledger::hold_id(context.block.chain, context.submitter, operation.seed)) {
    return ResultCode::kBadIdentifier;
  }
  const auto subject = find_subject(state, operation.patient);
  if (!subject) return ResultCode::kUnknownPatient;
  if (const auto code = check_left(*subject, operation.scope); code != ResultCode::kOk) return code;
  if (operation.authority == context.submitter) {
    if (subject->custodian != context.submitter) return ResultCode::kNotCustodian;
    if (!context.body.authorisations.empty()) return ResultCode::kBadAuthorisation;
  } else if (const auto code =
                 check_two_organisations(context, subject->custodian, operation.authority, state);
             code != ResultCode::kOk) {
    return code;
  }
  for (const RecordId& record : operation.records) {
    if (!records::RecordEntry::load(state, operation.patient, record)) {
      return ResultCode::kUnknownRecord;
    }
  }
  return operation.until > context.block.time ? ResultCode::kOk : ResultCode::kInvalidWindow;
}

Hold hold_of(const ledger::PlaceHold& operation, const AccountId& submitter) {
  Hold hold{operation.hold,
            operation.scope,
            {},
            submitter,
            operation.authority,
            operation.basis,
            operation.document,
            operation.until};
  for (const RecordId& record : operation.records) {
    hold.records.push_back(ledger::record_path(record));
  }
  std::sort(hold.records.begin(), hold.records.end());
  return hold;
}

}  // namespace

bool is_held(const StateReader& state,
             const SubjectPath& path,
             ErasureScope scope,
             const std::optional<RecordPath>& record,
             TimeMs now) {
  const HoldsEntry entry = load_holds(state, path);
  return std::any_of(entry.holds.begin(), entry.holds.end(), [&](const Hold& hold) {
    return hold.until > now && stands_against(hold, scope, record);
  });
}

OperationResult execute(const OperationContext& context,
                        const ledger::PlaceHold& operation,
                        StateOverlay& state) {
  if (const auto code = check(context, operation, state); code != ResultCode::kOk) {
    return {code, {}};
  }
  const SubjectPath path = ledger::subject_path(operation.patient);
  HoldsEntry entry = load_holds(state, path);
  std::erase_if(entry.holds, [&](const Hold& h) { return h.until <= context.block.time; });
  Hold hold = hold_of(operation, context.submitter);
  const auto place = std::lower_bound(
      entry.holds.begin(), entry.holds.end(), hold, [](const Hold& a, const Hold& b) {
        return a.id < b.id;
      });
  if (place != entry.holds.end() && place->id == hold.id) return {ResultCode::kAlreadyExists, {}};
  if (entry.holds.size() >= limits::kMaxHoldsPerPatient) return {ResultCode::kQuotaExceeded, {}};
  entry.holds.insert(place, std::move(hold));
  identity::put_entry(context, state, HoldsEntry::key(path), entry.encode());
  return {};
}

OperationResult execute(const OperationContext& context,
                        const ledger::LiftHold& operation,
                        StateOverlay& state) {
  if (const auto code = identity::check_organisation(state, context.submitter);
      code != ResultCode::kOk) {
    return {code, {}};
  }
  if (!context.body.authorisations.empty()) return {ResultCode::kBadAuthorisation, {}};
  const SubjectPath path = ledger::subject_path(operation.patient);
  HoldsEntry entry = load_holds(state, path);
  const auto found = std::find_if(entry.holds.begin(), entry.holds.end(), [&](const Hold& hold) {
    return hold.id == operation.hold;
  });
  if (found == entry.holds.end()) return {ResultCode::kUnknownHold, {}};
  if (found->submitter != context.submitter) return {ResultCode::kNotAuthorised, {}};
  entry.holds.erase(found);
  if (entry.holds.empty()) {
    state.erase(HoldsEntry::key(path));
  } else {
    identity::put_entry(context, state, HoldsEntry::key(path), entry.encode());
  }
  return {};
}

}  // namespace galen::erasure
