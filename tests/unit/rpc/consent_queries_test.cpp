#include "rpc/consent_queries.h"

#include "modules/audit/entries.h"
#include "modules/records/records.h"
#include "rpc/wire.h"
#include "unit/rpc/fake_backend.h"

#include <gtest/gtest.h>

namespace galen::rpc {
namespace {

using test::FakeBackend;
using test::Ward;

class ConsentQueries : public ::testing::Test {
 protected:
  [[nodiscard]] Caller caller(std::size_t hospital) const {
    return {backend_.world.hospitals[hospital].id};
  }

  v1::ListRecordsRequest discover(const ledger::LogAccess& access, bool with_signature = true) {
    v1::ListRecordsRequest request;
    request.set_request(wire(ledger::encode(ledger::Operation(access))));
    if (with_signature) request.set_authorisation(wire(ledger::encode(ward_.sign(access))));
    return request;
  }

  ledger::LogAccess everything() {
    auto access = ward_.access(ledger::Action::kDiscover);
    access.request.records = {RecordId{}};
    return access;
  }

  FakeBackend backend_;
  Ward ward_{backend_.world};
};

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

TEST_F(ConsentQueries, RecordsAreListedOnlyAsFarAsDiscoverIsPermitted) {
  v1::ListRecordsResponse response;
  ASSERT_TRUE(list_records(backend_, caller(1), discover(everything()), response));
  EXPECT_EQ(response.entries_size(), 0);

  ward_.grant();
  ASSERT_TRUE(list_records(backend_, caller(1), discover(everything()), response));
  ASSERT_EQ(response.entries_size(), 1);
  const auto entry = records::RecordEntry::decode(as_bytes(response.entries(0)));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->record.record, ward_.record);
}

TEST_F(ConsentQueries, ProofsOfEntriesComeWhenAskedForAndTheyCanBeGiven) {
  auto request = discover(everything(), false);
  v1::ListRecordsResponse response;
  ASSERT_TRUE(list_records(backend_, caller(0), request, response));
  EXPECT_EQ(response.proofs_size(), 0);
  // This state has no certified block: no entry may leave as if it were proven.
  request.set_with_proofs(true);
  v1::ListRecordsResponse proven;
  EXPECT_EQ(list_records(backend_, caller(0), request, proven).error().code,
            ErrorCode::kFailedPrecondition);
  EXPECT_EQ(proven.entries_size(), 0);
}

TEST_F(ConsentQueries, AnUnknownPatientLooksLikeOneWithoutPermission) {
  auto access = everything();
  v1::ListRecordsResponse denied;
  ASSERT_TRUE(list_records(backend_, caller(1), discover(access), denied));
  access.request.patient = test::test_id<PatientId>(99);
  v1::ListRecordsResponse unknown;
  ASSERT_TRUE(list_records(backend_, caller(1), discover(access), unknown));
  EXPECT_EQ(denied.SerializeAsString(), unknown.SerializeAsString());

  const auto unsigned_known =
      list_records(backend_, caller(1), discover(everything(), false), denied);
  const auto unsigned_unknown = list_records(backend_, caller(1), discover(access, false), unknown);
  ASSERT_FALSE(unsigned_known);
  ASSERT_FALSE(unsigned_unknown);
  EXPECT_EQ(unsigned_known.error(), unsigned_unknown.error());
}

TEST_F(ConsentQueries, TheCustodianListsRecordsWithoutASignature) {
  v1::ListRecordsResponse response;
  ASSERT_TRUE(list_records(backend_, caller(0), discover(everything(), false), response));
  EXPECT_EQ(response.entries_size(), 1);
}

TEST_F(ConsentQueries, ASignatureForAnotherMemberOrAnExpiredRequestDoesNotStand) {
  ward_.grant();
  v1::ListRecordsResponse response;
  auto request = discover(everything());
  EXPECT_EQ(list_records(backend_, caller(2), request, response).error().code,
            ErrorCode::kUnauthenticated);
  auto changed = everything();
  changed.request.purpose = "ETREAT";
  request.set_request(wire(ledger::encode(ledger::Operation(changed))));
  EXPECT_EQ(list_records(backend_, caller(1), request, response).error().code,
            ErrorCode::kUnauthenticated);
  request = discover(everything());
  backend_.wall_clock = TimeMs{backend_.wall_clock.value + 60'000};
  EXPECT_EQ(list_records(backend_, caller(1), request, response).error().code, ErrorCode::kExpired);
  EXPECT_EQ(response.entries_size(), 0);
}

TEST_F(ConsentQueries, AListNeedsActionDiscoverAndAFreshNode) {
  v1::ListRecordsResponse response;
  const auto read = discover(ward_.access(ledger::Action::kRead));
  EXPECT_EQ(list_records(backend_, caller(1), read, response).error().code,
            ErrorCode::kInvalidArgument);
  backend_.is_fresh = false;
  EXPECT_EQ(list_records(backend_, caller(1), discover(everything()), response).error().code,
            ErrorCode::kUnavailable);
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
