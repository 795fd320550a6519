#include "base/limits.h"
#include "crypto/digest.h"
#include "ledger/state_key.h"
#include "operation_breaches.h"

#include <gtest/gtest.h>

namespace galen::ledger {
namespace {

/// The sample of this type.
template <class T>
T sample() {
  for (const Operation& operation : samples::operations()) {
    if (const auto* value = std::get_if<T>(&operation)) return *value;
  }
  ADD_FAILURE() << "no sample";
  return T{};
}

template <class T>
void expect_all_refused(const std::vector<Breach<T>>& breaches) {
  for (const auto& breach : breaches) expect_refused(breach, sample<T>());
}

TEST(IdentityOperations, RefuseKeysOutOfPlace) {
  expect_all_refused<RotateKey>({
      {"unknown code", [](RotateKey& v) { v.use = KeyUse{6}; }},
      {"organisations do not have", [](RotateKey& v) { v.use = KeyUse::kConsensus; }},
      {"organisations do not have", [](RotateKey& v) { v.use = KeyUse::kReceipt; }},
      {"with an index", [](RotateKey& v) { v.use = KeyUse::kTls; }},
      {"without the one it replaces",
       [](RotateKey& v) {
         v = {v.organisation, KeyUse::kAgreement, {v.key.key, 0, {}, {}}};
       }},
  });
  expect_all_refused<RotatePersonKey>({
      {"without a key",
       [](RotatePersonKey& v) {
         v.signing.reset();
         v.agreement.reset();
       }},
      {"with an index", [](RotatePersonKey& v) { v.agreement->index = 1; }},
      {"without the one it replaces", [](RotatePersonKey& v) { v.agreement->replaces.reset(); }},
      {"unknown code", [](RotatePersonKey& v) { v.held_by = KeyHolder{3}; }},
  });
}

TEST(IdentityOperations, RefuseUnknownStates) {
  expect_all_refused<Suspend>({
      {"unknown code", [](Suspend& v) { v.status = AccountStatus{0}; }},
      {"unknown code", [](Suspend& v) { v.reason = SuspensionReason{6}; }},
      {"counter", [](Suspend& v) { v.ballot_ends = TimeMs{kMaxCounter + 1}; }},
  });
  expect_all_refused<SuspendPractitioner>({
      {"unknown code", [](SuspendPractitioner& v) { v.status = AccountStatus{4}; }},
  });
}

std::vector<Guardian> guardians(std::size_t count) {
  std::vector<Guardian> list;
  for (const auto& account : many<AccountId>(count)) list.push_back({account, std::nullopt});
  return list;
}

TEST(RecoveryOperations, RefuseGuardiansWhoCannotRecover) {
  expect_all_refused<SetRecovery>({
      {"guardians unsorted", [](SetRecovery& v) { std::swap(v.guardians[0], v.guardians[1]); }},
      {"one account twice",
       [](SetRecovery& v) {
         v.guardians[0].account = v.guardians[1].account;
         v.guardians[0].key.reset();
         v.guardians[1].key = GuardianKey{};
       }},
      {"above the limit",
       [](SetRecovery& v) { v.guardians = guardians(limits::kMaxGuardians + 1); }},
      {"threshold without", [](SetRecovery& v) { v.guardians.clear(); }},
      {"or none", [](SetRecovery& v) { v.threshold = 0; }},
      {"threshold above", [](SetRecovery& v) { v.threshold = 3; }},
      {"threshold above",
       [](SetRecovery& v) {
         v.guardians = guardians(limits::kMaxGuardians);
         v.threshold = limits::kMaxRecoveryThreshold + 1;
       }},
      {"cooling-off", [](SetRecovery& v) { v.cooling_off_ms = limits::kMaxCoolingOffMs + 1; }},
  });
}

TEST(RecoveryOperations, AcceptTheLimitsAndAnEnd) {
  SetRecovery v = sample<SetRecovery>();
  v.guardians = guardians(limits::kMaxGuardians);
  v.threshold = limits::kMaxRecoveryThreshold;
  v.cooling_off_ms = limits::kMaxCoolingOffMs;
  EXPECT_EQ(failure(encode(Operation(v))), "");
  v.guardians.clear();
  v.threshold = 0;
  EXPECT_EQ(failure(encode(Operation(v))), "");
}

TEST(RelationOperations, RefuseBrokenProxiesAndLinks) {
  expect_all_refused<AuthorizeProxy>({
      {"without purposes", [](AuthorizeProxy& v) { v.purposes.clear(); }},
      {"unsorted", [](AuthorizeProxy& v) { std::swap(v.purposes[0], v.purposes[1]); }},
      {"above the limit", [](AuthorizeProxy& v) { v.purposes = numbered(33); }},
      {"above the limit", [](AuthorizeProxy& v) { v.excluded_labels = numbered(17); }},
      {"unknown code", [](AuthorizeProxy& v) { v.kind = ProxyKind{4}; }},
  });
  expect_all_refused<LinkPatient>({
      {"patients of a link", [](LinkPatient& v) { std::swap(v.patient, v.other); }},
      {"patients of a link", [](LinkPatient& v) { v.other = v.patient; }},
  });
  expect_all_refused<UnlinkPatient>({
      {"patients of a link", [](UnlinkPatient& v) { std::swap(v.patient, v.other); }},
      {"unknown code", [](UnlinkPatient& v) { v.reason = UnlinkReason{0}; }},
  });
}

TEST(GroupOperations, RefuseBrokenMembers) {
  constexpr std::size_t kTooMany = limits::kMaxGroupOrganisations + 1;
  expect_all_refused<DefineGroup>({
      {"a name", [](DefineGroup& v) { v.name = "Ward 7"; }},
      {"unknown code", [](DefineGroup& v) { v.kind = GroupKind{3}; }},
      {"organisations unsorted",
       [](DefineGroup& v) { std::swap(v.organisations[0], v.organisations[1]); }},
      {"above the limit", [](DefineGroup& v) { v.organisations = many<AccountId>(kTooMany); }},
  });
  expect_all_refused<UpdateGroup>({
      {"after the first", [](UpdateGroup& v) { v.version = 1; }},
      {"above the limit", [](UpdateGroup& v) { v.added = many<AccountId>(kTooMany); }},
      {"above the limit", [](UpdateGroup& v) { v.removed = many<AccountId>(kTooMany); }},
  });
  expect_all_refused<ChangeMembership>({
      {"after the first", [](ChangeMembership& v) { v.version = 1; }},
  });
}

TEST(GroupOperations, FitAnOperationAtTheirLimits) {
  UpdateGroup v = sample<UpdateGroup>();
  v.added = many<AccountId>(limits::kMaxGroupOrganisations);
  v.removed = v.added;
  EXPECT_EQ(failure(encode(Operation(v))), "");
}

TEST(RecordOperations, RefuseBrokenChanges) {
  expect_all_refused<ReplaceRecord>({
      {"replaces itself", [](ReplaceRecord& v) { v.replaces = v.next.record; }},
      {"record size", [](ReplaceRecord& v) { v.next.size = limits::kMaxPayloadBytes + 1; }},
      {"unknown code", [](ReplaceRecord& v) { v.reason = RecordChange{0}; }},
      {"unknown code", [](ReplaceRecord& v) { v.label_reason = RecordChange{8}; }},
  });
  expect_all_refused<RetractRecord>({
      {"unknown code", [](RetractRecord& v) { v.reason = RecordChange{8}; }},
  });
}

TEST(EmergencyOperations, RefuseBrokenScopesAndNumbers) {
  expect_all_refused<DeclareEmergency>({
      {"fit the scope", [](DeclareEmergency& v) { v.records.clear(); }},
      {"fit the scope", [](DeclareEmergency& v) { v.scope = EmergencyScope::kPatient; }},
      {"above the limit",
       [](DeclareEmergency& v) { v.records = many<RecordId>(limits::kMaxRecordsInScope + 1); }},
      {"unknown code", [](DeclareEmergency& v) { v.reason = EmergencyReason{6}; }},
  });
  expect_all_refused<AnchorJournal>({
      {"no entries", [](AnchorJournal& v) { v.first = 0; }},
      {"no entries", [](AnchorJournal& v) { v.last = 0; }},
      {"no entries", [](AnchorJournal& v) { v.last = kMaxCounter + 1; }},
      {"before the first", [](AnchorJournal& v) { v.previous = pattern<Digest>(1); }},
      {"before the first", [](AnchorJournal& v) { v.first = 2; }},
      {"lost journal",
       [](AnchorJournal& v) {
         v.first = 2;
         v.previous = pattern<Digest>(1);
       }},
  });
  expect_all_refused<LogEmergency>({
      {"no entry", [](LogEmergency& v) { v.number = 0; }},
      {"before the first", [](LogEmergency& v) { v.number = 1; }},
      {"before the first", [](LogEmergency& v) { v.previous = Digest{}; }},
      {"without records", [](LogEmergency& v) { v.request.records.clear(); }},
      {"one reason", [](LogEmergency& v) { v.reasons.pop_back(); }},
      {"above the limit", [](LogEmergency& v) { v.reasons.resize(65); }},
  });
  expect_all_refused<AnchorJournalReceipt>({
      {"no entry", [](AnchorJournalReceipt& v) { v.number = 0; }},
  });
  expect_all_refused<ReviewEmergency>({
      {"unknown code", [](ReviewEmergency& v) { v.outcome = ReviewOutcome{0}; }},
  });
}

TEST(EmergencyOperations, TheHashOfAnEntryBindsChainAndEveryField) {
  const auto chain = pattern<ChainId>(1);
  const LogEmergency entry = sample<LogEmergency>();
  LogEmergency other = entry;
  other.salt = pattern<Random32>(9);
  EXPECT_NE(journal_entry_hash(chain, entry), journal_entry_hash(chain, other));
  EXPECT_NE(journal_entry_hash(chain, entry), journal_entry_hash(pattern<ChainId>(2), entry));
}

TEST(AuditOperations, RefuseBrokenEntries) {
  expect_all_refused<LogAuditRead>({
      {"not printable", [](LogAuditRead& v) { v.purpose = ""; }},
      {"counter", [](LogAuditRead& v) { v.to = TimeMs{kMaxCounter + 1}; }},
  });
  expect_all_refused<LogAdministration>({
      {"unknown code", [](LogAdministration& v) { v.act = AdministrativeAct{0}; }},
      {"above the limit", [](LogAdministration& v) { v.purpose = std::string(17, 'A'); }},
      {"record ids", [](LogAdministration& v) { std::swap(v.records[0], v.records[1]); }},
      {"above the limit",
       [](LogAdministration& v) { v.records = many<RecordId>(limits::kMaxRecordsInScope + 1); }},
  });
}

TEST(ErasureOperations, RefuseBrokenScopes) {
  expect_all_refused<RequestErasure>({
      {"fit the scope", [](RequestErasure& v) { v.record.reset(); }},
      {"fit the scope", [](RequestErasure& v) { v.scope = ErasureScope::kPatient; }},
      {"unknown code", [](RequestErasure& v) { v.basis = ErasureBasis{0}; }},
  });
  expect_all_refused<ErasePatient>({
      {"scope of a record", [](ErasePatient& v) { v.scope = ErasureScope::kRecord; }},
      {"retention of what is erased", [](ErasePatient& v) { v.scope = ErasureScope::kAudit; }},
  });
  expect_all_refused<EraseRecord>({
      {"unknown code", [](EraseRecord& v) { v.basis = ErasureBasis{6}; }},
  });
  expect_all_refused<PlaceHold>({
      {"fit the scope", [](PlaceHold& v) { v.records.clear(); }},
      {"fit the scope", [](PlaceHold& v) { v.scope = HoldScope::kAudit; }},
      {"above the limit",
       [](PlaceHold& v) { v.records = many<RecordId>(limits::kMaxRecordsInScope + 1); }},
      {"unknown code", [](PlaceHold& v) { v.basis = HoldBasis{5}; }},
  });
}

TEST(ErasureOperations, RefuseBrokenAttestations) {
  expect_all_refused<AttestErasure>({
      {"unknown code", [](AttestErasure& v) { v.phase = ErasurePhase{3}; }},
      {"retained items", [](AttestErasure& v) { std::swap(v.retained[0], v.retained[1]); }},
      {"unknown code", [](AttestErasure& v) { v.retained[0].item = RetainedItem{10}; }},
      {"above the limit",
       [](AttestErasure& v) {
         v.retained.clear();
         for (std::uint64_t i = 0; i <= limits::kMaxRetainedItems; ++i) {
           v.retained.push_back({RetainedItem::kSnapshot, RetentionReason::kTechnical, TimeMs{i}});
         }
       }},
  });
}

TEST(ErasureOperations, PathsAreTheKeyHashesOfTheLeaves) {
  const auto subject = pattern<PatientId>(1);
  const auto record = pattern<RecordId>(2);
  EXPECT_EQ(id_cast<Digest>(subject_path(subject)),
            StateKey::main(KeyKind::kSubjectRoot, subject).hash());
  EXPECT_EQ(id_cast<Digest>(record_path(record)),
            StateKey::clinical(subject, KeyKind::kRecord, record).hash());
}

TEST(Identifiers, OfKeysDependOnTheAccountTheyAreFor) {
  const auto chain = pattern<ChainId>(1);
  const PublicKey key = samples::fixed_key(2);
  EXPECT_NE(guardian_id(chain, pattern<AccountId>(3), key),
            guardian_id(chain, pattern<AccountId>(4), key));
  EXPECT_NE(proxy_id(chain, pattern<PatientId>(3), key),
            proxy_id(chain, pattern<PatientId>(4), key));
}

}  // namespace
}  // namespace galen::ledger
