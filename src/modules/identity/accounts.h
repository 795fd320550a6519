// A person's account, whatever its kind: a patient, or a practitioner or device. Rotation and
// recovery change its keys in the same way. Thread rule: as the state's.
#pragma once

#include "modules/identity/authorities.h"
#include "modules/identity/people.h"

#include <optional>

namespace galen::identity {

class Account {
 public:
  /// kErased, kUnknownAccount, kAccountInactive (revoked for ever).
  [[nodiscard]] static tl::expected<Account, ledger::ResultCode> load(
      const execution::StateReader& state, const AccountId& id);

  [[nodiscard]] bool is_patient() const { return patient_.has_value(); }

  /// False for a practitioner who is suspended.
  [[nodiscard]] bool active() const { return patient_ || practitioner_->active; }

  /// The custodian, or whom the practitioner works for.
  [[nodiscard]] const AccountId& organisation() const {
    return patient_ ? patient_->custodian : practitioner_->organisation;
  }

  /// That organisation, when it may change the keys: not those a patient keeps for himself.
  [[nodiscard]] std::optional<AccountId> key_holder() const;

  /// The role in which the account's own key signs.
  [[nodiscard]] ledger::AuthorisationRole role() const;

  /// Its own key signed, or its key holder submits without any signature.
  [[nodiscard]] bool is_spoken_for(const Authorities& signed_by, const AccountId& submitter) const;

  [[nodiscard]] std::vector<PublicKey>& signing_keys();
  [[nodiscard]] PublicKey& agreement_key();

  /// kInvalidFlag for anybody but a patient.
  [[nodiscard]] ledger::ResultCode set_holder(const std::optional<ledger::KeyHolder>& holder);
  /// Guardians put the keys in place.
  void set_recovered();

  void store(const execution::OperationContext& context, execution::StateOverlay& state) const;

 private:
  AccountId id_;
  std::optional<PatientEntry> patient_;
  std::optional<PractitionerEntry> practitioner_;
};

}  // namespace galen::identity
