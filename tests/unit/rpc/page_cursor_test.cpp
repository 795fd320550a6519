#include "rpc/page_cursor.h"

#include "base/hex.h"
#include "rpc/list_page.h"
#include "support/health_world.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace galen::rpc {
namespace {

using test::test_id;

PageCursor cursor() {
  return {ListKind::kRecords, test_id<Digest>(1), Height{7}, test_id<Digest>(2)};
}

CursorPlace place(Height head) {
  return {ListKind::kRecords, test_id<Digest>(1), head};
}

TEST(PageCursor, TheLayoutIsThatOfTheDocumentation) {
  const PageCursor value = cursor();
  EXPECT_EQ(to_hex(as_bytes(value.encode())),
            "000102" + to_hex(value.query) + "0000000000000007" + to_hex(value.last));
}

TEST(PageCursor, ComesBackForItsListAlone) {
  const std::string token = cursor().encode();
  const auto read = read_cursor(token, place(Height{7}));
  ASSERT_TRUE(read && read->has_value());
  EXPECT_EQ((*read)->last, cursor().last);
  EXPECT_EQ((*read)->height, Height{7});
  auto other = place(Height{7});
  other.list = ListKind::kGrants;
  EXPECT_EQ(read_cursor(token, other).error().code, ErrorCode::kInvalidArgument);
  other = place(Height{7});
  other.query = test_id<Digest>(3);
  EXPECT_EQ(read_cursor(token, other).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(read_cursor(token, place(Height{6})).error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(read_cursor("", place(Height{0}))->has_value());
}

TEST(PageCursor, NothingElseIsOne) {
  const std::string token = cursor().encode();
  const auto refused = [](const std::string& bytes) {
    const auto read = read_cursor(bytes, place(Height{9}));
    return !read && read.error().code == ErrorCode::kInvalidArgument;
  };
  for (std::size_t size = 1; size < token.size(); ++size) {
    EXPECT_TRUE(refused(token.substr(0, size))) << size;
  }
  EXPECT_TRUE(refused(token + "x"));
  for (const std::size_t byte : {0U, 1U, 2U}) {
    std::string changed = token;
    changed[byte] = 9;
    EXPECT_TRUE(refused(changed)) << byte;
  }
  std::string far = token;
  far[35] = '\xff';  // a height above the largest counter
  EXPECT_TRUE(refused(far));
}

struct Entry {
  Height height;
};

TEST(PageCursor, WhatIsLeftOutIsNotInTheToken) {
  std::map<RecordId, Entry> entries;
  for (std::uint64_t i = 0; i < 3; ++i) entries[test_id<RecordId>(i)] = {Height{1}};
  const RecordId shown = entries.begin()->first;
  const RecordId hidden = std::next(entries.begin())->first;
  std::vector<RecordId> page;
  const auto visit = [&](const RecordId& id, const Entry&, PageBudget& budget) -> Result<Visited> {
    if (id == hidden) return Visited::kLeftOut;
    if (!budget.take(1)) return Visited::kFull;
    page.push_back(id);
    return Visited::kShown;
  };
  PageAsked asked{place(Height{5}), {}, 1};
  const auto token = fill_page(entries, asked, visit);
  asked.cursor = read_cursor(*token, asked.place).value();
  EXPECT_EQ(id_cast<RecordId>(asked.cursor->last), shown);
  EXPECT_EQ(token->find(to_string(hidden)), std::string::npos);
  EXPECT_EQ(fill_page(entries, asked, visit).value(), "");
  EXPECT_EQ(page, (std::vector<RecordId>{shown, entries.rbegin()->first}));
}

/// Entries come and go between the pages: what was there throughout is seen exactly once.
RC_GTEST_PROP(PageCursor, NothingThatStaysIsSkippedOrRepeated, (std::vector<std::uint8_t> acts)) {
  std::map<RecordId, Entry> entries;
  for (std::uint64_t i = 0; i < 20; ++i) entries[test_id<RecordId>(i)] = {Height{1}};
  std::set<RecordId> throughout;
  for (const auto& [id, entry] : entries) throughout.insert(id);
  Height head{5};
  std::string token;
  std::multiset<RecordId> seen;
  std::size_t step = 0;
  do {
    PageAsked asked{place(head), {}, 3};
    const auto read = read_cursor(token, asked.place);
    RC_ASSERT(read.has_value());
    asked.cursor = *read;
    const auto visit =
        [&](const RecordId& id, const Entry& entry, PageBudget& budget) -> Result<Visited> {
      if (!budget.take(1)) return Visited::kFull;
      RC_ASSERT(entry.height <= Height{5});
      seen.insert(id);
      return Visited::kShown;
    };
    const auto next = fill_page(entries, asked, visit);
    RC_ASSERT(next.has_value());
    token = *next;
    head.value += 1;
    const std::uint8_t act = acts.empty() ? 0 : acts[step % acts.size()];
    entries[test_id<RecordId>(100 + step)] = {head};
    const auto gone = test_id<RecordId>(act % 20U);
    entries.erase(gone);
    throughout.erase(gone);
    ++step;
  } while (!token.empty());
  for (const RecordId& id : throughout) RC_ASSERT(seen.count(id) == 1U);
  for (const RecordId& id : seen) RC_ASSERT(seen.count(id) == 1U);
}

}  // namespace
}  // namespace galen::rpc
