// Filters, heights and pages of lists, and that a list says nothing to who may see nothing (R21).
#include "modules/groups/groups.h"
#include "rpc/consent_queries.h"
#include "rpc/group_queries.h"
#include "rpc/list_filters.h"
#include "rpc/wire.h"
#include "unit/rpc/fake_backend.h"

#include <gtest/gtest.h>

#include <functional>

namespace galen::rpc {
namespace {

using test::FakeBackend;
using test::Ward;

class Lists : public ::testing::Test {
 protected:
  [[nodiscard]] Caller caller(std::size_t hospital) const {
    return {backend_.world.hospitals[hospital].id};
  }

  std::vector<std::string> grants(const std::function<void(v1::GrantFilter&)>& set) {
    v1::ListGrantsRequest request;
    request.set_patient(wire(ward_.patient.id));
    set(*request.mutable_filter());
    v1::ListGrantsResponse response;
    EXPECT_TRUE(list_grants(backend_, caller(0), request, response));
    std::vector<std::string> ids;
    for (const auto& grant : response.grants()) ids.push_back(grant.grant_id());
    return ids;
  }

  static v1::ListRecordsRequest custodians_list(const test::Party& patient) {
    v1::ListRecordsRequest request;
    request.set_patient(wire(patient.id));
    return request;
  }

  v1::ListRecordsRequest readers_list(const PatientId& patient) {
    auto access = ward_.access(ledger::Action::kDiscover);
    access.request.patient = patient;
    access.request.records = {RecordId{}};
    v1::ListRecordsRequest request;
    request.set_access_tx_id(
        wire(backend_.read(access, backend_.world.hospitals[1], {ward_.sign(access)})));
    return request;
  }

  std::size_t records(const std::function<void(v1::RecordFilter&)>& set) {
    auto request = custodians_list(ward_.patient);
    set(*request.mutable_filter());
    v1::ListRecordsResponse response;
    EXPECT_TRUE(list_records(backend_, caller(0), request, response));
    return static_cast<std::size_t>(response.entries_size());
  }

  FakeBackend backend_;
  Ward ward_{backend_.world};
};

TEST_F(Lists, GrantsAreFoundByStatusGranteeEffectAndEnd) {
  const GrantId soon = [&] {
    auto terms = ward_.terms();
    terms.valid_to = TimeMs{backend_.world.now.value + 1000};
    return backend_.world.must_give(ledger::GrantAccess{terms}, ward_.patient);
  }();
  const GrantId ended = ward_.grant();
  backend_.world.give(ledger::RevokeAccess{ward_.patient.patient(), ended, {}},
                      ward_.patient,
                      backend_.world.hospitals[0]);
  const GrantId denial =
      backend_.world.must_give(backend_.world.deny_all(ward_.patient), ward_.patient);
  EXPECT_EQ(grants([](auto&) {}).size(), 3U);
  EXPECT_EQ(grants([](auto& f) { f.set_status(2); }), std::vector{wire(ended)});
  EXPECT_EQ(grants([](auto& f) { f.set_status(1); }).size(), 2U);
  EXPECT_EQ(grants([](auto& f) { f.set_effect(2); }), std::vector{wire(denial)});
  EXPECT_EQ(grants([](auto& f) { f.set_effect(1); }).size(), 2U);
  const auto reader = wire(backend_.world.hospitals[1].id);
  EXPECT_EQ(grants([&](auto& f) { f.set_grantee(reader); }).size(), 2U);
  const std::uint64_t end = backend_.world.now.value + 1000;
  EXPECT_TRUE(grants([&](auto& f) { f.set_expiring_before_ms(end); }).empty());
  EXPECT_EQ(grants([&](auto& f) { f.set_expiring_before_ms(end + 1); }), std::vector{wire(soon)});
  backend_.wall_clock = TimeMs{end};
  EXPECT_TRUE(grants([&](auto& f) { f.set_expiring_before_ms(end + 1); }).empty())
      << "it has ended";
  EXPECT_EQ(grants([](auto& f) { f.set_status(2); }).size(), 2U);
}

TEST_F(Lists, RecordsAreFoundByClassDateLabelAndStatus) {
  auto note = backend_.world.record_operation(backend_.world.hospitals[0], ward_.patient.patient());
  note.record_class = ledger::RecordClass::kNote;
  note.service_date = {20'100};
  note.labels = {"HIV", "PSY"};
  ASSERT_EQ(backend_.world.execute(note, backend_.world.hospitals[0]).code,
            ledger::ResultCode::kOk);
  ledger::ReplaceRecord replace{note.record, note, ledger::RecordChange::kCorrection, {}};
  replace.next.seed = test::test_id<Random32>(5);
  replace.next.record =
      ledger::record_id(backend_.world.chain, backend_.world.hospitals[0].id, replace.next.seed);
  ASSERT_EQ(backend_.world.execute(replace, backend_.world.hospitals[0]).code,
            ledger::ResultCode::kOk);
  EXPECT_EQ(records([](auto&) {}), 3U);
  EXPECT_EQ(records([](auto& f) { f.set_classes(1U << 1U); }), 2U);
  EXPECT_EQ(records([](auto& f) { f.set_from(20'001); }), 2U);
  EXPECT_EQ(records([](auto& f) { f.set_from(20'100); }), 2U);
  EXPECT_EQ(records([](auto& f) { f.set_to(20'100); }), 1U);
  EXPECT_EQ(records([](auto& f) { f.set_from(0); }), 3U);
  EXPECT_EQ(records([](auto& f) { f.add_labels("PSY"); }), 2U);
  EXPECT_EQ(records([](auto& f) {
              f.add_labels("PSY");
              f.add_labels("SUD");
            }),
            0U);
  EXPECT_EQ(records([](auto& f) { f.set_status(1); }), 2U);
  EXPECT_EQ(records([](auto& f) { f.set_status(2); }), 1U);
  EXPECT_EQ(records([](auto& f) { f.set_status(3); }), 0U);
}

TEST_F(Lists, WrongFiltersAreRefused) {
  const auto grant_filter = [](const std::function<void(v1::GrantFilter&)>& set) {
    v1::GrantFilter filter;
    set(filter);
    return GrantSelection::of(filter).has_value();
  };
  EXPECT_FALSE(grant_filter([](auto& f) { f.set_status(3); }));
  EXPECT_FALSE(grant_filter([](auto& f) { f.set_effect(3); }));
  EXPECT_FALSE(grant_filter([](auto& f) { f.set_grantee("short"); }));
  EXPECT_FALSE(grant_filter([](auto& f) { f.set_expiring_before_ms(kMaxCounter + 1); }));
  EXPECT_TRUE(grant_filter([](auto& f) { f.set_expiring_before_ms(kMaxCounter); }));
  const auto record_filter = [](const std::function<void(v1::RecordFilter&)>& set) {
    v1::RecordFilter filter;
    set(filter);
    return RecordSelection::of(filter).has_value();
  };
  EXPECT_FALSE(record_filter([](auto& f) { f.set_classes(ledger::kAllClasses + 1U); }));
  EXPECT_TRUE(record_filter([](auto& f) { f.set_classes(ledger::kAllClasses); }));
  EXPECT_FALSE(record_filter([](auto& f) { f.set_status(4); }));
  EXPECT_FALSE(record_filter([](auto& f) {
    for (int i = 0; i < 17; ++i) f.add_labels("L" + std::to_string(i));
  }));
}

/// Each step in a block of its own; the height of the first.
class ListsOfThePast : public Lists {
 protected:
  ListsOfThePast() {
    const auto step = [&](const ledger::Operation& operation,
                          std::vector<ledger::Authorisation> authorisations = {}) {
      backend_.world.now.value += 1000;
      const auto result =
          backend_.happen(operation, backend_.world.hospitals[0], std::move(authorisations));
      EXPECT_EQ(result.code, ledger::ResultCode::kOk);
      heights_.push_back(backend_.world.height.value);
      return result.detail;
    };
    const auto patients = [&](const ledger::Operation& operation) {
      return backend_.world.sign(
          operation, ward_.patient, ledger::AuthorisationRole::kPatient, {.sequence = ++sequence_});
    };
    const auto record =
        backend_.world.record_operation(backend_.world.hospitals[0], ward_.patient.patient());
    step(record);
    const ledger::Operation given = ledger::GrantAccess{ward_.terms()};
    grant_ = GrantId::from(step(given, {patients(given)}));
    ledger::ReplaceRecord replace{record.record, record, ledger::RecordChange::kCorrection, {}};
    replace.next.seed = test::test_id<Random32>(5);
    replace.next.record =
        ledger::record_id(backend_.world.chain, backend_.world.hospitals[0].id, replace.next.seed);
    step(replace);
    const ledger::Operation revoked = ledger::RevokeAccess{ward_.patient.patient(), grant_, {}};
    step(revoked, {patients(revoked)});
  }

  v1::ListGrantsRequest grants_at(std::size_t step) const {
    v1::ListGrantsRequest request;
    request.set_patient(wire(ward_.patient.id));
    request.set_at_height(heights_.at(step));
    return request;
  }

  std::vector<consent::GrantEntry> grants_of(const v1::ListGrantsRequest& request) {
    v1::ListGrantsResponse response;
    const Status status = list_grants(backend_, caller(0), request, response);
    EXPECT_TRUE(status) << status.error().message;
    EXPECT_EQ(response.height(), request.at_height());
    std::vector<consent::GrantEntry> entries;
    for (const auto& item : response.grants()) {
      entries.push_back(consent::GrantEntry::decode(as_bytes(item.entry())).value());
    }
    return entries;
  }

  std::map<ledger::RecordStatus, int> records_at(std::size_t step) {
    auto request = custodians_list(ward_.patient);
    request.set_at_height(heights_.at(step));
    v1::ListRecordsResponse response;
    const Status status = list_records(backend_, caller(0), request, response);
    EXPECT_TRUE(status) << status.error().message;
    EXPECT_EQ(response.height(), heights_.at(step));
    std::map<ledger::RecordStatus, int> found;
    for (const auto& bytes : response.entries()) {
      const auto entry = records::RecordEntry::decode(as_bytes(bytes)).value();
      EXPECT_EQ(entry.succeeded.has_value(), entry.status == ledger::RecordStatus::kSuperseded);
      ++found[entry.status];
    }
    return found;
  }

  std::vector<std::uint64_t> heights_;
  GrantId grant_;
  std::uint64_t sequence_ = 100;
};

TEST_F(ListsOfThePast, GrantsAreWhatTheyWereThen) {
  EXPECT_TRUE(grants_of(grants_at(0)).empty());
  for (const std::size_t step : {1U, 2U}) {
    const auto then = grants_of(grants_at(step));
    ASSERT_EQ(then.size(), 1U);
    EXPECT_EQ(then.front().status, policy::GrantStatus::kActive);
    EXPECT_FALSE(then.front().ended_at);
    auto active = grants_at(step);
    active.mutable_filter()->set_status(1);
    EXPECT_EQ(grants_of(active).size(), 1U);
  }
  EXPECT_EQ(grants_of(grants_at(3)).at(0).status, policy::GrantStatus::kRevoked);
  auto active = grants_at(3);
  active.mutable_filter()->set_status(1);
  EXPECT_TRUE(grants_of(active).empty());
}

TEST_F(ListsOfThePast, RecordsAreWhatTheyWereThen) {
  using ledger::RecordStatus;
  // The ward's own record was there before.
  const auto old = records_at(1);
  EXPECT_EQ(old.at(RecordStatus::kCurrent), 1);
  const auto now = records_at(2);
  EXPECT_EQ(now.at(RecordStatus::kCurrent), 1);
  EXPECT_EQ(now.at(RecordStatus::kSuperseded), 1);
  EXPECT_EQ(records_at(3), now);
}

TEST_F(ListsOfThePast, APersonSeesOfItWhatHeMaySeeNow) {
  auto request = readers_list(ward_.patient.patient());
  request.set_at_height(heights_.at(1));
  v1::ListRecordsResponse response;
  ASSERT_TRUE(list_records(backend_, caller(1), request, response));
  EXPECT_EQ(response.entries_size(), 0) << "the grant has been revoked since";
}

/// What was closed since stays closed in every list: entered in error, it may be another person's.
TEST_F(ListsOfThePast, ARecordRetractedSinceIsTheCustodiansAlone) {
  test::HealthWorld& world = backend_.world;
  backend_.wall_clock = world.now;
  const ledger::Operation given = ledger::GrantAccess{ward_.terms()};
  const auto authorisation = world.sign(
      given, ward_.patient, ledger::AuthorisationRole::kPatient, {.sequence = ++sequence_});
  ASSERT_EQ(backend_.happen(given, world.hospitals[0], {authorisation}).code,
            ledger::ResultCode::kOk);
  const auto record = world.record_operation(world.hospitals[0], ward_.patient.patient());
  ASSERT_EQ(backend_.happen(record, world.hospitals[0]).code, ledger::ResultCode::kOk);
  const std::uint64_t open = world.height.value;
  const auto listed = [&](std::size_t hospital, v1::ListRecordsRequest request) {
    request.set_at_height(open);
    v1::ListRecordsResponse response;
    const Status status = list_records(backend_, caller(hospital), request, response);
    EXPECT_TRUE(status) << status.error().message;
    std::map<RecordId, records::RecordEntry> entries;
    for (const auto& bytes : response.entries()) {
      const auto entry = records::RecordEntry::decode(as_bytes(bytes)).value();
      entries.emplace(entry.record.record, entry);
    }
    return entries;
  };
  const auto reader = readers_list(ward_.patient.patient());
  EXPECT_TRUE(listed(1, reader).contains(record.record));
  world.now.value += 1000;
  const ledger::RetractRecord retract{
      ward_.patient.patient(), record.record, ledger::RecordChange::kWrongPatient};
  ASSERT_EQ(backend_.happen(retract, world.hospitals[0]).code, ledger::ResultCode::kOk);
  EXPECT_FALSE(listed(1, reader).contains(record.record));
  const auto own = listed(0, custodians_list(ward_.patient));
  ASSERT_TRUE(own.contains(record.record));
  EXPECT_EQ(own.at(record.record).status, ledger::RecordStatus::kCurrent);
  EXPECT_FALSE(own.at(record.record).retracted);
}

TEST_F(ListsOfThePast, ATokenOfAHeightIsNoneOfTheHead) {
  auto request = custodians_list(ward_.patient);
  request.set_page_size(1);
  request.set_at_height(heights_.at(3));
  v1::ListRecordsResponse first;
  ASSERT_TRUE(list_records(backend_, caller(0), request, first));
  request.set_page_token(first.page_token());
  request.set_at_height(0);
  v1::ListRecordsResponse second;
  EXPECT_EQ(list_records(backend_, caller(0), request, second).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(ListsOfThePast, PagesAreOfOneHeight) {
  for (int i = 0; i < 3; ++i) backend_.world.add_record(backend_.world.hospitals[0], ward_.patient);
  auto request = custodians_list(ward_.patient);
  request.set_page_size(1);
  request.set_at_height(heights_.at(3));
  v1::ListRecordsResponse first;
  ASSERT_TRUE(list_records(backend_, caller(0), request, first));
  ASSERT_FALSE(first.page_token().empty());
  request.set_page_token(first.page_token());
  v1::ListRecordsResponse second;
  EXPECT_TRUE(list_records(backend_, caller(0), request, second));
  for (const std::size_t other : {0U, 2U}) {
    request.set_at_height(heights_.at(other));
    EXPECT_EQ(list_records(backend_, caller(0), request, second).error().code,
              ErrorCode::kInvalidArgument);
  }
}

TEST_F(ListsOfThePast, NoProofAndNoHeightThatIsNotHere) {
  auto request = custodians_list(ward_.patient);
  request.set_at_height(heights_.at(1));
  request.set_with_proofs(true);
  v1::ListRecordsResponse response;
  EXPECT_EQ(list_records(backend_, caller(0), request, response).error().code,
            ErrorCode::kFailedPrecondition);
  // Above the head another node may be; a block that is not kept here may be kept elsewhere. Both
  // are told before the patient is looked at.
  const auto refused = [&](std::size_t hospital, std::uint64_t height) {
    v1::ListGrantsRequest grants;
    grants.set_patient(wire(ward_.patient.id));
    grants.set_at_height(height);
    v1::ListGrantsResponse listed;
    return list_grants(backend_, caller(hospital), grants, listed).error();
  };
  const std::uint64_t above = backend_.world.height.value + 1;
  EXPECT_EQ(refused(0, above).code, ErrorCode::kUnavailable);
  EXPECT_EQ(refused(0, above), refused(1, above));
  backend_.reader.blocks.erase(Height{heights_.at(1)});
  EXPECT_EQ(refused(0, heights_.at(1)).code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(refused(0, heights_.at(1)), refused(1, heights_.at(1)));
}

TEST_F(Lists, WhoMaySeeNothingGetsTheAnswersOfAnEmptyPatient) {
  for (int i = 0; i < 30; ++i)
    backend_.world.add_record(backend_.world.hospitals[0], ward_.patient);
  const test::Party empty = backend_.world.add_patient(backend_.world.hospitals[0]);
  const auto nobody = test::test_id<PatientId>(9);
  const std::vector<std::function<void(v1::ListRecordsRequest&)>> variants{
      [](auto&) {},
      [](auto& r) { r.set_page_size(1); },
      [](auto& r) { r.mutable_filter()->set_classes(4); },
      [](auto& r) { r.set_with_proofs(true); },
      [](auto& r) { r.set_page_token("short"); },
      [](auto& r) { r.set_at_height(3); },
      [](auto& r) { r.mutable_filter()->set_status(9); }};
  const std::vector<v1::ListRecordsRequest> requests{
      readers_list(ward_.patient.patient()), readers_list(empty.patient()), readers_list(nobody)};
  for (const auto& vary : variants) {
    std::vector<std::string> answers;
    for (auto request : requests) {
      vary(request);
      v1::ListRecordsResponse response;
      const auto status = list_records(backend_, caller(1), request, response);
      answers.push_back(response.SerializeAsString() + (status ? "" : status.error().message));
    }
    EXPECT_EQ(answers[0], answers[1]);
    EXPECT_EQ(answers[0], answers[2]);
  }
}

TEST_F(Lists, PagesLeaveOutWhatCameLaterAndATokenBelongsToItsPatient) {
  for (int i = 0; i < 5; ++i) backend_.world.add_record(backend_.world.hospitals[0], ward_.patient);
  auto request = custodians_list(ward_.patient);
  request.set_page_size(2);
  std::size_t entries = 0;
  do {
    v1::ListRecordsResponse response;
    ASSERT_TRUE(list_records(backend_, caller(0), request, response));
    entries += static_cast<std::size_t>(response.entries_size());
    request.set_page_token(response.page_token());
    backend_.world.height.value += 1;
    backend_.world.add_record(backend_.world.hospitals[0], ward_.patient);
  } while (!request.page_token().empty());
  EXPECT_EQ(entries, 6U);

  request = custodians_list(ward_.patient);
  request.set_page_size(2);
  v1::ListRecordsResponse first;
  ASSERT_TRUE(list_records(backend_, caller(0), request, first));
  auto other = custodians_list(backend_.world.add_patient(backend_.world.hospitals[0]));
  other.set_page_token(first.page_token());
  v1::ListRecordsResponse response;
  EXPECT_EQ(list_records(backend_, caller(0), other, response).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(Lists, GroupsAreForEveryMemberInPages) {
  for (std::uint64_t i = 0; i < 5; ++i) {
    ledger::DefineGroup group;
    group.seed = test::test_id<Random32>(i);
    group.group =
        ledger::group_id(backend_.world.chain, backend_.world.hospitals[0].id, group.seed);
    group.name = "group-" + std::to_string(i);
    ASSERT_EQ(backend_.world.execute(group, backend_.world.hospitals[0]).code,
              ledger::ResultCode::kOk);
  }
  v1::ListGroupsRequest request;
  request.set_page_size(2);
  std::set<std::string> names;
  do {
    v1::ListGroupsResponse response;
    ASSERT_TRUE(list_groups(backend_, caller(2), request, response));
    ASSERT_EQ(response.ids_size(), response.entries_size());
    for (const auto& entry : response.entries()) {
      names.insert(groups::GroupEntry::decode(as_bytes(entry)).value().name);
    }
    request.set_page_token(response.page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(names.size(), 5U);
}

}  // namespace
}  // namespace galen::rpc
