// The conformance vectors of HEALTH.md 1.5, with the code tables of their own file.
#include "ledger/genesis.h"
#include "modules/policy/decide.h"
#include "vectors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace galen::policy {
namespace {

using namespace vectors;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

ledger::ActionSet actions_of(const json& list) {
  ledger::ActionSet set = 0;
  for (const std::string text : list) {
    set |= text == "*" ? ledger::kAllActions : ledger::action_bit(code<ledger::Action>(text));
  }
  return set;
}

ledger::ClassSet classes_of(const json& list) {
  ledger::ClassSet set = 0;
  for (const std::string text : list) {
    set |= text == "*" ? ledger::kAllClasses : ledger::class_bit(code<ledger::RecordClass>(text));
  }
  return set;
}

PurposeTable table_of(const json& object) {
  PurposeTable table;
  for (const auto& [granted, covered] : object.items()) {
    auto& row = table[granted];
    if (covered.is_array()) row.insert(covered.begin(), covered.end());
  }
  return table;
}

/// One vector file, translated once.
class VectorFile {
 public:
  explicit VectorFile(const std::string& path) {
    file_ = read_json(path);
    terminology_.permit_covers = table_of(file_["permit_covers"]);
    terminology_.deny_covers = table_of(file_["deny_covers"]);
    for (const auto& [name, grant] : file_["grants"].items()) terms_[name] = terms_of(grant);
  }

  [[nodiscard]] const json& cases() const { return file_["cases"]; }

  [[nodiscard]] ledger::Parameters parameters(const json& overrides) const {
    const json& params = file_["params"];
    ledger::Parameters result;
    std::string implicit = params["implicit_policy"];
    if (overrides.contains("implicit_policy")) implicit = overrides["implicit_policy"];
    result.implicit_policy = code<ledger::ImplicitPolicy>(implicit);
    for (const json& rule : params["mandated"]) {
      result.statutory.push_back({rule["purpose"],
                                  code<ledger::OrganisationKind>(rule["org_kind"]),
                                  classes_of(rule["classes"])});
    }
    result.stale_ms = params["max_staleness_ms"];
    result.emergency_max_ms = params["btg_max_ttl_ms"];
    for (const auto& [label, obligation] : params["label_obligations"].items()) {
      result.label_obligations.push_back({label, obligation});
    }
    // The vectors presuppose that step 0 lets through every pair they assert.
    for (const json& c : cases()) result.role_purposes.push_back(pair_of(c));
    return result;
  }

  [[nodiscard]] ledger::RolePurpose pair_of(const json& c) const {
    const std::string user = c["request"]["user"];
    return {code<ledger::Role>(file_["users"][user]["role"]), c["request"]["purpose"]};
  }

  [[nodiscard]] Requester requester(const std::string& name) const {
    const json& user = file_["users"][name];
    Requester result;
    result.person = id_of<AccountId>(name);
    result.role = code<ledger::Role>(user["role"]);
    result.emergency_privilege = user["btg"];
    if (user["org"].is_null()) return result;
    const json& organisation = file_["orgs"][user["org"].get<std::string>()];
    result.organisation = id_of<AccountId>(user["org"]);
    result.kind = code<ledger::OrganisationKind>(organisation["kind"]);
    result.region = organisation["region"];
    result.organisation_active = organisation["active"];
    return result;
  }

  [[nodiscard]] RecordFacts record(const std::string& name) const {
    return record_of(name, file_["records"][name]);
  }

  [[nodiscard]] ConsentContext consent(const json& c) const {
    ConsentContext context;
    for (const std::string name : c["grants"]) context.grants.push_back(grant(name));
    if (c.contains("proxy")) {
      const json& p = c["proxy"];
      context.proxies.push_back({id_of<AccountId>(p["user"]),
                                 p["purpose"],
                                 time_of(p["from"]),
                                 time_of(p["to"]),
                                 texts(p["exclude_labels"])});
    }
    if (c.contains("btg")) {
      context.emergencies.push_back(emergency_of(c["btg"]));
    }
    return context;
  }

  [[nodiscard]] const Terminology& terminology() const { return terminology_; }

 private:
  [[nodiscard]] static ledger::GrantTerms terms_of(const json& g) {
    ledger::GrantTerms terms;
    terms.grantee.kind = code<ledger::GranteeKind>(g["grantee"]["kind"]);
    if (!g["grantee"]["id"].is_null()) terms.grantee.id = id_of<AccountId>(g["grantee"]["id"]);
    terms.purposes = texts(g["purposes"]);
    terms.actions = actions_of(g["actions"]);
    terms.classes = classes_of(g["classes"]);
    terms.confidentiality = code<ledger::Confidentiality>(g["conf"]);
    terms.labels = texts(g["labels"]);
    if (!g["data_from"].is_null()) terms.data_from = ledger::CalendarDate{days_of(g["data_from"])};
    if (!g["data_to"].is_null()) terms.data_to = ledger::CalendarDate{days_of(g["data_to"])};
    static const std::map<std::string, ledger::DataMeaning> kMeanings{
        {"instance", ledger::DataMeaning::kInstance},
        {"related", ledger::DataMeaning::kRelated},
        {"authoredby", ledger::DataMeaning::kAuthoredBy}};
    for (const json& limit : g["data"]) {
      terms.data.push_back({kMeanings.at(limit[0]), id_of<Random32>(limit[1])});
    }
    if (!g["erase_at"].is_null()) terms.erase_at = time_of(g["erase_at"]);
    terms.regions = texts(g["regions"]);
    terms.emergency_override = code<ledger::EmergencyOverride>(g["btg_override"]);
    terms.valid_from = time_of(g["valid_from"]);
    if (!g["valid_to"].is_null()) terms.valid_to = time_of(g["valid_to"]);
    return terms;
  }

  [[nodiscard]] GrantFacts grant(const std::string& name) const {
    const json& g = file_["grants"][name];
    GrantFacts facts;
    facts.id = id_of<GrantId>(name);
    facts.effect = code<ledger::Effect>(g["effect"]);
    facts.terms = &terms_.at(name);
    static const std::map<std::string, GrantStatus> kStatus{
        {"active", GrantStatus::kActive},
        {"revoked", GrantStatus::kRevoked},
        {"superseded", GrantStatus::kSuperseded}};
    facts.status = kStatus.at(g["status"]);
    if (!g["ended_at"].is_null()) facts.ended_at = time_of(g["ended_at"]);
    if (facts.terms->grantee.kind == ledger::GranteeKind::kProject) {
      for (const std::string member : file_["projects"][g["grantee"]["id"].get<std::string>()]) {
        facts.members.push_back(id_of<AccountId>(member));
      }
    }
    return facts;
  }

  json file_;
  Terminology terminology_;
  std::map<std::string, ledger::GrantTerms> terms_;
};

void expect_case(const VectorFile& file, const json& c, const PolicyTables& tables) {
  SCOPED_TRACE(c["id"].get<std::string>() + ": " + c["description"].get<std::string>());
  const json& r = c["request"];
  Request request;
  request.purpose = r["purpose"];
  request.action = code<ledger::Action>(r["action"]);
  request.at = Instant::of_block(time_of(r["at"]));
  if (r.contains("project")) request.project = id_of<AccountId>(r["project"]);
  request.state_age_ms = c.value("state_age_ms", std::uint64_t{0});

  const Requester requester = file.requester(r["user"]);
  const RecordFacts record = file.record(r["record"]);
  ConsentContext consent = file.consent(c);
  const Decision decision = decide(tables, requester, record, consent, request);

  const json& expected = c["expect"];
  EXPECT_EQ(decision.permit, expected["decision"] == "permit");
  EXPECT_EQ(name(decision.reason), expected["reason"].get<std::string>());
  if (expected.contains("by")) {
    EXPECT_EQ(decision.grant, id_of<GrantId>(expected["by"]));
  }
  EXPECT_EQ(decision.obligations, expected.value("obligations", std::vector<std::string>{}));
  std::reverse(consent.grants.begin(), consent.grants.end());
  EXPECT_EQ(decide(tables, requester, record, consent, request), decision);
}

void expect_file(const std::string& path, std::size_t least) {
  const VectorFile file(path);
  ASSERT_GE(file.cases().size(), least);
  for (const json& c : file.cases()) {
    const ledger::Parameters parameters = file.parameters(c.value("params", json::object()));
    expect_case(file, c, PolicyTables{file.terminology(), parameters});
  }
}

const std::string kOwnCopy = own_file("decision-vectors.json");

TEST(DecisionVectors, OwnCopyIsDecidedAsExpected) {
  expect_file(kOwnCopy, 44);
}

TEST(DecisionVectors, SharedFileIsDecidedAsExpected) {
  const std::string path = shared_file("decision-vectors.json");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no shared data: " << path;
  expect_file(path, 44);
}

TEST(DecisionVectors, DefaultStepZeroAllowsEveryPairTheyAssert) {
  const VectorFile file(kOwnCopy);
  const ledger::Parameters parameters = ledger::default_parameters();
  const PolicyTables tables = tables_of(parameters);
  for (const json& c : file.cases()) {
    const auto pair = file.pair_of(c);
    EXPECT_TRUE(may_assert(tables, pair.role, pair.purpose)) << c["id"] << " " << pair.purpose;
  }
}

TEST(DecisionVectors, ShippedTablesDecideThemTheSame) {
  const VectorFile file(kOwnCopy);
  for (const json& c : file.cases()) {
    const ledger::Parameters parameters = file.parameters(c.value("params", json::object()));
    expect_case(file, c, tables_of(parameters));
  }
}

}  // namespace
}  // namespace galen::policy
