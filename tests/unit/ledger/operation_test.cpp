#include "ledger/operation.h"

#include "base/limits.h"
#include "operation_breaches.h"
#include "samples.h"

#include <gtest/gtest.h>

#include <set>

namespace galen::ledger {
namespace {

TEST(Operation, EveryTypeComesBackFromItsBytes) {
  for (const Operation& operation : samples::operations()) {
    const Bytes bytes = encode(operation);
    const auto decoded = decode_operation(bytes);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, operation);
    EXPECT_EQ(encode(*decoded), bytes);
  }
}

TEST(Operation, BytesStartWithTypeAndVersion) {
  const Bytes bytes = encode(Operation(samples::log_access()));
  EXPECT_TRUE(equal(BytesView(bytes).first(4), Bytes{0, 64, 0, 1}));
}

TEST(Operation, EveryTypeButReservedOnesIsDefined) {
  std::set<OperationType> defined;
  for (const Operation& operation : samples::operations()) {
    EXPECT_TRUE(defined.insert(type_of(operation)).second) << name(type_of(operation));
  }
  EXPECT_EQ(defined.size(), std::variant_size_v<Operation>);
  for (unsigned i = 0; i < 256; ++i) {
    const auto type = static_cast<OperationType>(i);
    if (!is_valid(type) || type == OperationType::kRegisterOrganisation) continue;
    EXPECT_TRUE(defined.contains(type)) << name(type);
  }
}

/// Personal operations about a practitioner; the others of samples::operations() are about a
/// patient.
bool is_about_practitioner(OperationType type) {
  return type == OperationType::kRegisterPractitioner ||
         type == OperationType::kSuspendPractitioner || type == OperationType::kChangeMembership;
}

TEST(Operation, NamesItsSubjectWhenItIsPersonal) {
  for (const Operation& operation : samples::operations()) {
    const OperationType type = type_of(operation);
    if (class_of(type) == TransactionClass::kPublic) {
      EXPECT_TRUE(subject_of(operation).is_zero()) << name(type);
    } else {
      const auto subject = pattern<PatientId>(is_about_practitioner(type) ? 0x80 : 0x10);
      EXPECT_EQ(subject_of(operation), subject) << name(type);
    }
  }
}

TEST(Operation, OnlyLinksNameASecondSubject) {
  for (const Operation& operation : samples::operations()) {
    const OperationType type = type_of(operation);
    const bool link = type == OperationType::kLinkPatient || type == OperationType::kUnlinkPatient;
    EXPECT_EQ(other_subject_of(operation).has_value(), link) << name(type);
    if (link) {
      EXPECT_EQ(other_subject_of(operation), pattern<PatientId>(0x11));
    }
  }
}

TEST(Operation, WhatIsAboutOrganisationsAndErasureOrdersArePublic) {
  const std::set<OperationType> expected = {OperationType::kRegisterOrganisation,
                                            OperationType::kRotateKey,
                                            OperationType::kSuspend,
                                            OperationType::kDefineGroup,
                                            OperationType::kUpdateGroup,
                                            OperationType::kAnchorJournal,
                                            OperationType::kAnchorJournalReceipt,
                                            OperationType::kErasePatient,
                                            OperationType::kEraseRecord,
                                            OperationType::kAttestErasure};
  for (unsigned i = 0; i < 256; ++i) {
    const auto type = static_cast<OperationType>(i);
    if (!is_valid(type)) continue;
    EXPECT_EQ(class_of(type) == TransactionClass::kPublic, expected.contains(type)) << name(type);
  }
}

TEST(Operation, EmergenciesAndLogsBelongToTheAuditCompartment) {
  const std::set<OperationType> logs = {OperationType::kLogAccess,
                                        OperationType::kLogEmergency,
                                        OperationType::kLogAuditRead,
                                        OperationType::kLogAdministration};
  std::set<OperationType> audit = logs;
  audit.insert({OperationType::kDeclareEmergency, OperationType::kReviewEmergency});
  for (const Operation& operation : samples::operations()) {
    const OperationType type = type_of(operation);
    EXPECT_EQ(is_log_entry(type), logs.contains(type)) << name(type);
    EXPECT_EQ(in_audit_compartment(type), audit.contains(type)) << name(type);
  }
}

TEST(Operation, RefusesTruncationAndTrailingBytes) {
  for (const Operation& operation : samples::operations()) {
    Bytes bytes = encode(operation);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_NE(failure(BytesView(bytes).first(size)), "") << size;
    }
    bytes.push_back(0);
    EXPECT_NE(failure(bytes).find("trailing"), std::string::npos);
  }
}

TEST(Operation, RefusesOtherVersionsAndTypes) {
  Bytes bytes = encode(samples::operations()[0]);
  bytes[3] = 2;
  EXPECT_NE(failure(bytes).find("encoding version 2"), std::string::npos);
  EXPECT_NE(failure(Bytes{0, 99, 0, 1}).find("unknown code 99"), std::string::npos);
  EXPECT_NE(failure(Bytes{0, 1, 0, 1}).find("RegisterOrganisation is not supported"),
            std::string::npos);
}

TEST(Operation, RefusesMoreThanTheLimitOfBytes) {
  const auto result = decode_operation(Bytes(limits::kMaxOperationBytes + 1));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kTooLarge);
}

/// Whoever sent the terms is told which of their fields is at fault (docs/results.md).
TEST(Operation, RefusesBrokenGrantTermsByTheFieldsName) {
  const std::vector<Breach<GrantAccess>> breaches = {
      {"grantee: unknown code", [](GrantAccess& g) { g.terms.grantee.kind = GranteeKind{9}; }},
      {"grantee: a grantee ANY with an id",
       [](GrantAccess& g) { g.terms.grantee.kind = GranteeKind::kAny; }},
      {"purposes: codes unsorted",
       [](GrantAccess& g) {
         g.terms.purposes = {"TREAT", "COC"};
       }},
      {"purposes: codes unsorted or twice the same",
       [](GrantAccess& g) {
         g.terms.purposes = {"COC", "COC"};
       }},
      {"purposes: a count of 33 above the limit of 32",
       [](GrantAccess& g) { g.terms.purposes = numbered(33); }},
      {"purposes: a length of 17 above the limit of 16",
       [](GrantAccess& g) { g.terms.purposes = {std::string(17, 'A')}; }},
      {"purposes: a code that is empty or not printable",
       [](GrantAccess& g) { g.terms.purposes = {"A B"}; }},
      {"purposes: a code that is empty or not printable",
       [](GrantAccess& g) { g.terms.purposes = {""}; }},
      {"actions: an empty or unknown", [](GrantAccess& g) { g.terms.actions = 0; }},
      {"actions: an empty or unknown", [](GrantAccess& g) { g.terms.actions = 0x10; }},
      {"classes: an empty or unknown", [](GrantAccess& g) { g.terms.classes = 0; }},
      {"classes: an empty or unknown", [](GrantAccess& g) { g.terms.classes = 0x0800; }},
      {"confidentiality: unknown code 6",
       [](GrantAccess& g) { g.terms.confidentiality = Confidentiality{6}; }},
      {"labels: a count of 17 above the limit of 16",
       [](GrantAccess& g) { g.terms.labels = numbered(17); }},
      {"labels: a length of 33 above the limit of 32",
       [](GrantAccess& g) { g.terms.labels = {std::string(33, 'A')}; }},
      {"labels: a code that is empty or not printable",
       [](GrantAccess& g) { g.terms.labels = {"caf\xc3\xa9"}; }},
  };
  for (const auto& breach : breaches) expect_refused(breach, GrantAccess{samples::grant_terms()});
}

TEST(Operation, RefusesBrokenLimitsOfGrantsByTheFieldsName) {
  const std::vector<Breach<GrantAccess>> breaches = {
      {"data: data limits unsorted",
       [](GrantAccess& g) { std::swap(g.terms.data[0], g.terms.data[1]); }},
      {"data: a count of 65 above the limit of 64",
       [](GrantAccess& g) {
         g.terms.data.clear();
         for (const auto& id : many<Random32>(65)) {
           g.terms.data.push_back(DataLimit{DataMeaning::kInstance, id});
         }
       }},
      {"regions: a region that is no ISO 3166-1", [](GrantAccess& g) { g.terms.regions = {"de"}; }},
      {"regions: a region that is no ISO 3166-1", [](GrantAccess& g) { g.terms.regions = {"D"}; }},
      {"regions: a region that is no ISO 3166-1", [](GrantAccess& g) { g.terms.regions = {"XX"}; }},
      {"regions: a length of 3 above the limit of 2",
       [](GrantAccess& g) { g.terms.regions = {"DEU"}; }},
      {"regions: regions unsorted",
       [](GrantAccess& g) {
         g.terms.regions = {"FR", "DE"};
       }},
      {"regions: a count of 9 above the limit of 8",
       [](GrantAccess& g) {
         g.terms.regions = {"AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ"};
       }},
      {"valid_from: a counter above",
       [](GrantAccess& g) { g.terms.valid_from = TimeMs{kMaxCounter + 1}; }},
      {"valid_to: a counter above",
       [](GrantAccess& g) { g.terms.valid_to = TimeMs{kMaxCounter + 1}; }},
      {"erase_at: a counter above",
       [](GrantAccess& g) { g.terms.erase_at = TimeMs{kMaxCounter + 1}; }},
      {"emergency_override: unknown code 0",
       [](GrantAccess& g) { g.terms.emergency_override = EmergencyOverride{0}; }},
      {"supersedes: superseded grants unsorted",
       [](GrantAccess& g) { std::swap(g.terms.supersedes[0], g.terms.supersedes[1]); }},
      {"supersedes: a count of 17 above the limit of 16",
       [](GrantAccess& g) { g.terms.supersedes = many<GrantId>(17); }},
  };
  for (const auto& breach : breaches) expect_refused(breach, GrantAccess{samples::grant_terms()});
}

TEST(Operation, RefusesTruncatedGrantTermsByTheFieldsName) {
  const Bytes bytes = encode(Operation(GrantAccess{samples::grant_terms()}));
  const auto at = [&bytes](std::size_t size) { return failure(BytesView(bytes).first(size)); };
  EXPECT_EQ(at(47), "operation: grantee: needs 32 more bytes, has 10 at byte 37");
  EXPECT_EQ(at(4), "operation: patient: needs 32 more bytes, has 0 at byte 4");
}

TEST(Operation, AcceptsGrantTermsAtTheLimits) {
  GrantTerms t = samples::grant_terms();
  t.purposes = numbered(limits::kMaxPurposes);
  t.labels = numbered(limits::kMaxLabels);
  t.labels.push_back(std::string(limits::kMaxLabelBytes, 'Z'));
  t.labels.erase(t.labels.begin());
  t.supersedes = many<GrantId>(limits::kMaxSupersedes);
  t.valid_to = TimeMs{kMaxCounter};
  EXPECT_EQ(failure(encode(Operation(DenyAccess{t}))), "");
}

TEST(Operation, RefusesBrokenRecords) {
  const std::vector<Breach<AppendRecord>> breaches = {
      {"unknown code", [](AppendRecord& v) { v.record_class = RecordClass{11}; }},
      {"unsorted",
       [](AppendRecord& v) {
         v.labels = {"B", "A"};
       }},
      {"counter", [](AppendRecord& v) { v.created = TimeMs{kMaxCounter + 1}; }},
      {"MIME", [](AppendRecord& v) { v.mime_type = ""; }},
      {"MIME", [](AppendRecord& v) { v.mime_type = "text/\n"; }},
      {"above the limit", [](AppendRecord& v) { v.mime_type = std::string(65, 'a'); }},
      {"record size", [](AppendRecord& v) { v.size = limits::kMaxPayloadBytes + 1; }},
      {"authors unsorted", [](AppendRecord& v) { std::swap(v.authors[0], v.authors[1]); }},
      {"above the limit", [](AppendRecord& v) { v.authors = many<AccountId>(17); }},
      {"above the limit", [](AppendRecord& v) { v.related = many<Random32>(17); }},
      {"related ids", [](AppendRecord& v) { v.related.push_back(v.related.back()); }},
  };
  for (const auto& breach : breaches) expect_refused(breach, samples::append_record());
}

TEST(Operation, RefusesBrokenAccessRequests) {
  const std::vector<Breach<LogAccess>> breaches = {
      {"without records", [](LogAccess& v) { v.request.records.clear(); }},
      {"record ids", [](LogAccess& v) { v.request.records.push_back(v.request.records[0]); }},
      {"above the limit", [](LogAccess& v) { v.request.records = many<RecordId>(65); }},
      {"not printable", [](LogAccess& v) { v.request.purpose = ""; }},
      {"unknown code", [](LogAccess& v) { v.request.action = Action{4}; }},
      {"counter", [](LogAccess& v) { v.request.expiry = TimeMs{kMaxCounter + 1}; }},
  };
  for (const auto& breach : breaches) expect_refused(breach, samples::log_access());
}

TEST(Identifiers, DependOnEveryInputAndOnTheirKind) {
  const auto chain = pattern<ChainId>(1);
  const auto organisation = pattern<AccountId>(2);
  const auto seed = pattern<Random32>(3);
  const PatientId id = patient_id(chain, organisation, seed);
  EXPECT_NE(id, patient_id(pattern<ChainId>(9), organisation, seed));
  EXPECT_NE(id, patient_id(chain, pattern<AccountId>(9), seed));
  EXPECT_NE(id, patient_id(chain, organisation, pattern<Random32>(9)));
  EXPECT_NE(id.value, practitioner_id(chain, organisation, seed).value);
  EXPECT_NE(id.value, record_id(chain, organisation, seed).value);
}

TEST(Identifiers, PossessionBindsUseAccountAndKey) {
  const auto account = pattern<AccountId>(1);
  const PublicKey key = samples::fixed_key(2);
  const Bytes statement = possession_statement(KeyUse::kTls, account, key);
  EXPECT_EQ(statement.size(), 11U + 2 + 1 + 32 + 33);
  EXPECT_NE(statement, possession_statement(KeyUse::kSigning, account, key));
  EXPECT_NE(statement, possession_statement(KeyUse::kTls, pattern<AccountId>(3), key));
  EXPECT_NE(statement, possession_statement(KeyUse::kTls, account, samples::fixed_key(3)));
}

}  // namespace
}  // namespace galen::ledger
