#include "modules/audit/log_administration.h"

#include "modules/audit/entries.h"
#include "modules/audit/log_reading.h"
#include "modules/identity/authorisation.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"
#include "modules/policy/terminology.h"

#include <optional>
#include <variant>

namespace galen::audit {

namespace {

using execution::OperationContext;
using execution::StateOverlay;
using execution::StateReader;
using ledger::AdministrativeAct;
using ledger::LogAdministration;
using ledger::ResultCode;

bool is_by_organisation_itself(const LogAdministration& operation) {
  return operation.person == operation.organisation;
}

bool may_have_recipient(AdministrativeAct act) {
  return act == AdministrativeAct::kExport || act == AdministrativeAct::kAuditExport ||
         act == AdministrativeAct::kDisclosureAccounting;
}

/// Who acts, and whether he signed. `role` stays absent for the organisation itself.
ResultCode check_actor(const OperationContext& context,
                       const LogAdministration& operation,
                       const StateReader& state,
                       std::optional<ledger::Role>& role) {
  if (operation.organisation != context.submitter) return ResultCode::kNotAuthorised;
  const auto& given = context.body.authorisations;
  if (is_by_organisation_itself(operation)) {
    return given.empty() ? ResultCode::kOk : ResultCode::kBadAuthorisation;
  }
  const auto person = identity::PractitionerEntry::load(state, operation.person);
  if (!person || person->organisation != operation.organisation) {
    return ResultCode::kUnknownPractitioner;
  }
  if (!person->active) return ResultCode::kAccountInactive;
  if (given.size() != 1 || given.front().role != ledger::AuthorisationRole::kRequester ||
      given.front().account != operation.person) {
    return ResultCode::kBadAuthorisation;
  }
  role = person->role;
  return identity::check_authorisation(
      identity::signed_operation(context), given.front(), person->signing_keys, context.signatures);
}

ResultCode check_act(const OperationContext& context,
                     const LogAdministration& operation,
                     const StateReader& state) {
  const auto& terminology = policy::terminology(context.parameters.terminology_version);
  if (!terminology.is_purpose(operation.purpose)) return ResultCode::kInvalidPurpose;
  if (operation.time.value > context.block.time.value + kActSlackMs) {
    return ResultCode::kInvalidWindow;
  }
  if (!operation.recipient) return ResultCode::kOk;
  if (!may_have_recipient(operation.act) || *operation.recipient == operation.organisation) {
    return ResultCode::kInvalidFlag;
  }
  return execution::OrganisationEntry::load(state, *operation.recipient)
             ? ResultCode::kOk
             : ResultCode::kUnknownOrganisation;
}

/// The entry of this request id, in the log named or the own one.
std::optional<AccessEntry> find_earlier(const StateReader& state,
                                        const LogAdministration& operation,
                                        const PatientId& own) {
  for (const PatientId& log : {operation.log, own}) {
    const auto index = find_request(state, log, request_of(operation));
    if (index) return load_access(state, log, *index);
  }
  return std::nullopt;
}

}  // namespace

ledger::OperationResult execute(const OperationContext& context,
                                const LogAdministration& operation,
                                StateOverlay& state) {
  AccessEntry entry;
  ResultCode code = check_actor(context, operation, state, entry.role);
  if (code == ResultCode::kOk) code = check_act(context, operation, state);
  if (code != ResultCode::kOk) return {code, {}};
  const PatientId own = organisation_log(context.submitter);
  if (const auto earlier = find_earlier(state, operation, own)) {
    const bool same = is_entry_of(*earlier, context.operation.value);
    return {same ? ResultCode::kOk : ResultCode::kAlreadyExists, {}};
  }
  entry.request = request_of(operation);
  entry.submitter = context.submitter;
  entry.time = context.block.time;
  entry.height = context.block.height;
  entry.act = LogAct{operation, {}};
  const auto append = [&](const PatientId& log, const AccessEntry& written) {
    const std::uint64_t index = append_access(context, state, log, written);
    identity::put_entry(
        context, state, request_key(log, entry.request), encode_request_index(index));
  };
  const auto owner = log_owner(state, operation.log);
  const bool is_others_own =
      owner && operation.log == organisation_log(*owner) && operation.log != own;
  const bool has_log = owner && !is_others_own;
  if (has_log) append(operation.log, entry);
  if (!has_log || *owner != context.submitter) {
    append(own, asked_entry(context, state, entry, std::nullopt));
  }
  return {};
}

}  // namespace galen::audit
