#include "modules/audit/accounting.h"

#include "modules/policy/terminology.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace galen::audit {

namespace {

/// Below TREAT or HOPERAT in HL7's tree, but not treatment or operations as the rule means them.
constexpr std::array<std::string_view, 6> kNotOperations{
    "CLINTRL", "DONAT", "GOV", "HLEGAL", "MILCDM", "POPHLTH"};

bool is_exempt_purpose(std::string_view purpose, std::uint16_t terminology_version) {
  if (std::find(kNotOperations.begin(), kNotOperations.end(), purpose) != kNotOperations.end()) {
    return false;
  }
  const auto& table = policy::terminology(terminology_version).deny_covers;
  return policy::covers(table, "TREAT", purpose) || policy::covers(table, "HPAYMT", purpose) ||
         policy::covers(table, "HOPERAT", purpose);
}

}  // namespace

bool needs_accounting(const AccessEntry& entry,
                      const RecordDecision& decision,
                      std::uint16_t terminology_version) {
  using policy::Reason;
  switch (decision.reason) {
    case Reason::kRequiredByLaw:
    case Reason::kBreakGlass: return true;
    case Reason::kImplicit: return !is_exempt_purpose(entry.request.purpose, terminology_version);
    default: return false;
  }
}

bool needs_accounting(const AccessEntry& entry, std::uint16_t terminology_version) {
  using ledger::AdministrativeAct;
  if (entry.asked && entry.asked->release) return entry.asked->permit();
  const auto* act =
      entry.act ? std::get_if<ledger::LogAdministration>(&entry.act->operation) : nullptr;
  const auto* told = entry.asked && entry.asked->told ? &*entry.asked->told : nullptr;
  const bool is_disclosure =
      (act != nullptr && act->act == AdministrativeAct::kExport && act->recipient) ||
      (told != nullptr && told->act == AdministrativeAct::kExport && told->recipient);
  if (!is_disclosure) return false;
  const std::string& purpose = entry.request.purpose;
  const auto& table = policy::terminology(terminology_version).deny_covers;
  return !policy::covers(table, "PATRQT", purpose) &&
         !is_exempt_purpose(purpose, terminology_version);
}

}  // namespace galen::audit
