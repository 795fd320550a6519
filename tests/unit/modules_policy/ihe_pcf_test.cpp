// The decisions expected for the example consents of the IHE PCF guide. The consents stand here as
// the flat grants that HEALTH.md 1.4 makes of them; translating the FHIR resources is another
// module's work.
#include "ledger/genesis.h"
#include "modules/policy/decide.h"
#include "vectors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace galen::policy {
namespace {

using namespace vectors;  // NOLINT(google-build-using-namespace)
using ledger::Confidentiality;
using ledger::DataMeaning;
using ledger::Effect;
using ledger::GrantTerms;
using nlohmann::json;

struct FlatGrant {
  Effect effect = Effect::kPermit;
  GrantTerms terms;
};

/// No actor means anybody, no period no end; both need the parameter that allows ANY permits.
FlatGrant root_permit(std::vector<std::string> purposes = {"HOPERAT", "HPAYMT", "TREAT"}) {
  FlatGrant grant;
  grant.terms.grantee.kind = ledger::GranteeKind::kAny;
  grant.terms.purposes = std::move(purposes);
  return grant;
}

FlatGrant permit_on(DataMeaning meaning, const std::string& id) {
  FlatGrant grant = root_permit();
  grant.terms.data = {{meaning, id_of<Random32>(id)}};
  return grant;
}

/// A nested deny: every purpose, unless it names some.
FlatGrant nested_deny() {
  FlatGrant grant = root_permit({"*"});
  grant.effect = Effect::kDeny;
  grant.terms.actions = ledger::kAllActions;
  grant.terms.confidentiality = Confidentiality::kU;
  return grant;
}

FlatGrant deny_on(DataMeaning meaning, const std::string& id) {
  FlatGrant grant = nested_deny();
  grant.terms.data = {{meaning, id_of<Random32>(id)}};
  return grant;
}

FlatGrant permit_to(const std::string& practitioner, std::vector<std::string> labels) {
  FlatGrant grant = root_permit();
  grant.terms.grantee = {ledger::GranteeKind::kPractitioner, id_of<AccountId>(practitioner)};
  grant.terms.confidentiality = Confidentiality::kR;
  grant.terms.labels = std::move(labels);
  return grant;
}

template <class Change>
FlatGrant changed(FlatGrant grant, Change&& change) {
  change(grant.terms);
  return grant;
}

std::map<std::string, std::vector<FlatGrant>> basic_consents() {
  const auto in_2022 = [](GrantTerms& t) {
    t.data_from = ledger::CalendarDate{days_of("2022-01-01")};
    t.data_to = ledger::CalendarDate{days_of("2023-01-01")};  // the end is inclusive in FHIR
  };
  FlatGrant reject = nested_deny();
  reject.terms.purposes = root_permit().terms.purposes;
  const FlatGrant until_2022 =
      changed(root_permit(), [](GrantTerms& t) { t.valid_to = time_of("2023-01-01T00:00:00Z"); });
  return {{"basic-treat", {root_permit()}},
          {"basic-ink", {root_permit()}},
          {"basic-reject", {reject}},
          {"expired-treat", {until_2022}},
          {"basic-research", {root_permit({"HRESCH"})}},
          {"intermediate-timeframe", {changed(root_permit(), in_2022)}},
          {"intermediate-not-timeframe", {root_permit(), changed(nested_deny(), in_2022)}}};
}

std::map<std::string, std::vector<FlatGrant>> intermediate_consents() {
  FlatGrant listed = root_permit();
  for (const char* id : {"ex-alcoholUse",
                         "ex-bloodPressure",
                         "ex-bloodSugar",
                         "ex-encounter",
                         "ex-weight",
                         "ex-weight-2"}) {
    listed.terms.data.push_back({DataMeaning::kInstance, id_of<Random32>(id)});
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
      // A code outside the pinned table is refused by the translation: no grant comes of it.
      {"intermediate-purpose", {}},
      // A permit for BTG maps to nothing, so nothing permits: a deny that BTG overrides remains.
      {"intermediate-break-glass", {nested_deny()}}};
}

std::map<std::string, std::vector<FlatGrant>> advanced_consents() {
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

const std::vector<FlatGrant>& grants_of(const std::string& file) {
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

Decision decide_case(const json& file, const json& c) {
  const json& user = file["users"][c["user"].get<std::string>()];
  Requester requester;
  requester.person = id_of<AccountId>(c["user"]);
  requester.organisation = id_of<AccountId>(user["org"]);
  requester.role = code<ledger::Role>(user["role"]);
  requester.emergency_privilege = user["btg"];
  requester.region = "DE";
  const RecordFacts record =
      record_of(c["record"], file["records"][c["record"].get<std::string>()]);

  ConsentContext consent;
  consent.ever_granted = true;
  const std::vector<FlatGrant>& grants = grants_of(c["consent"]);
  for (std::size_t i = 0; i < grants.size(); ++i) {
    GrantFacts facts;
    facts.id = id_of<GrantId>("g" + std::to_string(i));
    facts.effect = grants[i].effect;
    facts.terms = &grants[i].terms;
    consent.grants.push_back(facts);
  }
  if (c.contains("btg")) consent.emergencies.push_back(emergency_of(c["btg"]));
  Request request;
  request.purpose = c["purpose"];
  request.at = Instant::of_block(time_of(c["at"]));

  ledger::Parameters parameters = ledger::default_parameters();
  parameters.role_purposes.push_back({requester.role, request.purpose});
  return decide(tables_of(parameters), requester, record, consent, request);
}

void expect_file(const std::string& path) {
  const json file = read_json(path);
  ASSERT_GE(file["cases"].size(), 35U);
  std::set<std::string> consents;
  for (const json& c : file["cases"]) {
    consents.insert(c["consent"]);
    EXPECT_EQ(decide_case(file, c).permit, c["expect"] == "permit") << c.dump();
  }
  EXPECT_EQ(consents.size(), 22U);
}

TEST(IhePcf, OwnCopyIsDecidedAsExpected) {
  expect_file(own_file("ihe-pcf-expectations.json"));
}

TEST(IhePcf, SharedFileIsDecidedAsExpected) {
  const std::string path = shared_file("ihe-pcf-expectations.json");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no shared data: " << path;
  expect_file(path);
}

}  // namespace
}  // namespace galen::policy
