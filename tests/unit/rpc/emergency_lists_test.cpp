// Lists of declared emergencies: pages, heights, and what is overdue.
#include "base/limits.h"
#include "modules/emergency/declarations.h"
#include "rpc/emergency_queries.h"
#include "rpc/page_budget.h"
#include "rpc/page_cursor.h"
#include "rpc/wire.h"
#include "unit/rpc/fake_backend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace galen::rpc {
namespace {

using emergency::DeclarationEntry;
using emergency::kReviewMs;
using test::FakeBackend;
using test::Party;
using test::test_id;

/// hospital 0 has the patient, hospital 1 the clinician who declares.
class DeclarationLists : public ::testing::Test {
 protected:
  [[nodiscard]] Caller caller(std::size_t hospital) const {
    return {backend_.world.hospitals[hospital].id};
  }

  /// Signed by the person, in a block of its own.
  void happen(const ledger::Operation& operation, std::size_t hospital, const Party& person) {
    const Party& submitter = world_.hospitals[hospital];
    world_.now.value += 1000;
    const auto authorisation = world_.sign(
        operation, person, ledger::AuthorisationRole::kRequester, {.submitter = submitter.id});
    EXPECT_EQ(backend_.happen(operation, submitter, {authorisation}).code, ledger::ResultCode::kOk);
  }

  ledger::DeclareEmergency declare() { return declare(patient_); }

  ledger::DeclareEmergency declare(const Party& patient) {
    ledger::DeclareEmergency declared;
    declared.seed = test_id<Random32>(world_.next_number());
    declared.person = doctor_.id;
    declared.organisation = world_.hospitals[1].id;
    declared.patient = patient.patient();
    declared.from = world_.now;
    declared.to = TimeMs{world_.now.value + 3'600'000};
    declared.declaration = ledger::declaration_id(world_.chain, declared);
    happen(declared, 1, doctor_);
    return declared;
  }

  void review(const ledger::DeclareEmergency& declared) {
    const ledger::ReviewEmergency operation{
        declared.patient, declared.declaration, officer_.id, ledger::ReviewOutcome::kJustified};
    happen(operation, 0, officer_);
  }

  static v1::ListDeclarationsRequest of(const Party& patient, std::uint32_t page_size = 0) {
    v1::ListDeclarationsRequest request;
    request.set_patient(wire(patient.id));
    request.set_page_size(page_size);
    return request;
  }

  static v1::ListDeclarationsRequest waiting(std::uint32_t page_size = 0) {
    v1::ListDeclarationsRequest request;
    request.set_page_size(page_size);
    return request;
  }

  v1::ListDeclarationsResponse list(std::size_t hospital,
                                    const v1::ListDeclarationsRequest& request) {
    v1::ListDeclarationsResponse response;
    const Status status = list_declarations(backend_, caller(hospital), request, response);
    EXPECT_TRUE(status) << status.error().message;
    return response;
  }

  Error refusal(std::size_t hospital, const v1::ListDeclarationsRequest& request) {
    v1::ListDeclarationsResponse response;
    const Status status = list_declarations(backend_, caller(hospital), request, response);
    EXPECT_FALSE(status);
    EXPECT_EQ(response.items_size(), 0);
    return status ? Error{} : status.error();
  }

  static DeclarationEntry entry(const v1::DeclarationItem& item) {
    return DeclarationEntry::decode(as_bytes(item.entry())).value();
  }

  static std::vector<DeclarationId> ids(const v1::ListDeclarationsResponse& response) {
    std::vector<DeclarationId> found;
    for (const auto& item : response.items()) found.push_back(entry(item).declaration.declaration);
    return found;
  }

  /// Every page; `between` happens after each.
  template <class Between>
  std::vector<DeclarationId> all(std::size_t hospital,
                                 v1::ListDeclarationsRequest request,
                                 Between&& between) {
    std::vector<DeclarationId> found;
    do {
      const auto page = list(hospital, request);
      EXPECT_LE(page.items_size(), static_cast<int>(request.page_size()));
      for (const DeclarationId& id : ids(page)) found.push_back(id);
      request.set_page_token(page.page_token());
      between();
    } while (!request.page_token().empty());
    return found;
  }

  /// The flag of the patient's only declaration that waits, as every list shows it.
  bool is_overdue() {
    const auto of_patient = list(0, of(patient_));
    const auto own = list(1, waiting());
    EXPECT_EQ(of_patient.items_size(), 1);
    EXPECT_EQ(own.items_size(), 1);
    EXPECT_EQ(of_patient.items(0).overdue(), own.items(0).overdue());
    EXPECT_EQ(own.overdue(), own.items(0).overdue() ? 1U : 0U) << "of the quota";
    return own.items(0).overdue();
  }

  FakeBackend backend_;
  test::HealthWorld& world_ = backend_.world;
  Party patient_ = world_.add_patient(world_.hospitals[0]);
  Party doctor_ = world_.add_practitioner(world_.hospitals[1], ledger::Role::kClinician, true);
  Party officer_ = world_.add_practitioner(world_.hospitals[0], ledger::Role::kPrivacyOfficer);
};

TEST_F(DeclarationLists, AFewAreOneAnswer) {
  std::vector<DeclarationId> declared;
  for (int i = 0; i < 3; ++i) declared.push_back(declare().declaration);
  std::sort(declared.begin(), declared.end());
  for (const auto& [hospital, request] :
       {std::pair{0U, of(patient_)}, std::pair{0U, waiting()}, std::pair{1U, waiting()}}) {
    const auto response = list(hospital, request);
    EXPECT_EQ(ids(response), declared);
    EXPECT_TRUE(response.page_token().empty());
    EXPECT_EQ(response.height(), world_.height.value);
    EXPECT_EQ(response.open(), hospital == 1 ? 3U : 0U);
    EXPECT_EQ(response.limit(), emergency::kMaxUnreviewed);
  }
  EXPECT_EQ(list(2, waiting()).items_size(), 0) << "none of its business";
}

TEST_F(DeclarationLists, PagesMeetWithoutGapOrOverlap) {
  std::vector<DeclarationId> declared;
  for (int i = 0; i < 5; ++i) declared.push_back(declare().declaration);
  std::sort(declared.begin(), declared.end());
  for (const auto& [hospital, request] :
       {std::pair{0U, of(patient_, 2)}, std::pair{0U, waiting(2)}, std::pair{1U, waiting(2)}}) {
    int pages = 0;
    EXPECT_EQ(all(hospital, request, [&pages] { ++pages; }), declared);
    EXPECT_EQ(pages, 3) << "no empty page at the end";
  }
}

TEST_F(DeclarationLists, WhatComesAndGoesBetweenPagesHidesNothing) {
  std::vector<ledger::DeclareEmergency> stay;
  std::vector<ledger::DeclareEmergency> go;
  for (int i = 0; i < 4; ++i) stay.push_back(declare());
  for (int i = 0; i < 4; ++i) go.push_back(declare());
  const auto found = all(1, waiting(1), [&] {
    if (go.empty()) return;
    review(go.back());
    go.pop_back();
    declare();
  });
  for (const auto& declared : stay) {
    EXPECT_EQ(std::count(found.begin(), found.end(), declared.declaration), 1);
  }
  EXPECT_EQ(std::set<DeclarationId>(found.begin(), found.end()).size(), found.size());
}

/// Two custodians may tell of releases under one id, for they write it themselves.
TEST_F(DeclarationLists, TwoOfOneIdAreTwo) {
  const Party other = world_.add_patient(world_.hospitals[2]);
  const auto id = test_id<DeclarationId>(4);
  for (const auto& [patient, organisation] : {std::pair{patient_.patient(), world_.hospitals[0].id},
                                              std::pair{other.patient(), world_.hospitals[1].id}}) {
    DeclarationEntry stub;
    stub.declaration.declaration = id;
    stub.declaration.patient = patient;
    stub.declaration.organisation = organisation;
    world_.state.put(DeclarationEntry::key(patient, id), stub.encode());
    world_.state.put(emergency::UnreviewedEntry::key(organisation, id),
                     emergency::UnreviewedEntry{patient, doctor_.id, world_.now}.encode());
  }
  const Party third = world_.add_patient(world_.hospitals[0]);
  DeclarationEntry foreign;
  foreign.declaration.declaration = id;
  foreign.declaration.patient = third.patient();
  foreign.declaration.organisation = world_.hospitals[2].id;
  world_.state.put(DeclarationEntry::key(third.patient(), id), foreign.encode());
  world_.state.put(emergency::UnreviewedEntry::key(world_.hospitals[2].id, id),
                   emergency::UnreviewedEntry{third.patient(), doctor_.id, world_.now}.encode());
  EXPECT_EQ(all(0, waiting(1), [] {}).size(), 2U) << "its own, and another's on its patient";
}

TEST_F(DeclarationLists, ManyWithWideScopesStayBelowTheLargestMessage) {
  constexpr std::uint64_t kMany = 1200;
  std::vector<RecordId> records;
  for (std::uint64_t i = 0; i < limits::kMaxRecordsInScope; ++i) {
    records.push_back(test_id<RecordId>(i));
  }
  std::sort(records.begin(), records.end());
  for (std::uint64_t i = 0; i < kMany; ++i) {
    DeclarationEntry declared;
    declared.declaration.declaration = test_id<DeclarationId>(i);
    declared.declaration.patient = patient_.patient();
    declared.declaration.scope = ledger::EmergencyScope::kRecords;
    declared.declaration.records = records;
    declared.height = Height{1};
    const auto& id = declared.declaration.declaration;
    world_.state.put(DeclarationEntry::key(patient_.patient(), id), declared.encode());
    emergency::ReviewEntry reviewed;
    reviewed.review.patient = patient_.patient();
    reviewed.review.declaration = id;
    reviewed.height = Height{1};
    world_.state.put(emergency::ReviewEntry::key(patient_.patient(), id), reviewed.encode());
  }
  auto request = of(patient_, kMaxPageSize);
  std::set<DeclarationId> found;
  std::size_t items = 0;
  do {
    const auto page = list(0, request);
    EXPECT_LT(page.ByteSizeLong(), 2 * kMaxPageBytes);
    for (const DeclarationId& id : ids(page)) found.insert(id);
    items += static_cast<std::size_t>(page.items_size());
    request.set_page_token(page.page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(items, kMany);
  EXPECT_EQ(found.size(), kMany);
}

TEST_F(DeclarationLists, ATokenServesItsListAlone) {
  const Party other = world_.add_patient(world_.hospitals[0]);
  for (int i = 0; i < 3; ++i) declare();
  const std::uint64_t height = world_.height.value;
  declare();
  const auto refused = [&](std::size_t hospital,
                           v1::ListDeclarationsRequest request,
                           const std::string& token,
                           std::uint64_t at_height = 0) {
    request.set_page_token(token);
    request.set_at_height(at_height);
    return refusal(hospital, request).code == ErrorCode::kInvalidArgument;
  };
  const std::string of_patient = list(0, of(patient_, 1)).page_token();
  const std::string of_waiting = list(0, waiting(1)).page_token();
  auto earlier = of(patient_, 1);
  earlier.set_at_height(height);
  const std::string of_height = list(0, earlier).page_token();
  ASSERT_FALSE(of_patient.empty() || of_waiting.empty() || of_height.empty());
  EXPECT_TRUE(refused(0, of(other), of_patient));
  EXPECT_TRUE(refused(0, waiting(), of_patient));
  EXPECT_TRUE(refused(0, of(patient_), of_waiting));
  EXPECT_TRUE(refused(1, waiting(), of_waiting)) << "another member's";
  EXPECT_TRUE(refused(0, of(patient_), of_height));
  EXPECT_TRUE(refused(0, of(patient_), of_height, height - 1));
  EXPECT_TRUE(refused(0, of(patient_), of_patient, height));
  EXPECT_TRUE(refused(0, of(patient_), "short"));
  // What goes on a list of grants goes on none of these.
  const Height head = world_.height;
  EXPECT_TRUE(refused(0, of(patient_), PageCursor{ListKind::kGrants, {}, head, {}}.encode()));
  // Nobody learns by a token whether there is such a patient.
  auto strangers = of(patient_);
  strangers.set_page_token(of_patient);
  EXPECT_EQ(refusal(2, strangers).code, ErrorCode::kNotFound);
}

TEST_F(DeclarationLists, ANodeBehindTheListSaysSo) {
  for (int i = 0; i < 3; ++i) declare();
  auto request = of(patient_, 1);
  request.set_page_token(list(0, request).page_token());
  world_.height.value -= 1;
  EXPECT_EQ(refusal(0, request).code, ErrorCode::kUnavailable);
}

TEST_F(DeclarationLists, AListOfAHeightIsWhatItWasThen) {
  const auto at = [&](std::uint64_t height) {
    auto request = of(patient_);
    request.set_at_height(height);
    auto response = list(0, request);
    EXPECT_EQ(response.height(), height);
    return response;
  };
  declare(world_.add_patient(world_.hospitals[0]));
  const std::uint64_t before = world_.height.value;
  const auto first = declare();
  const std::uint64_t declared = world_.height.value;
  review(first);
  const std::uint64_t reviewed = world_.height.value;
  declare();
  const std::uint64_t now = world_.height.value;
  EXPECT_EQ(at(before).items_size(), 0);
  for (const std::uint64_t height : {declared, reviewed}) {
    const auto then = at(height);
    ASSERT_EQ(ids(then), std::vector{first.declaration});
    EXPECT_EQ(then.items(0).review().empty(), height == declared);
    EXPECT_FALSE(then.items(0).overdue());
    EXPECT_EQ(then.open(), 0U) << "the quota is the newest, and the caller's";
  }
  EXPECT_EQ(ids(at(now)), ids(list(0, of(patient_))));
  EXPECT_EQ(at(now).items_size(), 2);
  // In pages as well.
  auto paged = of(patient_, 1);
  paged.set_at_height(now);
  EXPECT_EQ(all(0, paged, [this] { declare(); }), ids(at(now)));
}

TEST_F(DeclarationLists, NoHeightWithoutAPatientAndNoneThatIsNotHere) {
  declare();
  declare();
  auto of_all = waiting();
  of_all.set_at_height(world_.height.value);
  EXPECT_EQ(refusal(1, of_all).code, ErrorCode::kInvalidArgument);
  const auto refused = [&](std::size_t hospital, std::uint64_t height) {
    auto request = of(patient_);
    request.set_at_height(height);
    return refusal(hospital, request);
  };
  const std::uint64_t above = world_.height.value + 1;
  EXPECT_EQ(refused(0, above).code, ErrorCode::kUnavailable);
  EXPECT_EQ(refused(0, above), refused(2, above)) << "told before the patient is looked at";
  EXPECT_EQ(refused(2, world_.height.value).code, ErrorCode::kNotFound);
  const Height kept = world_.height;
  declare();
  backend_.reader.blocks.erase(kept);
  EXPECT_EQ(refused(0, kept.value).code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(refused(0, kept.value), refused(2, kept.value));
}

TEST_F(DeclarationLists, AReviewIsOverdueWhenSeventyTwoHoursHavePassed) {
  declare();
  const TimeMs declared = world_.now;  // of its block
  backend_.wall_clock = TimeMs{declared.value + 2 * kReviewMs};
  world_.now = TimeMs{declared.value + kReviewMs - 1};
  EXPECT_FALSE(is_overdue()) << "a millisecond is left; this node's clock does not count";
  world_.now = TimeMs{declared.value + kReviewMs};
  EXPECT_FALSE(is_overdue()) << "at this very instant a review is on time";
  world_.now = TimeMs{declared.value + kReviewMs + 1};
  EXPECT_TRUE(is_overdue());
}

TEST_F(DeclarationLists, AtAHeightWhatIsOverdueIsToldByItsBlock) {
  const auto first = declare();
  const TimeMs declared = world_.now;
  const Party other = world_.add_patient(world_.hospitals[0]);
  std::map<std::uint64_t, bool> overdue;  // by height
  for (const std::uint64_t later : {kReviewMs - 1, kReviewMs, kReviewMs + 1}) {
    // Another's declaration: a block of that time.
    world_.now = TimeMs{declared.value + later - 1000};
    declare(other);
    overdue[world_.height.value] = later > kReviewMs;
  }
  review(first);
  for (const auto& [height, expected] : overdue) {
    auto request = of(patient_);
    request.set_at_height(height);
    const auto then = list(0, request);
    ASSERT_EQ(then.items_size(), 1);
    EXPECT_TRUE(then.items(0).review().empty());
    EXPECT_EQ(then.items(0).overdue(), expected) << height;
  }
  EXPECT_TRUE(list(0, of(patient_)).items(0).overdue()) << "its review was";
}

}  // namespace
}  // namespace galen::rpc
