#include "modules/identity/recovery.h"

#include "modules/identity/accounts.h"
#include "modules/identity/entry.h"
#include "modules/identity/keys.h"
#include "modules/identity/recovery_entries.h"

namespace galen::identity {

namespace {

using execution::OperationContext;
using execution::StateOverlay;
using execution::StateReader;
using ledger::AuthorisationRole;
using ledger::OperationResult;
using ledger::ResultCode;

ResultCode check_guardian(const OperationContext& context,
                          const AccountId& account,
                          const ledger::Guardian& guardian,
                          const StateReader& state) {
  if (!guardian.key) return check_organisation(state, guardian.account);
  const PublicKey& key = guardian.key->key;
  if (guardian.account != ledger::guardian_id(context.block.chain, account, key)) {
    return ResultCode::kBadIdentifier;
  }
  return possesses(
             context, ledger::KeyUse::kSigning, guardian.account, key, guardian.key->possession)
             ? ResultCode::kOk
             : ResultCode::kBadPossession;
}

ResultCode check_request(const OperationContext& context,
                         const ledger::RequestRecovery& operation,
                         const RecoveryEntry& recovery,
                         const StateReader& state) {
  if (const auto last = RecoveryRequestEntry::load(state, operation.account)) {
    if (last->status == RecoveryStatus::kOpen) return ResultCode::kAlreadyExists;
    if (last->request.recovery == operation.recovery) return ResultCode::kRecoveryEnded;
  }
  if (context.body.authorisations.size() < recovery.set.threshold) {
    return ResultCode::kNotAuthorised;
  }
  return possesses_keys(context, operation.account, operation.keys) ? ResultCode::kOk
                                                                    : ResultCode::kBadPossession;
}

/// The open request of this id.
template <class Operation>
tl::expected<RecoveryRequestEntry, ResultCode> open_request(const Operation& operation,
                                                            const StateReader& state) {
  auto entry = RecoveryRequestEntry::load(state, operation.account);
  if (!entry || entry->request.recovery != operation.recovery) {
    return tl::unexpected(ResultCode::kUnknownRecovery);
  }
  if (entry->status != RecoveryStatus::kOpen) return tl::unexpected(ResultCode::kRecoveryEnded);
  return *std::move(entry);
}

void put_request(const OperationContext& context,
                 const RecoveryRequestEntry& entry,
                 StateOverlay& state) {
  put_entry(context, state, RecoveryRequestEntry::key(entry.request.account), entry.encode());
}

}  // namespace

void end_recovery(const OperationContext& context, const AccountId& account, StateOverlay& state) {
  if (auto recovery = RecoveryEntry::load(state, account)) {
    recovery->set = ledger::SetRecovery{account, {}, 0, 0};
    recovery->time = context.block.time;
    recovery->height = context.block.height;
    put_entry(context, state, RecoveryEntry::key(account), recovery->encode());
  }
  auto request = RecoveryRequestEntry::load(state, account);
  if (!request || request->status != RecoveryStatus::kOpen) return;
  request->status = RecoveryStatus::kVetoed;
  put_request(context, *request, state);
}

OperationResult execute(const OperationContext& context,
                        const ledger::SetRecovery& operation,
                        StateOverlay& state) {
  const auto account = Account::load(state, operation.account);
  if (!account) return {account.error(), {}};
  const auto signed_by = Authorities::load(context, state, {account->role()});
  if (!signed_by) return {signed_by.error(), {}};
  if (!account->is_spoken_for(*signed_by, context.submitter)) {
    return {ResultCode::kNotAuthorised, {}};
  }
  for (const ledger::Guardian& guardian : operation.guardians) {
    const auto code = check_guardian(context, operation.account, guardian, state);
    if (code != ResultCode::kOk) return {code, {}};
  }
  if (const auto code = signed_by->use_sequences(context, state); code != ResultCode::kOk) {
    return {code, {}};
  }
  const RecoveryEntry entry{operation, context.block.time, context.block.height};
  put_entry(context, state, RecoveryEntry::key(operation.account), entry.encode());
  return {};
}

OperationResult execute(const OperationContext& context,
                        const ledger::RequestRecovery& operation,
                        StateOverlay& state) {
  auto account = Account::load(state, operation.account);
  if (!account) return {account.error(), {}};
  // First: whether there are guardians, or a request, is for a guardian to know. Who they are, too:
  // a code of its own for a guardian's bad signature would tell him from others.
  if (context.body.authorisations.empty()) return {ResultCode::kNotAuthorised, {}};
  const auto signed_by = Authorities::load(context, state, {AuthorisationRole::kGuardian});
  if (!signed_by) return {ResultCode::kNotAuthorised, {}};
  if (!account->active()) return {ResultCode::kAccountInactive, {}};
  const auto recovery = RecoveryEntry::load(state, operation.account);
  if (!recovery || recovery->set.guardians.empty()) return {ResultCode::kUnknownRecovery, {}};
  if (const auto code = check_request(context, operation, *recovery, state);
      code != ResultCode::kOk) {
    return {code, {}};
  }
  if (const auto code = account->set_holder(operation.held_by); code != ResultCode::kOk) {
    return {code, {}};
  }
  if (const auto code = signed_by->use_sequences(context, state); code != ResultCode::kOk) {
    return {code, {}};
  }
  const TimeMs now = context.block.time;
  const TimeMs ready{now.value + recovery->set.cooling_off_ms};
  put_request(context, {operation, RecoveryStatus::kOpen, now, ready, context.block.height}, state);
  return {};
}

OperationResult execute(const OperationContext& context,
                        const ledger::VetoRecovery& operation,
                        StateOverlay& state) {
  const auto account = Account::load(state, operation.account);
  if (!account) return {account.error(), {}};
  const auto signed_by = Authorities::load(context, state, {account->role()});
  if (!signed_by) return {signed_by.error(), {}};
  auto entry = open_request(operation, state);
  if (!entry) return {entry.error(), {}};
  const bool by_owner = signed_by->has(account->role(), operation.account);
  if (!by_owner && account->organisation() != context.submitter) {
    return {ResultCode::kNotAuthorised, {}};
  }
  entry->status = RecoveryStatus::kVetoed;
  put_request(context, *entry, state);
  return {};
}

OperationResult execute(const OperationContext& context,
                        const ledger::CompleteRecovery& operation,
                        StateOverlay& state) {
  auto account = Account::load(state, operation.account);
  if (!account) return {account.error(), {}};
  const auto signed_by = Authorities::load(context, state, {});
  if (!signed_by) return {signed_by.error(), {}};
  auto entry = open_request(operation, state);
  if (!entry) return {entry.error(), {}};
  if (context.block.time < entry->ready) return {ResultCode::kCoolingOff, {}};
  if (!account->active()) return {ResultCode::kAccountInactive, {}};
  const ledger::RequestRecovery& request = entry->request;
  const bool was_held = account->key_holder().has_value();
  replace_all(account->signing_keys(), request.keys.signing_key);
  account->agreement_key() = request.keys.agreement_key;
  if (const auto code = account->set_holder(request.held_by); code != ResultCode::kOk) {
    return {code, {}};
  }
  account->set_recovered();
  account->store(context, state);
  if (was_held && !account->key_holder()) end_recovery(context, operation.account, state);
  entry->status = RecoveryStatus::kCompleted;
  put_request(context, *entry, state);
  return {};
}

}  // namespace galen::identity
