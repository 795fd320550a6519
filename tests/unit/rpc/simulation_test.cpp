#include "rpc/simulation.h"

#include "base/limits.h"
#include "modules/audit/entries.h"
#include "rpc/wire.h"
#include "unit/rpc/fake_backend.h"

#include <gtest/gtest.h>

namespace galen::rpc {
namespace {

using ledger::ResultCode;
using test::FakeBackend;
using test::Ward;

class Simulation : public ::testing::Test {
 protected:
  [[nodiscard]] Caller caller(std::size_t hospital) const {
    return {backend_.world.hospitals[hospital].id};
  }

  v1::SimulateRequest proposal(const ledger::Operation& operation,
                               std::vector<RecordId> records = {RecordId{}}) {
    v1::SimulateRequest request;
    request.add_operations(wire(ledger::encode(operation)));
    auto access = ward_.access();
    access.request.records = std::move(records);
    request.add_requests(wire(ledger::encode(ledger::Operation(access))));
    return request;
  }

  v1::SimulateResponse simulated(const v1::SimulateRequest& request) {
    v1::SimulateResponse response;
    EXPECT_TRUE(simulate(backend_, caller(0), request, response));
    return response;
  }

  FakeBackend backend_;
  Ward ward_{backend_.world};
};

TEST_F(Simulation, SaysWhatAPermitWouldOpenAndChangesNothing) {
  const RecordId second = backend_.world.add_record(backend_.world.hospitals[0], ward_.patient);
  auto terms = ward_.terms();
  terms.data = {{ledger::DataMeaning::kInstance, id_cast<Random32>(second)}};
  const auto before = backend_.world.state;
  const auto response = simulated(proposal(ledger::GrantAccess{terms}));
  EXPECT_EQ(response.result(), 0U);
  ASSERT_EQ(response.items_size(), 2);
  for (const auto& item : response.items()) {
    EXPECT_FALSE(item.before().permit());
    EXPECT_EQ(item.after().permit(), item.record() == wire(second));
  }
  EXPECT_TRUE(consent::list_grants(backend_.world.state, ward_.patient.patient()).empty());
  EXPECT_EQ(audit::load_access_range(backend_.world.state, ward_.patient.patient()).count, 0U);
}

TEST_F(Simulation, IsAsWhoeverWouldGiveIt) {
  auto& world = backend_.world;
  world.must_give(world.deny_all(ward_.patient), ward_.patient);
  auto request = proposal(ledger::GrantAccess{ward_.terms()});
  EXPECT_EQ(simulated(request).result(), static_cast<std::uint32_t>(ledger::ResultCode::kShadowed))
      << "the patient is told that his denial stays in the way";
  request.set_grantor(wire(ward_.patient.id));
  EXPECT_EQ(simulated(request).result(), static_cast<std::uint32_t>(ledger::ResultCode::kShadowed));
  request.set_grantor(wire(world.hospitals[0].id));
  const auto paper = simulated(request);
  EXPECT_EQ(paper.result(), 0U) << "PRIVACY.md 32: others are not";
  ASSERT_EQ(paper.items_size(), 1);
  EXPECT_FALSE(paper.items(0).after().permit());
  request.set_grantor(wire(world.hospitals[1].id));
  EXPECT_EQ(simulated(request).result(),
            static_cast<std::uint32_t>(ledger::ResultCode::kUnknownProxy));
  request.set_grantor("x");
  v1::SimulateResponse response;
  EXPECT_EQ(simulate(backend_, caller(0), request, response).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(Simulation, SomebodyOfAnOrganisationMayAskInAnyRole) {
  auto terms = ward_.terms();
  terms.purposes = {"HPAYMT"};
  auto request = proposal(ledger::GrantAccess{terms});
  auto access = ward_.access();
  access.request.records = {RecordId{}};
  access.request.person = AccountId{};
  access.request.purpose = "HPAYMT";
  const std::string bytes = wire(ledger::encode(ledger::Operation(access)));
  request.clear_requests();
  const ledger::Role roles[] = {
      ledger::Role::kBilling, ledger::Role::kPayer, ledger::Role::kClinician};
  for (const ledger::Role role : roles) {
    request.add_requests(bytes);
    request.add_roles(static_cast<std::uint32_t>(role));
  }
  request.add_requests(bytes);
  request.add_roles(0);
  const auto response = simulated(request);
  ASSERT_EQ(response.items_size(), 4);
  EXPECT_TRUE(response.items(0).after().permit());
  EXPECT_TRUE(response.items(1).after().permit());
  for (const int clinician : {2, 3}) {
    EXPECT_FALSE(response.items(clinician).after().permit());
    EXPECT_EQ(response.items(clinician).after().reason(), "purpose");
  }
}

TEST_F(Simulation, RolesAreRefusedForWhatTheySay) {
  const auto refusal = [this](auto change) {
    auto request = proposal(ledger::GrantAccess{ward_.terms()});
    auto access = ward_.access();
    access.request.person = AccountId{};
    request.set_requests(0, wire(ledger::encode(ledger::Operation(access))));
    change(request);
    v1::SimulateResponse response;
    const Status status = simulate(backend_, caller(0), request, response);
    if (status) return std::string("none");
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    return status.error().message;
  };
  EXPECT_EQ(refusal([](auto&) {}), "none");
  EXPECT_EQ(refusal([](auto& r) { r.add_roles(2); }), "none");
  for (const std::uint32_t role : {11U, 257U, 0xffffffffU}) {
    EXPECT_EQ(refusal([&](auto& r) { r.add_roles(role); }),
              "roles: no role " + std::to_string(role));
  }
  for (const ledger::Role role : {ledger::Role::kPatient, ledger::Role::kProxy}) {
    EXPECT_EQ(refusal([&](auto& r) { r.add_roles(static_cast<std::uint32_t>(role)); }),
              "roles: nobody of an organisation is patient or proxy");
  }
  const auto two = [](auto& r) {
    r.add_roles(1);
    r.add_roles(1);
  };
  EXPECT_EQ(refusal(two), "roles: not one for each request");
  auto named = proposal(ledger::GrantAccess{ward_.terms()});
  named.add_roles(1);
  v1::SimulateResponse response;
  const Status status = simulate(backend_, caller(0), named, response);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "roles: of a request that names a person");
}

TEST_F(Simulation, APersonAsksForHisOwnOrganisation) {
  auto request = proposal(ledger::GrantAccess{ward_.terms()});
  auto access = ward_.access();
  access.request.organisation = AccountId{};
  request.set_requests(0, wire(ledger::encode(ledger::Operation(access))));
  const auto response = simulated(request);
  ASSERT_EQ(response.items_size(), 1);
  EXPECT_TRUE(response.items(0).after().permit());
  access.request.person = backend_.world.hospitals[1].id;  // no practitioner
  request.set_requests(0, wire(ledger::encode(ledger::Operation(access))));
  EXPECT_EQ(simulated(request).items(0).after().reason(), "not-authenticated");
}

TEST_F(Simulation, SaysWhatADenialWouldClose) {
  ward_.grant();
  const auto response = simulated(proposal(backend_.world.deny_all(ward_.patient)));
  ASSERT_EQ(response.items_size(), 1);
  EXPECT_TRUE(response.items(0).before().permit());
  EXPECT_FALSE(response.items(0).after().permit());
  EXPECT_EQ(response.items(0).after().reason(), "deny-grant");
}

TEST_F(Simulation, SupersessionIsPartOfIt) {
  const GrantId old = ward_.grant();
  auto terms = ward_.terms();
  terms.classes = ledger::class_bit(ledger::RecordClass::kNote);
  terms.supersedes = {old};
  const auto response = simulated(proposal(ledger::GrantAccess{terms}));
  ASSERT_EQ(response.items_size(), 1);
  EXPECT_TRUE(response.items(0).before().permit());
  EXPECT_FALSE(response.items(0).after().permit());
}

TEST_F(Simulation, SaysWhatARevocationWouldClose) {
  const GrantId grant = ward_.grant();
  auto request = proposal(ledger::RevokeAccess{ward_.patient.patient(), grant, {}});
  const auto response = simulated(request);
  EXPECT_EQ(response.result(), 0U);
  ASSERT_EQ(response.items_size(), 1);
  EXPECT_TRUE(response.items(0).before().permit());
  EXPECT_FALSE(response.items(0).after().permit());
  EXPECT_EQ(response.items(0).after().reason(), "revoked");
  // Paper does not end what the patient gave.
  request.set_grantor(wire(backend_.world.hospitals[0].id));
  EXPECT_EQ(simulated(request).result(), static_cast<std::uint32_t>(ResultCode::kNotAuthorised));
  EXPECT_EQ(consent::list_grants(backend_.world.state, ward_.patient.patient()).at(grant).status,
            policy::GrantStatus::kActive);
}

TEST_F(Simulation, SeveralOperationsAreOneChange) {
  const GrantId old = ward_.grant();
  auto request = proposal(ledger::RevokeAccess{ward_.patient.patient(), old, {}});
  request.add_operations(
      wire(ledger::encode(ledger::Operation(ledger::GrantAccess{ward_.terms()}))));
  const auto response = simulated(request);
  EXPECT_EQ(response.result(), 0U);
  ASSERT_EQ(response.items_size(), 1);
  EXPECT_TRUE(response.items(0).after().permit());
  EXPECT_NE(response.items(0).after().grant(), wire(old));
  auto terms = ward_.terms();
  terms.purposes = {"NONSENSE"};
  request.add_operations(wire(ledger::encode(ledger::Operation(ledger::GrantAccess{terms}))));
  const auto refused = simulated(request);
  EXPECT_EQ(refused.result(), static_cast<std::uint32_t>(ResultCode::kInvalidPurpose));
  EXPECT_EQ(refused.failed(), 2U);
  EXPECT_EQ(refused.items_size(), 0);
}

TEST_F(Simulation, TermsThatBeginLaterAreJudgedWhenTheyBegin) {
  auto terms = ward_.terms();
  terms.valid_from.value += 1000;
  const auto response = simulated(proposal(ledger::GrantAccess{terms}));
  ASSERT_EQ(response.items_size(), 1);
  EXPECT_TRUE(response.items(0).after().permit());
}

TEST_F(Simulation, ARefusalIsAnAnswer) {
  backend_.world.must_give(backend_.world.deny_all(ward_.patient), ward_.patient);
  const auto shadowed = simulated(proposal(ledger::GrantAccess{ward_.terms()}));
  EXPECT_EQ(shadowed.result(), static_cast<std::uint32_t>(ResultCode::kShadowed));
  EXPECT_EQ(shadowed.items_size(), 0);
  auto terms = ward_.terms();
  terms.purposes = {"NONSENSE"};
  EXPECT_EQ(simulated(proposal(ledger::GrantAccess{terms})).result(),
            static_cast<std::uint32_t>(ResultCode::kInvalidPurpose));
}

TEST_F(Simulation, IsForTheCustodianOfThePatientAlone) {
  const auto request = proposal(ledger::GrantAccess{ward_.terms()});
  v1::SimulateResponse response;
  EXPECT_EQ(simulate(backend_, caller(1), request, response).error().code, ErrorCode::kNotFound);
  auto unknown = request;
  auto terms = ward_.terms();
  terms.patient = test::test_id<PatientId>(9);
  unknown.set_operations(0, wire(ledger::encode(ledger::Operation(ledger::GrantAccess{terms}))));
  EXPECT_EQ(simulate(backend_, caller(0), unknown, response).error().code,
            ErrorCode::kInvalidArgument);
  unknown.clear_requests();
  EXPECT_EQ(simulate(backend_, caller(0), unknown, response).error().code, ErrorCode::kNotFound);
  backend_.is_fresh = false;
  // For known and unknown patients alike (PRIVACY.md 28).
  for (const auto& asked : {request, unknown}) {
    EXPECT_EQ(simulate(backend_, caller(0), asked, response).error().code, ErrorCode::kUnavailable);
  }
}

TEST_F(Simulation, HasLimits) {
  auto request = proposal(ledger::GrantAccess{ward_.terms()});
  while (request.requests_size() <= kMaxSimulatedRequests) {
    request.add_requests(request.requests(0));
  }
  v1::SimulateResponse response;
  EXPECT_EQ(simulate(backend_, caller(0), request, response).error().code, ErrorCode::kTooLarge);
  request.mutable_requests()->RemoveLast();
  EXPECT_TRUE(simulate(backend_, caller(0), request, response));
  request.set_operations(0, "nonsense");
  EXPECT_EQ(simulate(backend_, caller(0), request, response).error().code,
            ErrorCode::kInvalidArgument);
  request.clear_operations();
  EXPECT_EQ(simulate(backend_, caller(0), request, response).error().code,
            ErrorCode::kInvalidArgument);
  const std::string permit =
      wire(ledger::encode(ledger::Operation(ledger::GrantAccess{ward_.terms()})));
  for (std::size_t i = 0; i <= limits::kMaxOperationsPerTransaction; ++i) {
    request.add_operations(permit);
  }
  EXPECT_EQ(simulate(backend_, caller(0), request, response).error().code, ErrorCode::kTooLarge);
  request.clear_operations();
  request.add_operations(permit);
  auto terms = ward_.terms();
  terms.patient = test::test_id<PatientId>(9);
  request.add_operations(wire(ledger::encode(ledger::Operation(ledger::GrantAccess{terms}))));
  EXPECT_EQ(simulate(backend_, caller(0), request, response).error().code,
            ErrorCode::kInvalidArgument);
}

class Explanation : public Simulation {
 protected:
  /// A committed access, with its entry.
  v1::ExplainRequest accessed() {
    const auto access = ward_.access();
    const std::vector<ledger::Authorisation> signature{ward_.sign(access)};
    const auto& reader = backend_.world.hospitals[1];
    const TxId id = backend_.reader.commit(reader, access, signature);
    backend_.world.execute(access, reader, signature);
    v1::ExplainRequest request;
    request.set_patient(wire(ward_.patient.id));
    request.set_tx_id(wire(id));
    request.set_read_tx_id(wire(backend_.read(ward_.patient.patient())));
    return request;
  }
};

TEST_F(Explanation, TellsTheEntryAndWhetherItCouldBeDecidedAgain) {
  const GrantId grant = ward_.grant();
  backend_.world.height.value += 1;
  const auto request = accessed();
  v1::ExplainResponse response;
  ASSERT_TRUE(explain(backend_, caller(0), request, response));
  const auto entry = audit::AccessEntry::decode(as_bytes(response.entry()));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->request.patient, ward_.patient.patient());
  ASSERT_EQ(response.items_size(), 1);
  EXPECT_TRUE(response.items(0).recorded().permit());
  EXPECT_EQ(response.items(0).recorded().grant(), wire(grant));
  EXPECT_NE(response.items(0).has_replayed(), !response.items(0).changed().empty());
}

TEST_F(Explanation, NeedsAReadingThatCoversItAndSaysNothingElse) {
  const auto request = accessed();
  v1::ExplainResponse response;
  const auto foreign = explain(backend_, caller(1), request, response);
  ASSERT_FALSE(foreign);
  for (const auto& wrong : {wire(test::test_id<TxId>(9)),
                            wire(backend_.reader.commit(backend_.world.hospitals[0],
                                                        ledger::GrantAccess{ward_.terms()}))}) {
    auto changed = request;
    changed.set_tx_id(wrong);
    const auto refused = explain(backend_, caller(0), changed, response);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), foreign.error());
  }
  auto beyond = request;
  beyond.set_operation(1);
  EXPECT_EQ(explain(backend_, caller(0), beyond, response).error().code, ErrorCode::kNotFound);
  beyond.set_operation(0);
  beyond.set_patient(wire(backend_.world.add_patient(backend_.world.hospitals[0]).id));
  EXPECT_EQ(explain(backend_, caller(0), beyond, response).error().code, ErrorCode::kNotFound);
  // Of another time, and of before the access.
  auto early = backend_.world.reading(backend_.world.hospitals[0].id,
                                      backend_.world.hospitals[0].id,
                                      ward_.patient.patient(),
                                      "HOPERAT");
  early.to = backend_.world.now;
  auto other = request;
  other.set_read_tx_id(wire(backend_.read(early, backend_.world.hospitals[0])));
  EXPECT_EQ(explain(backend_, caller(0), other, response).error(), foreign.error());
  auto later = accessed();
  later.set_read_tx_id(request.read_tx_id());
  EXPECT_EQ(explain(backend_, caller(0), later, response).error(), foreign.error());
}

TEST_F(Explanation, AnEntryIsNamedByItsNumberToo) {
  auto request = accessed();
  v1::ExplainResponse by_transaction;
  ASSERT_TRUE(explain(backend_, caller(0), request, by_transaction));
  request.set_index(by_transaction.index());
  v1::ExplainResponse response;
  EXPECT_EQ(explain(backend_, caller(0), request, response).error().code,
            ErrorCode::kInvalidArgument);
  request.clear_tx_id();
  ASSERT_TRUE(explain(backend_, caller(0), request, response));
  EXPECT_EQ(response.SerializeAsString(), by_transaction.SerializeAsString());
  EXPECT_FALSE(explain(backend_, caller(1), request, response));
  // The reading itself, which decides nothing, and numbers beyond the log.
  for (const std::uint64_t index :
       {by_transaction.index() + 1, std::uint64_t{1} << 40U, ~std::uint64_t{0}}) {
    request.set_index(index);
    const auto refused = explain(backend_, caller(0), request, response);
    ASSERT_FALSE(refused) << index;
    EXPECT_EQ(refused.error().code, ErrorCode::kNotFound) << index;
  }
  // An earlier reading under a later one: covered, but no access.
  request.set_index(by_transaction.index() + 1);
  request.set_read_tx_id(wire(backend_.read(ward_.patient.patient())));
  EXPECT_EQ(explain(backend_, caller(0), request, response).error().code, ErrorCode::kNotFound);
}

TEST_F(Explanation, IsForWhoeverMayReadTheLog) {
  auto request = accessed();
  auto& world = backend_.world;
  auto reading =
      world.reading(ward_.patient.id, world.hospitals[1].id, ward_.patient.patient(), "PATRQT");
  const auto signed_by = world.sign(reading, ward_.patient, ledger::AuthorisationRole::kPatient);
  request.set_read_tx_id(wire(backend_.read(reading, world.hospitals[1], {signed_by})));
  v1::ExplainResponse response;
  EXPECT_TRUE(explain(backend_, caller(1), request, response));
  EXPECT_FALSE(explain(backend_, caller(0), request, response));
}

}  // namespace
}  // namespace galen::rpc
