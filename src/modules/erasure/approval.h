// Who may ask for an erasure or a hold (PRIVACY.md 13): the patient by his signature, or the
// custodian together with a second organisation, never the custodian alone, also not with a key of
// the patient that it holds for him. Thread rule: pure functions.
#pragma once

#include "execution/executor.h"
#include "ledger/erasure_entries.h"
#include "ledger/receipt.h"

namespace galen::erasure {

/// What is known of a patient, erased or not: his custodian outlives him in the tombstone.
struct Subject {
  AccountId custodian;
  std::optional<ledger::Tombstone> tombstone;
};

/// nullopt: nobody ever registered this patient.
[[nodiscard]] std::optional<Subject> find_subject(const execution::StateReader& state,
                                                  const PatientId& patient);

/// The patient's own signature stands, with a sequence number above his last. kBadAuthorisation,
/// kBadSignature, kSequenceUsed.
[[nodiscard]] ledger::ResultCode check_patient_signature(const execution::OperationContext& context,
                                                         const PatientId& patient,
                                                         const execution::StateReader& state);

/// The patient's signature stands as above and comes first. Where his custodian can sign for him
/// (PatientEntry::is_signed_for), it is the custodian's hand: then another organisation brings the
/// request, or signs it as well.
/// kNotApproved (nobody but the custodian), and those of both neighbours.
[[nodiscard]] ledger::ResultCode check_patient_request(const execution::OperationContext& context,
                                                       const PatientId& patient,
                                                       const execution::StateReader& state);

/// The custodian submits and `second`, another active organisation, signed as well. kNotCustodian,
/// kNotApproved (nobody but the custodian), kBadAuthorisation, kUnknownOrganisation,
/// kOrganisationInactive, kBadSignature.
[[nodiscard]] ledger::ResultCode check_two_organisations(const execution::OperationContext& context,
                                                         const AccountId& custodian,
                                                         const std::optional<AccountId>& second,
                                                         const execution::StateReader& state);

}  // namespace galen::erasure
