// Who stands behind an operation: its submitter, and every person or organisation whose
// authorisation verifies (PRIVACY.md 7, 8). Modules then ask who of them is there. Thread rule: as
// the state's.
#pragma once

#include "base/result.h"
#include "execution/executor.h"
#include "ledger/receipt.h"
#include "ledger/transaction.h"

#include <initializer_list>
#include <set>
#include <utility>
#include <vector>

namespace galen::identity {

/// Signing keys, by index, of the account an authorisation names in the role it claims, over this
/// subject. kUnknownPatient, kUnknownAccount, kAccountInactive, kUnknownProxy,
/// kUnknownOrganisation, kOrganisationInactive, kNotAuthorised (no guardian of this account).
[[nodiscard]] tl::expected<std::vector<PublicKey>, ledger::ResultCode> signing_keys_of(
    const execution::StateReader& state,
    const PatientId& subject,
    const ledger::Authorisation& authorisation);

class Authorities {
 public:
  /// Checks the submitter and verifies every authorisation. kUnknownOrganisation,
  /// kOrganisationInactive, kBadAuthorisation (a role not in `roles`, one party twice, another
  /// submitter, no such key), kAuthorisationExpired, kNotAuthorised (a person who is not the
  /// subject), kBadSignature, and as signing_keys_of.
  [[nodiscard]] static tl::expected<Authorities, ledger::ResultCode> load(
      const execution::OperationContext& context,
      const execution::StateReader& state,
      std::initializer_list<ledger::AuthorisationRole> roles);

  [[nodiscard]] bool has(ledger::AuthorisationRole role, const AccountId& account) const {
    return parties_.contains({role, account});
  }

  /// The submitter, or an organisation that agrees beside it.
  [[nodiscard]] bool has_organisation(const AccountId& organisation) const {
    return organisation == submitter_ ||
           has(ledger::AuthorisationRole::kOrganisation, organisation);
  }

  /// Those of one role.
  [[nodiscard]] std::set<AccountId> in_role(ledger::AuthorisationRole role) const;

  [[nodiscard]] bool empty() const { return parties_.empty(); }

  /// Takes the sequence numbers of all signatures, so that none counts again. Those of
  /// check_sequence(), and then nothing is written. REQUIRES: an operation with a subject.
  [[nodiscard]] ledger::ResultCode use_sequences(const execution::OperationContext& context,
                                                 execution::StateOverlay& state) const;

 private:
  AccountId submitter_;
  std::set<std::pair<ledger::AuthorisationRole, AccountId>> parties_;
};

}  // namespace galen::identity
