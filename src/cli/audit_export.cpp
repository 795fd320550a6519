#include "cli/audit_export.h"

#include <ctime>
#include <nlohmann/json.hpp>

namespace galen::cli {

namespace {

using client::AccessDecision;
using client::AccessView;
using Json = nlohmann::ordered_json;

constexpr const char* kDicom = "http://dicom.nema.org/resources/ontology/DCM";
constexpr const char* kActReason = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
constexpr const char* kEntityType = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
constexpr const char* kObjectRole = "http://terminology.hl7.org/CodeSystem/object-role";
constexpr const char* kResourceType = "http://hl7.org/fhir/resource-types";
constexpr const char* kBalp = "https://profiles.ihe.net/ITI/BALP/CodeSystem/";
constexpr const char* kLifecycle = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle";
constexpr const char* kSourceType = "http://terminology.hl7.org/CodeSystem/security-source-type";
constexpr const char* kSnomed = "http://snomed.info/sct";

Json coding(const std::string& system, const std::string& code) {
  return {{"system", system}, {"code", code}};
}

Json concept_of(const std::string& system, const std::string& code) {
  return {{"coding", Json::array({coding(system, code)})}};
}

Json reference(const std::string& type, const std::string& id) {
  return {{"reference", type + "/" + id}};
}

Json identifier(const std::string& system, const std::string& value) {
  return {{"identifier", {{"system", system}, {"value", value}}}};
}

/// The ledger decides: its chain stands for the authorisation server.
Json ledger_of(const client::StatementReport& report) {
  return identifier("urn:galen:chain", report.chain);
}

/// The node through which an organisation's people ask and act: the ledger knows it as theirs.
Json node_of(const AccessView& entry) {
  return identifier("urn:galen:node", entry.organisation_id);
}

/// A patient who asks for himself is no practitioner, nor is an organisation that acts as itself.
Json requester_of(const AccessView& entry, const client::StatementReport& report) {
  if (entry.person.empty()) return {{"display", "not told"}};
  if (entry.person == entry.organisation_id) return reference("Organization", entry.person);
  if (entry.person == report.patient) return reference("Patient", entry.person);
  // As `galen patient export` and the account's registration have them.
  if (entry.role == "proxy") return reference("RelatedPerson", entry.person);
  if (entry.role == "device") return reference("Device", entry.person);
  return reference("Practitioner", entry.person);
}

Json agent_of(const std::string& system, const std::string& code, const Json& who) {
  return {{"type", concept_of(system, code)}, {"who", who}, {"requestor", false}};
}

/// Whoever asked or acted, and his organisation, after the system `first`.
Json agents_of(const AccessView& entry, const client::StatementReport& report, Json first) {
  Json user{
      {"type", concept_of("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP")},
      {"role", Json::array({concept_of("urn:galen:role", entry.role)})},
      {"who", requester_of(entry, report)},
      {"requestor", true},
      {"purposeOfUse", Json::array({concept_of(kActReason, entry.purpose)})}};
  Json organisation = agent_of("http://terminology.hl7.org/CodeSystem/v3-RoleClass",
                               "PROV",
                               reference("Organization", entry.organisation_id));
  return Json::array({std::move(first), std::move(user), std::move(organisation)});
}

Json ledger_agent(const client::StatementReport& report) {
  return agent_of("http://terminology.hl7.org/CodeSystem/extra-security-role-type",
                  "authserver",
                  ledger_of(report));
}

/// BALP's authorisation decision: the ledger decided, the client is what the user asked through.
Json decision_agents(const AccessView& entry, const client::StatementReport& report) {
  Json agents = agents_of(entry, report, ledger_agent(report));
  agents.push_back(agent_of(kDicom, "110150", node_of(entry)));
  return agents;
}

Json recipient_of(const AccessView& entry) {
  if (entry.recipient_id.empty()) return {{"display", "not told"}};
  return reference("Organization", entry.recipient_id);
}

/// BALP's disclosure at the source: from the organisation's node to whom it went. With PATRQT the
/// patient asked for it, whoever did it; an organisation's own log names none.
Json disclosure_agents(const AccessView& entry, const client::StatementReport& report) {
  Json agents = agents_of(entry, report, agent_of(kDicom, "110153", node_of(entry)));
  agents.push_back(agent_of(kDicom, "110152", recipient_of(entry)));
  const bool names_patient = entry.kind != "asked" && report.patient != entry.organisation_id;
  if (!names_patient || entry.purpose != "PATRQT") return agents;
  Json patient = agent_of(kSnomed, "429577009", reference("Patient", report.patient));
  patient["requestor"] = true;
  agents[1]["requestor"] = false;
  agents.push_back(std::move(patient));
  return agents;
}

Json detail(const std::string& type, const std::string& value) {
  return {{"type", type}, {"valueString", value}};
}

/// 45 CFR 164.528.
Json accounting_detail() {
  return detail("accounting-of-disclosures", "true");
}

/// What tells a late entry: it was released before it stood in the log.
void add_late(const AccessView& entry, Json& details) {
  details.push_back(detail("late", "true"));
  details.push_back(detail("released", fhir_instant(entry.released_ms)));
  details.push_back(detail("journal", entry.journal));
  details.push_back(detail("number", std::to_string(entry.number)));
}

Json request_entity(const AccessView& entry) {
  Json entity{{"what", identifier("urn:galen:request", entry.request)},
              {"type", coding(std::string(kBalp) + "BasicAuditEntityType", "XrequestId")}};
  if (entry.late) {
    entity["detail"] = Json::array();
    add_late(entry, entity["detail"]);
  }
  return entity;
}

Json entities_of(const AccessView& entry,
                 const AccessDecision& decision,
                 const client::StatementReport& report) {
  Json entities = Json::array();
  entities.push_back({{"what", reference("Patient", report.patient)},
                      {"type", coding(kEntityType, "1")},
                      {"role", coding(kObjectRole, "1")}});
  Json record{{"what", reference("DocumentReference", decision.record)},
              {"type", coding(kEntityType, "2")},
              {"role", coding(kObjectRole, "3")}};
  // A list is about no single record: what was asked for is a query.
  if (decision.record.empty()) {
    record = {{"type", coding(kEntityType, "2")},
              {"role", coding(kObjectRole, "24")},
              {"name", "list of the records that may be discovered"}};
  }
  if (decision.accounting) record["detail"] = Json::array({accounting_detail()});
  entities.push_back(std::move(record));
  if (!decision.grant.empty()) {
    entities.push_back({{"what", reference("Consent", decision.grant)},
                        {"type", coding(kResourceType, "Consent")}});
  }
  entities.push_back(request_entity(entry));
  return entities;
}

/// The transaction in which an organisation asked: its own log names nobody.
Json asked_entity(const AccessView& entry) {
  Json details = Json::array({detail("asked", entry.asked), detail("digest", entry.digest)});
  if (entry.accounting) details.push_back(accounting_detail());
  if (entry.late) add_late(entry, details);
  return {{"what",
           identifier("urn:galen:operation", entry.tx_id + "." + std::to_string(entry.operation))},
          {"type", coding(kEntityType, "2")},
          {"role", coding(kObjectRole, "24")},
          {"detail", std::move(details)}};
}

/// What was read, or what an act was about.
Json entities_of(const AccessView& entry, const client::StatementReport& report) {
  if (entry.kind == "asked") return Json::array({asked_entity(entry)});
  Json log{{"what", reference("Patient", report.patient)},
           {"type", coding(kEntityType, "1")},
           {"role", coding(kObjectRole, "1")}};
  if (entry.accounting) log["detail"] = Json::array({accounting_detail()});
  Json entities = Json::array({std::move(log)});
  if (entry.kind == "audit-read") {
    entities.push_back({{"what", identifier("urn:galen:audit-log", report.patient)},
                        {"type", coding(kEntityType, "2")},
                        {"role", coding(kObjectRole, "13")},
                        {"detail",
                         Json::array({detail("from", fhir_instant(entry.from_ms)),
                                      detail("to", fhir_instant(entry.to_ms))})}});
  }
  for (const auto& record : entry.records) {
    entities.push_back({{"what", reference("DocumentReference", record)},
                        {"type", coding(kEntityType, "2")},
                        {"role", coding(kObjectRole, "3")}});
  }
  entities.push_back(request_entity(entry));
  return entities;
}

/// Who saw it: of a decision the ledger, a security server.
Json source_of(const client::StatementReport& report) {
  return {{"observer", ledger_of(report)}, {"type", Json::array({coding(kSourceType, "6")})}};
}

/// Of a disclosure the organisation's own node, an application server: the ledger was told.
Json disclosure_source_of(const AccessView& entry) {
  return {{"observer", node_of(entry)}, {"type", Json::array({coding(kSourceType, "4")})}};
}

/// At most 64 characters, the same in every statement of the patient.
std::string event_id(const AccessView& entry, std::size_t place, const std::string& patient) {
  return patient.substr(0, 32) + "-" + std::to_string(entry.index) + "-" + std::to_string(place);
}

Json event_of(const AccessView& entry, std::size_t place, const client::StatementReport& report) {
  const AccessDecision& decision = entry.decisions[place];
  Json event{
      {"resourceType", "AuditEvent"},
      {"id", event_id(entry, place, report.patient)},
      {"type", coding(kDicom, "110113")},
      {"subtype", Json::array({coding(std::string(kBalp) + "AuthZsubType", "AuthZ-Consent")})},
      {"action", "E"},
      {"recorded", fhir_instant(entry.time_ms)},
      {"outcome", decision.permit ? "0" : "8"},
      {"outcomeDesc", decision.reason},
      {"purposeOfEvent", Json::array({concept_of(kActReason, entry.purpose)})},
      {"agent", decision_agents(entry, report)},
      {"source", source_of(report)},
      {"entity", entities_of(entry, decision, report)}};
  // Recorded when it was committed; happened before.
  if (entry.late) event["period"] = {{"end", fhir_instant(entry.released_ms)}};
  return event;
}

/// Something leaves the organisation.
bool is_disclosure(const AccessView& entry) {
  const std::string& act = entry.kind == "asked" ? entry.action : entry.kind;
  return act == "export" || act == "audit-export" || act == "disclosure-accounting";
}

/// The ledger's own code, and what BALP calls a disclosure.
Json subtypes_of(const AccessView& entry) {
  Json subtypes = Json::array({coding("urn:galen:act", entry.kind)});
  if (is_disclosure(entry)) subtypes.push_back(coding(kLifecycle, "disclose"));
  return subtypes;
}

/// Reading the log is DICOM's "Audit Log Used"; what leaves an organisation "Export", in the
/// pattern of BALP's disclosure at the source; the rest "Application Activity".
Json act_event_of(const AccessView& entry, const client::StatementReport& report) {
  const bool is_reading = entry.kind == "audit-read";
  const bool is_export = is_disclosure(entry);
  Json event{{"resourceType", "AuditEvent"},
             {"id", event_id(entry, 0, report.patient)},
             {"type",
              coding(kDicom,
                     is_reading  ? "110101"
                     : is_export ? "110106"
                                 : "110100")},
             {"subtype", subtypes_of(entry)},
             {"action", is_reading || is_export ? "R" : "E"},
             {"recorded", fhir_instant(entry.time_ms)},
             {"outcome", !entry.reason.empty() && !entry.permit ? "8" : "0"},
             {"purposeOfEvent", Json::array({concept_of(kActReason, entry.purpose)})},
             {"agent",
              is_export ? disclosure_agents(entry, report)
                        : agents_of(entry, report, ledger_agent(report))},
             {"source", is_export ? disclosure_source_of(entry) : source_of(report)},
             {"entity", entities_of(entry, report)}};
  if (!entry.reason.empty()) event["outcomeDesc"] = entry.reason;
  if (entry.late) event["period"] = {{"end", fhir_instant(entry.released_ms)}};
  return event;
}

template <class Each>
bool each_event(const client::StatementReport& report, Each&& each) {
  const auto tell = [&](Json event) {
    const std::string url = "urn:galen:audit-event:" + event["id"].get<std::string>();
    return each(url, std::move(event));
  };
  for (const auto& entry : report.entries) {
    if (entry.kind != "access" && !tell(act_event_of(entry, report))) return false;
    for (std::size_t place = 0; place < entry.decisions.size(); ++place) {
      if (!tell(event_of(entry, place, report))) return false;
    }
  }
  return true;
}

std::string quoted(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (const auto& cell : cells) line += (line.empty() ? "" : ",") + quoted(cell);
  return line + "\r\n";
}

/// A release that the own log keeps went to the organisation that brought the entry, as in others.
std::string act_line(const AccessView& entry) {
  std::string what = entry.kind == "asked" ? entry.action + " tx " + entry.tx_id : entry.kind;
  for (const auto& record : entry.records) what += " " + record;
  return csv_line({fhir_instant(entry.late ? entry.released_ms : entry.acted_ms),
                   entry.late ? entry.organisation : entry.recipient,
                   entry.late ? entry.organisation_id : entry.recipient_id,
                   entry.person,
                   what,
                   entry.purpose,
                   entry.late ? entry.reason : "administrative act",
                   std::to_string(entry.height),
                   std::to_string(entry.index),
                   entry.late ? "late" : ""});
}

}  // namespace

std::string fhir_instant(std::uint64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "";
  char date[32];
  std::strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string milliseconds = std::to_string(1000 + ms % 1000).substr(1);
  return std::string(date) + "." + milliseconds + "Z";
}

std::string fhir_bundle(const client::StatementReport& report) {
  Json bundle{{"resourceType", "Bundle"},
              {"identifier", {{"system", "urn:galen:block"}, {"value", report.block_hash}}},
              {"type", "collection"},
              {"timestamp", fhir_instant(report.time_ms)}};
  Json entries = Json::array();
  (void)each_event(report, [&](const std::string& url, Json event) {
    entries.push_back({{"fullUrl", url}, {"resource", std::move(event)}});
    return true;
  });
  // FHIR knows no empty arrays.
  if (!entries.empty()) bundle["entry"] = std::move(entries);
  return bundle.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool each_audit_event(
    const client::StatementReport& report,
    const std::function<bool(const std::string& full_url, const std::string& event)>& each) {
  return each_event(report, [&](const std::string& url, const Json& event) {
    return each(url, event.dump(-1, ' ', false, Json::error_handler_t::replace));
  });
}

std::string disclosures_csv(const client::StatementReport& report) {
  std::string text = csv_line({"date",
                               "recipient",
                               "recipient_id",
                               "person",
                               "what",
                               "purpose",
                               "basis",
                               "height",
                               "index",
                               "late"});
  for (const auto& entry : report.entries) {
    if (entry.accounting) text += act_line(entry);
    for (const auto& decision : entry.decisions) {
      if (!decision.accounting) continue;
      // A disclosure is listed when it happened.
      text += csv_line({fhir_instant(entry.late ? entry.released_ms : entry.time_ms),
                        entry.organisation,
                        entry.organisation_id,
                        entry.person,
                        entry.action + " record " + decision.record,
                        entry.purpose,
                        decision.reason,
                        std::to_string(entry.height),
                        std::to_string(entry.index),
                        entry.late ? "late" : ""});
    }
  }
  return text;
}

}  // namespace galen::cli
