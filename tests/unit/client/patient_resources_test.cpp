// The resources of `galen patient export`: golden bytes, and what FHIR R4 requires of each.
#include "client/patient_resources.h"

#include "base/hex.h"
#include "support/paths.h"
#include "support/statement_sample.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace galen::client {
namespace {

using support::filled_id;

const TimeMs kNow{1'700'000'500'000};

ledger::GenesisOrganisation sample_member() {
  ledger::GenesisOrganisation organisation;
  organisation.id = filled_id<AccountId>(2);
  organisation.name = "hospital-2";
  organisation.region = "AT";
  return organisation;
}

records::RecordEntry sample_record() {
  records::RecordEntry entry;
  ledger::AppendRecord& record = entry.record;
  record.record = filled_id<RecordId>(5);
  record.patient = filled_id<PatientId>(7);
  record.record_class = ledger::RecordClass::kLab;
  record.confidentiality = ledger::Confidentiality::kR;
  record.labels = {"HIV", "OWN"};
  record.service_date = ledger::CalendarDate{19'675};
  record.created = TimeMs{1'700'000'000'000};
  record.mime_type = "application/fhir+json";
  record.size = 3'000'000'000;
  record.payload = filled_id<PayloadAddress>(6);
  record.content_commitment = filled_id<Digest>(8);
  record.authors = {filled_id<AccountId>(21)};
  record.related = {filled_id<Random32>(22)};
  entry.custodian = filled_id<AccountId>(1);
  entry.appended = TimeMs{1'700'000'001'000};
  entry.height = Height{3};
  return entry;
}

records::RecordEntry retracted_version() {
  records::RecordEntry entry = sample_record();
  entry.record.record = filled_id<RecordId>(15);
  entry.record.labels_key_id = 4;
  entry.record.size = 12;
  entry.record.withhold_from_patient = true;
  entry.status = ledger::RecordStatus::kEnteredInError;
  entry.origin = {filled_id<RecordId>(5),
                  ledger::RecordChange::kCorrection,
                  ledger::RecordChange::kRelabelled,
                  {}};
  entry.retracted = {ledger::RecordChange::kDuplicate, TimeMs{1'700'000'003'000}, Height{5}};
  return entry;
}

consent::GrantEntry sample_grant() {
  consent::GrantEntry entry;
  entry.terms.patient = filled_id<PatientId>(7);
  entry.terms.grantee.id = filled_id<AccountId>(2);
  entry.terms.purposes = {"TREAT"};
  entry.terms.classes = ledger::class_bit(ledger::RecordClass::kLab);
  entry.terms.labels = {"HIV"};
  entry.terms.valid_from = TimeMs{1'700'000'000'000};
  entry.terms.valid_to = TimeMs{1'700'000'400'000};
  entry.terms.policy = filled_id<Digest>(12);
  entry.terms.terms_commitment = filled_id<Digest>(13);
  entry.terms.supersedes = {filled_id<GrantId>(19)};
  entry.terms.max_uses = 3;
  entry.terms.regions = {"AT"};
  entry.grantor = {ledger::AuthorisationRole::kPatient, filled_id<AccountId>(7)};
  entry.sequence = 1;
  entry.submitter = filled_id<AccountId>(1);
  entry.created = TimeMs{1'700'000'002'000};
  entry.height = Height{4};
  entry.uses_left = 2;
  return entry;
}

consent::GrantEntry revoked_denial() {
  consent::GrantEntry entry = sample_grant();
  entry.effect = ledger::Effect::kDeny;
  entry.status = policy::GrantStatus::kRevoked;
  entry.ended_at = TimeMs{1'700'000'003'500};
  entry.terms.purposes = {"*"};
  entry.terms.actions = ledger::kAllActions;
  entry.terms.confidentiality = ledger::Confidentiality::kU;
  entry.terms.valid_to.reset();
  entry.terms.supersedes.clear();
  entry.terms.max_uses.reset();
  entry.terms.regions.clear();
  entry.uses_left.reset();
  return entry;
}

identity::ProxyEntry sample_proxy() {
  identity::ProxyEntry entry;
  entry.terms.patient = filled_id<PatientId>(7);
  entry.terms.proxy = filled_id<AccountId>(30);
  entry.terms.purposes = {"FAMRQT"};
  entry.terms.excluded_labels = {"SEX"};
  entry.terms.may_grant = true;
  entry.terms.from = TimeMs{1'700'000'000'000};
  entry.terms.to = TimeMs{1'800'000'000'000};
  entry.terms.attested_by = filled_id<AccountId>(1);
  entry.by_patient = true;
  entry.authorised = TimeMs{1'700'000'000'500};
  entry.height = Height{2};
  return entry;
}

std::string sample_patient() {
  identity::PatientEntry entry;
  entry.custodian = filled_id<AccountId>(1);
  entry.registered = Height{1};
  identity::LinkEntry link;
  link.linked = TimeMs{1'700'000'000'700};
  std::map<PatientId, identity::LinkEntry> links{{filled_id<PatientId>(40), link}};
  link.unlinked_at = TimeMs{1'700'000'000'900};
  link.reason = ledger::UnlinkReason::kPatientRequest;
  links.emplace(filled_id<PatientId>(41), link);
  return patient_resource(filled_id<PatientId>(7), entry, links);
}

std::string all_resources() {
  LabelBook unknown;
  std::string text;
  for (const std::string& resource :
       {sample_patient(),
        organisation_resource(sample_member()),
        proxy_resource(sample_proxy(), kNow, unknown),
        grant_resource(filled_id<GrantId>(9), sample_grant(), kNow, unknown),
        grant_resource(filled_id<GrantId>(10), revoked_denial(), kNow, unknown),
        record_resource(sample_record(), unknown),
        record_resource(retracted_version(), unknown)}) {
    text += resource + "\n";
  }
  return text;
}

TEST(PatientResources, AreAsInTheGoldenFile) {
  const std::string path = test::source_dir() + "/tests/golden/fhir/patient_resources.ndjson";
  if (!std::filesystem::exists(path) && std::getenv("GALEN_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << all_resources();
    FAIL() << "written, review and commit: " << path;
  }
  std::ifstream file(path, std::ios::binary);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(all_resources(), golden);
}

TEST(PatientResources, APermitPastItsEndHasExpired) {
  LabelBook unknown;
  const auto before =
      grant_resource(filled_id<GrantId>(9), sample_grant(), TimeMs{1'700'000'399'999}, unknown);
  EXPECT_NE(before.find("\"status\":\"active\""), std::string::npos);
  const auto after =
      grant_resource(filled_id<GrantId>(9), sample_grant(), TimeMs{1'700'000'400'000}, unknown);
  EXPECT_NE(after.find("\"status\":\"inactive\""), std::string::npos);
  EXPECT_NE(after.find("\"expired\""), std::string::npos);
}

TEST(PatientResources, ASizeAboveTheLargestOfR4IsAnExtension) {
  LabelBook unknown;
  EXPECT_EQ(record_resource(sample_record(), unknown).find("\"size\":"), std::string::npos);
  EXPECT_NE(record_resource(retracted_version(), unknown).find("\"size\":12"), std::string::npos);
}

/// Whose hospital has the secret gets his own labels in clear; what the book does not know stays a
/// tag.
TEST(PatientResources, TagsOfKnownNamesAreLabels) {
  const auto patient = filled_id<PatientId>(7);
  const auto secrets =
      ledger::LabelSecrets::parse(ledger::LabelSecrets::file_text(filled_id<Random32>(1))).value();
  const ledger::LabelKey key = secrets.present(ChainId{}, patient);
  LabelBook book(ChainId{}, secrets, {"HIV"});
  records::RecordEntry record = sample_record();
  record.record.labels = {key.tag("HIV"), key.tag("OWN")};
  record.record.labels_key_id = key.id;
  const std::string shown = record_resource(record, book);
  EXPECT_NE(shown.find("\"HIV\""), std::string::npos) << shown;
  EXPECT_EQ(shown.find(key.tag("HIV")), std::string::npos) << shown;
  EXPECT_NE(shown.find("urn:galen:label-key:" + std::to_string(key.id)), std::string::npos);
  EXPECT_NE(shown.find(key.tag("OWN")), std::string::npos) << shown;

  consent::GrantEntry grant = sample_grant();
  grant.terms.labels_key_id = key.id;
  grant.terms.labels = {key.tag("HIV")};
  const auto id = filled_id<GrantId>(9);
  EXPECT_EQ(grant_resource(id, grant, kNow, book), grant_resource(id, sample_grant(), kNow, book));
  grant.terms.labels = {key.tag("HIV"), key.tag("OWN")};
  const std::string partly = grant_resource(id, grant, kNow, book);
  EXPECT_NE(partly.find(key.tag("HIV")), std::string::npos) << "all or none: they are of one key";

  identity::ProxyEntry proxy = sample_proxy();
  proxy.terms.excluded_labels = {key.tag("HIV")};
  proxy.terms.labels_key_id = key.id;
  EXPECT_NE(proxy_resource(proxy, kNow, book).find("\"HIV\""), std::string::npos);
}

/// Of people there are ids alone, and nothing of the ledger's keys.
TEST(PatientResources, NameNobody) {
  EXPECT_EQ(sample_patient().find("\"name\""), std::string::npos);
  LabelBook unknown;
  EXPECT_EQ(proxy_resource(sample_proxy(), kNow, unknown).find("\"name\""), std::string::npos);
}

}  // namespace
}  // namespace galen::client
