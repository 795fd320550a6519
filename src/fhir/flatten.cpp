#include "fhir/flatten.h"

#include "base/limits.h"
#include "fhir/date_time.h"

#include <algorithm>

namespace galen::fhir {

namespace {

using ledger::Confidentiality;
using ledger::Effect;
using ledger::GranteeKind;
using ledger::GrantTerms;

template <class T>
void sort_unique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

std::optional<GranteeKind> kind_of(const std::string& type) {
  if (type == "Organization") return GranteeKind::kOrganisation;
  if (type == "Practitioner") return GranteeKind::kPractitioner;
  if (type == "Group") return GranteeKind::kGroup;
  return std::nullopt;
}

std::string list_of(const std::vector<Reference>& actors) {
  std::string text;
  for (const Reference& actor : actors) text += (text.empty() ? "" : ", ") + actor.text();
  return text;
}

class Flattener {
 public:
  Flattener(const References& references, Issues& issues, Translation& out)
      : references_(references), issues_(issues), out_(out) {}

  void run(const Provision& root) {
    if (root.effect == Effect::kPermit) {
      permit(root, root);
    } else {
      refuse_scoped_exceptions(root);
    }
    std::size_t exceptions_permitting = 0;
    for (const Provision& exception : root.exceptions) {
      if (exception.effect == Effect::kDeny) continue;
      ++exceptions_permitting;
      permit(exception, root);
    }
    if (root.effect == Effect::kDeny) deny_root(root, exceptions_permitting > 0);
    for (const Provision& exception : root.exceptions) {
      if (exception.effect != Effect::kDeny) continue;
      warn_of_wider_deny(exception, root);
      deny(exception);
    }
    if (out_.grants.empty() && !issues_.failed()) {
      issues_.error(IssueCode::kNotSupported,
                    root.path,
                    "permits nothing but break-glass: write a deny with that exception");
    }
  }

 private:
  /// A denial of a part, with exceptions, would need an order of grants.
  void refuse_scoped_exceptions(const Provision& root) {
    const bool scoped = !root.actors.empty() || !root.data.empty() || root.data_period ||
                        root.classes != 0 || root.names_action || !root.confidentialities.empty() ||
                        !root.sensitivities.empty();
    const bool has_permit =
        std::any_of(root.exceptions.begin(), root.exceptions.end(), [](const Provision& each) {
          return each.effect == Effect::kPermit;
        });
    if (!scoped || !has_permit) return;
    issues_.error(IssueCode::kNotSupported,
                  root.path,
                  "a denial of a part with exceptions cannot be written as flat grants");
  }

  void deny_root(const Provision& root, bool has_exceptions) {
    if (!has_exceptions) return deny(root);
    out_.replaces_others = true;
    issues_.warning(root.path, "ends the patient's other grants; default deny does the rest");
    if (!out_.grants.empty()) return;
    // Nothing is left that would end the implicit policy: say the denial itself.
    Provision everything;
    everything.path = root.path;
    everything.effect = Effect::kDeny;
    everything.period = root.period;
    deny(everything);
  }

  /// `given` with what it inherits from the root.
  void permit(const Provision& given, const Provision& root) {
    Provision whole = given;
    const bool names_none = given.purposes.empty() && !given.names_emergency;
    if (names_none) {
      whole.purposes = root.purposes;
      whole.names_emergency = root.names_emergency;
    }
    if (whole.actors.empty()) whole.actors = root.actors;
    if (!whole.period) whole.period = root.period;
    if (!whole.data_period) whole.data_period = root.data_period;
    if (whole.data.empty()) whole.data = root.data;
    if (whole.classes == 0) whole.classes = root.classes;
    if (whole.names_emergency) warn_of_emergency(whole);
    if (whole.purposes.empty()) {
      if (!whole.names_emergency) {
        issues_.error(IssueCode::kRequired, given.path + ".purpose", "a permit names its purposes");
      }
      return;
    }
    GrantTerms terms = common_terms(whole);
    terms.confidentiality = ceiling_of(whole);
    terms.labels = whole.sensitivities;
    emit(whole, terms);
  }

  void warn_of_emergency(const Provision& provision) {
    std::string why = "break-glass is decided by its own rules, not by a permit";
    if (!provision.actors.empty()) {
      why += "; its actors are dropped: " + list_of(provision.actors);
    }
    issues_.warning(provision.path, std::move(why));
  }

  void deny(const Provision& given) {
    GrantTerms terms = common_terms(given);
    if (given.modifiers.actions == 0) terms.actions = ledger::kAllActions;
    if (terms.purposes.empty() && !given.names_emergency) {
      terms.purposes = {std::string(policy::kEveryPurpose)};
    }
    set_emergency_override(given, terms);
    const auto& levels = given.confidentialities;
    // Labels of one element are alternatives: a level or a sensitivity makes a record fall under
    // it.
    if (!levels.empty() || given.sensitivities.empty()) {
      terms.confidentiality =
          levels.empty() ? Confidentiality::kU : *std::min_element(levels.begin(), levels.end());
      emit(given, terms);
    }
    if (given.sensitivities.empty()) return;
    terms.confidentiality = given.modifiers.floor.value_or(Confidentiality::kU);
    terms.labels = given.sensitivities;
    emit(given, terms);
  }

  /// BTG among the purposes of a denial says it, unless a modifier does.
  void set_emergency_override(const Provision& given, GrantTerms& terms) {
    const auto& said = given.modifiers.emergency_override;
    if (said) terms.emergency_override = *said;
    if (!given.names_emergency) return;
    terms.purposes.emplace_back(policy::kBreakGlassPurpose);
    sort_unique(terms.purposes);
    if (said) return;
    terms.emergency_override = ledger::EmergencyOverride::kForbid;
    issues_.warning(given.path + ".purpose", "names BTG: the denial holds in emergencies too");
  }

  void warn_of_wider_deny(const Provision& exception, const Provision& root) {
    const bool actors = exception.actors.empty() && !root.actors.empty();
    const bool period = !exception.period && root.period;
    if (!actors && !period) return;
    issues_.warning(exception.path,
                    "a nested deny inherits nothing: it holds for everybody and without end unless "
                    "it says otherwise");
  }

  static Confidentiality ceiling_of(const Provision& permit) {
    const auto& levels = permit.confidentialities;
    if (!levels.empty()) return *std::max_element(levels.begin(), levels.end());
    return permit.sensitivities.empty() ? Confidentiality::kN : Confidentiality::kR;
  }

  GrantTerms common_terms(const Provision& given) {
    GrantTerms terms;
    terms.purposes = given.purposes;
    sort_unique(terms.purposes);
    if (given.classes != 0) terms.classes = given.classes;
    set_window(given, terms);
    if (given.data_period && given.data_period->first_ms) {
      terms.data_from = day_of(*given.data_period->first_ms);
    }
    if (given.data_period && given.data_period->past_ms) {
      terms.data_to = day_of(*given.data_period->past_ms);
    }
    for (const DataReference& each : given.data) add_data(each, terms);
    sort_unique(terms.data);
    set_limits(given.modifiers, terms);
    return terms;
  }

  static void set_limits(const Modifiers& modifiers, GrantTerms& terms) {
    if (modifiers.actions != 0) terms.actions = modifiers.actions;
    terms.regions = modifiers.regions;
    sort_unique(terms.regions);
    terms.erase_at = modifiers.erase_at;
    terms.max_uses = modifiers.max_uses;
    terms.labels_key_id = modifiers.labels_key_id;
    terms.follow = modifiers.follow;
    // Who follows the group has the version of the day: the one in which it was given binds nobody.
    if (!modifiers.follow) terms.group_version = modifiers.group_version;
  }

  void set_window(const Provision& given, GrantTerms& terms) {
    if (!given.period) return;
    const auto first = given.period->first_ms.value_or(0);
    // Nothing was decided before 1970, so a start before it says no more than 0.
    terms.valid_from = TimeMs{static_cast<std::uint64_t>(std::max<std::int64_t>(first, 0))};
    if (!given.period->past_ms) return;
    if (*given.period->past_ms <= 0) {
      issues_.error(IssueCode::kValue, given.path + ".period", "ended before 1970");
      return;
    }
    terms.valid_to = TimeMs{static_cast<std::uint64_t>(*given.period->past_ms)};
  }

  static ledger::CalendarDate day_of(std::int64_t ms) {
    return ledger::CalendarDate{static_cast<std::int32_t>(ms / kMsPerDay)};
  }

  void add_data(const DataReference& each, GrantTerms& terms) {
    const auto id = references_.data(each.meaning, each.reference.type, each.reference.id);
    if (id) return terms.data.push_back({each.meaning, *id});
    issues_.error(IssueCode::kNotFound,
                  each.reference.path,
                  "'" + each.reference.text() + "' is not known here");
  }

  /// One grant per actor; no actor means anybody.
  void emit(const Provision& given, GrantTerms terms) {
    sort_unique(terms.labels);
    if (terms.labels.size() > limits::kMaxLabels) {
      issues_.error(IssueCode::kTooLong,
                    given.path + ".securityLabel",
                    "more than " + std::to_string(limits::kMaxLabels) +
                        " sensitivities with those below them");
    }
    if (given.actors.empty()) {
      terms.grantee = {GranteeKind::kAny, AccountId{}};
      return add(given, terms);
    }
    for (const Reference& actor : given.actors) {
      const auto kind = kind_of(actor.type);
      if (!kind) {
        issues_.error(IssueCode::kNotSupported,
                      actor.path,
                      "'" + actor.text() + "' is no organisation, practitioner or group");
        continue;
      }
      const auto id = references_.account(actor.type, actor.id);
      if (!id) {
        issues_.error(IssueCode::kNotFound, actor.path, "'" + actor.text() + "' is not known here");
        continue;
      }
      terms.grantee = {given.modifiers.is_project ? GranteeKind::kProject : *kind, *id};
      add(given, terms);
    }
  }

  void add(const Provision& given, const GrantTerms& terms) {
    const FlatGrant grant{given.effect, terms, given.path};
    const bool known =
        std::find(out_.grants.begin(), out_.grants.end(), grant) != out_.grants.end();
    if (known) return;
    if (out_.grants.size() >= kMaxConsentGrants) {
      return issues_.error(IssueCode::kTooLong,
                           given.path,
                           "more than " + std::to_string(kMaxConsentGrants) + " grants");
    }
    out_.grants.push_back(grant);
  }

  const References& references_;
  Issues& issues_;
  Translation& out_;
};

}  // namespace

void flatten(const Provision& root,
             const References& references,
             Issues& issues,
             Translation& translation) {
  Flattener(references, issues, translation).run(root);
}

}  // namespace galen::fhir
