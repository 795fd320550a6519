// Break-glass declarations and their reviews (PRIVACY.md 25, HEALTH.md 1.3, 1.4b): who may declare,
// what decide() learns of it, who reviews. Values FROZEN (docs/formats.md). Thread rule: as the
// state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"
#include "modules/emergency/quota.h"
#include "modules/policy/facts.h"

#include <optional>
#include <vector>

namespace galen::emergency {

/// A declaration may begin so long after the block's time; one that begins so long before it is
/// late: it was honoured before it was on the chain.
inline constexpr std::uint64_t kDeclarationSlackMs = std::uint64_t{10} * 60 * 1000;

/// kDeclaration, in the patient's audit tree.
struct DeclarationEntry {
  ledger::DeclareEmergency declaration;
  ledger::Role role = ledger::Role::kClinician;  ///< of the person, when he declared
  TimeMs declared;                               ///< block time
  Height height;
  bool late = false;
  friend bool operator==(const DeclarationEntry&, const DeclarationEntry&) = default;

  /// Stands for one that never came: a journal released on it. It opens nothing.
  [[nodiscard]] bool is_missing() const { return declaration.from == declaration.to; }

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<DeclarationEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const PatientId& patient, const DeclarationId& id);
  [[nodiscard]] static std::optional<DeclarationEntry> load(const execution::StateReader& state,
                                                            const PatientId& patient,
                                                            const DeclarationId& id);
};

/// kReview, in the patient's audit tree under the declaration's id.
struct ReviewEntry {
  ledger::ReviewEmergency review;
  AccountId organisation;  ///< of the reviewer
  ledger::Role role = ledger::Role::kPrivacyOfficer;
  TimeMs time;  ///< block time
  Height height;
  bool overdue = false;
  friend bool operator==(const ReviewEntry&, const ReviewEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<ReviewEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const PatientId& patient, const DeclarationId& id);
  [[nodiscard]] static std::optional<ReviewEntry> load(const execution::StateReader& state,
                                                       const PatientId& patient,
                                                       const DeclarationId& id);
};

/// A declaration with everything that decides whether it stands.
struct Brought {
  ChainId chain;
  TimeMs time;          ///< of the block, or of the node that honours it before it is on the chain
  AccountId submitter;  ///< the organisation that brings it
  std::uint64_t max_ms = 0;  ///< the parameter `emergency max`
  const std::vector<ledger::Authorisation>& authorisations;
};

/// kOk, or: kNotAuthorised (another organisation than the declarer's brings it, or he does not act
/// for it), kUnknownOrganisation, kOrganisationInactive, kBadIdentifier, kErased, kUnknownPatient,
/// kInvalidWindow, kUnknownPractitioner, kAccountInactive, kNotPrivileged, kBadAuthorisation,
/// kBadSignature, kAlreadyExists, kQuotaExceeded. One whose release is logged already takes the
/// place of what stands for it, whatever the quota.
[[nodiscard]] ledger::ResultCode check_declaration(const Brought& brought,
                                                   const ledger::DeclareEmergency& operation,
                                                   const execution::StateReader& state,
                                                   execution::SignatureVerifier& signatures);

/// All of a patient, ascending ids.
[[nodiscard]] std::vector<DeclarationEntry> list_declarations(const execution::StateReader& state,
                                                              const PatientId& patient);

/// What decide() looks at.
[[nodiscard]] policy::EmergencyFacts facts_of(const ledger::DeclareEmergency& declaration);
/// All declarations for the patient, but for those found unjustified.
[[nodiscard]] std::vector<policy::EmergencyFacts> emergencies_of(
    const execution::StateReader& state, const PatientId& patient);

[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::DeclareEmergency& operation,
                                              execution::StateOverlay& state);

/// A release from a journal under a declaration that the ledger does not know waits for review like
/// any other, so that nobody evades one by not bringing it. Nothing when it is known.
void note_released(const execution::OperationContext& context,
                   const ledger::LogEmergency& operation,
                   ledger::Role role,
                   execution::StateOverlay& state);

/// By a person of another role than the declarer's, who acts for the declarer's organisation or the
/// patient's custodian, also when only the log is left of him. kUnknownDeclaration,
/// kAlreadyReviewed, kUnknownPractitioner, kNotAuthorised, kAccountInactive, kSameReviewer,
/// kBadAuthorisation, kBadSignature; as above for the submitter. A review after 72 hours is
/// accepted and flagged.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::ReviewEmergency& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::emergency
