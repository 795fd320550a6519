#include "client/access_view.h"

#include "base/hex.h"
#include "base/limits.h"
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

void tell(const ledger::LogAuditRead& read, AccessView& view) {
  view.kind = "audit-read";
  view.action = "READ-LOG";
  view.from_ms = read.from.value;
  view.to_ms = read.to.value;
}

void tell(const ledger::LogAdministration& act, AccessView& view) {
  view.kind = name(act.act);
  view.action = view.kind;
  for (const RecordId& record : act.records) view.records.push_back(to_hex(record));
  view.acted_ms = act.time.value;
}

bool is_of(const AccessView& entry, const std::string& organisation) {
  return entry.organisation == organisation || entry.organisation_id == organisation;
}

/// An emergency release is brought by the node that made it, for who asked there. That he did his
/// signature tells, when it is under a request for just that, made at the time; else it is the
/// word of who brings it.
bool asked_in_emergency(const audit::AccessEntry& entry) {
  if (!entry.emergency || !entry.role) return false;
  const bool acts_for_patient =
      *entry.role == ledger::Role::kPatient || *entry.role == ledger::Role::kProxy;
  const std::uint64_t at = entry.emergency->time.value;
  const std::uint64_t expiry = entry.request.expiry.value;
  return !acts_for_patient && entry.request.purpose == policy::kBreakGlassPurpose && at < expiry &&
         expiry - at <= limits::kMaxAccessRequestMs;
}

std::string role_of(const audit::AccessEntry& entry) {
  if (entry.role) return std::string(name(*entry.role));
  const std::optional<policy::Reason> reason = entry.act     ? entry.act->reason
                                               : entry.asked ? entry.asked->reason
                                                             : std::nullopt;
  const bool is_itself = (entry.act || entry.asked) && entry.request.person == entry.submitter &&
                         reason != policy::Reason::kNotAuthenticated;
  return is_itself ? "organisation" : "unknown";
}

/// What of an entry about an act, which has no decisions, is shown.
bool shows_act(const AccessView& entry, const AccessFilter& filter) {
  const bool is_refused = !entry.reason.empty() && !entry.permit;
  const bool is_emergency_request = entry.kind == "asked" && is_emergency(entry);
  return (!filter.emergency || is_emergency_request) && (!filter.denied || is_refused) &&
         (!filter.accounting || entry.accounting);
}

std::string_view action_of(const audit::AccessEntry& entry, const audit::Asked& asked) {
  if (asked.told) return name(asked.told->act);
  if (asked.type == ledger::OperationType::kLogAuditRead) return "READ-LOG";
  return asked.reason == policy::Reason::kListed ? "LIST" : name(entry.request.action);
}

void tell(const audit::AccessEntry& entry,
          const audit::Asked& asked,
          const ledger::Genesis& genesis,
          AccessView& view) {
  view.kind = "asked";
  view.action = action_of(entry, asked);
  view.request.clear();
  if (asked.release) {
    view.late = true;
    view.journal = to_hex(asked.release->journal);
    view.number = asked.release->number;
    view.released_ms = asked.release->time.value;
  }
  if (asked.told) {
    view.acted_ms = asked.told->time.value;
    if (asked.told->recipient) {
      view.recipient = organisation_name(genesis, *asked.told->recipient);
      view.recipient_id = to_hex(*asked.told->recipient);
    }
  }
  view.permit = asked.permit();
  if (asked.reason) view.reason = policy::name(*asked.reason);
  view.asked = name(asked.type);
  view.tx_id = to_hex(asked.transaction);
  view.operation = asked.operation;
  view.digest = to_hex(asked.digest);
}

}  // namespace

AccessView access_view(std::uint64_t index,
                       const audit::AccessEntry& entry,
                       const ledger::Genesis& genesis) {
  AccessView view;
  view.index = index;
  view.time_ms = entry.time.value;
  view.height = entry.height.value;
  const AccountId& organisation =
      asked_in_emergency(entry) ? entry.request.organisation : entry.submitter;
  view.organisation = organisation_name(genesis, organisation);
  view.organisation_id = to_hex(organisation);
  if (entry.emergency) view.brought_by = organisation_name(genesis, entry.submitter);
  const AccountId& person = entry.request.person;
  view.person = person.is_zero() ? "" : to_hex(person);
  view.role = role_of(entry);
  view.purpose = entry.request.purpose;
  const bool is_listing = entry.request.is_listing();
  view.action = is_listing ? "LIST" : name(entry.request.action);
  view.request = to_hex(entry.request.request);
  const std::uint16_t version = genesis.parameters.terminology_version;
  for (const auto& decision : entry.decisions) {
    view.decisions.push_back({is_listing ? "" : to_hex(decision.record),
                              decision.permit(),
                              std::string(policy::name(decision.reason)),
                              decision.grant ? to_hex(*decision.grant) : "",
                              decision.obligations,
                              audit::needs_accounting(entry, decision, version)});
  }
  if (entry.act) {
    std::visit([&view](const auto& operation) { tell(operation, view); }, entry.act->operation);
    view.permit = entry.act->permit();
    if (entry.act->reason) view.reason = policy::name(*entry.act->reason);
    const auto* act = std::get_if<ledger::LogAdministration>(&entry.act->operation);
    if (act != nullptr && act->recipient) {
      view.recipient = organisation_name(genesis, *act->recipient);
      view.recipient_id = to_hex(*act->recipient);
    }
    view.accounting = audit::needs_accounting(entry, version);
  }
  if (entry.asked) {
    tell(entry, *entry.asked, genesis, view);
    view.accounting = audit::needs_accounting(entry, version);
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
    if (!filter.organisation.empty() && !is_of(entry, filter.organisation)) continue;
    if (entry.kind != "access") {
      if (shows_act(entry, filter)) shown.push_back(std::move(entry));
      continue;
    }
    if (filter.emergency && !is_emergency(entry)) continue;
    std::erase_if(entry.decisions, [&filter](const AccessDecision& decision) {
      return (filter.denied && decision.permit) || (filter.accounting && !decision.accounting);
    });
    if (!entry.decisions.empty()) shown.push_back(std::move(entry));
  }
  return shown;
}

}  // namespace galen::client
