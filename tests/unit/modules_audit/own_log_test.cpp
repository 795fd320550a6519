// What an organisation's own log says of its requests: the same whether they were denied or nothing
// is there, and nothing of whom they were about (R21, PRIVACY.md 28).
#include "modules/audit/audit.h"
#include "modules/audit/entries.h"
#include "modules/audit/log_reading.h"
#include "support/strict_codec.h"
#include "unit/modules_audit/read_across_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace galen::audit {
namespace {

using ledger::AccessRequest;
using ledger::AuthorisationRole;
using ledger::LogAccess;
using ledger::Operation;
using ledger::OperationType;
using ledger::ResultCode;
using ledger::Role;
using policy::Reason;
using test::Party;
using test::test_id;

bool contains(BytesView bytes, BytesView part) {
  return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

RequestId request_id(const Operation& operation) {
  if (const auto* access = std::get_if<LogAccess>(&operation)) return access->request.request;
  if (const auto* read = std::get_if<ledger::LogAuditRead>(&operation)) return read->request;
  return std::get<ledger::LogAdministration>(operation).request;
}

class OwnLog : public ReadAcrossTest {
 protected:
  [[nodiscard]] std::vector<AccessEntry> entries(const PatientId& log) const {
    std::vector<AccessEntry> found;
    for (const Bytes& bytes : list_access(world.state, log, 0, 100)) {
      found.push_back(AccessEntry::decode(bytes).value());
    }
    return found;
  }

  [[nodiscard]] std::vector<AccessEntry> of_reader() const {
    return entries(organisation_log(reader.id));
  }

  /// The entries that `act` put into the reader's own log.
  std::vector<AccessEntry> added_by(const std::function<void()>& act) {
    const std::size_t before = of_reader().size();
    act();
    const auto all = of_reader();
    return {all.begin() + static_cast<std::ptrdiff_t>(before), all.end()};
  }

  Operation access(const PatientId& of, const RecordId& wanted) {
    AccessRequest request = world.request(doctor, reader.id, patient, {wanted});
    request.patient = of;
    if (wanted.is_zero()) request.action = ledger::Action::kDiscover;
    return LogAccess{request};
  }

  Operation reading(const PatientId& of) {
    return world.reading(doctor.id, reader.id, of, "TREAT");
  }

  Operation act(const PatientId& of) {
    ledger::LogAdministration told;
    told.request = test_id<RequestId>(world.next_number());
    told.log = of;
    told.person = doctor.id;
    told.organisation = reader.id;
    told.purpose = "HOPERAT";
    told.recipient = world.hospitals[2].id;
    told.time = world.now;
    return told;
  }

  /// Signed by the doctor, brought by his hospital.
  ledger::OperationResult ask(const Operation& operation) {
    world.transaction = test_id<TxId>(world.next_number());
    ++world.place;
    const auto signature = world.sign(operation, doctor, AuthorisationRole::kRequester);
    return world.execute(operation, reader, {signature});
  }

  /// The one entry that each of the operations leaves is the same but for what it is of; so are
  /// the results.
  void expect_alike(const std::vector<Operation>& operations) {
    std::optional<AccessEntry> first;
    std::optional<ledger::OperationResult> result;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      const auto added = added_by([&] {
        const auto answered = ask(operations[i]);
        if (!result) result = answered;
        EXPECT_EQ(answered, *result) << i;
      });
      ASSERT_EQ(added.size(), 1U) << i;
      AccessEntry entry = added.front();
      ASSERT_TRUE(entry.asked) << i;
      EXPECT_EQ(entry.asked->digest, digest_of(operations[i]));
      EXPECT_EQ(entry.asked->transaction, world.transaction);
      EXPECT_EQ(entry.asked->operation, world.place);
      entry.asked->digest = {};
      entry.asked->transaction = {};
      entry.asked->operation = 0;
      entry.time = {};
      entry.height = {};
      if (!first) first = entry;
      EXPECT_EQ(entry, *first) << i;
    }
  }

  PatientId nobody = test_id<PatientId>(5);
  RecordId nothing = test_id<RecordId>(5);
  Party forgotten = [this] {
    const Party erased = world.add_patient(custodian);
    world.put_tombstone(erased.patient());
    return erased;
  }();
};

TEST_F(OwnLog, DeniedUnknownAndErasedAreTheSame) {
  expect_alike({access(patient.patient(), record),
                access(patient.patient(), nothing),
                access(nobody, record),
                access(forgotten.patient(), record)});
  const AccessEntry entry = of_reader().front();
  EXPECT_EQ(entry.asked->reason, Reason::kNotFound);
  EXPECT_EQ(entry.asked->type, OperationType::kLogAccess);
  EXPECT_EQ(entry.request.person, doctor.id);
  EXPECT_EQ(entry.request.purpose, "TREAT");
  EXPECT_EQ(entry.role, Role::kClinician);
  EXPECT_EQ(entry.submitter, reader.id);
  EXPECT_TRUE(entry.decisions.empty());
  EXPECT_EQ(entries(patient.patient()).front().decisions.front().reason, Reason::kNoConsent);
}

TEST_F(OwnLog, AListStandsThereWhoeverItIsOf) {
  world.must_give(ledger::GrantAccess{world.terms(patient, reader.id)}, patient);
  const Party strict = world.add_patient(custodian);
  world.must_give(world.deny_all(strict), strict);
  expect_alike({access(patient.patient(), RecordId{}),
                access(strict.patient(), RecordId{}),
                access(nobody, RecordId{}),
                access(forgotten.patient(), RecordId{})});
  EXPECT_EQ(of_reader().front().asked->reason, Reason::kListed);
  EXPECT_EQ(of_reader().front().request.action, ledger::Action::kDiscover);
}

TEST_F(OwnLog, WhatWasRefusedBeforeAnybodyWasAskedSaysWhy) {
  const auto late = [this](const PatientId& of, const RecordId& wanted) {
    auto operation = std::get<LogAccess>(access(of, wanted));
    operation.request.expiry = world.now;
    return operation;
  };
  expect_alike({late(patient.patient(), record),
                late(patient.patient(), nothing),
                late(nobody, record),
                late(forgotten.patient(), record)});
  EXPECT_EQ(of_reader().back().asked->reason, Reason::kRequestExpired);
  const auto unsigned_ones = added_by([this] {
    (void)world.execute(access(patient.patient(), record), reader, {});
    (void)world.execute(access(nobody, record), reader, {});
  });
  ASSERT_EQ(unsigned_ones.size(), 2U);
  for (const AccessEntry& entry : unsigned_ones) {
    EXPECT_EQ(entry.asked->reason, Reason::kNotAuthenticated);
    EXPECT_FALSE(entry.role);
  }
}

TEST_F(OwnLog, RefusedReadingsOfLogsAreTheSame) {
  expect_alike({reading(patient.patient()), reading(nobody), reading(forgotten.patient())});
  EXPECT_EQ(of_reader().front().asked->type, OperationType::kLogAuditRead);
  EXPECT_EQ(of_reader().front().asked->reason, Reason::kNotFound);
}

TEST_F(OwnLog, ActsAboutOthersPatientsAreTheSame) {
  expect_alike({act(patient.patient()), act(nobody), act(forgotten.patient())});
  const Asked asked = *of_reader().front().asked;
  EXPECT_EQ(asked.type, OperationType::kLogAdministration);
  EXPECT_EQ(asked.reason, std::nullopt);
  // What the organisation says of itself stays.
  EXPECT_EQ(asked.told,
            (Asked::Told{ledger::AdministrativeAct::kExport, world.hospitals[2].id, world.now}));
  EXPECT_EQ(entries(patient.patient()).size(), 1U);
  // An act about no patient is told there in full.
  EXPECT_EQ(ask(act(organisation_log(reader.id))).code, ResultCode::kOk);
  EXPECT_TRUE(of_reader().back().act);
}

TEST_F(OwnLog, NothingOfWhatWasPermitted) {
  world.must_give(ledger::GrantAccess{world.terms(patient, reader.id)}, patient);
  const auto added = added_by([this] { (void)ask(access(patient.patient(), record)); });
  EXPECT_TRUE(added.empty());
  EXPECT_EQ(entries(patient.patient()).size(), 1U);
}

TEST_F(OwnLog, APartlyPermittedRequestTellsNotWhatOfTheRestIsThere) {
  auto terms = world.terms(patient, reader.id);
  terms.confidentiality = ledger::Confidentiality::kN;
  world.must_give(ledger::GrantAccess{terms}, patient);
  auto hidden = world.record_operation(custodian, patient.patient());
  hidden.confidentiality = ledger::Confidentiality::kV;
  ASSERT_EQ(world.execute(hidden, custodian).code, ResultCode::kOk);
  const auto both = [this](const RecordId& other) {
    auto operation = std::get<LogAccess>(access(patient.patient(), record));
    operation.request.records = {std::min(record, other), std::max(record, other)};
    return operation;
  };
  std::vector<AccessEntry> added;
  for (const RecordId& other : {hidden.record, nothing}) {
    const auto operation = both(other);
    const auto of_one = added_by([&] {
      const auto outcome = AccessOutcome::decode(ask(operation).detail).value();
      EXPECT_EQ(std::count(outcome.permits.begin(), outcome.permits.end(), true), 1);
    });
    ASSERT_EQ(of_one.size(), 1U);
    added.push_back(of_one.front());
    added.back().asked->digest = {};
    added.back().asked->transaction = {};
    added.back().asked->operation = 0;
  }
  EXPECT_EQ(added.front(), added.back());
}

TEST_F(OwnLog, TheSealedLogOfAnErasedPatientGoesOn) {
  const auto told = [this](const Party& by) {
    auto operation = std::get<ledger::LogAdministration>(act(forgotten.patient()));
    operation.person = operation.organisation = by.id;
    EXPECT_EQ(world.execute(operation, by).code, ResultCode::kOk);
  };
  ledger::Tombstone stone;
  stone.subject = ledger::subject_path(forgotten.patient());
  stone.custodian = custodian.id;
  world.state.put(ledger::Tombstone::key(stone.subject), stone.encode());
  told(custodian);
  EXPECT_EQ(entries(forgotten.patient()).size(), 1U);
  EXPECT_TRUE(entries(organisation_log(custodian.id)).empty());
  told(reader);
  EXPECT_EQ(entries(forgotten.patient()).size(), 2U);
  EXPECT_EQ(of_reader().size(), 1U);
}

/// A custodian reads its patients' logs anyway.
TEST_F(OwnLog, NothingOfTheCustodiansOwnPatients) {
  const Party nurse = world.add_practitioner(custodian);
  for (const RecordId& wanted : {record, RecordId{}}) {
    auto request = world.request(nurse, custodian.id, patient, {wanted});
    request.purpose = "HRESCH";
    if (wanted.is_zero()) request.action = ledger::Action::kDiscover;
    const LogAccess operation{request};
    (void)world.execute(
        operation, custodian, {world.sign(operation, nurse, AuthorisationRole::kRequester)});
  }
  const auto refused = world.reading(nurse.id, custodian.id, patient.patient(), "TREAT");
  (void)world.execute(
      refused, custodian, {world.sign(refused, nurse, AuthorisationRole::kRequester)});
  EXPECT_EQ(entries(patient.patient()).size(), 3U);
  EXPECT_TRUE(entries(organisation_log(custodian.id)).empty());
}

TEST_F(OwnLog, NamesNeitherPatientNorRecordNorRequest) {
  for (const auto& operation : {access(patient.patient(), record),
                                access(nobody, nothing),
                                reading(nobody),
                                act(patient.patient())}) {
    (void)ask(operation);
    const Bytes bytes = of_reader().back().encode();
    const RequestId request = request_id(operation);
    EXPECT_FALSE(request.is_zero());
    EXPECT_FALSE(contains(bytes, request.view()));
    for (const auto& id : {patient.patient(), nobody}) EXPECT_FALSE(contains(bytes, id.view()));
    for (const auto& id : {record, nothing}) EXPECT_FALSE(contains(bytes, id.view()));
  }
  // Who asks as a patient, or says so, is named by his id alone.
  auto own = std::get<LogAccess>(access(patient.patient(), nothing));
  own.request.person = patient.id;
  own.request.purpose = "PATRQT";
  const auto signature = world.sign(own, patient, AuthorisationRole::kPatient);
  EXPECT_EQ(world.execute(own, reader, {signature}).code, ResultCode::kOk);
  EXPECT_TRUE(of_reader().back().request.person.is_zero());
  EXPECT_FALSE(contains(of_reader().back().encode(), patient.id.view()));
}

TEST_F(OwnLog, TheSameRequestAgainIsAnsweredByItsEntryAndAnotherUnderItsIdIsReused) {
  for (const PatientId& of : {patient.patient(), nobody}) {
    auto operation = std::get<LogAccess>(access(of, record));
    const auto first = ask(operation);
    EXPECT_TRUE(added_by([&] { EXPECT_EQ(ask(operation), first); }).empty());
    operation.request.expiry.value -= 1;
    const auto reused = added_by([&] { EXPECT_EQ(ask(operation), first); });
    ASSERT_EQ(reused.size(), 1U);
    EXPECT_EQ(reused.front().asked->reason, Reason::kRequestReused);
    const Operation read = reading(of);
    const auto refused = ask(read);
    EXPECT_TRUE(added_by([&] { EXPECT_EQ(ask(read), refused); }).empty());
    const Operation told = act(of);
    EXPECT_EQ(ask(told).code, ResultCode::kOk);
    EXPECT_TRUE(added_by([&] { EXPECT_EQ(ask(told).code, ResultCode::kOk); }).empty());
  }
}

TEST_F(OwnLog, EntriesDecodeStrictly) {
  (void)ask(access(nobody, record));
  test::expect_strict(of_reader().back());
  (void)ask(act(nobody));
  test::expect_strict(of_reader().back());
  Bytes bytes = of_reader().back().encode();
  bytes[1] = 4;
  EXPECT_EQ(AccessEntry::decode(bytes).error().code, ErrorCode::kMalformed);
}

TEST_F(OwnLog, EntriesThatNothingWritesDoNotDecode) {
  (void)ask(access(nobody, record));
  const AccessEntry good = of_reader().back();
  ASSERT_TRUE(AccessEntry::decode(good.encode()));
  using Change = std::function<void(AccessEntry&)>;
  const std::vector<Change> changes{
      [](AccessEntry& e) { e.asked->type = OperationType::kGrantAccess; },
      [](AccessEntry& e) { e.asked->type = OperationType::kLogEmergency; },
      [](AccessEntry& e) { e.asked->reason.reset(); },
      [](AccessEntry& e) { e.asked->reason = Reason::kGrant; },
      [](AccessEntry& e) { e.asked->reason = Reason::kNoConsent; },
      [](AccessEntry& e) { e.asked->reason = Reason::kListed; },
      [](AccessEntry& e) { e.asked->reason = Reason::kBreakGlass; },
      [](AccessEntry& e) { e.asked->told = Asked::Told{}; },
      [](AccessEntry& e) { e.request.purpose = "no code"; },
      [](AccessEntry& e) { e.request.purpose.clear(); },
      [](AccessEntry& e) {
        e.asked->type = OperationType::kLogAuditRead;
        e.request.action = ledger::Action::kCopy;
      },
      [](AccessEntry& e) {
        e.asked->type = OperationType::kLogAdministration;
        e.asked->told = Asked::Told{};
      },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    AccessEntry changed = good;
    changes[i](changed);
    EXPECT_FALSE(AccessEntry::decode(changed.encode())) << i;
  }
}

}  // namespace
}  // namespace galen::audit
