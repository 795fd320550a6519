// The AuditEvents of an access statement beside the examples of IHE BALP that fit them
// (tests/data/ihe-balp): the same kinds of event, agents and entities.
#include "cli/audit_export.h"

#include "support/consent_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace galen::cli {
namespace {

using Json = nlohmann::json;
using Words = std::set<std::string>;

const std::string kPatient(64, '1');
const std::string kHospital(64, '2');
const std::string kDoctor(64, '3');
const std::string kRecord(64, '4');
const std::string kGrant(64, '5');
const std::string kOther(64, '6');

client::AccessView entry_of(const std::string& kind, const std::string& purpose) {
  client::AccessView entry;
  entry.kind = kind;
  entry.time_ms = 1'700'000'000'000;
  entry.organisation_id = kHospital;
  entry.person = kDoctor;
  entry.role = "clinician";
  entry.purpose = purpose;
  entry.action = "READ";
  entry.request = std::string(64, '7');
  return entry;
}

client::AccessView decided(bool permit, const std::string& reason, const std::string& grant) {
  client::AccessView entry = entry_of("access", "TREAT");
  entry.decisions = {{kRecord, permit, reason, grant, {}, false}};
  return entry;
}

/// Of a patient's record, at his request, to another hospital.
client::AccessView exported() {
  client::AccessView entry = entry_of("export", "PATRQT");
  entry.action = "export";
  entry.records = {kRecord};
  entry.recipient = "other";
  entry.recipient_id = kOther;
  return entry;
}

Json event_of(const client::AccessView& entry, const std::string& log = kPatient) {
  client::StatementReport report;
  report.chain = std::string(64, '8');
  report.patient = log;
  report.entries = {entry};
  return Json::parse(fhir_bundle(report)).at("entry").at(0).at("resource");
}

Json example(const std::string& name) {
  return test::read_json(test::source_dir() + "/tests/data/ihe-balp/AuditEvent-ex-audit" + name +
                         ".json");
}

/// What a coding says, without its text for people.
std::string words(const Json& coding) {
  return coding.at("system").get<std::string>() + " " + coding.at("code").get<std::string>();
}

Words subtypes_of(const Json& event) {
  Words found;
  for (const Json& subtype : event.at("subtype")) found.insert(words(subtype));
  return found;
}

Words agents_of(const Json& event) {
  Words found;
  for (const Json& agent : event.at("agent")) {
    for (const Json& coding : agent.at("type").at("coding")) found.insert(words(coding));
  }
  return found;
}

/// Types with their roles.
Words entities_of(const Json& event) {
  Words found;
  for (const Json& entity : event.at("entity")) {
    std::string kind = words(entity.at("type"));
    if (entity.contains("role")) kind += " as " + words(entity.at("role"));
    found.insert(kind);
  }
  return found;
}

/// The one agent of this type.
Json agent(const Json& event, const std::string& code) {
  Json found;
  for (const Json& each : event.at("agent")) {
    if (each.at("type").at("coding").at(0).at("code").get<std::string>() != code) continue;
    EXPECT_TRUE(found.is_null()) << "two agents " << code;
    found = each;
  }
  EXPECT_FALSE(found.is_null()) << "no agent " << code;
  return found;
}

Words missing(const Words& wanted, const Words& found) {
  Words lacking;
  std::set_difference(wanted.begin(),
                      wanted.end(),
                      found.begin(),
                      found.end(),
                      std::inserter(lacking, lacking.end()));
  return lacking;
}

/// Nothing of the example's kinds is lacking but the subtypes `beyond`.
void expect_like(const Json& event, const Json& wanted, const Words& beyond = {}) {
  EXPECT_EQ(event.at("resourceType"), wanted.at("resourceType"));
  EXPECT_EQ(words(event.at("type")), words(wanted.at("type")));
  EXPECT_EQ(missing(subtypes_of(wanted), subtypes_of(event)), beyond);
  EXPECT_EQ(event.at("action"), wanted.at("action"));
  EXPECT_EQ(event.at("outcome"), wanted.at("outcome"));
  EXPECT_EQ(missing(agents_of(wanted), agents_of(event)), Words());
  EXPECT_EQ(missing(entities_of(wanted), entities_of(event)), Words());
  for (const auto& member : wanted.items()) {
    if (member.key() == "meta") continue;  // marks it as a test
    EXPECT_TRUE(event.contains(member.key())) << member.key();
  }
}

/// What R4 and BALP want of any event.
void expect_sound(const Json& event) {
  int requestors = 0;
  for (const Json& each : event.at("agent")) {
    EXPECT_TRUE(each.contains("who")) << each;
    requestors += each.at("requestor").get<bool>() ? 1 : 0;
  }
  EXPECT_EQ(requestors, 1);
  for (const Json& entity : event.at("entity")) EXPECT_TRUE(entity.contains("type")) << entity;
  EXPECT_EQ(event.dump().find("null"), std::string::npos) << event;
}

TEST(AuditExport, APermitIsLikeTheExampleOfADecisionByConsent) {
  const Json event = event_of(decided(true, "grant", kGrant));
  expect_like(event, example("AuthZconsent"));
  expect_sound(event);
}

TEST(AuditExport, ARefusalIsLikeTheExampleOfOneByConsent) {
  const Json event = event_of(decided(false, "deny-grant", kGrant));
  expect_like(event, example("AuthZconsent-deny"));
  expect_sound(event);
}

/// Everything of the example but what there is not: no consent decided.
TEST(AuditExport, ARefusalWithoutAnyConsentNamesNone) {
  const Json event = event_of(decided(false, "no-consent", ""));
  EXPECT_EQ(missing(entities_of(example("AuthZconsent-deny")), entities_of(event)),
            Words{"http://hl7.org/fhir/resource-types Consent"});
  expect_sound(event);
}

/// The guide's invariant: who decided is the source of the event.
TEST(AuditExport, TheLedgerDecidesAndTheUsersNodeAsks) {
  for (const Json& event : {example("AuthZconsent"), event_of(decided(true, "grant", kGrant))}) {
    EXPECT_EQ(agent(event, "authserver").at("who"), event.at("source").at("observer"));
    EXPECT_EQ(agent(event, "110150").at("requestor"), false);
    EXPECT_EQ(agent(event, "IRCP").at("requestor"), true);
  }
  const Json event = event_of(decided(true, "grant", kGrant));
  EXPECT_EQ(agent(event, "110150").at("who").at("identifier").at("system"), "urn:galen:node");
  EXPECT_EQ(agent(event, "110150").at("who").at("identifier").at("value"), kHospital);
}

/// The example was a FHIR read as well, which the ledger does not know of an export.
TEST(AuditExport, AnExportIsLikeTheExampleOfADisclosureAtItsSource) {
  const Json event = event_of(exported());
  expect_like(
      event, example("PrivacyDisclosure-source"), {"http://hl7.org/fhir/restful-interaction read"});
  expect_sound(event);
  EXPECT_EQ(agent(event, "110152").at("who").at("reference"), "Organization/" + kOther);
}

TEST(AuditExport, TheSourceOfADisclosureIsTheSourceOfItsEvent) {
  for (const Json& event : {example("PrivacyDisclosure-source"), event_of(exported())}) {
    EXPECT_EQ(agent(event, "110153").at("who"), event.at("source").at("observer"));
  }
}

TEST(AuditExport, OnlyWhatThePatientAskedForIsOfHisRequest) {
  client::AccessView research = exported();
  research.purpose = "HRESCH";
  const Json event = event_of(research);
  EXPECT_EQ(missing(agents_of(example("PrivacyDisclosure-source")), agents_of(event)),
            Words{"http://snomed.info/sct 429577009"});
  EXPECT_EQ(agent(event, "IRCP").at("requestor"), true);
  expect_sound(event);
}

TEST(AuditExport, ADisclosureToNobodyWhoIsToldStillHasADestination) {
  client::AccessView entry = exported();
  entry.recipient.clear();
  entry.recipient_id.clear();
  EXPECT_EQ(agent(event_of(entry), "110152").at("who").at("display"), "not told");
}

/// Of an organisation's own log: an export that it told, which names no patient.
TEST(AuditExport, AnExportInTheOwnLogIsADisclosureThatNamesNoPatient) {
  client::AccessView entry = exported();
  entry.kind = "asked";
  entry.records.clear();
  entry.request.clear();
  entry.asked = "LogAdministration";
  entry.tx_id = std::string(64, '9');
  const Json event = event_of(entry, kHospital);
  EXPECT_EQ(words(event.at("type")), words(example("PrivacyDisclosure-source").at("type")));
  EXPECT_EQ(event.at("action"), "R");
  EXPECT_EQ(agent(event, "110153").at("who"), event.at("source").at("observer"));
  EXPECT_EQ(event.dump().find("Patient/"), std::string::npos) << event;
  expect_sound(event);
}

/// DICOM's own types: the guide has no example of either.
TEST(AuditExport, AReadingOfTheLogAndOtherActsAreNoDisclosures) {
  client::AccessView reading = entry_of("audit-read", "HOPERAT");
  reading.permit = true;
  reading.reason = "own-record";
  for (const auto& entry : {reading, entry_of("backup", "HOPERAT")}) {
    const Json event = event_of(entry);
    EXPECT_EQ(subtypes_of(event), Words{"urn:galen:act " + entry.kind});
    EXPECT_EQ(agent(event, "authserver").at("who"), event.at("source").at("observer"));
    expect_sound(event);
  }
  EXPECT_EQ(event_of(reading).at("type").at("code"), "110101");
  EXPECT_EQ(event_of(reading).at("action"), "R");
  EXPECT_EQ(event_of(entry_of("backup", "HOPERAT")).at("action"), "E");
}

}  // namespace
}  // namespace galen::cli
