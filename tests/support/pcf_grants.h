// The flat grants that HEALTH.md 1.4 makes of the example consents of the IHE PCF guide, written by
// hand from its text: what decide() is tested on without the consents, and what the translation is
// compared with. Thread rule: functions of their arguments.
#pragma once

#include "conformance/fixtures.h"
#include "fhir/consent.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace galen::test {

using fhir::FlatGrant;
using ledger::Confidentiality;
using ledger::DataMeaning;
using ledger::Effect;
using ledger::GrantTerms;

inline ledger::CalendarDate pcf_date(const std::string& text) {
  const nlohmann::json json = text;
  return conformance::date_at(conformance::Node(json, "date"));
}

/// No actor means anybody, no period no end; both need the parameter that allows ANY permits.
inline FlatGrant root_permit(std::vector<std::string> purposes = {"HOPERAT", "HPAYMT", "TREAT"}) {
  FlatGrant grant;
  grant.terms.grantee.kind = ledger::GranteeKind::kAny;
  grant.terms.purposes = std::move(purposes);
  return grant;
}

inline FlatGrant permit_on(DataMeaning meaning, const std::string& id) {
  FlatGrant grant = root_permit();
  grant.terms.data = {{meaning, conformance::id_of<Random32>(id)}};
  return grant;
}

/// A nested deny: every purpose, unless it names some.
inline FlatGrant nested_deny() {
  FlatGrant grant = root_permit({"*"});
  grant.effect = Effect::kDeny;
  grant.terms.actions = ledger::kAllActions;
  grant.terms.confidentiality = Confidentiality::kU;
  return grant;
}

inline FlatGrant deny_on(DataMeaning meaning, const std::string& id) {
  FlatGrant grant = nested_deny();
  grant.terms.data = {{meaning, conformance::id_of<Random32>(id)}};
  return grant;
}

inline FlatGrant permit_to(const std::string& practitioner, std::vector<std::string> labels) {
  FlatGrant grant = root_permit();
  grant.terms.grantee = {ledger::GranteeKind::kPractitioner,
                         conformance::id_of<AccountId>(practitioner)};
  grant.terms.confidentiality = Confidentiality::kR;
  grant.terms.labels = std::move(labels);
  return grant;
}

template <class Change>
FlatGrant changed(FlatGrant grant, Change&& change) {
  change(grant.terms);
  return grant;
}

inline std::map<std::string, std::vector<FlatGrant>> basic_consents() {
  const auto in_2022 = [](GrantTerms& t) {
    t.data_from = pcf_date("2022-01-01");
    t.data_to = pcf_date("2023-01-01");  // the end is inclusive in FHIR
  };
  FlatGrant reject = nested_deny();
  reject.terms.purposes = root_permit().terms.purposes;
  const FlatGrant until_2022 = changed(root_permit(), [](GrantTerms& t) {
    t.valid_to = TimeMs{std::uint64_t{19358} * 24 * 60 * 60 * 1000};
  });
  return {{"basic-treat", {root_permit()}},
          {"basic-ink", {root_permit()}},
          {"basic-treat-infant", {root_permit()}},
          {"basic-reject", {reject}},
          {"expired-treat", {until_2022}},
          {"basic-research", {root_permit({"HRESCH"})}},
          {"intermediate-timeframe", {changed(root_permit(), in_2022)}},
          {"intermediate-not-timeframe", {root_permit(), changed(nested_deny(), in_2022)}}};
}

inline std::map<std::string, std::vector<FlatGrant>> intermediate_consents() {
  FlatGrant listed = root_permit();
  for (const char* id : {"ex-alcoholUse",
                         "ex-bloodPressure",
                         "ex-bloodSugar",
                         "ex-encounter",
                         "ex-weight",
                         "ex-weight-2"}) {
    listed.terms.data.push_back({DataMeaning::kInstance, conformance::id_of<Random32>(id)});
  }
  return {
      {"intermediate-authoredby", {permit_on(DataMeaning::kAuthoredBy, "ex-practitioner")}},
      {"intermediate-not-authoredby",
       {root_permit(), deny_on(DataMeaning::kAuthoredBy, "ex-practitioner")}},
      {"intermediate-encounter", {permit_on(DataMeaning::kRelated, "ex-encounter")}},
      {"intermediate-not-encounter",
       {root_permit(), deny_on(DataMeaning::kRelated, "ex-encounter")}},
      {"intermediate-data", {listed}},
      {"intermediate-not-data", {root_permit(), deny_on(DataMeaning::kInstance, "ex-alcoholUse")}},
      // Only with the guide's purpose among the local ones; the pinned table refuses it.
      {"intermediate-purpose",
       {changed(root_permit({"FooBar"}),
                [](GrantTerms& t) {
                  t.grantee = {ledger::GranteeKind::kOrganisation,
                               conformance::id_of<AccountId>("ex-org-researcher")};
                })}},
      // A permit for BTG maps to nothing, so nothing permits: a deny that BTG overrides remains.
      {"intermediate-break-glass", {nested_deny()}}};
}

inline std::map<std::string, std::vector<FlatGrant>> advanced_consents() {
  const auto ceiling_r = [](GrantTerms& t) { t.confidentiality = Confidentiality::kR; };
  return {{"advanced-normal", {root_permit()}},
          {"advanced-normal-restricted", {changed(root_permit(), ceiling_r)}},
          {"advanced-normal-not-restricted", {root_permit(), changed(nested_deny(), ceiling_r)}},
          {"advanced-normal-break-glass-restricted", {root_permit()}},
          {"advanced-normal-focused-restricted", {root_permit(), permit_to("ex-practitioner", {})}},
          {"advanced-normal-focused-psy", {root_permit(), permit_to("ex-practitioner", {"PSY"})}},
          {"advanced-normal-focused-psy-or-sdv",
           {root_permit(), permit_to("ex-practitioner", {"PSY", "SDV"})}}};
}

inline const std::vector<FlatGrant>& pcf_grants_of(const std::string& file) {
  static const auto consents = [] {
    auto all = basic_consents();
    all.merge(intermediate_consents());
    all.merge(advanced_consents());
    return all;
  }();
  // "Consent-ex-consent-NAME.json" or "Consent-ex-dissent-NAME.json"
  const std::size_t start = file.find("sent-", std::string("Consent-").size()) + 5;
  return consents.at(file.substr(start, file.size() - start - std::string(".json").size()));
}

}  // namespace galen::test
