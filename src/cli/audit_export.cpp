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

/// A patient who asks for himself is no practitioner.
Json requester_of(const AccessView& entry, const client::StatementReport& report) {
  return reference(entry.person == report.patient ? "Patient" : "Practitioner", entry.person);
}

Json agents_of(const AccessView& entry, const client::StatementReport& report) {
  Json server{{"type",
               concept_of("http://terminology.hl7.org/CodeSystem/extra-security-role-type",
                          "authserver")},
              {"who", ledger_of(report)},
              {"requestor", false}};
  Json user{{"type", concept_of("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP")},
            {"role", Json::array({concept_of("urn:galen:role", entry.role)})},
            {"who", requester_of(entry, report)},
            {"requestor", true},
            {"purposeOfUse", Json::array({concept_of(kActReason, entry.purpose)})}};
  Json organisation{
      {"type", concept_of("http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PROV")},
      {"who", reference("Organization", entry.organisation_id)},
      {"requestor", false}};
  return Json::array({std::move(server), std::move(user), std::move(organisation)});
}

Json entities_of(const AccessView& entry,
                 const AccessDecision& decision,
                 const client::StatementReport& report) {
  Json entities = Json::array();
  entities.push_back({{"what", reference("Patient", report.patient)},
                      {"type", coding(kEntityType, "1")},
                      {"role", coding(kObjectRole, "1")}});
  entities.push_back({{"what", reference("DocumentReference", decision.record)},
                      {"type", coding(kEntityType, "2")},
                      {"role", coding(kObjectRole, "3")}});
  if (!decision.grant.empty()) {
    entities.push_back({{"what", reference("Consent", decision.grant)},
                        {"type", coding(kResourceType, "Consent")}});
  }
  entities.push_back({{"what", identifier("urn:galen:request", entry.request)},
                      {"type", coding(std::string(kBalp) + "BasicAuditEntityType", "XrequestId")}});
  return entities;
}

/// At most 64 characters, the same in every statement of the patient.
std::string event_id(const AccessView& entry, std::size_t place, const std::string& patient) {
  return patient.substr(0, 32) + "-" + std::to_string(entry.index) + "-" + std::to_string(place);
}

Json event_of(const AccessView& entry, std::size_t place, const client::StatementReport& report) {
  const AccessDecision& decision = entry.decisions[place];
  Json event{{"resourceType", "AuditEvent"},
             {"id", event_id(entry, place, report.patient)},
             {"type", coding(kDicom, "110113")},
             {"subtype", Json::array({coding(std::string(kBalp) + "AuthZsubType", "AuthZ-Consent")})},
             {"action", "E"},
             {"recorded", fhir_instant(entry.time_ms)},
             {"outcome", decision.permit ? "0" : "8"},
             {"outcomeDesc", decision.reason},
             {"purposeOfEvent", Json::array({concept_of(kActReason, entry.purpose)})},
             {"agent", agents_of(entry, report)},
             {"source",
              {{"observer", ledger_of(report)},
               {"type",
                Json::array({coding(
                    "http://terminology.hl7.org/CodeSystem/security-source-type", "6")})}}},
             {"entity", entities_of(entry, decision, report)}};
  // Recorded when it was committed; happened before.
  if (entry.late) event["period"] = {{"end", fhir_instant(entry.released_ms)}};
  return event;
}

template <class Each>
bool each_event(const client::StatementReport& report, Each&& each) {
  for (const auto& entry : report.entries) {
    for (std::size_t place = 0; place < entry.decisions.size(); ++place) {
      Json event = event_of(entry, place, report);
      const std::string url = "urn:galen:audit-event:" + event["id"].get<std::string>();
      if (!each(url, std::move(event))) return false;
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
  std::string text = csv_line(
      {"date", "recipient", "recipient_id", "person", "what", "purpose", "basis", "height", "index"});
  for (const auto& entry : report.entries) {
    for (const auto& decision : entry.decisions) {
      if (!decision.accounting) continue;
      text += csv_line({fhir_instant(entry.time_ms),
                        entry.organisation,
                        entry.organisation_id,
                        entry.person,
                        entry.action + " record " + decision.record,
                        entry.purpose,
                        decision.reason,
                        std::to_string(entry.height),
                        std::to_string(entry.index)});
    }
  }
  return text;
}

}  // namespace galen::cli
