// Operations on accounts: organisations (PUBLIC), persons, devices and patients (PERSONAL). Who may
// do what is judged by modules/identity; here stand the meaning of the fields and who signs. FROZEN
// (docs/formats.md). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "ledger/codes.h"

#include <cstdint>
#include <optional>

namespace galen::ledger {

/// A key that comes, with its place and the one that goes.
struct NewKey {
  PublicKey key;
  std::uint16_t index = 0;  ///< of signing keys: first free place, or that of a retired key; else 0
  std::optional<PublicKey> replaces;  ///< ends with this block; must be the present key. Absent: a
                                      ///< signing key beside the others
  Signature possession;               ///< over possession_statement(use, account, key)
  friend bool operator==(const NewKey&, const NewKey&) = default;
};

/// Both keys of a person, each with its proof of possession for the account.
struct PersonKeys {
  PublicKey signing_key;
  PublicKey agreement_key;
  Signature signing_possession;
  Signature agreement_possession;
  friend bool operator==(const PersonKeys&, const PersonKeys&) = default;
};

/// A person, or with Role::kDevice a device, acting for an organisation. practitioner =
/// H("practitioner" || chain || organisation || seed).
struct RegisterPractitioner {
  static constexpr OperationType kType = OperationType::kRegisterPractitioner;
  AccountId practitioner;
  Random32 seed;
  Role role = Role::kClinician;
  bool emergency_privilege = false;  ///< may declare break-glass
  PublicKey signing_key;
  PublicKey agreement_key;         ///< record keys are released to it
  Signature signing_possession;    ///< over possession_statement(kSigning, practitioner, key)
  Signature agreement_possession;  ///< the same with kAgreement, by agreement_key

  [[nodiscard]] PatientId subject() const { return id_cast<PatientId>(practitioner); }

  friend bool operator==(const RegisterPractitioner&, const RegisterPractitioner&) = default;
};

/// patient = H("patient" || chain || organisation || seed); the submitter becomes the custodian.
struct RegisterPatient {
  static constexpr OperationType kType = OperationType::kRegisterPatient;
  PatientId patient;
  Random32 seed;
  PublicKey signing_key;
  PublicKey agreement_key;
  KeyHolder held_by = KeyHolder::kCustodian;
  Signature signing_possession;
  Signature agreement_possession;

  [[nodiscard]] PatientId subject() const { return patient; }

  friend bool operator==(const RegisterPatient&, const RegisterPatient&) = default;
};

/// PUBLIC. A new key of an organisation. Signed by the submitter: the organisation itself, or, when
/// its keys are lost, another one with authorisations (kOrganisation) of as many as may suspend it.
/// Late copies change nothing, because `replaces` must be the present key.
struct RotateKey {
  static constexpr OperationType kType = OperationType::kRotateKey;
  AccountId organisation;
  KeyUse use = KeyUse::kSigning;  ///< kSigning, kAgreement or kTls; validators' keys: governance
  NewKey key;
  friend bool operator==(const RotateKey&, const RotateKey&) = default;
};

/// PUBLIC. Suspends or revokes an organisation, or lifts a suspension. An organisation may suspend
/// or revoke itself. Otherwise this is one vote in a ballot on exactly these fields: of the
/// submitter and of every kOrganisation authorisation (of operations without a subject: subject
/// zero). It takes effect with the vote that completes the quorum of organisations. `change` orders
/// the ballots, so old votes never count again.
struct Suspend {
  static constexpr OperationType kType = OperationType::kSuspend;
  AccountId organisation;
  AccountStatus status = AccountStatus::kSuspended;
  SuspensionReason reason = SuspensionReason::kKeyCompromised;
  std::uint64_t change = 0;  ///< changes of status before this one
  TimeMs ballot_ends;        ///< block time from which votes count no more
  friend bool operator==(const Suspend&, const Suspend&) = default;
};

/// New keys of a patient, a practitioner or a device; at least one. Authorised by the account's old
/// key (kPatient of a patient, else kRequester), or submitted by the organisation that holds its
/// keys or employs it. Sequence numbers of the account go on.
struct RotatePersonKey {
  static constexpr OperationType kType = OperationType::kRotatePersonKey;
  AccountId account;  ///< the subject
  std::optional<NewKey> signing;
  std::optional<NewKey> agreement;
  std::optional<KeyHolder>
      held_by;  ///< of a patient: who holds the keys from now on; else unchanged

  [[nodiscard]] PatientId subject() const { return id_cast<PatientId>(account); }

  friend bool operator==(const RotatePersonKey&, const RotatePersonKey&) = default;
};

/// Suspends, revokes or reinstates a practitioner or device. The submitter is its organisation.
struct SuspendPractitioner {
  static constexpr OperationType kType = OperationType::kSuspendPractitioner;
  AccountId practitioner;
  AccountStatus status = AccountStatus::kSuspended;
  SuspensionReason reason = SuspensionReason::kLeft;

  [[nodiscard]] PatientId subject() const { return id_cast<PatientId>(practitioner); }

  friend bool operator==(const SuspendPractitioner&, const SuspendPractitioner&) = default;
};

}  // namespace galen::ledger
