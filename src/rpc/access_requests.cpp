#include "rpc/access_requests.h"

#include "rpc/visibility.h"
#include "rpc/wire.h"

#include <string>
#include <utility>

namespace galen::rpc {

namespace {

/// For a dry run that names an organisation and no person: any clinician of it.
std::optional<policy::Requester> any_clinician_of(const execution::StateReader& state,
                                                  const AccountId& id) {
  const auto organisation = execution::OrganisationEntry::load(state, id);
  if (!organisation) return std::nullopt;
  policy::Requester requester;
  requester.role = ledger::Role::kClinician;
  requester.organisation = id;
  requester.kind = organisation->kind;
  requester.region = organisation->region;
  requester.organisation_active = organisation->active;
  return requester;
}

}  // namespace

Status require_head(std::uint64_t at_height, Height head) {
  if (at_height == 0 || at_height == head.value) return {};
  return fail(ErrorCode::kFailedPrecondition,
              "at_height: only the head, height " + std::to_string(head.value) +
                  ", is available; the state keeps no older values");
}

std::optional<policy::Requester> supposed_requester(const execution::StateReader& state,
                                                    const ledger::AccessRequest& asked) {
  return asked.person.is_zero() ? any_clinician_of(state, asked.organisation)
                                : audit::load_requester(state, asked);
}

void fill(v1::CheckItem& item, const RecordId& record, const policy::Decision& decision) {
  item.set_record(wire(record));
  item.set_permit(decision.permit);
  item.set_reason(std::string(policy::name(decision.reason)));
  if (decision.grant) item.set_grant(wire(*decision.grant));
  for (const auto& obligation : decision.obligations) item.add_obligations(obligation);
}

}  // namespace galen::rpc
