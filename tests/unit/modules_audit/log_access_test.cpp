#include "base/limits.h"
#include "modules/audit/audit.h"
#include "modules/audit/entries.h"
#include "support/health_world.h"
#include "support/strict_codec.h"
#include "unit/modules_audit/read_across_fixture.h"

#include <gtest/gtest.h>

namespace galen::audit {
namespace {

using ledger::AccessRequest;
using ledger::AuthorisationRole;
using ledger::GrantAccess;
using ledger::LogAccess;
using ledger::ResultCode;
using policy::Reason;
using test::AuthorisationFields;
using test::HealthWorld;
using test::Party;
using test::test_id;

class Access : public ReadAcrossTest {
 protected:
  /// Signed by `person` in `role`, brought by `submitter`. A LogAccess never fails.
  AccessOutcome log(const AccessRequest& request,
                    const Party& person,
                    const Party& submitter,
                    AuthorisationRole role = AuthorisationRole::kRequester,
                    const AuthorisationFields& fields = {}) {
    const ledger::Operation operation = LogAccess{request};
    return execute(request, submitter, {world.sign(operation, person, role, fields)});
  }

  AccessOutcome execute(const AccessRequest& request,
                        const Party& submitter,
                        std::vector<ledger::Authorisation> authorisations) {
    const auto result = world.execute(LogAccess{request}, submitter, std::move(authorisations));
    EXPECT_EQ(result.code, ResultCode::kOk);
    auto outcome = AccessOutcome::decode(result.detail);
    EXPECT_TRUE(outcome.has_value());
    return outcome.value_or(AccessOutcome{});
  }

  AccessOutcome read(const AccessRequest& request) { return log(request, doctor, reader); }

  [[nodiscard]] AccessRequest ask(std::vector<RecordId> records) {
    return world.request(doctor, reader.id, patient, std::move(records));
  }

  [[nodiscard]] AccessEntry patient_entry(std::uint64_t index) const {
    return load_access(world.state, patient.patient(), index).value();
  }

  [[nodiscard]] AccessEntry own_entry(const Party& organisation, std::uint64_t index) const {
    return load_access(world.state, organisation_log(organisation.id), index).value();
  }

  [[nodiscard]] std::uint64_t patient_count() const {
    return load_access_range(world.state, patient.patient()).count;
  }

  GrantId grant(const ledger::GrantTerms& terms) {
    return world.must_give(GrantAccess{terms}, patient);
  }
};

TEST_F(Access, RefusalAndPermitLeaveOneEntryEach) {
  const AccessOutcome refused = read(ask({record}));
  EXPECT_EQ(refused, (AccessOutcome{{false}}));
  const GrantId id = grant(world.terms(patient, reader.id));
  const AccessRequest request = ask({record});
  const AccessOutcome permitted = read(request);
  EXPECT_EQ(permitted, (AccessOutcome{{true}}));

  EXPECT_EQ(patient_entry(0).decisions.at(0).reason, Reason::kNoConsent);
  const AccessEntry entry = patient_entry(1);
  EXPECT_EQ(entry.request, request);
  EXPECT_EQ(entry.role, ledger::Role::kClinician);
  EXPECT_EQ(entry.submitter, reader.id);
  EXPECT_EQ(entry.time, world.now);
  EXPECT_EQ(entry.height, world.height);
  ASSERT_NE(entry.find(record), nullptr);
  EXPECT_EQ(*entry.find(record), (RecordDecision{record, Reason::kGrant, id, {}}));
  EXPECT_EQ(find_request(world.state, patient.patient(), request), 1U);
}

TEST_F(Access, RangeCommitsToEveryEntryInOrder) {
  std::vector<Digest> leaves;
  for (int i = 0; i < 5; ++i) read(ask({record}));
  for (const Bytes& bytes : list_access(world.state, patient.patient(), 0, 100)) {
    leaves.push_back(crypto::merkle_leaf(bytes));
  }
  const crypto::MerkleFrontier range = load_access_range(world.state, patient.patient());
  ASSERT_EQ(range.count, 5U);
  ASSERT_EQ(leaves.size(), 5U);
  EXPECT_EQ(range.root(), crypto::merkle_root(leaves));
  EXPECT_EQ(list_access(world.state, patient.patient(), 3, 1).size(), 1U);
  EXPECT_EQ(list_access(world.state, patient.patient(), 3, 100).size(), 2U);
  EXPECT_TRUE(list_access(world.state, patient.patient(), 5, 100).empty());
}

TEST_F(Access, TheStateOfTheBlockDecides) {
  const GrantId id = grant(world.terms(patient, reader.id));
  EXPECT_TRUE(read(ask({record})).permits.at(0));
  world.now.value += 1000;
  world.give(ledger::RevokeAccess{patient.patient(), id, {}}, patient, custodian);
  EXPECT_FALSE(read(ask({record})).permits.at(0));
  EXPECT_EQ(patient_entry(1).decisions.at(0).reason, Reason::kRevoked);
  EXPECT_EQ(patient_entry(1).decisions.at(0).grant, id);
}

/// What a member has put into the state is what its accesses cost, and it is counted.
TEST_F(Access, WorkGrowsWithGrantsAndRecords) {
  const auto work_of = [&](std::vector<RecordId> records) {
    const std::uint64_t before = world.work.used();
    static_cast<void>(read(ask(std::move(records))));
    return world.work.used() - before;
  };
  const std::uint64_t bare = work_of({record});
  EXPECT_GT(bare, 0U);
  for (int i = 0; i < 100; ++i) grant(world.terms(patient, reader.id));
  const std::uint64_t many = work_of({record});
  EXPECT_EQ(many - bare, 2 * 100U + 1U);
  auto long_terms = world.terms(patient, reader.id);
  for (std::uint32_t i = 1; i <= 20; ++i) {
    long_terms.data.push_back({ledger::DataMeaning::kInstance, test_id<Random32>(i)});
  }
  std::sort(long_terms.data.begin(), long_terms.data.end());
  grant(long_terms);
  const std::uint64_t longer = work_of({record});
  EXPECT_EQ(longer - many, 2U + 1U) << "20 ids to compare the record with";
  std::vector<RecordId> records{record};
  for (int i = 0; i < 9; ++i) records.push_back(world.add_record(custodian, patient));
  std::sort(records.begin(), records.end());
  EXPECT_EQ(work_of(records) - longer, 9 * 3U);
}

TEST_F(Access, EachRecordIsDecidedForItself) {
  auto labelled = world.record_operation(custodian, patient.patient());
  labelled.labels = {"PSY"};
  labelled.confidentiality = ledger::Confidentiality::kR;
  ASSERT_EQ(world.execute(labelled, custodian).code, ResultCode::kOk);
  grant(world.terms(patient, reader.id));
  const AccessRequest request = ask({record, labelled.record});
  const AccessOutcome outcome = read(request);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(outcome.permits.at(i), request.records.at(i) == record);
  }
  EXPECT_EQ(patient_entry(0).find(labelled.record)->reason, Reason::kConfidentiality);
}

TEST_F(Access, ObligationsAreStored) {
  auto labelled = world.record_operation(custodian, patient.patient());
  labelled.labels = {"ETHUD"};
  labelled.confidentiality = ledger::Confidentiality::kR;
  ASSERT_EQ(world.execute(labelled, custodian).code, ResultCode::kOk);
  auto terms = world.terms(patient, reader.id);
  terms.labels = labelled.labels;
  terms.confidentiality = labelled.confidentiality;
  terms.valid_to = TimeMs{1'780'000'000'000};
  terms.erase_at = terms.valid_to;
  grant(terms);
  EXPECT_EQ(read(ask({record, labelled.record})).permits, (std::vector<bool>{true, true}));
  const AccessEntry entry = patient_entry(0);
  ASSERT_NE(entry.find(record), nullptr);
  ASSERT_NE(entry.find(labelled.record), nullptr);
  const std::string erase_by = "erase-by=2026-05-28T20:26:40Z";
  EXPECT_EQ(entry.find(record)->obligations, std::vector<std::string>{erase_by});
  EXPECT_EQ(entry.find(labelled.record)->obligations,
            (std::vector<std::string>{"42cfr2-notice", erase_by}));
}

TEST_F(Access, ARequestIsDecidedOnce) {
  auto terms = world.terms(patient, reader.id);
  terms.max_uses = 1;
  const GrantId id = grant(terms);
  const AccessRequest request = ask({record});
  const AccessOutcome first = read(request);
  ASSERT_TRUE(first.permits.at(0));
  const auto after = world.state;
  EXPECT_EQ(read(request), first);
  EXPECT_EQ(world.state, after);
  EXPECT_EQ(consent::GrantEntry::load(world.state, patient.patient(), id)->uses_left, 0U);
  // Another request finds the permit used up.
  EXPECT_FALSE(read(ask({record})).permits.at(0));
  EXPECT_EQ(patient_entry(1).decisions.at(0).reason, Reason::kUsesExhausted);
}

TEST_F(Access, OneRequestTakesOneUseForAllItsRecords) {
  auto terms = world.terms(patient, reader.id);
  terms.max_uses = 2;
  const GrantId id = grant(terms);
  const RecordId other = world.add_record(custodian, patient);
  EXPECT_EQ(read(ask({record, other})).permits, (std::vector<bool>{true, true}));
  EXPECT_EQ(consent::GrantEntry::load(world.state, patient.patient(), id)->uses_left, 1U);
}

TEST_F(Access, AnotherRequestUnderAUsedIdIsRecordedAndDenied) {
  grant(world.terms(patient, reader.id));
  const AccessRequest first = ask({record});
  ASSERT_TRUE(read(first).permits.at(0));
  AccessRequest second = ask({world.add_record(custodian, patient)});
  second.request = first.request;
  EXPECT_EQ(read(second), (AccessOutcome{{false}}));
  EXPECT_EQ(patient_entry(1).decisions.at(0).reason, Reason::kRequestReused);
  EXPECT_EQ(find_request(world.state, patient.patient(), first), 0U);
}

TEST_F(Access, OnlyTheRegisteredRecipientKeyIsPermitted) {
  grant(world.terms(patient, reader.id));
  AccessRequest request = ask({record});
  const PublicKey registered = request.recipient_key;
  // A fresh key, none, and his own signing key: each is his, none is registered for this.
  for (const PublicKey& key :
       {test::test_key(8).public_key(), PublicKey{}, doctor.key.public_key()}) {
    request.recipient_key = key;
    EXPECT_FALSE(read(request).permits.at(0));
    const auto last = patient_entry(patient_count() - 1);
    EXPECT_EQ(last.decisions.at(0).reason, Reason::kRecipientKey);
    EXPECT_EQ(last.request.recipient_key, key);
    EXPECT_EQ(last.role, ledger::Role::kClinician);
  }
  // The request id is not used up.
  request.recipient_key = registered;
  EXPECT_TRUE(read(request).permits.at(0));
}

TEST_F(Access, APatientIsHeldToHisOwnKeyToo) {
  auto request = world.request(patient, reader.id, patient, {record});
  request.purpose = "PATRQT";
  request.recipient_key = test::test_key(8).public_key();
  EXPECT_FALSE(log(request, patient, reader, AuthorisationRole::kPatient).permits.at(0));
  EXPECT_EQ(patient_entry(0).decisions.at(0).reason, Reason::kRecipientKey);
  request.recipient_key = HealthWorld::agreement_key().public_key();
  EXPECT_TRUE(log(request, patient, reader, AuthorisationRole::kPatient).permits.at(0));
}

TEST_F(Access, UnauthenticatedRequestsAreRecordedAndDenied) {
  grant(world.terms(patient, reader.id));
  const AccessRequest request = ask({record});
  const ledger::Operation operation = LogAccess{request};
  const auto good = world.sign(operation, doctor, AuthorisationRole::kRequester);
  auto forged = good;
  forged.signature =
      world.sign(operation, Party{doctor.id, patient.key}, AuthorisationRole::kRequester).signature;
  auto other_account = good;
  other_account.account = reader.id;

  EXPECT_FALSE(execute(request, reader, {}).permits.at(0));
  EXPECT_FALSE(execute(request, reader, {good, good}).permits.at(0));
  EXPECT_FALSE(execute(request, reader, {forged}).permits.at(0));
  EXPECT_FALSE(execute(request, reader, {other_account}).permits.at(0));
  EXPECT_FALSE(log(request, doctor, reader, AuthorisationRole::kPatient).permits.at(0));
  EXPECT_FALSE(log(request,
                   doctor,
                   reader,
                   AuthorisationRole::kRequester,
                   {.not_after = TimeMs{world.now.value - 1}})
                   .permits.at(0));
  ASSERT_EQ(patient_count(), 6U);
  for (std::uint64_t i = 0; i < 6; ++i) {
    EXPECT_EQ(patient_entry(i).decisions.at(0).reason, Reason::kNotAuthenticated) << i;
    EXPECT_FALSE(patient_entry(i).role.has_value());
  }
  // None of them used up the request id.
  EXPECT_TRUE(execute(request, reader, {good}).permits.at(0));
}

TEST_F(Access, APractitionerAsksThroughHisOwnOrganisation) {
  grant(world.terms(patient, reader.id));
  grant(world.terms(patient, world.hospitals[2].id));
  EXPECT_FALSE(log(ask({record}), doctor, world.hospitals[2]).permits.at(0));
  AccessRequest borrowed = ask({record});
  borrowed.organisation = world.hospitals[2].id;
  EXPECT_FALSE(log(borrowed, doctor, world.hospitals[2]).permits.at(0));
  EXPECT_FALSE(log(borrowed, doctor, reader).permits.at(0));
  for (std::uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(patient_entry(i).decisions.at(0).reason, Reason::kNotAuthenticated);
  }
}

TEST_F(Access, UnknownPractitionersAreNotAuthenticated) {
  const Party stranger{test_id<AccountId>(5), test::test_key(5)};
  const AccessRequest request = world.request(stranger, reader.id, patient, {record});
  EXPECT_FALSE(log(request, stranger, reader).permits.at(0));
  EXPECT_EQ(patient_entry(0).decisions.at(0).reason, Reason::kNotAuthenticated);
}

TEST_F(Access, ARequestExpiresAndMayNotReachTooFar) {
  grant(world.terms(patient, reader.id));
  AccessRequest request = ask({record});
  request.expiry = world.now;
  EXPECT_FALSE(read(request).permits.at(0));
  request.expiry = TimeMs{world.now.value + limits::kMaxAccessRequestMs + 1};
  EXPECT_FALSE(read(request).permits.at(0));
  EXPECT_EQ(patient_entry(0).decisions.at(0).reason, Reason::kRequestExpired);
  EXPECT_EQ(patient_entry(1).decisions.at(0).reason, Reason::kRequestExpired);
  request.expiry = TimeMs{world.now.value + limits::kMaxAccessRequestMs};
  EXPECT_TRUE(read(request).permits.at(0));
}

TEST_F(Access, ThePatientReadsHisOwnThroughAnyMember) {
  world.must_give(world.deny_all(patient), patient);
  AccessRequest request = world.request(patient, {}, patient, {record});
  request.purpose = "PATRQT";
  EXPECT_TRUE(log(request, patient, world.hospitals[2], AuthorisationRole::kPatient).permits.at(0));
  EXPECT_EQ(patient_entry(0).decisions.at(0).reason, Reason::kSelf);
  EXPECT_EQ(patient_entry(0).role, ledger::Role::kPatient);
  request.request = test_id<RequestId>(3);
  EXPECT_FALSE(log(request, doctor, reader, AuthorisationRole::kPatient).permits.at(0));
}

TEST_F(Access, NobodyReadsAsAnotherPatient) {
  const Party other = world.add_patient(custodian);
  AccessRequest request = world.request(other, {}, patient, {record});
  request.purpose = "PATRQT";
  EXPECT_FALSE(log(request, other, custodian, AuthorisationRole::kPatient).permits.at(0));
  EXPECT_EQ(patient_entry(0).decisions.at(0).reason, Reason::kNotAuthenticated);
}

TEST_F(Access, TheCustodiansOwnClinicianReads) {
  const Party own = world.add_practitioner(custodian);
  world.must_give(world.deny_all(patient), patient);
  const AccessRequest request = world.request(own, custodian.id, patient, {record});
  EXPECT_TRUE(log(request, own, custodian).permits.at(0));
  EXPECT_EQ(patient_entry(0).decisions.at(0).reason, Reason::kOwnRecord);
}

TEST_F(Access, ARoleAssertsItsOwnPurposesOnly) {
  grant(world.terms(patient, reader.id));
  const Party clerk = world.add_practitioner(reader, ledger::Role::kBilling);
  EXPECT_FALSE(
      log(world.request(clerk, reader.id, patient, {record}), clerk, reader).permits.at(0));
  EXPECT_EQ(patient_entry(0).decisions.at(0).reason, Reason::kPurpose);
}

TEST_F(Access, BreakGlassIsDeniedWithoutADeclaration) {
  AccessRequest request = ask({record});
  request.purpose = "BTG";
  EXPECT_FALSE(read(request).permits.at(0));
  EXPECT_EQ(patient_entry(0).decisions.at(0).reason, Reason::kEmergencyNotPrivileged);
}

TEST_F(Access, ASuspendedMemberIsDeniedAndRecorded) {
  grant(world.terms(patient, reader.id));
  world.suspend(reader.id);
  EXPECT_FALSE(read(ask({record})).permits.at(0));
  EXPECT_EQ(patient_entry(0).decisions.at(0).reason, Reason::kMemberInactive);
}

TEST_F(Access, UnknownRecordsGoToTheOrganisationsOwnLog) {
  const RecordId unknown = test_id<RecordId>(5);
  const AccessRequest request = ask({unknown});
  EXPECT_EQ(read(request), (AccessOutcome{{false}}));
  EXPECT_EQ(patient_count(), 0U);
  EXPECT_EQ(own_entry(reader, 0).asked->reason, Reason::kNotFound);
  EXPECT_EQ(read(request), (AccessOutcome{{false}}));
  EXPECT_EQ(load_access_range(world.state, organisation_log(reader.id)).count, 1U);
}

TEST_F(Access, UnknownAndErasedPatientsGoToTheOrganisationsOwnLog) {
  AccessRequest request = ask({record});
  request.patient = test_id<PatientId>(5);
  EXPECT_EQ(read(request), (AccessOutcome{{false}}));
  world.put_tombstone(patient.patient());
  EXPECT_EQ(read(ask({record})), (AccessOutcome{{false}}));
  EXPECT_EQ(patient_count(), 0U);
}

TEST_F(Access, AMixedRequestIsAnsweredInBothLogs) {
  grant(world.terms(patient, reader.id));
  const RecordId unknown = test_id<RecordId>(5);
  const AccessRequest request = ask({record, unknown});
  const AccessOutcome outcome = read(request);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(outcome.permits.at(i), request.records.at(i) == record);
  }
  EXPECT_EQ(patient_entry(0).find(unknown), nullptr);
  EXPECT_EQ(own_entry(reader, 0).asked->digest, digest_of(LogAccess{request}));
  EXPECT_EQ(read(request), outcome);
}

TEST_F(Access, ARecordOfAnotherPatientIsUnknown) {
  const Party other = world.add_patient(custodian);
  const RecordId foreign = world.add_record(custodian, other);
  grant(world.terms(patient, reader.id));
  EXPECT_EQ(read(ask({foreign})), (AccessOutcome{{false}}));
}

TEST_F(Access, EveryWriteIsInAnAuditTreeButTheUses) {
  auto terms = world.terms(patient, reader.id);
  terms.max_uses = 3;
  grant(terms);
  read(ask({record, test_id<RecordId>(5)}));
  std::size_t clinical = 0;
  for (const auto& [key, write] : world.last_writes) {
    EXPECT_FALSE(write.s.is_zero());
    if (key.tree.kind == ledger::TreeKind::kAudit) continue;
    EXPECT_EQ(key.kind, ledger::KeyKind::kGrant);
    ++clinical;
  }
  EXPECT_EQ(clinical, 1U);
  EXPECT_EQ(world.last_writes.size(), 7U);
}

TEST_F(Access, EntriesDecodeStrictly) {
  grant(world.terms(patient, reader.id));
  read(ask({record, world.add_record(custodian, patient)}));
  test::expect_strict(patient_entry(0));
  AccessEntry refused = patient_entry(0);
  refused.role.reset();
  refused.decisions = {{record, Reason::kNotAuthenticated, std::nullopt, {"a", "b"}}};
  test::expect_strict(refused);
  test::expect_strict(AccessOutcome{{true, false}});
  test::expect_strict(
      encode_access_range(load_access_range(world.state, patient.patient())),
      [](BytesView bytes) { return decode_access_range(bytes); },
      encode_access_range);
}

TEST_F(Access, RangeWithWrongPeaksIsMalformed) {
  EXPECT_FALSE(decode_access_range(encode_access_range({3, {Digest{}}})).has_value());
  EXPECT_TRUE(decode_access_range(encode_access_range({3, {Digest{}, Digest{}}})).has_value());
}

}  // namespace
}  // namespace galen::audit
