// Practitioners and patients: registration and their state values (PRIVACY.md 9, 30;
// docs/formats.md). Organisations come from genesis (execution/executor.h). Values FROZEN. Thread
// rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"
#include "modules/identity/standing.h"

#include <optional>
#include <vector>

namespace galen::identity {

/// A person acting for an organisation. Clinical tree of the practitioner's own id, kPractitioner.
struct PractitionerEntry {
  AccountId organisation;
  ledger::Role role = ledger::Role::kClinician;
  bool emergency_privilege = false;
  bool active = true;                   ///< not suspended, not revoked
  bool revoked = false;                 ///< for ever; then not active
  std::vector<PublicKey> signing_keys;  ///< by key_index; zero = retired
  PublicKey agreement_key;
  Height registered;
  Standings standings;  ///< none: always active
  friend bool operator==(const PractitionerEntry&, const PractitionerEntry&) = default;

  [[nodiscard]] ledger::AccountStatus status() const;
  void set_status(ledger::AccountStatus status, Height height);
  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<PractitionerEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const AccountId& practitioner);
  [[nodiscard]] static std::optional<PractitionerEntry> load(const execution::StateReader& state,
                                                             const AccountId& practitioner);
};

/// A patient at his custodian. Clinical tree of the patient, kPatient.
struct PatientEntry {
  AccountId custodian;
  std::vector<PublicKey> signing_keys;  ///< by key_index; zero = retired
  PublicKey agreement_key;
  ledger::KeyHolder held_by = ledger::KeyHolder::kCustodian;
  /// Another put the keys in place that he holds now: his custodian at a handover, or guardians.
  bool passed_hands = false;
  Height registered;
  bool ever_granted = false;  ///< a permit, deny or revocation was ever given (PRIVACY.md 10)
  std::uint32_t grants = 0;   ///< permits and denies in the tree, ended ones too
  std::uint32_t denies = 0;   ///< of these, denies
  friend bool operator==(const PatientEntry&, const PatientEntry&) = default;

  /// Whether his custodian can sign for him, as far as the ledger can know.
  [[nodiscard]] bool is_signed_for() const {
    return held_by == ledger::KeyHolder::kCustodian || passed_hands;
  }

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<PatientEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const PatientId& patient);
  /// Also nullopt for an erased patient.
  [[nodiscard]] static std::optional<PatientEntry> load(const execution::StateReader& state,
                                                        const PatientId& patient);
};

/// Whether a tombstone stands for an erased subject or record (PRIVACY.md 12).
[[nodiscard]] bool is_erased(const execution::StateReader& state, const PatientId& subject);
[[nodiscard]] bool is_erased(const execution::StateReader& state, const RecordId& record);

/// The key agreement key that a person acting for an organisation, the patient himself or a proxy
/// of his has registered; nullopt when `person` is none of them.
[[nodiscard]] std::optional<PublicKey> registered_agreement_key(const execution::StateReader& state,
                                                                const AccountId& person,
                                                                const PatientId& patient);

/// kOk, kErased or kUnknownPatient.
[[nodiscard]] ledger::ResultCode check_patient(const execution::StateReader& state,
                                               const PatientId& patient);

/// kOk, kUnknownOrganisation or kOrganisationInactive.
[[nodiscard]] ledger::ResultCode check_organisation(const execution::StateReader& state,
                                                    const AccountId& organisation);

/// kUnknownOrganisation, kOrganisationInactive, kBadAuthorisation (none is due), kNotAuthorised (a
/// person who acts for an organisation is neither patient nor proxy), kBadIdentifier, kErased,
/// kAlreadyExists, kBadPossession (also: one key for both uses, PRIVACY.md 30).
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::RegisterPractitioner& operation,
                                              execution::StateOverlay& state);

/// As above, but for kNotAuthorised. The submitter becomes the custodian.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::RegisterPatient& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::identity
