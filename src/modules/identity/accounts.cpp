#include "modules/identity/accounts.h"

#include "modules/identity/entry.h"

namespace galen::identity {

using ledger::AuthorisationRole;
using ledger::ResultCode;

tl::expected<Account, ResultCode> Account::load(const execution::StateReader& state,
                                                const AccountId& id) {
  if (is_erased(state, id_cast<PatientId>(id))) return tl::unexpected(ResultCode::kErased);
  Account account;
  account.id_ = id;
  account.patient_ = PatientEntry::load(state, id_cast<PatientId>(id));
  if (account.patient_) return account;
  account.practitioner_ = PractitionerEntry::load(state, id);
  if (!account.practitioner_) return tl::unexpected(ResultCode::kUnknownAccount);
  if (account.practitioner_->revoked) return tl::unexpected(ResultCode::kAccountInactive);
  return account;
}

std::optional<AccountId> Account::key_holder() const {
  if (patient_ && patient_->held_by == ledger::KeyHolder::kPatient) return std::nullopt;
  return organisation();
}

AuthorisationRole Account::role() const {
  return is_patient() ? AuthorisationRole::kPatient : AuthorisationRole::kRequester;
}

bool Account::is_spoken_for(const Authorities& signed_by, const AccountId& submitter) const {
  return signed_by.has(role(), id_) || (signed_by.empty() && key_holder() == submitter);
}

std::vector<PublicKey>& Account::signing_keys() {
  return patient_ ? patient_->signing_keys : practitioner_->signing_keys;
}

PublicKey& Account::agreement_key() {
  return patient_ ? patient_->agreement_key : practitioner_->agreement_key;
}

ResultCode Account::set_holder(const std::optional<ledger::KeyHolder>& holder) {
  if (!holder) return ResultCode::kOk;
  if (!patient_) return ResultCode::kInvalidFlag;
  if (patient_->held_by == ledger::KeyHolder::kCustodian) patient_->passed_hands = true;
  patient_->held_by = *holder;
  return ResultCode::kOk;
}

void Account::set_recovered() {
  if (patient_) patient_->passed_hands = true;
}

void Account::store(const execution::OperationContext& context,
                    execution::StateOverlay& state) const {
  if (patient_) {
    put_entry(context, state, PatientEntry::key(id_cast<PatientId>(id_)), patient_->encode());
  } else {
    put_entry(context, state, PractitionerEntry::key(id_), practitioner_->encode());
  }
}

}  // namespace galen::identity
