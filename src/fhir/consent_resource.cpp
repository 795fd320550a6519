#include "fhir/consent_resource.h"

#include "base/hex.h"
#include "fhir/date_time.h"
#include "fhir/resource_parts.h"
#include "fhir/vocabulary.h"
#include "modules/policy/terminology.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace galen::fhir {

namespace {

using ledger::Action;
using ledger::Confidentiality;
using ledger::DataMeaning;
using ledger::Effect;
using ledger::EmergencyOverride;
using ledger::GranteeKind;
using ledger::GrantTerms;
using ledger::RecordClass;

std::string hl7(const char* system) {
  return kHl7Systems + std::string(system);
}

template <class E>
std::string text_of(E code) {
  return std::string(ledger::name(code));
}

const char* type_of(GranteeKind kind) {
  switch (kind) {
    case GranteeKind::kPractitioner: return "Practitioner";
    case GranteeKind::kGroup:
    case GranteeKind::kProject: return "Group";
    default: return "Organization";
  }
}

/// What a data limit names: of a related id only its holder knows what it is.
const char* type_of(DataMeaning meaning) {
  if (meaning == DataMeaning::kInstance) return "DocumentReference";
  return meaning == DataMeaning::kAuthoredBy ? "Practitioner" : "Basic";
}

std::vector<std::string> with_below(const std::string& label) {
  return sensitivities_of({hl7("v3-ActCode"), label, ""});
}

/// The labels that stand for all of them by R4's subsumption; nullopt when R4 would read more, or
/// knows one not at all.
std::optional<std::vector<std::string>> heads_of(const std::vector<std::string>& labels) {
  const std::set<std::string> all(labels.begin(), labels.end());
  std::set<std::string> below;
  for (const std::string& label : labels) {
    const auto family = with_below(label);
    if (family.empty()) return std::nullopt;
    for (const std::string& each : family) {
      if (!all.contains(each)) return std::nullopt;
      if (each != label) below.insert(each);
    }
  }
  std::vector<std::string> heads;
  for (const std::string& label : all) {
    if (!below.contains(label)) heads.push_back(label);
  }
  return heads;
}

/// Writes the one provision of a grant.
class ProvisionWriter {
 public:
  explicit ProvisionWriter(const GivenGrant& grant) : grant_(grant), terms_(grant.terms) {}

  [[nodiscard]] OrderedJson run() && {
    provision_["type"] = is_permit() ? "permit" : "deny";
    write_period();
    write_grantee();
    write_action();
    write_labels();
    write_purposes();
    write_classes();
    write_data_period();
    write_data();
    write_limits();
    OrderedJson whole = OrderedJson::object();
    std::move(beyond_).put_into(whole, "modifierExtension");
    whole.update(provision_);
    return whole;
  }

 private:
  [[nodiscard]] bool is_permit() const { return grant_.effect == Effect::kPermit; }

  void write_instant(OrderedJson& period, const char* key, std::uint64_t ms) {
    const auto text = instant_text(static_cast<std::int64_t>(ms));
    if (text) period[key] = *text;
    if (!text) beyond_.add(std::string("period-") + key + "-ms", "Decimal", ms);
  }

  /// R4's end is the last instant that counts.
  void write_period() {
    OrderedJson period = OrderedJson::object();
    if (terms_.valid_from != TimeMs{}) write_instant(period, "start", terms_.valid_from.value);
    if (terms_.valid_to) write_instant(period, "end", terms_.valid_to->value - 1);
    if (!period.empty()) provision_["period"] = std::move(period);
  }

  void write_day(OrderedJson& period, const char* key, std::int64_t day) {
    const auto text = date_text(day);
    if (text) period[key] = *text;
    if (!text) beyond_.add(std::string("data-period-") + key + "-day", "Decimal", day);
  }

  void write_data_period() {
    OrderedJson period = OrderedJson::object();
    if (terms_.data_from) write_day(period, "start", terms_.data_from->days);
    if (terms_.data_to) write_day(period, "end", std::int64_t{terms_.data_to->days} - 1);
    if (!period.empty()) provision_["dataPeriod"] = std::move(period);
  }

  void write_grantee() {
    const auto& [kind, id] = terms_.grantee;
    if (kind == GranteeKind::kAny) return;
    provision_["actor"] =
        OrderedJson::array({{{"role", concept_of(hl7("v3-ParticipationType"), "IRCP")},
                             {"reference", reference(type_of(kind), to_hex(id))}}});
    if (kind == GranteeKind::kProject) beyond_.add("grantee-kind", "Code", text_of(kind));
    if (terms_.follow) beyond_.add("follow", "Boolean", true);
    if (grant_.group_version) beyond_.add("group-version", "Decimal", *grant_.group_version);
  }

  void write_action() {
    const auto read = static_cast<ledger::ActionSet>(ledger::action_bit(Action::kDiscover) |
                                                     ledger::action_bit(Action::kRead));
    provision_["action"] = OrderedJson::array({concept_of(hl7("consentaction"), "access")});
    if (terms_.actions == (is_permit() ? read : ledger::kAllActions)) return;
    for (unsigned bit = 0; bit <= static_cast<unsigned>(Action::kRedisclose); ++bit) {
      const auto action = static_cast<Action>(bit);
      if ((terms_.actions & ledger::action_bit(action)) == 0) continue;
      beyond_.add("action", "Code", text_of(action));
    }
  }

  void write_labels() {
    const auto heads = terms_.labels_key_id ? std::nullopt : heads_of(terms_.labels);
    OrderedJson labels = OrderedJson::array();
    if (says_level(heads)) {
      labels.push_back(coding(hl7("v3-Confidentiality"), text_of(terms_.confidentiality)));
    }
    for (const std::string& label : heads.value_or(std::vector<std::string>())) {
      labels.push_back(coding(hl7("v3-ActCode"), label));
    }
    if (!labels.empty()) provision_["securityLabel"] = std::move(labels);
    // In a denial R4's labels are alternatives, the ledger's floor and labels are not.
    if (!is_permit() && !terms_.labels.empty() && terms_.confidentiality != Confidentiality::kU) {
      beyond_.add("confidentiality-floor", "Code", text_of(terms_.confidentiality));
    }
    if (heads) return;
    for (const std::string& label : terms_.labels) beyond_.add("label", "String", label);
    if (terms_.labels_key_id) beyond_.add("labels-key-id", "Decimal", *terms_.labels_key_id);
  }

  /// Left out where translate_consent takes the same by itself.
  [[nodiscard]] bool says_level(const std::optional<std::vector<std::string>>& heads) const {
    const Confidentiality level = terms_.confidentiality;
    if (!is_permit()) return terms_.labels.empty() && level != Confidentiality::kU;
    return !heads || heads->empty() || level != Confidentiality::kR;
  }

  void write_purposes() {
    OrderedJson purposes = OrderedJson::array();
    bool names_emergency = false;
    for (const std::string& purpose : terms_.purposes) {
      if (purpose == policy::kEveryPurpose) continue;
      names_emergency = names_emergency || purpose == policy::kBreakGlassPurpose;
      purposes.push_back(coding(hl7("v3-ActReason"), purpose));
    }
    if (!purposes.empty()) provision_["purpose"] = std::move(purposes);
    const bool forbids = terms_.emergency_override == EmergencyOverride::kForbid;
    if (forbids == names_emergency) return;
    beyond_.add("emergency-override", "Code", text_of(terms_.emergency_override));
  }

  void write_classes() {
    if (terms_.classes == ledger::kAllClasses) return;
    OrderedJson classes = OrderedJson::array();
    for (unsigned bit = 0; bit <= static_cast<unsigned>(RecordClass::kOther); ++bit) {
      const auto each = static_cast<RecordClass>(bit);
      if ((terms_.classes & ledger::class_bit(each)) == 0) continue;
      classes.push_back(coding(std::string(kClassSystem), text_of(each)));
    }
    provision_["class"] = std::move(classes);
  }

  void write_data() {
    if (terms_.data.empty()) return;
    OrderedJson data = OrderedJson::array();
    for (const auto& limit : terms_.data) {
      data.push_back({{"meaning", text_of(limit.meaning)},
                      {"reference", reference(type_of(limit.meaning), to_hex(limit.id))}});
    }
    provision_["data"] = std::move(data);
  }

  void write_limits() {
    for (const std::string& region : terms_.regions) beyond_.add("region", "Code", region);
    if (terms_.erase_at) beyond_.add_instant("erase-at", terms_.erase_at->value);
    if (terms_.max_uses) beyond_.add("max-uses", "Decimal", *terms_.max_uses);
  }

  const GivenGrant& grant_;
  const GrantTerms& terms_;
  OrderedJson provision_ = OrderedJson::object();
  Extensions beyond_;
};

OrderedJson performer_of(const GivenGrant& grant) {
  const std::string id = to_hex(grant.grantor);
  if (grant.grantor_role == ledger::AuthorisationRole::kProxy)
    return reference("RelatedPerson", id);
  if (grant.grantor_role == ledger::AuthorisationRole::kPatient) return reference("Patient", id);
  return reference("Organization", id);
}

/// How the grant came and went: nothing of this says what it permits.
OrderedJson meta_of(const GivenGrant& grant) {
  Extensions about;
  about.add("height", "Decimal", grant.height.value);
  about.add("sequence", "Decimal", grant.sequence);
  if (!grant.ended.empty()) about.add("ended", "Code", grant.ended);
  if (grant.ended_at) about.add_instant("ended-at", grant.ended_at->value);
  if (grant.uses_left) about.add("uses-left", "Decimal", *grant.uses_left);
  if (grant.terms.acknowledge_shadowed) about.add("shadowing-acknowledged", "Boolean", true);
  for (const GrantId& id : grant.terms.supersedes) {
    about.add("supersedes", "Reference", reference("Consent", to_hex(id)));
  }
  return meta_of(grant.ended_at.value_or(grant.given).value, std::move(about));
}

}  // namespace

std::string consent_resource(const GivenGrant& grant) {
  const std::string id = to_hex(grant.id);
  OrderedJson consent{{"resourceType", "Consent"},
                      {"id", id},
                      {"meta", meta_of(grant)},
                      {"identifier", OrderedJson::array({identifier("urn:galen:grant", id)})},
                      {"status", grant.ended.empty() ? "active" : "inactive"},
                      {"scope", concept_of(hl7("consentscope"), "patient-privacy")},
                      {"category", OrderedJson::array({concept_of("http://loinc.org", "59284-0")})},
                      {"patient", reference("Patient", to_hex(grant.terms.patient))}};
  if (const auto given = instant_text(static_cast<std::int64_t>(grant.given.value))) {
    consent["dateTime"] = *given;
  }
  consent["performer"] = OrderedJson::array({performer_of(grant)});
  consent["organization"] =
      OrderedJson::array({reference("Organization", to_hex(grant.submitter))});
  if (grant.terms.terms_commitment != Digest{}) {
    consent["sourceReference"] = {
        {"identifier", identifier(kCommitmentSystem, to_hex(grant.terms.terms_commitment))}};
  }
  consent["policy"] = OrderedJson::array({{{"uri", kPolicyUris + to_hex(grant.terms.policy)}}});
  consent["provision"] = ProvisionWriter(grant).run();
  return resource_text(consent);
}

}  // namespace galen::fhir
