// What the own node released or refused in emergencies before the chain heard of it: until its
// journal is brought, no event and no log tells.
#include "base/hex.h"
#include "client/emergency.h"
#include "client/emergency_api.h"
#include "modules/policy/reason.h"

#include <cstddef>
#include <string>
#include <utility>
#include <variant>

namespace galen::client {

namespace {

template <class T>
Result<T> operation_of(BytesView bytes) {
  GALEN_TRY(auto operation, ledger::decode_operation(bytes));
  auto* value = std::get_if<T>(&operation);
  if (value == nullptr) return fail(ErrorCode::kMalformed, "the node's answer: another operation");
  return std::move(*value);
}

Result<PendingEmergency> to_view(const Session& session, const EmergencyItem& item) {
  GALEN_TRY(const auto entry, operation_of<ledger::LogEmergency>(item.entry));
  GALEN_TRY(const auto declared, operation_of<ledger::DeclareEmergency>(item.declaration));
  const ledger::AccessRequest& request = entry.request;
  PendingEmergency view;
  view.number = entry.number;
  view.time_ms = entry.time.value;
  view.organisation = session.organisation_name(request.organisation);
  view.person = to_hex(request.person);
  view.patient = to_hex(request.patient);
  view.purpose = request.purpose;
  view.action = name(request.action);
  for (std::size_t i = 0; i < request.records.size(); ++i) {
    const auto reason = static_cast<policy::Reason>(entry.reasons[i]);
    view.decisions.push_back({to_hex(request.records[i]),
                              policy::is_permit(reason),
                              std::string(policy::name(reason)),
                              ""});
  }
  view.declaration = to_hex(entry.declaration);
  view.reason = name(declared.reason);
  view.declared = item.declared;
  return view;
}

}  // namespace

Result<PendingList> list_pending(Session& session, std::uint64_t from) {
  GALEN_TRY(NodeApi * node, session.node_of(session.organisation().id));
  PendingList list;
  // A page of which everything is in the logs tells nothing: entries are brought in any order.
  do {
    const auto page = emergency_entries(*node, from, session.deadline());
    if (!page) return fail_in("the node of " + node->address().organisation, page.error());
    list.journal = to_hex(page->journal);
    for (const EmergencyItem& item : page->items) {
      if (item.logged) continue;
      GALEN_TRY(auto view, to_view(session, item));
      list.entries.push_back(std::move(view));
    }
    from = page->next;
  } while (list.entries.empty() && from != 0);
  list.next = from;
  return list;
}

}  // namespace galen::client
