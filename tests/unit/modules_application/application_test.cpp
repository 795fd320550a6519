// Blocks of module operations through the executor: put -> grant -> get -> revoke, all or nothing,
// and order within a block.
#include "engine/application.h"

#include "support/identity_steps.h"

#include <gtest/gtest.h>

#include <optional>

namespace galen::engine {
namespace {

using ledger::AuthorisationRole;
using ledger::Operation;
using ledger::ResultCode;
using test::HealthWorld;
using test::Party;

class CountingRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(++count_ * 31U);
  }

 private:
  std::uint32_t count_ = 0;
};

struct Step {
  Operation operation;
  std::vector<ledger::Authorisation> authorisations;
};

class Blocks : public ::testing::Test {
 protected:
  ledger::DecodedTransactionPtr transaction(const Party& submitter,
                                            const std::vector<Step>& steps) {
    ledger::TransactionBuilder builder(world.chain, submitter.id, 0, random);
    for (const Step& step : steps) builder.add(step.operation, step.authorisations);
    const auto header = builder.header({0, ++nonce}, TimeMs{world.now.value + 60'000});
    const auto signature = submitter.key.sign(ledger::signing_bytes(header));
    const auto signed_transaction = std::move(builder).finish(header, signature);
    auto decoded = ledger::decode_and_check(ledger::encode(signed_transaction), world.chain);
    CHECK(decoded.has_value(), "a transaction that decodes");
    return *std::move(decoded);
  }

  execution::BlockOutcome apply(const std::vector<ledger::DecodedTransactionPtr>& transactions) {
    world.height = world.height.next();
    const execution::BlockContext block{world.chain, world.height, world.now};
    auto outcome = execution::execute_block(
        world.state, world.state, block, transactions, application, verifier);
    world.state.apply(outcome.state);
    return outcome;
  }

  /// A block of one transaction of one operation.
  ledger::OperationResult run(const Party& submitter, const Step& step) {
    return apply({transaction(submitter, {step})}).results.at(0).at(0);
  }

  Step by_patient(const Operation& operation, std::uint64_t sequence) {
    return {operation,
            {world.sign(operation, patient, AuthorisationRole::kPatient, {.sequence = sequence})}};
  }

  Step by_doctor(const ledger::AccessRequest& request) {
    const Operation operation = ledger::LogAccess{request};
    return {operation, {world.sign(operation, doctor, AuthorisationRole::kRequester)}};
  }

  /// One read of `record`, decided in a block of its own.
  bool may_read(const RecordId& record) {
    const auto result = run(reader, by_doctor(world.request(doctor, reader.id, patient, {record})));
    EXPECT_EQ(result.code, ResultCode::kOk);
    return audit::AccessOutcome::decode(result.detail)->permits.at(0);
  }

  HealthWorld world;
  ModuleApplication application;
  CountingRandom random;
  test::PlainVerifier verifier;
  std::uint64_t nonce = 0;
  Party custodian = world.hospitals[0];
  Party reader = world.hospitals[1];
  Party patient{AccountId{}, test::test_key(1)};
  Party doctor{AccountId{}, test::test_key(2)};
};

TEST_F(Blocks, AnErasureCountsEveryBodyBeforeIt) {
  auto registration = world.patient_operation(custodian, patient.key);
  registration.held_by = ledger::KeyHolder::kPatient;
  patient.id = id_cast<AccountId>(registration.patient);
  ledger::RequestErasure request;
  request.seed = test::test_id<Random32>(1);
  request.request = ledger::erasure_id(world.chain, custodian.id, request.seed);
  request.patient = patient.patient();
  ledger::ErasePatient order;
  order.request = request.request;
  order.path = ledger::subject_path(patient.patient());
  order.audit_until = TimeMs{world.now.value + 2 * world.parameters.min_audit_retention_ms};
  // Registration, a record, one that is refused, the request: this state holds no chain, so all
  // that is counted stands in this block.
  const auto record = world.record_operation(custodian, patient.patient());
  const auto count = [&](std::uint64_t operations) {
    order.operations = operations;
    return transaction(custodian, {{order, {}}});
  };
  const auto block = apply({transaction(custodian, {{registration, {}}}),
                            transaction(custodian, {{record, {}}}),
                            transaction(reader, {{record, {}}}),
                            transaction(custodian, {by_patient(request, 1)}),
                            count(3),
                            count(5),
                            count(4),
                            transaction(custodian, {{record, {}}})});
  const auto code = [&](std::size_t at) { return block.results.at(at).at(0).code; };
  EXPECT_EQ(code(2), ResultCode::kNotCustodian);
  ASSERT_EQ(code(3), ResultCode::kOk);
  EXPECT_EQ(code(4), ResultCode::kWrongCount);
  EXPECT_EQ(code(5), ResultCode::kWrongCount);
  ASSERT_EQ(code(6), ResultCode::kOk);
  EXPECT_EQ(code(7), ResultCode::kErased);
  EXPECT_FALSE(
      world.state.get(ledger::StateKey::main(ledger::KeyKind::kSubjectRoot, patient.patient())));
  EXPECT_TRUE(world.state.get(ledger::ErasureOrderEntry::key(block.receipts.at(6).transaction, 0)));
}

TEST_F(Blocks, AnErasureLeavesOutWhatAnOrderBeforeItCounted) {
  auto registration = world.patient_operation(custodian, patient.key);
  registration.held_by = ledger::KeyHolder::kPatient;
  patient.id = id_cast<AccountId>(registration.patient);
  const auto record = world.record_operation(custodian, patient.patient());
  const auto ask = [&](std::uint32_t number, std::optional<RecordId> about) {
    ledger::RequestErasure request;
    request.seed = test::test_id<Random32>(number);
    request.request = ledger::erasure_id(world.chain, custodian.id, request.seed);
    request.patient = patient.patient();
    request.scope = about ? ledger::ErasureScope::kRecord : ledger::ErasureScope::kPatient;
    request.record = about;
    return request;
  };
  const auto one = ask(1, record.record);
  const auto all = ask(2, std::nullopt);
  ledger::EraseRecord first;
  first.request = one.request;
  first.path = ledger::subject_path(patient.patient());
  first.record = ledger::record_path(record.record);
  first.operations = 1;  // the record
  ledger::ErasePatient whole;
  whole.request = all.request;
  whole.path = first.path;
  whole.audit_until = TimeMs{world.now.value + 2 * world.parameters.min_audit_retention_ms};
  whole.operations = 3;  // the registration and both requests
  ASSERT_EQ(
      apply({transaction(custodian, {{registration, {}}}), transaction(custodian, {{record, {}}})})
          .results.at(1)
          .at(0)
          .code,
      ResultCode::kOk);
  // This state holds no chain: bodies of this block are all it can count.
  const auto block = apply({transaction(custodian, {{registration, {}}}),
                            transaction(custodian, {{record, {}}}),
                            transaction(custodian, {by_patient(one, 1)}),
                            transaction(custodian, {by_patient(all, 2)}),
                            transaction(custodian, {{first, {}}, {whole, {}}})});
  EXPECT_EQ(block.results.at(4).at(0).code, ResultCode::kOk);
  EXPECT_EQ(block.results.at(4).at(1).code, ResultCode::kOk);
}

TEST_F(Blocks, PutGrantGetRevoke) {
  const auto registration = world.patient_operation(custodian, patient.key);
  patient.id = id_cast<AccountId>(registration.patient);
  ASSERT_EQ(run(custodian, {registration, {}}).code, ResultCode::kOk);
  const auto practitioner = world.practitioner_operation(reader, doctor.key);
  doctor.id = practitioner.practitioner;
  ASSERT_EQ(run(reader, {practitioner, {}}).code, ResultCode::kOk);
  const auto record = world.record_operation(custodian, patient.patient());
  ASSERT_EQ(run(custodian, {record, {}}).code, ResultCode::kOk);

  EXPECT_FALSE(may_read(record.record));
  const auto grant =
      run(reader, by_patient(ledger::GrantAccess{world.terms(patient, reader.id)}, 1));
  ASSERT_EQ(grant.code, ResultCode::kOk);
  EXPECT_TRUE(may_read(record.record));
  const ledger::RevokeAccess revocation{patient.patient(), GrantId::from(grant.detail), {}};
  ASSERT_EQ(run(custodian, by_patient(revocation, 0)).code, ResultCode::kOk);
  EXPECT_FALSE(may_read(record.record));
  EXPECT_EQ(run(custodian, by_patient(world.deny_all(patient), 2)).code, ResultCode::kOk);
  EXPECT_EQ(audit::load_access_range(world.state, patient.patient()).count, 3U);
}

TEST_F(Blocks, ForgettingDropsTheConsentThatIsRemembered) {
  patient = world.add_patient(custodian);
  doctor = world.add_practitioner(reader);
  const RecordId record = world.add_record(custodian, patient);
  ASSERT_EQ(run(reader, by_patient(ledger::GrantAccess{world.terms(patient, reader.id)}, 1)).code,
            ResultCode::kOk);
  EXPECT_TRUE(may_read(record));
  EXPECT_GT(application.remembered(), 0U);
  application.forget();
  EXPECT_EQ(application.remembered(), 0U);
  EXPECT_TRUE(may_read(record));
}

TEST_F(Blocks, AFailingNeighbourTakesTheWholeTransactionBack) {
  patient = world.add_patient(custodian);
  const auto good = world.record_operation(custodian, patient.patient());
  auto bad = world.record_operation(custodian, patient.patient());
  bad.record = test::test_id<RecordId>(1);
  const auto outcome = apply({transaction(custodian, {{good, {}}, {bad, {}}})});
  EXPECT_EQ(outcome.results.at(0).at(0).code, ResultCode::kNotExecuted);
  EXPECT_EQ(outcome.results.at(0).at(1).code, ResultCode::kBadIdentifier);
  EXPECT_FALSE(outcome.receipts.at(0).ok);
  EXPECT_TRUE(records::list_records(world.state, patient.patient()).empty());
}

TEST_F(Blocks, V15GrantAndRevocationInOneBlockEndRevokedWhateverTheOrder) {
  patient = world.add_patient(custodian);
  doctor = world.add_practitioner(reader);
  const RecordId record = world.add_record(custodian, patient);
  const Step grant = by_patient(ledger::GrantAccess{world.terms(patient, reader.id)}, 1);
  const GrantId id =
      ledger::grant_id(world.statement(grant.operation, grant.authorisations.front()));
  const Step revocation = by_patient(ledger::RevokeAccess{patient.patient(), id, {}}, 0);
  const auto before = world.state;
  for (const bool grant_first : {true, false}) {
    world.state = before;
    std::vector<ledger::DecodedTransactionPtr> block{transaction(custodian, {grant}),
                                                     transaction(reader, {revocation})};
    if (!grant_first) std::swap(block[0], block[1]);
    apply(block);
    EXPECT_FALSE(may_read(record)) << grant_first;
    EXPECT_TRUE(identity::PatientEntry::load(world.state, patient.patient())->ever_granted);
  }
}

TEST_F(Blocks, VersionsAndGroupsReachTheirModules) {
  patient = world.add_patient(custodian);
  doctor = world.add_practitioner(reader);
  const RecordId record = world.add_record(custodian, patient);
  ledger::ReplaceRecord replace;
  replace.replaces = record;
  replace.next = world.record_operation(custodian, patient.patient());
  EXPECT_EQ(run(custodian, {replace, {}}).code, ResultCode::kOk);
  EXPECT_EQ(
      run(custodian,
          {ledger::RetractRecord{patient.patient(), record, ledger::RecordChange::kDuplicate}, {}})
          .code,
      ResultCode::kOk);
  ledger::DefineGroup group;
  group.seed = test::test_id<Random32>(1);
  group.group = ledger::group_id(world.chain, reader.id, group.seed);
  group.name = "board";
  EXPECT_EQ(run(reader, {group, {}}).code, ResultCode::kOk);
  ledger::UpdateGroup update;
  update.group = group.group;
  EXPECT_EQ(run(reader, {update, {}}).code, ResultCode::kOk);
  const ledger::ChangeMembership joins{doctor.id, group.group, 3, true};
  EXPECT_EQ(run(reader, {joins, {}}).code, ResultCode::kOk);
}

TEST_F(Blocks, WhatTheOldKeySignedCountsUntilTheRotationAndNotAfter) {
  patient = world.add_patient(custodian);
  ledger::RotatePersonKey rotation;
  rotation.account = patient.id;
  rotation.signing = test::new_key(
      ledger::KeyUse::kSigning, patient.id, test::test_key(9), 1, patient.key.public_key());
  const Step rotate = by_patient(rotation, 2);
  const Step in_flight = by_patient(ledger::GrantAccess{world.terms(patient, reader.id)}, 1);
  const auto before = world.state;
  const auto first = apply({transaction(reader, {in_flight}), transaction(custodian, {rotate})});
  EXPECT_TRUE(first.receipts.at(0).ok);
  EXPECT_TRUE(first.receipts.at(1).ok);
  world.state = before;
  const auto second = apply({transaction(custodian, {rotate}), transaction(reader, {in_flight})});
  EXPECT_TRUE(second.receipts.at(0).ok);
  EXPECT_EQ(second.results.at(1).at(0).code, ResultCode::kBadAuthorisation);
}

TEST_F(Blocks, TransactionsUnderARotatedKeyAreNotAdmittedAfterItsBlock) {
  const auto in_flight =
      transaction(custodian, {{world.patient_operation(custodian, patient.key), {}}});
  const ledger::RotateKey rotation{custodian.id,
                                   ledger::KeyUse::kSigning,
                                   test::new_key(ledger::KeyUse::kSigning,
                                                 custodian.id,
                                                 test::test_key(9),
                                                 1,
                                                 custodian.key.public_key())};
  const auto admitted = [&] {
    const execution::BlockContext block{world.chain, world.height.next(), world.now};
    return execution::check_transaction(world.state, block, world.parameters, *in_flight, verifier);
  };
  EXPECT_TRUE(admitted());
  ASSERT_TRUE(apply({transaction(custodian, {{rotation, {}}})}).receipts.at(0).ok);
  ASSERT_FALSE(admitted());
  EXPECT_EQ(admitted().error().code, ErrorCode::kUnauthenticated);
}

TEST_F(Blocks, ReadingsAndActsOfOneBlockStandInTheLogInItsOrder) {
  patient = world.add_patient(custodian);
  ledger::LogAdministration act;
  act.log = patient.patient();
  act.person = act.organisation = custodian.id;
  act.purpose = "HOPERAT";
  const auto read = world.reading(custodian.id, custodian.id, patient.patient(), "HOPERAT");
  const auto outcome =
      apply({transaction(custodian, {{read, {}}}), transaction(custodian, {{act, {}}})});
  EXPECT_TRUE(outcome.receipts.at(0).ok && outcome.receipts.at(1).ok);
  EXPECT_EQ(outcome.results.at(0).at(0).detail, audit::ReadOutcome{true}.encode());
  const auto first = audit::load_access(world.state, patient.patient(), 0).value();
  const auto second = audit::load_access(world.state, patient.patient(), 1).value();
  EXPECT_EQ(first.act->operation.index(), 0U);
  EXPECT_EQ(second.act->operation.index(), 1U);
}

TEST_F(Blocks, TheSameBlockLeadsToTheSameRoot) {
  patient = world.add_patient(custodian);
  doctor = world.add_practitioner(reader);
  const RecordId record = world.add_record(custodian, patient);
  const std::vector<ledger::DecodedTransactionPtr> block{
      transaction(custodian, {by_patient(ledger::GrantAccess{world.terms(patient, reader.id)}, 1)}),
      transaction(reader, {by_doctor(world.request(doctor, reader.id, patient, {record}))})};
  const auto before = world.state;
  const auto first = apply(block);
  world.state = before;
  world.height.value -= 1;
  const auto second = apply(block);
  EXPECT_EQ(first.state.state_root, second.state.state_root);
  EXPECT_EQ(first.receipts_root, second.receipts_root);
  EXPECT_TRUE(first.receipts.at(1).ok);
}

}  // namespace
}  // namespace galen::engine
