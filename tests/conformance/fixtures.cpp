#include "conformance/fixtures.h"

#include "fhir/date_time.h"

#include <algorithm>

namespace galen::conformance {

namespace {

fhir::Span span_at(const Node& node) {
  const auto span = fhir::parse_date_time(node.text());
  if (!span) node.bad("'" + node.text() + "' is no date or time");
  return *span;
}

/// A named member of one of the file's tables.
Node entry(const Node& file, const char* table, const Node& name) {
  const auto found = file.at(table).find(name.text());
  if (!found) name.bad("'" + name.text() + "' is not in " + table);
  return *found;
}

}  // namespace

TimeMs time_at(const Node& node) {
  const fhir::Span span = span_at(node);
  if (span.first_ms < 0) node.bad("is before 1970");
  return TimeMs{static_cast<std::uint64_t>(span.first_ms)};
}

ledger::CalendarDate date_at(const Node& node) {
  if (node.text().size() != std::string_view("2026-01-01").size()) node.bad("must be YYYY-MM-DD");
  return ledger::CalendarDate{static_cast<std::int32_t>(span_at(node).first_ms / fhir::kMsPerDay)};
}

ledger::ActionSet actions_at(const Node& node) {
  ledger::ActionSet set = 0;
  for (const Node& each : node.elements()) {
    set |=
        each.text() == "*" ? ledger::kAllActions : ledger::action_bit(each.code<ledger::Action>());
  }
  return set;
}

ledger::ClassSet classes_at(const Node& node) {
  ledger::ClassSet set = 0;
  for (const Node& each : node.elements()) {
    set |= each.text() == "*" ? ledger::kAllClasses
                              : ledger::class_bit(each.code<ledger::RecordClass>());
  }
  return set;
}

policy::Requester requester_of(const Node& file, const Node& name) {
  const Node user = entry(file, "users", name);
  policy::Requester result;
  result.person = id_at<AccountId>(name);
  result.role = user.at("role").code<ledger::Role>();
  result.emergency_privilege = user.at("btg").boolean();
  const auto organisation = user.find("org");
  if (!organisation) return result;
  result.organisation = id_at<AccountId>(*organisation);
  if (!file.find("orgs")) return result;
  const Node facts = entry(file, "orgs", *organisation);
  result.kind = facts.at("kind").code<ledger::OrganisationKind>();
  result.region = facts.at("region").text();
  result.organisation_active = facts.at("active").boolean();
  return result;
}

policy::RecordFacts record_of(const Node& file, const Node& name) {
  const Node record = entry(file, "records", name);
  record.allow_only({"custodian",
                     "authors",
                     "related",
                     "class",
                     "conf",
                     "labels",
                     "labels_key_id",
                     "service_date",
                     "status",
                     "flags",
                     "description"});
  policy::RecordFacts facts;
  facts.id = id_at<RecordId>(name);
  facts.custodian = id_at<AccountId>(record.at("custodian"));
  for (const Node& each : record.at("authors").elements()) {
    facts.authors.push_back(id_at<AccountId>(each));
  }
  for (const Node& each : record.at("related").elements()) {
    facts.related.push_back(id_at<Random32>(each));
  }
  facts.record_class = record.at("class").code<ledger::RecordClass>();
  facts.confidentiality = record.at("conf").code<ledger::Confidentiality>();
  facts.labels = record.at("labels").texts();
  if (const auto key = record.find("labels_key_id")) {
    facts.labels_key_id = static_cast<std::uint32_t>(key->number());
  }
  facts.service_date = date_at(record.at("service_date"));
  facts.status = record.at("status").code<ledger::RecordStatus>();
  for (const Node& flag : record.at("flags").elements()) {
    if (flag.text() != "withhold-from-patient") flag.bad("unknown flag '" + flag.text() + "'");
    facts.withhold_from_patient = true;
  }
  return facts;
}

policy::EmergencyFacts emergency_of(const Node& declaration) {
  return {id_at<AccountId>(declaration.at("user")),
          time_at(declaration.at("from")),
          time_at(declaration.at("to")),
          {}};
}

void apply_params(const Node& params, ledger::Parameters& parameters) {
  params.allow_only(
      {"implicit_policy", "mandated", "max_staleness_ms", "btg_max_ttl_ms", "label_obligations"});
  if (const auto policy = params.find("implicit_policy")) {
    parameters.implicit_policy = policy->code<ledger::ImplicitPolicy>();
  }
  if (const auto rules = params.find("mandated")) {
    parameters.statutory.clear();
    for (const Node& rule : rules->elements()) {
      parameters.statutory.push_back({rule.at("purpose").text(),
                                      rule.at("org_kind").code<ledger::OrganisationKind>(),
                                      classes_at(rule.at("classes"))});
    }
  }
  if (const auto age = params.find("max_staleness_ms")) parameters.stale_ms = age->number();
  if (const auto ttl = params.find("btg_max_ttl_ms")) parameters.emergency_max_ms = ttl->number();
  if (const auto table = params.find("label_obligations")) {
    parameters.label_obligations.clear();
    for (const auto& [label, obligation] : table->members()) {
      parameters.label_obligations.push_back({label, obligation.text()});
    }
  }
}

}  // namespace galen::conformance
