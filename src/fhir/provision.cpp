#include "fhir/provision.h"

#include "base/limits.h"
#include "fhir/date_time.h"
#include "fhir/strict_json.h"

#include <algorithm>

namespace galen::fhir {

namespace {

std::string described(const Coding& coding) {
  return "'" + printable(coding.code) + "' of " + printable(coding.system);
}

void refuse_code(Element& element, const Coding& coding, const char* why) {
  element.issues().error(IssueCode::kNotSupported, coding.path, described(coding) + " " + why);
}

std::optional<Span> read_span(Element& period, const char* key) {
  const auto text = period.text(key);
  if (!text) return std::nullopt;
  const auto span = parse_date_time(*text);
  if (!span) {
    period.refuse(key, IssueCode::kValue, "'" + printable(*text) + "' is not a dateTime");
  }
  return span;
}

std::optional<Window> read_window(Element period, bool whole_days) {
  const auto start = read_span(period, "start");
  const auto end = read_span(period, "end");
  if (!period.has("start") && !period.has("end")) {
    period.issues().error(IssueCode::kRequired, period.path(), "has neither start nor end");
  }
  period.finish();
  if (whole_days && ((start && start->has_time) || (end && end->has_time))) {
    period.issues().error(IssueCode::kNotSupported, period.path(), "is compared by whole days");
  }
  if (start && end && start->first_ms >= end->past_ms) {
    period.issues().error(IssueCode::kValue, period.path(), "ends before it starts");
  }
  Window window;
  if (start) window.first_ms = start->first_ms;
  if (end) window.past_ms = end->past_ms;
  return window;
}

void read_type(Element& element, Provision& provision) {
  const auto type = element.required_text("type");
  if (!type) return;
  const auto effect = ledger::parse<ledger::Effect>(*type);
  if (effect) provision.effect = *effect;
  if (!effect) element.refuse("type", IssueCode::kValue, "must be permit or deny");
}

void read_actors(Element& element, Provision& provision) {
  element.list("actor", kMaxActors, [&](Element actor) {
    std::optional<Coding> role;
    const bool has_role = actor.one("role", [&](Element each) { role = read_concept(each); });
    actor.require(has_role, "role");
    if (role && !is_recipient(*role)) refuse_code(actor, *role, "is no role of a recipient");
    std::optional<Reference> who;
    const bool named = actor.one("reference", [&](Element each) { who = read_reference(each); });
    actor.require(named, "reference");
    actor.finish();
    if (who) provision.actors.push_back(*who);
  });
}

void read_purposes(Element& element, const Vocabulary& vocabulary, Provision& provision) {
  element.list("purpose", limits::kMaxPurposes, [&](Element each) {
    const auto coding = read_coding(each);
    if (!coding) return;
    if (!is_purpose(vocabulary, *coding)) {
      refuse_code(element, *coding, "is not in the table of purposes");
    } else if (coding->code == policy::kBreakGlassPurpose) {
      provision.names_emergency = true;
    } else {
      provision.purposes.push_back(coding->code);
    }
  });
}

void read_labels(Element& element, Provision& provision) {
  element.list("securityLabel", limits::kMaxLabels + 1, [&](Element each) {
    const auto coding = read_coding(each);
    if (!coding) return;
    const auto sensitivities = sensitivities_of(*coding);
    if (const auto level = confidentiality_of(*coding)) {
      provision.confidentialities.push_back(*level);
    } else if (!sensitivities.empty()) {
      provision.sensitivities.insert(
          provision.sensitivities.end(), sensitivities.begin(), sensitivities.end());
    } else {
      refuse_code(element, *coding, "is neither a confidentiality nor a sensitivity");
    }
  });
}

void read_kinds(Element& element, Provision& provision) {
  element.list("action", 4, [&](Element each) {
    const auto action = read_concept(each);
    if (!action) return;
    provision.names_action = true;
    if (!is_access_action(*action)) refuse_code(element, *action, "is not in the map of actions");
  });
  element.list("class", limits::kMaxPurposes, [&](Element each) {
    const auto coding = read_coding(each);
    if (!coding) return;
    const auto known = class_of(*coding);
    if (!known) return refuse_code(element, *coding, "is not in the map of classes");
    provision.classes =
        static_cast<ledger::ClassSet>(provision.classes | ledger::class_bit(*known));
  });
  if (element.has("code")) {
    (void)element.list("code", limits::kMaxDataLimits, [](const Element&) {});
    element.refuse("code", IssueCode::kNotSupported, "records on the ledger have no such code");
  }
}

void read_data(Element& element, Provision& provision) {
  element.list("data", limits::kMaxDataLimits, [&](Element each) {
    const auto text = each.required_text("meaning");
    std::optional<Reference> reference;
    const bool has = each.one("reference", [&](Element to) { reference = read_reference(to); });
    each.require(has, "reference");
    each.finish();
    if (!text) return;
    const auto meaning = ledger::parse<ledger::DataMeaning>(*text);
    if (!meaning) {
      each.refuse(
          "meaning", IssueCode::kNotSupported, "'" + printable(*text) + "' is not in the map");
    } else if (reference) {
      provision.data.push_back({*meaning, *reference});
    }
  });
}

Provision read_level(Element& element, const Vocabulary& vocabulary) {
  Provision provision;
  provision.path = element.path();
  read_type(element, provision);
  element.one("period", [&](Element each) { provision.period = read_window(each, false); });
  element.one("dataPeriod", [&](Element each) { provision.data_period = read_window(each, true); });
  read_actors(element, provision);
  read_purposes(element, vocabulary, provision);
  read_labels(element, provision);
  read_kinds(element, provision);
  read_data(element, provision);
  return provision;
}

/// Of a modifier that does not fit the elements beside it; nothing when it was not given.
void refuse_modifier(Element& element,
                     const Provision& provision,
                     std::string_view name,
                     const char* why) {
  const auto place = provision.modifiers.places.find(name);
  if (place == provision.modifiers.places.end()) return;
  element.issues().error(IssueCode::kNotSupported, place->second, why);
}

void check_effect(Element& element, const Provision& provision) {
  if (provision.effect == ledger::Effect::kDeny) {
    return refuse_modifier(element, provision, "max-uses", "a denial is not used up");
  }
  refuse_modifier(element, provision, "emergency-override", "break-glass does not ask a permit");
  refuse_modifier(
      element, provision, "confidentiality-floor", "a permit has a ceiling: its securityLabel");
}

void check_actors(Element& element, const Provision& provision) {
  const auto& actors = provision.actors;
  const bool are_groups =
      !actors.empty() && std::all_of(actors.begin(), actors.end(), [](const Reference& actor) {
        return actor.type == "Group";
      });
  if (!are_groups) {
    for (const char* name : {"grantee-kind", "follow", "group-version"}) {
      refuse_modifier(element, provision, name, "is of a Group alone");
    }
  } else if (actors.size() > 1) {
    refuse_modifier(element, provision, "group-version", "is of one Group alone");
  }
  if (actors.size() > 1) {
    // Each actor gets a grant of his own: their uses would add up.
    refuse_modifier(element, provision, "max-uses", "is of one actor alone");
  }
}

/// Labels that R4 has no code for stand in the place of the sensitivities.
void take_labels(Element& element, Provision& provision) {
  const bool permit = provision.effect == ledger::Effect::kPermit;
  if (!provision.sensitivities.empty()) {
    refuse_modifier(element, provision, "label", "securityLabel names sensitivities as well");
    refuse_modifier(element, provision, "labels-key-id", "the codes of securityLabel are no tags");
  } else {
    provision.sensitivities = provision.modifiers.labels;
  }
  if (!permit && !provision.confidentialities.empty()) {
    refuse_modifier(element, provision, "label", "securityLabel names a level as well");
    refuse_modifier(element, provision, "confidentiality-floor", "securityLabel names one as well");
  }
  if (!permit && provision.sensitivities.empty()) {
    refuse_modifier(element, provision, "confidentiality-floor", "goes with labels only");
  }
}

/// Limits that R4 has no text for.
void take_window(Element& element,
                 const char* key,
                 const Window& beyond,
                 std::optional<Window>& window) {
  if (!beyond.first_ms && !beyond.past_ms) return;
  if (!window) window.emplace();
  if ((beyond.first_ms && window->first_ms) || (beyond.past_ms && window->past_ms)) {
    return element.refuse(key, IssueCode::kValue, "says what a modifierExtension says as well");
  }
  if (beyond.first_ms) window->first_ms = beyond.first_ms;
  if (beyond.past_ms) window->past_ms = beyond.past_ms;
  if (window->first_ms && window->past_ms && *window->first_ms >= *window->past_ms) {
    element.refuse(key, IssueCode::kValue, "ends before it starts");
  }
}

void take_modifiers(Element& element, Provision& provision) {
  provision.modifiers = read_modifiers(element);
  check_effect(element, provision);
  check_actors(element, provision);
  take_labels(element, provision);
  take_window(element, "period", provision.modifiers.period, provision.period);
  take_window(element, "dataPeriod", provision.modifiers.data_period, provision.data_period);
}

}  // namespace

Provision read_provision(Element element, const Vocabulary& vocabulary) {
  Provision root = read_level(element, vocabulary);
  take_modifiers(element, root);
  // An exception with modifiers is refused as an element that nobody reads: what it would inherit
  // of the root's, nothing says.
  element.list("provision", kMaxExceptions, [&](Element each) {
    root.exceptions.push_back(read_level(each, vocabulary));
    if (each.has("provision")) {
      (void)each.list("provision", kMaxExceptions, [](const Element&) {});
      each.refuse("provision", IssueCode::kNotSupported, "exceptions to exceptions are not mapped");
    }
    each.finish();
  });
  if (!root.exceptions.empty() && !root.modifiers.places.empty()) {
    element.refuse("modifierExtension",
                   IssueCode::kNotSupported,
                   "limits of its own and exceptions do not go together");
  }
  element.finish();
  return root;
}

}  // namespace galen::fhir
