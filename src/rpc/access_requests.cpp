#include "rpc/access_requests.h"

#include "modules/identity/people.h"
#include "rpc/release_instant.h"
#include "rpc/wire.h"

#include <string>
#include <utility>

namespace galen::rpc {

namespace {

/// For a dry run that names an organisation and no person: anybody of it in this role.
std::optional<policy::Requester> anybody_of(const execution::StateReader& state,
                                            const AccountId& id,
                                            ledger::Role role) {
  const auto organisation = execution::OrganisationEntry::load(state, id);
  if (!organisation) return std::nullopt;
  policy::Requester requester;
  requester.role = role;
  requester.organisation = id;
  requester.kind = organisation->kind;
  requester.region = organisation->region;
  requester.organisation_active = organisation->active;
  return requester;
}

}  // namespace

Result<ListMoment> list_moment(const Backend& backend,
                               const storage::StateSnapshot& state,
                               std::uint64_t at_height) {
  const Height head = state.head().height();
  if (at_height == 0)
    return ListMoment{head, release_instant(state.head(), backend.now()).latest, true};
  if (at_height == head.value) return ListMoment{head, state.head().header.time, true};
  if (at_height > head.value) {
    return fail(ErrorCode::kUnavailable,
                "at_height: this node's head is " + std::to_string(head.value) + "; try another");
  }
  const auto header = backend.ledger().header(Height{at_height});
  if (!header && header.error().code != ErrorCode::kNotFound) return tl::unexpected(header.error());
  if (!header) {
    return fail(ErrorCode::kFailedPrecondition,
                "at_height: this node does not keep block " + std::to_string(at_height));
  }
  return ListMoment{Height{at_height}, header->header.time, false};
}

std::optional<policy::Requester> supposed_requester(const execution::StateReader& state,
                                                    const ledger::AccessRequest& asked,
                                                    ledger::Role role) {
  if (asked.person.is_zero()) return anybody_of(state, asked.organisation, role);
  ledger::AccessRequest completed = asked;
  if (asked.organisation.is_zero()) {
    const auto practitioner = identity::PractitionerEntry::load(state, asked.person);
    if (practitioner) completed.organisation = practitioner->organisation;
  }
  return audit::load_requester(state, completed);
}

void fill(v1::CheckItem& item, const RecordId& record, const policy::Decision& decision) {
  item.set_record(wire(record));
  item.set_permit(decision.permit);
  item.set_reason(std::string(policy::name(decision.reason)));
  if (decision.grant) item.set_grant(wire(*decision.grant));
  for (const auto& obligation : decision.obligations) item.add_obligations(obligation);
}

}  // namespace galen::rpc
