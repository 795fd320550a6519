#include "base/limits.h"
#include "ledger/own_query.h"
#include "unit/rpc/consent_queries_fixture.h"

#include <utility>

namespace galen::rpc {
namespace {

TEST_F(ConsentQueries, APatientListsHisGrantsThroughAnyMember) {
  const GrantId grant = ward_.grant();
  auto& world = backend_.world;
  const auto signed_by = [&](const test::Party& person, ledger::AuthorisationRole role) {
    auto asked = world.request(person,
                               world.hospitals[2].id,
                               ward_.patient,
                               {ledger::record_of(ledger::OwnQuery::kGrants)});
    asked.action = ledger::Action::kDiscover;
    asked.purpose = "PATRQT";
    const ledger::LogAccess access{asked};
    v1::ListGrantsRequest request;
    request.set_request(wire(ledger::encode(ledger::Operation{access})));
    request.set_authorisation(wire(
        ledger::encode(world.sign(access, person, role, {.submitter = world.hospitals[2].id}))));
    return request;
  };
  const auto ask = [&](const v1::ListGrantsRequest& request, std::size_t hospital = 2) {
    v1::ListGrantsResponse response;
    const Status status = list_grants(backend_, caller(hospital), request, response);
    EXPECT_EQ(status.has_value(), response.grants_size() == 1);
    return status ? ErrorCode::kInternal : status.error().code;
  };
  constexpr auto kOk = ErrorCode::kInternal;
  auto request = signed_by(ward_.patient, ledger::AuthorisationRole::kPatient);
  v1::ListGrantsResponse response;
  ASSERT_TRUE(list_grants(backend_, caller(2), request, response));
  ASSERT_EQ(response.grants_size(), 1);
  EXPECT_EQ(response.grants(0).grant_id(), wire(grant));
  EXPECT_EQ(ask(request, 1), ErrorCode::kUnauthenticated) << "signed for another member";
  request.set_patient(wire(ward_.patient.id));
  EXPECT_EQ(ask(request), kOk);
  request.set_patient(std::string(32, 'x'));
  EXPECT_EQ(ask(request), ErrorCode::kInvalidArgument);
  request.clear_patient();
  auto no_signature = request;
  no_signature.clear_authorisation();
  EXPECT_EQ(ask(no_signature), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ask(signed_by(ward_.clinician, ledger::AuthorisationRole::kRequester)),
            ErrorCode::kUnauthenticated);
  // What he signed for another query, for a list that is to be committed, or for anybody, is not
  // taken for this.
  auto asked = world.request(ward_.patient, world.hospitals[2].id, ward_.patient, {RecordId{}});
  asked.action = ledger::Action::kDiscover;
  const auto ask_with = [&](const RecordId& record, const AccountId& submitter) {
    asked.records = {record};
    const ledger::LogAccess access{asked};
    v1::ListGrantsRequest other;
    other.set_request(wire(ledger::encode(ledger::Operation{access})));
    other.set_authorisation(wire(ledger::encode(world.sign(
        access, ward_.patient, ledger::AuthorisationRole::kPatient, {.submitter = submitter}))));
    return ask(other);
  };
  const AccountId& member = world.hospitals[2].id;
  EXPECT_EQ(ask_with(ledger::record_of(ledger::OwnQuery::kGrants), member), kOk);
  EXPECT_EQ(ask_with(ledger::record_of(ledger::OwnQuery::kGrants), {}),
            ErrorCode::kUnauthenticated);
  EXPECT_EQ(ask_with(ledger::record_of(ledger::OwnQuery::kEvents), member),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(ask_with(RecordId{}, member), ErrorCode::kInvalidArgument);
  backend_.is_fresh = false;
  EXPECT_EQ(ask(request), ErrorCode::kUnavailable) << "his key may have been replaced";
  backend_.is_fresh = true;
  backend_.wall_clock = TimeMs{backend_.wall_clock.value + limits::kMaxAccessRequestMs};
  EXPECT_EQ(ask(request), ErrorCode::kExpired);
}

TEST_F(ConsentQueries, ACheckTellsWhatTaggedLabelsObligeTo) {
  auto& world = backend_.world;
  backend_.label_secrets =
      ledger::LabelSecrets::parse(ledger::LabelSecrets::file_text(test::test_id<Random32>(3)))
          .value();
  const auto row = execution::load_parameters(world.state).label_obligations.at(0);
  const auto patient = ward_.patient.patient();
  const ledger::LabelKey key = backend_.label_secrets.present(backend_.chain(), patient);
  auto record = world.record_operation(world.hospitals[0], patient);
  record.labels = {key.tag(row.label)};
  record.labels_key_id = key.id;
  ASSERT_EQ(world.execute(record, world.hospitals[0]).code, ledger::ResultCode::kOk);
  auto terms = ward_.terms();
  terms.labels = record.labels;
  terms.labels_key_id = key.id;
  world.must_give(ledger::GrantAccess{terms}, ward_.patient);
  auto asked = ward_.access().request;
  asked.records = {record.record};
  v1::CheckRequest request;
  request.set_request(wire(ledger::encode(ledger::Operation{ledger::LogAccess{asked}})));
  v1::CheckResponse response;
  const Status status = check(backend_, caller(0), request, response);
  ASSERT_TRUE(status) << status.error().message;
  ASSERT_EQ(response.items_size(), 1);
  EXPECT_TRUE(response.items(0).permit());
  ASSERT_EQ(response.items(0).obligations_size(), 1);
  EXPECT_EQ(response.items(0).obligations(0), row.obligation);
}

TEST_F(ConsentQueries, GrantsAreForTheCustodianAlone) {
  const GrantId grant = ward_.grant();
  v1::ListGrantsRequest request;
  request.set_patient(wire(ward_.patient.id));
  v1::ListGrantsResponse response;
  ASSERT_TRUE(list_grants(backend_, caller(0), request, response));
  ASSERT_EQ(response.grants_size(), 1);
  EXPECT_EQ(response.grants(0).grant_id(), wire(grant));
  EXPECT_EQ(response.height(), backend_.world.height.value);

  const auto refused = list_grants(backend_, caller(1), request, response);
  request.set_patient(std::string(32, 'x'));
  const auto unknown = list_grants(backend_, caller(1), request, response);
  ASSERT_FALSE(refused);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(refused.error(), unknown.error());
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
}

TEST_F(ConsentQueries, GrantsWaitWhileTheNodeCatchesUp) {
  ward_.grant();
  backend_.is_catching_up = true;
  v1::ListGrantsRequest request;
  request.set_patient(wire(ward_.patient.id));
  v1::ListGrantsResponse response;
  EXPECT_EQ(list_grants(backend_, caller(0), request, response).error().code,
            ErrorCode::kUnavailable);
  EXPECT_EQ(response.ByteSizeLong(), 0U);
}

TEST_F(ConsentQueries, GrantsComeInPages) {
  for (int i = 0; i < 5; ++i) ward_.grant();
  v1::ListGrantsRequest request;
  request.set_patient(wire(ward_.patient.id));
  request.set_page_size(2);
  std::set<std::string> seen;
  int pages = 0;
  do {
    v1::ListGrantsResponse response;
    ASSERT_TRUE(list_grants(backend_, caller(0), request, response));
    EXPECT_LE(response.grants_size(), 2);
    for (const auto& grant : response.grants()) seen.insert(grant.grant_id());
    request.set_page_token(response.page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(seen.size(), 5U);
  EXPECT_EQ(pages, 3);
  request.set_page_token("short");
  v1::ListGrantsResponse response;
  EXPECT_EQ(list_grants(backend_, caller(0), request, response).error().code,
            ErrorCode::kInvalidArgument);
}

TEST(PageSize, IsBounded) {
  EXPECT_EQ(page_size(0), kDefaultPageSize);
  EXPECT_EQ(page_size(7), 7U);
  EXPECT_EQ(page_size(1'000'000), kMaxPageSize);
}

TEST_F(ConsentQueries, ProofsOfGrantsLikewise) {
  ward_.grant();
  v1::ListGrantsRequest request;
  request.set_patient(wire(ward_.patient.id));
  v1::ListGrantsResponse response;
  ASSERT_TRUE(list_grants(backend_, caller(0), request, response));
  EXPECT_EQ(response.grants_size(), 1);
  EXPECT_EQ(response.proofs_size(), 0);
  request.set_with_proofs(true);
  v1::ListGrantsResponse proven;
  EXPECT_EQ(list_grants(backend_, caller(0), request, proven).error().code,
            ErrorCode::kFailedPrecondition);
  EXPECT_EQ(proven.grants_size(), 0);
}

TEST_F(ConsentQueries, ACheckTestsStalenessFirstForKnownAndUnknownPatients) {
  backend_.is_fresh = false;
  auto asked = ward_.access();
  for (const auto& patient : {ward_.patient.patient(), test::test_id<PatientId>(9)}) {
    asked.request.patient = patient;
    v1::CheckRequest request;
    request.set_request(wire(ledger::encode(ledger::Operation(asked))));
    v1::CheckResponse response;
    EXPECT_EQ(check(backend_, caller(0), request, response).error().code, ErrorCode::kUnavailable);
  }
}

TEST_F(ConsentQueries, CheckSaysWhichRuleDecidedAndIsForTheCustodian) {
  v1::CheckRequest request;
  request.set_request(wire(ledger::encode(ledger::Operation(ward_.access()))));
  v1::CheckResponse before;
  ASSERT_TRUE(check(backend_, caller(0), request, before));
  ASSERT_EQ(before.items_size(), 1);
  EXPECT_FALSE(before.items(0).permit());
  EXPECT_EQ(before.items(0).reason(), "no-consent");

  const GrantId grant = ward_.grant();
  v1::CheckResponse after;
  ASSERT_TRUE(check(backend_, caller(0), request, after));
  EXPECT_TRUE(after.items(0).permit());
  EXPECT_EQ(after.items(0).reason(), "grant");
  EXPECT_EQ(after.items(0).grant(), wire(grant));
  EXPECT_EQ(audit::load_access_range(backend_.world.state, ward_.patient.patient()).count, 0U);

  EXPECT_EQ(check(backend_, caller(1), request, after).error().code, ErrorCode::kNotFound);
}

TEST_F(ConsentQueries, NonsenseIsAnInvalidArgument) {
  v1::CheckRequest request;
  request.set_request("nonsense");
  v1::CheckResponse response;
  EXPECT_EQ(check(backend_, caller(0), request, response).error().code,
            ErrorCode::kInvalidArgument);
  request.set_request(wire(ledger::encode(ledger::Operation(ledger::GrantAccess{ward_.terms()}))));
  EXPECT_EQ(check(backend_, caller(0), request, response).error().code,
            ErrorCode::kInvalidArgument);
  v1::ListGrantsResponse grants;
  EXPECT_EQ(list_grants(backend_, caller(0), {}, grants).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace galen::rpc
