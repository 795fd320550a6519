#include "modules/consent/terms.h"

#include <algorithm>

namespace galen::consent {

namespace {

using ledger::Effect;
using ledger::GranteeKind;
using ledger::GrantTerms;
using ledger::Parameters;
using ledger::ResultCode;

bool grantee_is_valid(Effect effect, const GrantTerms& terms, const Parameters& parameters) {
  const bool named = !terms.grantee.id.is_zero();
  switch (terms.grantee.kind) {
    case GranteeKind::kAny:
      return !named && (effect == Effect::kDeny || parameters.allow_any_permit);
    case GranteeKind::kOrganisation:
    case GranteeKind::kPractitioner:
    case GranteeKind::kGroup:
    case GranteeKind::kProject: return named;
  }
  return false;
}

bool purposes_are_valid(Effect effect, const GrantTerms& terms, const Parameters& parameters) {
  const bool permit = effect == Effect::kPermit;
  const policy::Terminology& tables = policy::terminology(parameters.terminology_version);
  if (terms.purposes.size() == 1 && terms.purposes.front() == policy::kEveryPurpose) return !permit;
  return !terms.purposes.empty() &&
         std::all_of(terms.purposes.begin(), terms.purposes.end(), [&](const std::string& code) {
           return tables.is_purpose(code) && !(permit && code == policy::kBreakGlassPurpose);
         });
}

bool actions_are_valid(Effect effect, const GrantTerms& terms) {
  if (terms.actions == 0 || terms.actions > ledger::kAllActions) return false;
  return effect == Effect::kDeny || terms.actions != ledger::kAllActions;
}

/// In ms: the shortest that holds for any purpose that the permit covers or lies within, so that
/// nobody gets a longer one by naming wider or narrower purposes. REQUIRES: known purposes.
std::uint64_t max_length(const GrantTerms& terms, const Parameters& parameters) {
  const policy::Terminology& tables = policy::terminology(parameters.terminology_version);
  std::uint64_t most = parameters.max_grant_ms;
  for (const ledger::PurposeLimit& limit : parameters.purpose_limits) {
    const bool is_bound =
        std::any_of(terms.purposes.begin(), terms.purposes.end(), [&](const std::string& code) {
          return policy::covers(tables.permit_covers, code, limit.purpose) ||
                 policy::covers(tables.deny_covers, limit.purpose, code);
        });
    if (is_bound) most = std::min(most, limit.max_grant_ms);
  }
  return most;
}

ResultCode check_windows(Effect effect, const GrantTerms& terms, const Parameters& parameters) {
  if (terms.data_from && terms.data_to && *terms.data_from >= *terms.data_to) {
    return ResultCode::kInvalidDataPeriod;
  }
  const bool deny = effect == Effect::kDeny;
  if (!terms.valid_to) return deny ? ResultCode::kOk : ResultCode::kInvalidWindow;
  if (terms.valid_from >= *terms.valid_to) return ResultCode::kInvalidWindow;
  const std::uint64_t length = terms.valid_to->value - terms.valid_from.value;
  if (deny || length <= max_length(terms, parameters)) return ResultCode::kOk;
  return ResultCode::kWindowTooLong;
}

bool uses_are_valid(Effect effect, const GrantTerms& terms) {
  return !terms.max_uses || (effect == Effect::kPermit && *terms.max_uses > 0);
}

ResultCode check_flags(Effect effect, const GrantTerms& terms) {
  const bool forbids = terms.emergency_override == ledger::EmergencyOverride::kForbid;
  if (forbids && effect == Effect::kPermit) return ResultCode::kInvalidOverride;
  if (terms.follow && !terms.names_group()) return ResultCode::kInvalidFollow;
  const bool is_frozen = terms.names_group() && !terms.follow;
  return terms.group_version.has_value() == is_frozen ? ResultCode::kOk : ResultCode::kWrongVersion;
}

}  // namespace

ResultCode check_terms(Effect effect, const GrantTerms& terms, const Parameters& parameters) {
  if (!grantee_is_valid(effect, terms, parameters)) return ResultCode::kInvalidGrantee;
  if (!purposes_are_valid(effect, terms, parameters)) return ResultCode::kInvalidPurpose;
  if (!actions_are_valid(effect, terms)) return ResultCode::kInvalidActions;
  if (terms.classes == 0 || terms.classes > ledger::kAllClasses) return ResultCode::kInvalidClasses;
  if (const auto code = check_windows(effect, terms, parameters); code != ResultCode::kOk) {
    return code;
  }
  if (terms.erase_at && terms.valid_to && *terms.erase_at < *terms.valid_to) {
    return ResultCode::kInvalidErase;
  }
  if (!uses_are_valid(effect, terms)) return ResultCode::kInvalidUses;
  if (const auto code = check_flags(effect, terms); code != ResultCode::kOk) return code;
  const auto& policies = parameters.policies;
  const bool registered =
      std::find(policies.begin(), policies.end(), terms.policy) != policies.end();
  return registered ? ResultCode::kOk : ResultCode::kUnknownPolicy;
}

bool purposes_overlap(const policy::Terminology& terminology,
                      const GrantTerms& permit,
                      const GrantTerms& deny) {
  const auto denied = [&](const std::string& asked) {
    return std::any_of(deny.purposes.begin(), deny.purposes.end(), [&](const std::string& code) {
      return policy::covers(terminology.deny_covers, code, asked);
    });
  };
  return std::any_of(permit.purposes.begin(), permit.purposes.end(), [&](const std::string& code) {
    const auto row = terminology.permit_covers.find(code);
    return row != terminology.permit_covers.end() &&
           std::any_of(row->second.begin(), row->second.end(), denied);
  });
}

bool windows_overlap(const GrantTerms& a, const GrantTerms& b) {
  const bool a_ends_first = a.valid_to && *a.valid_to <= b.valid_from;
  const bool b_ends_first = b.valid_to && *b.valid_to <= a.valid_from;
  return !a_ends_first && !b_ends_first;
}

}  // namespace galen::consent
