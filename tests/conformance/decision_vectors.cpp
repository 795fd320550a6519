#include "conformance/decision_vectors.h"

#include "conformance/fixtures.h"

#include <algorithm>

namespace galen::conformance {

namespace {

policy::PurposeTable table_of(const Node& object) {
  policy::PurposeTable table;
  for (const auto& [granted, covered] : object.members()) {
    auto& row = table[granted];
    // "*" covers everything by itself.
    if (granted == policy::kEveryPurpose && covered.json().is_string()) continue;
    for (const Node& each : covered.elements()) row.insert(each.text());
  }
  return table;
}

ledger::DataMeaning meaning_at(const Node& node) {
  return node.code<ledger::DataMeaning>();
}

void read_data(const Node& grant, ledger::GrantTerms& terms) {
  const auto data = grant.find("data");
  if (!data) return;
  for (const Node& limit : data->elements()) {
    const auto pair = limit.elements();
    if (pair.size() != 2) limit.bad("must be a meaning and a name");
    terms.data.push_back({meaning_at(pair[0]), id_at<Random32>(pair[1])});
  }
}

void read_window(const Node& grant, ledger::GrantTerms& terms) {
  if (const auto from = grant.find("data_from")) terms.data_from = date_at(*from);
  if (const auto to = grant.find("data_to")) terms.data_to = date_at(*to);
  if (const auto at = grant.find("erase_at")) terms.erase_at = time_at(*at);
  if (const auto from = grant.find("valid_from")) terms.valid_from = time_at(*from);
  if (const auto to = grant.find("valid_to")) terms.valid_to = time_at(*to);
}

/// What has no part in a decision is listed last.
void check_keys(const Node& grant) {
  grant.allow_only({"effect",      "grantee",      "purposes",      "actions",      "classes",
                    "conf",        "labels",       "labels_key_id", "data_from",    "data_to",
                    "data",        "erase_at",     "regions",       "btg_override", "valid_from",
                    "valid_to",    "status",       "ended_at",      "max_uses",     "uses_left",
                    "description", "policy_ref",   "grantor",       "terms_commit", "supersedes",
                    "seq",         "ack_shadowed", "follow",        "op_version"});
}

ledger::GrantTerms terms_of(const Node& grant) {
  check_keys(grant);
  ledger::GrantTerms terms;
  terms.grantee.kind = grant.at("grantee").at("kind").code<ledger::GranteeKind>();
  if (const auto id = grant.at("grantee").find("id")) terms.grantee.id = id_at<AccountId>(*id);
  terms.purposes = grant.at("purposes").texts();
  terms.actions = actions_at(grant.at("actions"));
  terms.classes = classes_at(grant.at("classes"));
  terms.confidentiality = grant.at("conf").code<ledger::Confidentiality>();
  if (const auto labels = grant.find("labels")) terms.labels = labels->texts();
  if (const auto key = grant.find("labels_key_id")) {
    terms.labels_key_id = static_cast<std::uint32_t>(key->number());
  }
  if (const auto regions = grant.find("regions")) terms.regions = regions->texts();
  read_data(grant, terms);
  read_window(grant, terms);
  if (const auto value = grant.find("btg_override")) {
    terms.emergency_override = value->code<ledger::EmergencyOverride>();
  }
  if (const auto uses = grant.find("max_uses")) {
    terms.max_uses = static_cast<std::uint32_t>(uses->number());
  }
  return terms;
}

policy::GrantStatus status_at(const Node& node) {
  const std::string text = node.text();
  if (text == "active") return policy::GrantStatus::kActive;
  if (text == "revoked") return policy::GrantStatus::kRevoked;
  if (text == "superseded") return policy::GrantStatus::kSuperseded;
  node.bad("unknown status '" + text + "'");
}

std::string name_of(const GrantId& id) {
  const auto end = std::find(id.value.begin(), id.value.end(), 0);
  return {id.value.begin(), end};
}

/// "permit grant by g1, obligations a b"
std::string described(const policy::Decision& decision, bool with_grant) {
  std::string text = decision.permit ? "permit " : "deny ";
  text += policy::name(decision.reason);
  if (with_grant && decision.grant) text += " by " + name_of(*decision.grant);
  if (!decision.obligations.empty()) text += ", obligations";
  for (const std::string& each : decision.obligations) text += " " + each;
  return text;
}

/// The decision a case expects. Its grant counts only when the case names it, if only as null.
policy::Decision expected_of(const Node& expect) {
  expect.allow_only({"decision", "reason", "by", "obligations"});
  policy::Decision decision;
  const std::string effect = expect.at("decision").text();
  if (effect != "permit" && effect != "deny") expect.at("decision").bad("must be permit or deny");
  decision.permit = effect == "permit";
  const auto reason = policy::parse_reason(expect.at("reason").text());
  if (!reason) expect.at("reason").bad("unknown reason '" + expect.at("reason").text() + "'");
  decision.reason = *reason;
  if (const auto by = expect.find("by")) decision.grant = id_at<GrantId>(*by);
  const auto obligations = expect.find("obligations");
  if (!obligations) return decision;
  for (const Node& each : obligations->elements()) decision.obligations.push_back(each.text());
  return decision;
}

}  // namespace

DecisionVectors::DecisionVectors(const Json& file) : file_(file, "file") {
  terminology_.permit_covers = table_of(file_.at("permit_covers"));
  terminology_.deny_covers = table_of(file_.at("deny_covers"));
  for (const auto& [name, grant] : file_.at("grants").members()) terms_[name] = terms_of(grant);
}

ledger::RolePurpose DecisionVectors::pair_of(const Node& vector) const {
  const Node request = vector.at("request");
  return {requester_of(file_, request.at("user")).role, request.at("purpose").text()};
}

ledger::Parameters DecisionVectors::parameters(const Node& vector) const {
  ledger::Parameters result;
  apply_params(file_.at("params"), result);
  if (const auto overrides = vector.find("params")) apply_params(*overrides, result);
  for (const Node& each : cases()) result.role_purposes.push_back(pair_of(each));
  return result;
}

policy::GrantFacts DecisionVectors::grant(const Node& name) const {
  const auto terms = terms_.find(name.text());
  if (terms == terms_.end()) name.bad("'" + name.text() + "' is not in grants");
  const Node body = file_.at("grants").at(name.text());
  policy::GrantFacts facts;
  facts.id = id_at<GrantId>(name);
  facts.effect = body.at("effect").code<ledger::Effect>();
  facts.terms = &terms->second;
  facts.status = status_at(body.at("status"));
  if (const auto ended = body.find("ended_at")) facts.ended_at = time_at(*ended);
  facts.uses_left = facts.terms->max_uses;
  if (const auto left = body.find("uses_left")) {
    facts.uses_left = static_cast<std::uint32_t>(left->number());
  }
  const auto kind = facts.terms->grantee.kind;
  if (kind == ledger::GranteeKind::kProject || kind == ledger::GranteeKind::kGroup) {
    const char* table = kind == ledger::GranteeKind::kProject ? "projects" : "groups";
    const Node members = file_.at(table).at(body.at("grantee").at("id").text());
    for (const Node& each : members.elements()) facts.members.push_back(id_at<AccountId>(each));
  }
  return facts;
}

policy::ConsentContext DecisionVectors::consent(const Node& vector) const {
  policy::ConsentContext context;
  for (const Node& name : vector.at("grants").elements()) context.grants.push_back(grant(name));
  if (const auto proxy = vector.find("proxy")) {
    context.proxies.push_back({id_at<AccountId>(proxy->at("user")),
                               proxy->at("purpose").text(),
                               time_at(proxy->at("from")),
                               time_at(proxy->at("to")),
                               proxy->at("exclude_labels").texts()});
  }
  if (const auto emergency = vector.find("btg")) {
    context.emergencies.push_back(emergency_of(*emergency));
  }
  return context;
}

Verdict DecisionVectors::evaluate_case(const Node& vector,
                                       const policy::Terminology& terminology) const {
  vector.allow_only({"id",
                     "description",
                     "request",
                     "grants",
                     "params",
                     "proxy",
                     "btg",
                     "state_age_ms",
                     "expect",
                     "note"});
  const Node asked = vector.at("request");
  asked.allow_only({"user", "purpose", "action", "record", "at", "project"});
  policy::Request request;
  request.purpose = asked.at("purpose").text();
  request.action = asked.at("action").code<ledger::Action>();
  request.at = policy::Instant::of_block(time_at(asked.at("at")));
  if (const auto project = asked.find("project")) request.project = id_at<AccountId>(*project);
  if (const auto age = vector.find("state_age_ms")) request.state_age_ms = age->number();

  const ledger::Parameters rules = parameters(vector);
  Evaluated came = evaluate(policy::PolicyTables{terminology, rules},
                            requester_of(file_, asked.at("user")),
                            record_of(file_, asked.at("record")),
                            consent(vector),
                            request);
  const Node expect = vector.at("expect");
  const policy::Decision wanted = expected_of(expect);
  const bool names_grant = expect.json().contains("by");
  if (!names_grant) came.decision.grant.reset();
  Verdict verdict;
  verdict.id = vector.at("id").text();
  verdict.expected = described(wanted, names_grant);
  verdict.got = described(came.decision, names_grant);
  if (!came.agree) verdict.got += ", and another answer when the grants stand in another order";
  // Tags are for the custodian; the vectors use clear labels.
  came.decision.label_tags.reset();
  verdict.passed = came.agree && came.decision == wanted;
  return verdict;
}

}  // namespace galen::conformance
