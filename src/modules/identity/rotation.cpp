#include "modules/identity/rotation.h"

#include "ledger/block.h"
#include "modules/identity/accounts.h"
#include "modules/identity/entry.h"
#include "modules/identity/keys.h"
#include "modules/identity/recovery.h"
#include "modules/identity/suspension.h"

#include <algorithm>

namespace galen::identity {

namespace {

using execution::OperationContext;
using execution::OrganisationEntry;
using execution::StateOverlay;
using execution::StateReader;
using ledger::AuthorisationRole;
using ledger::KeyKind;
using ledger::KeyUse;
using ledger::ResultCode;
using ledger::StateKey;

template <class List>
bool contains(const List& list, const PublicKey& key) {
  return std::find(list.begin(), list.end(), key) != list.end();
}

bool is_key_of(const OrganisationEntry& entry, const PublicKey& key) {
  return key == entry.tls_key || key == entry.agreement_key || contains(entry.signing_keys, key);
}

/// A key identifies one organisation, or one node, in one use.
bool is_taken(const StateReader& state, const PublicKey& key) {
  const auto set = state.get(StateKey::main(KeyKind::kValidators));
  if (set) {
    const auto validators = ledger::decode_validator_set(*set);
    CHECK(validators.has_value(), "a state value that does not decode");
    for (const auto& member : validators->members) {
      if (key == member.consensus_key || key == member.tls_key) return true;
    }
  }
  bool taken = false;
  state.scan({}, KeyKind::kOrganisation, [&](BytesView, BytesView value) {
    const auto entry = OrganisationEntry::decode(value);
    CHECK(entry.has_value(), "a state value that does not decode");
    taken = is_key_of(*entry, key);
    return !taken;
  });
  return taken;
}

ResultCode check_rotation(const OperationContext& context,
                          const ledger::RotateKey& operation,
                          const Authorities& signed_by,
                          const StateReader& state) {
  if (context.submitter == operation.organisation) {
    return signed_by.empty() ? ResultCode::kOk : ResultCode::kBadAuthorisation;
  }
  auto agreeing = signed_by.in_role(AuthorisationRole::kOrganisation);
  agreeing.insert(context.submitter);
  agreeing.erase(operation.organisation);
  if (agreeing.size() < organisation_quorum(state, operation.organisation)) {
    return ResultCode::kNotAuthorised;
  }
  // Lost keys go: another beside them would leave them in the finder's hands.
  return operation.key.replaces ? ResultCode::kOk : ResultCode::kKeyChanged;
}

ResultCode replace(PublicKey& present, const ledger::NewKey& next) {
  if (next.replaces != present) return ResultCode::kKeyChanged;
  present = next.key;
  return ResultCode::kOk;
}

ResultCode change(OrganisationEntry& entry, KeyUse use, const ledger::NewKey& next) {
  switch (use) {
    case KeyUse::kSigning: return place_key(entry.signing_keys, next);
    case KeyUse::kAgreement: return replace(entry.agreement_key, next);
    case KeyUse::kTls: return replace(entry.tls_key, next);
    default: return ResultCode::kNotAuthorised;
  }
}

ResultCode change(const OperationContext& context,
                  const ledger::RotatePersonKey& operation,
                  Account& account) {
  // Who hands the keys over does not keep the one that signs.
  const bool hands_over = operation.held_by == ledger::KeyHolder::kPatient;
  if (hands_over && !operation.signing && account.key_holder()) return ResultCode::kInvalidFlag;
  if (operation.signing) {
    const ledger::NewKey& next = *operation.signing;
    const ResultCode code = place_key(account.signing_keys(), next);
    if (code != ResultCode::kOk) return code;
    if (!possesses(context, KeyUse::kSigning, operation.account, next.key, next.possession)) {
      return ResultCode::kBadPossession;
    }
  }
  if (operation.agreement) {
    const ledger::NewKey& next = *operation.agreement;
    const ResultCode code = replace(account.agreement_key(), next);
    if (code != ResultCode::kOk) return code;
    if (!possesses(context, KeyUse::kAgreement, operation.account, next.key, next.possession)) {
      return ResultCode::kBadPossession;
    }
  }
  const bool one_for_both = contains(account.signing_keys(), account.agreement_key());
  return one_for_both ? ResultCode::kBadPossession : account.set_holder(operation.held_by);
}

}  // namespace

ledger::OperationResult execute(const OperationContext& context,
                                const ledger::RotateKey& operation,
                                StateOverlay& state) {
  const auto signed_by = Authorities::load(context, state, {AuthorisationRole::kOrganisation});
  if (!signed_by) return {signed_by.error(), {}};
  const AccountId& id = operation.organisation;
  auto entry = OrganisationEntry::load(state, id);
  if (!entry) return {ResultCode::kUnknownOrganisation, {}};
  if (BallotEntry::load(state, id).status == ledger::AccountStatus::kRevoked) {
    return {ResultCode::kOrganisationInactive, {}};
  }
  if (const auto code = check_rotation(context, operation, *signed_by, state);
      code != ResultCode::kOk) {
    return {code, {}};
  }
  const ledger::NewKey& next = operation.key;
  if (is_taken(state, next.key)) return {ResultCode::kAlreadyExists, {}};
  if (!possesses(context, operation.use, id, next.key, next.possession)) {
    return {ResultCode::kBadPossession, {}};
  }
  if (const auto code = change(*entry, operation.use, next); code != ResultCode::kOk) {
    return {code, {}};
  }
  put_entry(context, state, StateKey::main(KeyKind::kOrganisation, id), entry->encode());
  return {};
}

ledger::OperationResult execute(const OperationContext& context,
                                const ledger::RotatePersonKey& operation,
                                StateOverlay& state) {
  auto account = Account::load(state, operation.account);
  if (!account) return {account.error(), {}};
  const auto signed_by = Authorities::load(context, state, {account->role()});
  if (!signed_by) return {signed_by.error(), {}};
  if (!account->is_spoken_for(*signed_by, context.submitter)) {
    return {ResultCode::kNotAuthorised, {}};
  }
  const bool was_held = account->key_holder().has_value();
  if (const auto code = change(context, operation, *account); code != ResultCode::kOk) {
    return {code, {}};
  }
  if (was_held && !account->key_holder()) {
    // What its holder added or arranged meanwhile is none of the patient's.
    keep_only(account->signing_keys(), operation.signing->key);
    end_recovery(context, operation.account, state);
  }
  if (const auto code = signed_by->use_sequences(context, state); code != ResultCode::kOk) {
    return {code, {}};
  }
  account->store(context, state);
  return {};
}

}  // namespace galen::identity
