#include "client/access_view.h"

#include "base/hex.h"
#include "modules/audit/accounting.h"
#include "modules/policy/terminology.h"

#include <algorithm>

namespace galen::client {

namespace {

std::string organisation_name(const ledger::Genesis& genesis, const AccountId& id) {
  for (const auto& organisation : genesis.organisations) {
    if (organisation.id == id) return organisation.name;
  }
  return to_hex(id);
}

bool is_emergency(const AccessView& entry) {
  return entry.purpose == policy::kBreakGlassPurpose ||
         std::any_of(entry.decisions.begin(), entry.decisions.end(), [](const auto& decision) {
           return decision.reason == policy::name(policy::Reason::kBreakGlass);
         });
}

bool is_of(const AccessView& entry, const std::string& organisation) {
  return entry.organisation == organisation || entry.organisation_id == organisation;
}

}  // namespace

AccessView access_view(std::uint64_t index,
                       const audit::AccessEntry& entry,
                       const ledger::Genesis& genesis) {
  AccessView view;
  view.index = index;
  view.time_ms = entry.time.value;
  view.height = entry.height.value;
  view.organisation = organisation_name(genesis, entry.submitter);
  view.organisation_id = to_hex(entry.submitter);
  view.person = to_hex(entry.request.person);
  view.role = entry.role ? std::string(name(*entry.role)) : "unknown";
  view.purpose = entry.request.purpose;
  view.action = name(entry.request.action);
  view.request = to_hex(entry.request.request);
  const std::uint16_t version = genesis.parameters.terminology_version;
  for (const auto& decision : entry.decisions) {
    view.decisions.push_back({to_hex(decision.record),
                              decision.permit(),
                              std::string(policy::name(decision.reason)),
                              decision.grant ? to_hex(*decision.grant) : "",
                              decision.obligations,
                              audit::needs_accounting(entry, decision, version)});
  }
  if (entry.emergency) {
    view.late = true;
    view.journal = to_hex(entry.emergency->journal);
    view.number = entry.emergency->number;
    view.released_ms = entry.emergency->time.value;
  }
  return view;
}

std::vector<AccessView> filtered(std::vector<AccessView> entries, const AccessFilter& filter) {
  std::vector<AccessView> shown;
  for (AccessView& entry : entries) {
    if (filter.emergency && !is_emergency(entry)) continue;
    if (!filter.organisation.empty() && !is_of(entry, filter.organisation)) continue;
    if (filter.denied) {
      std::erase_if(entry.decisions, [](const AccessDecision& decision) { return decision.permit; });
    }
    if (!entry.decisions.empty()) shown.push_back(std::move(entry));
  }
  return shown;
}

}  // namespace galen::client
