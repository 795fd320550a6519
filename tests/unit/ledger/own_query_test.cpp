#include "ledger/own_query.h"

#include "base/hex.h"

#include <gtest/gtest.h>

namespace galen::ledger {
namespace {

TEST(OwnQuery, TheirRecordIdsAreGolden) {
  EXPECT_EQ(to_hex(record_of(OwnQuery::kGrants)),
            "66eae6c035ba132e7bbf372ab75151c75c9cf767e3a34c329f57b5b2863276cd");
  EXPECT_EQ(to_hex(record_of(OwnQuery::kEvents)),
            "9dea28e02ebc3af0b778dffc46ff9d9158349f6a9174f3571af234cceed11ab4");
}

TEST(OwnQuery, ARequestAsksForOneQueryAndForNoList) {
  AccessRequest request;
  request.action = Action::kDiscover;
  request.records = {record_of(OwnQuery::kGrants)};
  EXPECT_TRUE(asks(request, OwnQuery::kGrants));
  EXPECT_FALSE(asks(request, OwnQuery::kEvents));
  EXPECT_FALSE(request.is_listing());
  request.action = Action::kRead;
  EXPECT_FALSE(asks(request, OwnQuery::kGrants));
  request.action = Action::kDiscover;
  request.records = {RecordId{}};
  EXPECT_FALSE(asks(request, OwnQuery::kGrants));
  request.records = {record_of(OwnQuery::kEvents), record_of(OwnQuery::kGrants)};
  EXPECT_FALSE(asks(request, OwnQuery::kGrants));
}

}  // namespace
}  // namespace galen::ledger
