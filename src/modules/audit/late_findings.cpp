#include "modules/audit/late_findings.h"

#include "base/check.h"
#include "modules/emergency/declarations.h"
#include "modules/emergency/journals.h"
#include "modules/policy/decide.h"

#include <algorithm>

namespace galen::audit {

namespace {

using execution::StateReader;
using ledger::LogEmergency;

std::string origin(const AccessEntry& entry) {
  const LogEmergency& late = *entry.emergency;
  return "decided by the node of its organisation, not by the chain: at " +
         policy::utc_text(late.time) + " by its clock, on the state of height " +
         std::to_string(late.state_height.value) + "; the entry came at height " +
         std::to_string(entry.height.value);
}

std::string journal(const StateReader& state, const ChainId& chain, const AccessEntry& entry) {
  const LogEmergency& late = *entry.emergency;
  const auto place =
      emergency::JournalPlace::load(state, entry.submitter, late.journal, late.number);
  const bool stands = place.logged && place.entry == ledger::journal_entry_hash(chain, late);
  const std::string number = "number " + std::to_string(late.number);
  if (!stands) return "DOUBTFUL: the anchored journal has another entry, or none, as " + number;
  if (place.is_mismatch()) return "DOUBTFUL: a receipt contradicts the journal at " + number;
  return "stands in the anchored journal as " + number +
         (place.receipt ? "; the requester's receipt says the same" : "");
}

std::string signature(const AccessEntry& entry) {
  return entry.role ? "its requester's signature verified when the entry came"
                    : "DOUBTFUL: its requester's signature did not verify when the entry came";
}

/// What of the declaration does not fit the release; empty: nothing.
std::string misfit(const emergency::DeclarationEntry& declared, const AccessEntry& entry) {
  const auto& terms = declared.declaration;
  const TimeMs at = entry.emergency->time;
  if (terms.person != entry.request.person) return "is another person's";
  if (at < terms.from || terms.to <= at) return "was not in force then";
  const auto& asked = entry.request.records;
  const bool in_scope =
      terms.scope == ledger::EmergencyScope::kPatient ||
      std::includes(terms.records.begin(), terms.records.end(), asked.begin(), asked.end());
  return in_scope ? "" : "names other records";
}

std::string review(const StateReader& state, const emergency::DeclarationEntry& declared) {
  const auto found = emergency::ReviewEntry::load(
      state, declared.declaration.patient, declared.declaration.declaration);
  if (!found) return "not reviewed yet";
  return "review: " + std::string(ledger::name(found->review.outcome));
}

std::string declaration(const StateReader& state, const AccessEntry& entry) {
  const auto declared =
      emergency::DeclarationEntry::load(state, entry.request.patient, entry.emergency->declaration);
  // One of no time at all stands for a declaration that nobody brought.
  if (!declared || declared->declaration.from == declared->declaration.to) {
    return "DOUBTFUL: the declaration that it names is not on the chain" +
           (declared ? ", " + review(state, *declared) : std::string());
  }
  const std::string wrong = misfit(*declared, entry);
  const std::string where = " (height " + std::to_string(declared->height.value) +
                            (declared->late ? ", late" : "") + "), " + review(state, *declared);
  if (!wrong.empty()) return "DOUBTFUL: the declaration that it names " + wrong + where;
  return "the declaration that it names covers it" + where;
}

}  // namespace

std::vector<std::string> late_findings(const StateReader& state,
                                       const ChainId& chain,
                                       const AccessEntry& entry) {
  CHECK(entry.emergency.has_value(), "a late entry");
  return {origin(entry), journal(state, chain, entry), signature(entry), declaration(state, entry)};
}

}  // namespace galen::audit
