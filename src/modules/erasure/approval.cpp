#include "modules/erasure/approval.h"

#include "modules/consent/grants.h"
#include "modules/identity/authorisation.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"
#include "modules/identity/sequence.h"

namespace galen::erasure {

using execution::OperationContext;
using execution::StateReader;
using identity::PatientEntry;
using ledger::AuthorisationRole;
using ledger::ResultCode;

namespace {

ResultCode check_own_signature(const OperationContext& context,
                               const ledger::Authorisation& given,
                               const PatientId& patient,
                               const StateReader& state) {
  const auto account = id_cast<AccountId>(patient);
  if (given.role != AuthorisationRole::kPatient || given.account != account) {
    return ResultCode::kBadAuthorisation;
  }
  const auto entry = PatientEntry::load(state, patient);
  if (!entry) return ResultCode::kErased;
  const auto code = identity::check_authorisation(
      identity::signed_operation(context), given, entry->signing_keys, context.signatures);
  if (code != ResultCode::kOk) return code;
  return identity::check_sequence(state, patient, given, context.block.time);
}

/// Of another organisation than the custodian.
ResultCode check_second(const OperationContext& context,
                        const ledger::Authorisation& given,
                        const AccountId& custodian,
                        const StateReader& state) {
  if (given.role != AuthorisationRole::kOrganisation) return ResultCode::kBadAuthorisation;
  // The same hand twice is one hand: a snooper must not erase his own traces.
  if (given.account == custodian) return ResultCode::kNotApproved;
  if (const auto code = identity::check_organisation(state, given.account);
      code != ResultCode::kOk) {
    return code;
  }
  const auto organisation = execution::OrganisationEntry::load(state, given.account);
  return identity::check_authorisation(
      identity::signed_operation(context), given, organisation->signing_keys, context.signatures);
}

}  // namespace

std::optional<Subject> find_subject(const StateReader& state, const PatientId& patient) {
  const auto key = ledger::Tombstone::key(ledger::subject_path(patient));
  if (auto tombstone = identity::load_entry<ledger::Tombstone>(state, key)) {
    const AccountId custodian = tombstone->custodian;
    return Subject{custodian, std::move(tombstone)};
  }
  const auto entry = PatientEntry::load(state, patient);
  if (!entry) return std::nullopt;
  return Subject{entry->custodian, std::nullopt};
}

ResultCode check_patient_signature(const OperationContext& context,
                                   const PatientId& patient,
                                   const StateReader& state) {
  const auto& authorisations = context.body.authorisations;
  if (authorisations.size() != 1) return ResultCode::kBadAuthorisation;
  return check_own_signature(context, authorisations.front(), patient, state);
}

ResultCode check_patient_request(const OperationContext& context,
                                 const PatientId& patient,
                                 const StateReader& state) {
  const auto& authorisations = context.body.authorisations;
  if (authorisations.empty() || authorisations.size() > 2) return ResultCode::kBadAuthorisation;
  const auto code = check_own_signature(context, authorisations.front(), patient, state);
  if (code != ResultCode::kOk) return code;
  const auto entry = PatientEntry::load(state, patient);
  if (authorisations.size() == 2) {
    return check_second(context, authorisations.back(), entry->custodian, state);
  }
  const bool custodian_alone = entry->is_signed_for() && context.submitter == entry->custodian;
  return custodian_alone ? ResultCode::kNotApproved : ResultCode::kOk;
}

ResultCode check_two_organisations(const OperationContext& context,
                                   const AccountId& custodian,
                                   const std::optional<AccountId>& second,
                                   const StateReader& state) {
  if (context.submitter != custodian) return ResultCode::kNotCustodian;
  const auto& authorisations = context.body.authorisations;
  if (authorisations.empty()) return ResultCode::kNotApproved;
  if (authorisations.size() != 1) return ResultCode::kBadAuthorisation;
  const ledger::Authorisation& given = authorisations.front();
  const bool names_another = second && given.account != *second && given.account != custodian;
  if (names_another) return ResultCode::kBadAuthorisation;
  return check_second(context, given, custodian, state);
}

}  // namespace galen::erasure
