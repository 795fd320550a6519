// The list of all journals and of what does not fit together in them.
#include "codec/codec.h"
#include "modules/emergency/journals.h"
#include "rpc/emergency_queries.h"
#include "rpc/page_budget.h"
#include "rpc/page_cursor.h"
#include "rpc/wire.h"
#include "unit/rpc/fake_backend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace galen::rpc {
namespace {

using emergency::JournalPlace;
using test::FakeBackend;
using test::test_id;

class JournalLists : public ::testing::Test {
 protected:
  /// A journal of this hospital with one entry, anchored; after the one that was lost.
  JournalId begin(std::size_t hospital, std::optional<JournalId> lost = {}) {
    ledger::AnchorJournal anchor;
    anchor.organisation = world_.hospitals[hospital].id;
    anchor.journal = test_id<JournalId>(world_.next_number());
    anchor.head = test_id<Digest>(world_.next_number());
    anchor.lost = lost;
    EXPECT_EQ(world_.execute(anchor, world_.hospitals[hospital]).code, ledger::ResultCode::kOk);
    return anchor.journal;
  }

  /// A receipt of an entry that is in no log, brought by hospital 1.
  void add_gap(std::size_t hospital, const JournalId& journal, std::uint64_t number) {
    JournalPlace place;
    place.journal = journal;
    place.number = number;
    place.receipt = test_id<Digest>(number);
    place.receipt_of = world_.hospitals[1].id;
    put(hospital, place);
  }

  void put(std::size_t hospital, const JournalPlace& place) {
    const auto key = JournalPlace::key(world_.hospitals[hospital].id, place.journal, place.number);
    world_.state.put(key, place.encode());
  }

  /// Three journals of hospital 0, two of them lost, one of hospital 2; receipts of both.
  void fill() {
    const JournalId first = begin(0);
    const JournalId second = begin(0, first);
    const JournalId third = begin(0, second);
    const JournalId other = begin(2);
    chain_ = {wire(third), wire(second), wire(first), wire(other)};
    for (const std::uint64_t number : {2U, 300U, 7U}) add_gap(0, third, number);
    add_gap(0, test_id<JournalId>(9), 1);  // that nobody anchored
    for (const std::uint64_t number : {1U, 2U}) add_gap(2, other, number);
  }

  v1::ListJournalsResponse list(const v1::ListJournalsRequest& request) {
    v1::ListJournalsResponse response;
    const Status status = list_journals(backend_, {world_.hospitals[1].id}, request, response);
    EXPECT_TRUE(status) << status.error().message;
    return response;
  }

  ErrorCode refusal(const v1::ListJournalsRequest& request) {
    v1::ListJournalsResponse response;
    const Status status = list_journals(backend_, {world_.hospitals[1].id}, request, response);
    EXPECT_FALSE(status);
    EXPECT_EQ(response.journals_size() + response.evidence_size(), 0);
    return status ? ErrorCode::kInternal : status.error().code;
  }

  static v1::ListJournalsRequest pages_of(std::uint32_t size) {
    v1::ListJournalsRequest request;
    request.set_page_size(size);
    return request;
  }

  static std::vector<std::string> journals(const v1::ListJournalsResponse& response) {
    std::vector<std::string> found;
    for (const auto& item : response.journals()) found.push_back(item.journal());
    return found;
  }

  static JournalPlace decoded(const v1::JournalEvidenceItem& item) {
    return JournalPlace::decode(as_bytes(item.place())).value();
  }

  /// Everything, page by page; `between` happens after each.
  v1::ListJournalsResponse all(
      v1::ListJournalsRequest request, const std::function<void()>& between = [] {}) {
    v1::ListJournalsResponse whole;
    pages_ = 0;
    do {
      const auto page = list(request);
      EXPECT_LE(page.journals_size() + page.evidence_size(), static_cast<int>(request.page_size()));
      EXPECT_LT(page.ByteSizeLong(), 2 * kMaxPageBytes);
      whole.mutable_journals()->MergeFrom(page.journals());
      whole.mutable_evidence()->MergeFrom(page.evidence());
      request.set_page_token(page.page_token());
      ++pages_;
      between();
    } while (!request.page_token().empty());
    whole.set_height(world_.height.value);
    return whole;
  }

  FakeBackend backend_;
  test::HealthWorld& world_ = backend_.world;
  std::vector<std::string> chain_;  ///< journals as the list has them
  int pages_ = 0;
};

TEST_F(JournalLists, AFewAreOneAnswerForEveryMember) {
  fill();
  const auto response = list({});
  EXPECT_EQ(journals(response), chain_);
  std::vector<bool> present;
  for (const auto& item : response.journals()) present.push_back(item.present());
  EXPECT_EQ(present, (std::vector<bool>{true, false, false, true}));
  ASSERT_EQ(response.evidence_size(), 6);
  for (int i = 0; i < 6; ++i) {
    EXPECT_TRUE(decoded(response.evidence(i)).is_gap());
    EXPECT_EQ(response.evidence(i).organisation(), wire(world_.hospitals[i < 4 ? 0 : 2].id));
  }
  const auto entry =
      emergency::JournalEntry::decode(as_bytes(response.journals(0).entry())).value();
  EXPECT_EQ(wire(*entry.follows), chain_[1]);
  EXPECT_EQ(response.height(), world_.height.value);
  EXPECT_TRUE(response.page_token().empty());
}

TEST_F(JournalLists, ReceiptsGoByJournalAndNumber) {
  fill();
  const auto response = list({});
  std::vector<std::pair<JournalId, std::uint64_t>> found;
  for (int i = 0; i < 4; ++i) {
    const JournalPlace each = decoded(response.evidence(i));
    found.emplace_back(each.journal, each.number);
  }
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
}

TEST_F(JournalLists, PagesMeetWithoutGapOrOverlap) {
  fill();
  const std::string whole = list({}).SerializeAsString();
  for (const auto& [size, pages] :
       {std::pair{1U, 10}, std::pair{2U, 5}, std::pair{3U, 4}, std::pair{10U, 1}}) {
    EXPECT_EQ(all(pages_of(size)).SerializeAsString(), whole) << size;
    EXPECT_EQ(pages_, pages) << size;
  }
}

TEST_F(JournalLists, OneMemberAlone) {
  fill();
  auto request = pages_of(2);
  request.set_organisation(wire(world_.hospitals[2].id));
  const auto response = all(request);
  EXPECT_EQ(journals(response), std::vector{chain_.back()});
  EXPECT_EQ(response.evidence_size(), 2);
  request.set_organisation(wire(world_.hospitals[1].id));
  const auto nothing = all(request);
  EXPECT_EQ(nothing.journals_size() + nothing.evidence_size(), 0);
  request.set_organisation(std::string(32, 'x'));
  EXPECT_EQ(refusal(request), ErrorCode::kInvalidArgument) << "no member";
  request.set_organisation("short");
  EXPECT_EQ(refusal(request), ErrorCode::kInvalidArgument);
}

TEST_F(JournalLists, ATokenServesItsListAlone) {
  fill();
  const std::string token = list(pages_of(1)).page_token();
  ASSERT_FALSE(token.empty());
  auto request = pages_of(1);
  request.set_page_token(token);
  request.set_organisation(wire(world_.hospitals[0].id));
  EXPECT_EQ(refusal(request), ErrorCode::kInvalidArgument) << "of all members";
  request.clear_organisation();
  request.set_page_token(PageCursor{ListKind::kGroups, {}, world_.height, {}}.encode());
  EXPECT_EQ(refusal(request), ErrorCode::kInvalidArgument);
  request.set_page_token("short");
  EXPECT_EQ(refusal(request), ErrorCode::kInvalidArgument);
  request.set_page_token(token);
  world_.height.value -= 1;
  EXPECT_EQ(refusal(request), ErrorCode::kUnavailable) << "this node is behind";
}

TEST_F(JournalLists, WhatComesAndGoesBetweenPagesHidesNothing) {
  fill();
  const auto before = list({});
  std::uint64_t next = 5000;
  const auto found = all(pages_of(1), [&] {
    // A journal more, receipts more, and a receipt whose entry has come.
    if (next == 5000) begin(0, JournalId::from(as_bytes(chain_[0])));
    if (next < 5010) add_gap(next % 2 == 0 ? 0 : 2, test_id<JournalId>(next), next);
    if (next == 5003) {
      JournalPlace gone = decoded(before.evidence(5));
      gone.entry = gone.receipt;
      gone.logged = true;
      put(2, gone);
    }
    ++next;
  });
  const auto seen = journals(found);
  for (const std::string& journal : chain_) {
    EXPECT_EQ(std::count(seen.begin(), seen.end(), journal), 1);
  }
  std::multiset<std::string> places;
  for (const auto& item : found.evidence()) places.insert(item.organisation() + item.place());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(places.count(before.evidence(i).organisation() + before.evidence(i).place()), 1U);
  }
  EXPECT_EQ(std::set<std::string>(places.begin(), places.end()).size(), places.size());
}

/// A member signs with its own node's key whatever it likes, for any journal and number.
TEST_F(JournalLists, NoMemberFillsItForTheOthers) {
  constexpr std::uint64_t kMany = 3 * kMaxPageSize;
  for (std::uint64_t i = 0; i < kMany; ++i) add_gap(0, test_id<JournalId>(i), i + 1);
  const JournalId last = begin(2);
  const auto found = all(pages_of(kMaxPageSize));
  EXPECT_EQ(found.evidence_size(), static_cast<int>(kMany));
  std::set<std::string> places;
  for (const auto& item : found.evidence()) places.insert(item.place());
  EXPECT_EQ(places.size(), kMany);
  EXPECT_EQ(journals(found), std::vector{wire(last)});
  EXPECT_EQ(pages_, 4);
}

/// Nor does it hide a receipt behind another that looks like it.
TEST_F(JournalLists, JournalsOfOneBeginningAreTwo) {
  JournalId journal = test_id<JournalId>(9);
  add_gap(0, journal, 7);
  journal.value.back() ^= 1U;
  add_gap(0, journal, 7);
  EXPECT_EQ(all(pages_of(1)).evidence_size(), 2);
}

TEST_F(JournalLists, AJournalThatFollowsItselfIsListedOnce) {
  ledger::AnchorJournal anchor;
  anchor.organisation = world_.hospitals[0].id;
  anchor.journal = test_id<JournalId>(9);
  anchor.head = test_id<Digest>(1);
  anchor.lost = anchor.journal;
  ASSERT_EQ(world_.execute(anchor, world_.hospitals[0]).code, ledger::ResultCode::kOk);
  EXPECT_EQ(journals(list({})), std::vector{wire(anchor.journal)});
}

/// As members bring it: signed by the node, compared with what its organisation says.
TEST_F(JournalLists, WhatDoesNotFitIsTold) {
  const crypto::PrivateKey node_key = test::test_key(5);
  codec::Writer w;
  w.u16(1).raw(node_key.public_key());
  world_.state.put(ledger::StateKey::main(ledger::KeyKind::kReceiptKey, world_.hospitals[0].id),
                   std::move(w).take());
  const JournalId journal = begin(0);
  const auto entry = test_id<Digest>(4);
  const ledger::AnchorJournalReceipt receipt{
      world_.hospitals[0].id,
      journal,
      1,
      entry,
      node_key.sign(ledger::journal_receipt_statement(world_.chain, journal, 1, entry))};
  ASSERT_EQ(world_.execute(receipt, world_.hospitals[1]).code, ledger::ResultCode::kOk);
  const auto response = list({});
  ASSERT_EQ(response.evidence_size(), 1);
  const JournalPlace told = decoded(response.evidence(0));
  EXPECT_TRUE(told.is_mismatch()) << "another entry is anchored at this number";
  EXPECT_EQ(told.receipt, entry);
  EXPECT_EQ(told.receipt_of, world_.hospitals[1].id);
}

}  // namespace
}  // namespace galen::rpc
