// Events of what happens to the ward's patient, as three hospitals and their people see them.
// Thread rule: one thread.
#pragma once

#include "ledger/own_query.h"
#include "rpc/block_events.h"
#include "rpc/wire.h"
#include "unit/rpc/happenings.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace galen::rpc {

using Kinds = std::vector<v1::EventKind>;

class BlockEventsTest : public ::testing::Test {
 protected:
  [[nodiscard]] Caller caller(std::size_t hospital) const {
    return {backend_.world.hospitals[hospital].id};
  }

  /// Asks for everything from block 1 on.
  static v1::WatchRequest from_start() {
    v1::WatchRequest request;
    request.set_from_height(1);
    return request;
  }

  /// Of whatever of the ward's patient may be discovered.
  ledger::LogAccess listing(const test::Party& person,
                            std::size_t hospital,
                            const std::string& purpose) {
    ledger::LogAccess access{backend_.world.request(
        person, backend_.world.hospitals[hospital].id, happenings_.ward().patient, {RecordId{}})};
    access.request.action = ledger::Action::kDiscover;
    access.request.purpose = purpose;
    return access;
  }

  ledger::Authorisation sign(const ledger::LogAccess& access,
                             const test::Party& person,
                             ledger::AuthorisationRole role) {
    return backend_.world.sign(access, person, role, {.submitter = access.request.organisation});
  }

  /// Under a committed access. Its own block is left out of `events`.
  v1::WatchRequest under_access(
      const test::Party& person,
      std::size_t hospital,
      const std::string& purpose,
      ledger::AuthorisationRole role = ledger::AuthorisationRole::kRequester) {
    const auto access = listing(person, hospital, purpose);
    const auto authorisation = sign(access, person, role);
    const TxId id = backend_.read(access, backend_.world.hospitals[hospital], {authorisation});
    asked_.insert(backend_.reader.places.at(id).height.value);
    auto request = from_start();
    request.set_access_tx_id(wire(id));
    return request;
  }

  Result<EventBatch> collect(std::size_t hospital, const v1::WatchRequest& request) {
    GALEN_TRY(const EventViewer viewer, open_viewer(backend_, caller(hospital), request));
    GALEN_TRY(const auto start, start_of(backend_, request));
    BlockShelf shelf(backend_.reader);
    const auto snapshot = backend_.reader.snapshot();
    return collect_events(viewer, start, *snapshot, shelf, backend_.now());
  }

  std::vector<v1::WatchEvent> events(std::size_t hospital, const v1::WatchRequest& request) {
    auto batch = collect(hospital, request);
    EXPECT_TRUE(batch) << batch.error().message;
    if (!batch) return {};
    std::erase_if(batch->events,
                  [this](const auto& event) { return asked_.contains(event.height()); });
    return batch->events;
  }

  /// Kinds of what is no block.
  Kinds seen(std::size_t hospital, const v1::WatchRequest& request = from_start()) {
    Kinds kinds;
    for (const auto& event : events(hospital, request)) {
      if (event.kind() != v1::EVENT_BLOCK) kinds.push_back(event.kind());
    }
    return kinds;
  }

  /// What the patient is told of the one event of this kind.
  v1::EmergencyEvent told_of(v1::EventKind kind) {
    auto told = events(2, as_patient(2));
    std::erase_if(told, [kind](const auto& event) { return event.kind() != kind; });
    EXPECT_EQ(told.size(), 1U);
    return told.empty() ? v1::EmergencyEvent() : told.front().operation().emergency();
  }

  v1::WatchRequest as_clinician() { return under_access(happenings_.ward().clinician, 1, "TREAT"); }

  v1::WatchRequest as_patient(std::size_t hospital) {
    const test::Party& patient = happenings_.ward().patient;
    auto access = listing(patient, hospital, "PATRQT");
    access.request.records = {ledger::record_of(ledger::OwnQuery::kEvents)};
    auto request = from_start();
    request.set_request(wire(ledger::encode(ledger::Operation(access))));
    request.set_authorisation(
        wire(ledger::encode(sign(access, patient, ledger::AuthorisationRole::kPatient))));
    return request;
  }

  std::set<std::uint64_t> asked_;  ///< blocks of accesses
  test::FakeBackend backend_;
  test::Happenings happenings_{backend_};
};

}  // namespace galen::rpc
