// What is refused or empty leaves at a fixed slot, so that the time it took tells nothing
// (PRIVACY.md 28).
#include "rpc/even_answer.h"

#include "ledger/own_query.h"
#include "rpc/wire.h"
#include "unit/rpc/server_fixture.h"

#include <gtest/gtest.h>

namespace galen::rpc {
namespace {

using std::chrono::milliseconds;

static_assert(until_slot(milliseconds(0)) == milliseconds(20));
static_assert(until_slot(milliseconds(19)) == milliseconds(1));
static_assert(until_slot(milliseconds(20)) == milliseconds(20), "never at once");
static_assert(until_slot(milliseconds(45)) == milliseconds(15));
static_assert(until_slot(milliseconds(45), milliseconds(250)) == milliseconds(205));

class EvenAnswerTest : public test::ServerTest {
 protected:
  struct Answered {
    grpc::Status status;
    int entries = 0;
    std::chrono::nanoseconds took{};
  };

  /// The doctor of hospital 1 lists whatever he may discover of a patient.
  Answered list(const PatientId& patient) {
    auto access = ward_.access(ledger::Action::kDiscover);
    access.request.patient = patient;
    access.request.records = {RecordId{}};
    v1::ListRecordsRequest request;
    request.set_access_tx_id(
        wire(backend_.read(access, backend_.world.hospitals[1], {ward_.sign(access)})));
    v1::ListRecordsResponse response;
    grpc::ClientContext context;
    give_time(context);
    const auto stub = v1::Records::NewStub(channel(1));
    const auto begun = std::chrono::steady_clock::now();
    Answered answered;
    answered.status = stub->ListRecords(&context, request, &response);
    answered.took = std::chrono::steady_clock::now() - begun;
    answered.entries = response.entries_size();
    return answered;
  }

  /// It is the server's clock that counts, a little behind the client's.
  static constexpr auto kAlmostASlot = kRefusalSlot - milliseconds(2);

  test::Ward ward_{backend_.world};
};

TEST_F(EvenAnswerTest, AnEmptyListWaitsWhoeverThePatientIs) {
  start();
  for (const auto& patient : {ward_.patient.patient(), test::test_id<PatientId>(9)}) {
    const auto nothing = list(patient);
    EXPECT_TRUE(nothing.status.ok()) << nothing.status.error_message();
    EXPECT_EQ(nothing.entries, 0);
    EXPECT_GE(nothing.took, kAlmostASlot);
  }
  ward_.grant();
  EXPECT_EQ(list(ward_.patient.patient()).entries, 1);
}

TEST_F(EvenAnswerTest, WhatIsNotFoundWaits) {
  start();
  const auto stub = v1::Consent::NewStub(channel(1));
  for (const auto& patient : {ward_.patient.patient(), test::test_id<PatientId>(9)}) {
    grpc::ClientContext context;
    give_time(context);
    v1::ListGrantsRequest request;
    request.set_patient(wire(patient));
    v1::ListGrantsResponse response;
    const auto begun = std::chrono::steady_clock::now();
    auto status = stub->ListGrants(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, kAlmostASlot);
    // Nor does a wrong signature: for somebody known a key is loaded and tried.
    auto access = ward_.access(ledger::Action::kDiscover);
    access.request.patient = patient;
    access.request.person = id_cast<AccountId>(patient);
    access.request.records = {ledger::record_of(ledger::OwnQuery::kGrants)};
    request.set_request(wire(ledger::encode(ledger::Operation{access})));
    request.set_authorisation(wire(ledger::encode(ward_.sign(access))));
    grpc::ClientContext again;
    give_time(again);
    const auto signed_at = std::chrono::steady_clock::now();
    status = stub->ListGrants(&again, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << status.error_message();
    EXPECT_GE(std::chrono::steady_clock::now() - signed_at, kAlmostASlot);
  }
}

TEST_F(EvenAnswerTest, ARefusedStreamWaits) {
  start();
  const auto stub = v1::Ledger::NewStub(channel(1));
  for (const auto& patient : {ward_.patient.patient(), test::test_id<PatientId>(9)}) {
    auto access = ward_.access(ledger::Action::kDiscover);
    access.request.patient = patient;
    access.request.person = id_cast<AccountId>(patient);
    access.request.records = {ledger::record_of(ledger::OwnQuery::kEvents)};
    v1::WatchRequest request;
    request.set_request(wire(ledger::encode(ledger::Operation{access})));
    request.set_authorisation(wire(ledger::encode(ward_.sign(access))));
    grpc::ClientContext context;
    give_time(context);
    const auto begun = std::chrono::steady_clock::now();
    const auto stream = stub->Watch(&context, request);
    v1::WatchEvent event;
    EXPECT_FALSE(stream->Read(&event));
    const auto status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << status.error_message();
    EXPECT_GE(std::chrono::steady_clock::now() - begun, kAlmostASlot);
  }
}

/// Only of a known patient the journal is synced: that must not show.
TEST_F(EvenAnswerTest, ARefusedEmergencyWaitsLongerThanASyncTakes) {
  start();
  const auto stub = v1::Emergency::NewStub(channel(1));
  grpc::ClientContext context;
  give_time(context);
  const auto begun = std::chrono::steady_clock::now();
  const auto stream = stub->Get(&context, v1::GetEmergencyRequest());
  v1::GetPayloadResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, kEmergencyRefusalSlot - milliseconds(2));
}

/// An answer that waits holds the server's end back by a slot, no more, and is not lost.
TEST_F(EvenAnswerTest, ACallThatIsGivenUpMeanwhileHarmsNothing) {
  start();
  const auto stub = v1::Consent::NewStub(channel(1));
  for (int i = 0; i < 50; ++i) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + milliseconds(i % 25));
    v1::ListGrantsRequest request;
    request.set_patient(wire(test::test_id<PatientId>(9)));
    v1::ListGrantsResponse response;
    EXPECT_FALSE(stub->ListGrants(&context, request, &response).ok());
  }
  EXPECT_TRUE(get_status(channel(1)).ok());
}

}  // namespace
}  // namespace galen::rpc
