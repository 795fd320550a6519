// Lists and checks about the ward's patient, asked for by three hospitals. Thread rule: one thread.
#pragma once

#include "rpc/consent_queries.h"
#include "rpc/wire.h"
#include "unit/rpc/fake_backend.h"

#include <gtest/gtest.h>

namespace galen::rpc {

class ConsentQueries : public ::testing::Test {
 protected:
  [[nodiscard]] Caller caller(std::size_t hospital) const {
    return {backend_.world.hospitals[hospital].id};
  }

  /// Of a committed access of the ward's clinician.
  v1::ListRecordsRequest under(const ledger::LogAccess& access) {
    v1::ListRecordsRequest request;
    request.set_access_tx_id(
        wire(backend_.read(access, backend_.world.hospitals[1], {ward_.sign(access)})));
    return request;
  }

  v1::ListRecordsRequest everything() { return under(listing()); }

  ledger::LogAccess listing() {
    auto access = ward_.access(ledger::Action::kDiscover);
    access.request.records = {RecordId{}};
    return access;
  }

  [[nodiscard]] v1::ListRecordsRequest without_access() const {
    v1::ListRecordsRequest request;
    request.set_patient(wire(ward_.patient.id));
    return request;
  }

  Error refusal(std::size_t hospital, const v1::ListRecordsRequest& request) {
    v1::ListRecordsResponse response;
    const Status status = list_records(backend_, caller(hospital), request, response);
    EXPECT_FALSE(status);
    EXPECT_EQ(response.entries_size(), 0);
    return status ? Error{} : status.error();
  }

  std::size_t listed(const v1::ListRecordsRequest& request) {
    v1::ListRecordsResponse response;
    const Status status = list_records(backend_, caller(1), request, response);
    EXPECT_TRUE(status) << status.error().message;
    return static_cast<std::size_t>(response.entries_size());
  }

  test::FakeBackend backend_;
  test::Ward ward_{backend_.world};
};

}  // namespace galen::rpc
