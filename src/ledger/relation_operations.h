// Who acts for a patient, and which patients of two custodians are one person. FROZEN
// (docs/formats.md). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "ledger/codes.h"
#include "ledger/identity_operations.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::ledger {

/// Lets a person act for a patient. Authorised by the patient (kPatient), or, for those who cannot
/// sign, by the attesting organisation alone; always by the attesting organisation (the submitter,
/// or a kOrganisation authorisation), which has seen the papers. A minor's guardian ends at `to`,
/// by block time: no birth date is on the chain.
struct AuthorizeProxy {
  static constexpr OperationType kType = OperationType::kAuthorizeProxy;
  PatientId patient;
  AccountId proxy;  ///< proxy_id(chain, patient, keys.signing_key)
  PersonKeys keys;  ///< possessions over the proxy's account
  ProxyKind kind = ProxyKind::kGuardian;
  std::vector<std::string> purposes;  ///< he may assert; sorted, unique, not empty
  bool may_grant = false;  ///< may sign grants and denies within his scope and time (PRIVACY.md 33)
  TimeMs from;
  TimeMs to;                                 ///< exclusive
  std::vector<std::string> excluded_labels;  ///< sorted, unique; records with one are not for him
  std::optional<std::uint32_t> labels_key_id;
  AccountId attested_by;

  [[nodiscard]] PatientId subject() const { return patient; }

  friend bool operator==(const AuthorizeProxy&, const AuthorizeProxy&) = default;
};

/// Ends a proxy from the block's time on. Authorised by the patient, or submitted by the attesting
/// organisation.
struct RevokeProxy {
  static constexpr OperationType kType = OperationType::kRevokeProxy;
  PatientId patient;
  AccountId proxy;
  RevocationReason reason = RevocationReason::kUnspecified;

  [[nodiscard]] PatientId subject() const { return patient; }

  friend bool operator==(const RevokeProxy&, const RevokeProxy&) = default;
};

/// Two patients are one person. Names two subjects, and is erased with either. Attested by both
/// custodians: one submits, the other authorises (kCustodian, over the first subject). The smaller
/// id stands first, so that there is one encoding of a link.
struct LinkPatient {
  static constexpr OperationType kType = OperationType::kLinkPatient;
  PatientId patient;
  PatientId other;

  [[nodiscard]] PatientId subject() const { return patient; }

  [[nodiscard]] PatientId other_subject() const { return other; }

  friend bool operator==(const LinkPatient&, const LinkPatient&) = default;
};

/// Takes a link back; nothing was ever moved or re-keyed. By either custodian or the patient.
struct UnlinkPatient {
  static constexpr OperationType kType = OperationType::kUnlinkPatient;
  PatientId patient;  ///< the smaller id, as in LinkPatient
  PatientId other;
  UnlinkReason reason = UnlinkReason::kWrongPerson;

  [[nodiscard]] PatientId subject() const { return patient; }

  [[nodiscard]] PatientId other_subject() const { return other; }

  friend bool operator==(const UnlinkPatient&, const UnlinkPatient&) = default;
};

/// H("proxy" || chain || patient || signing key): one person is two accounts for two patients.
[[nodiscard]] AccountId proxy_id(const ChainId& chain,
                                 const PatientId& patient,
                                 const PublicKey& signing_key);

}  // namespace galen::ledger
