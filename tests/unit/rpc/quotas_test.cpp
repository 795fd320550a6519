#include "rpc/quotas.h"

#include "rpc/desk.h"
#include "rpc/status_mapping.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace galen::rpc {
namespace {

const AccountId kOne{{1}};
const AccountId kTwo{{2}};

TEST(Quota, GivesEachCallerItsOwnPlaces) {
  const auto quota = std::make_shared<Quota>(2);
  auto first = quota->take(kOne);
  auto second = quota->take(kOne);
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
  EXPECT_FALSE(quota->take(kOne));
  EXPECT_TRUE(quota->take(kTwo));
  first.reset();
  EXPECT_TRUE(quota->take(kOne));
}

TEST(Quota, APlaceMayOutliveItsQuota) {
  auto quota = std::make_shared<Quota>(1);
  auto place = quota->take(kOne);
  quota.reset();
  place.reset();
}

TEST(RateLimit, CountsPerCallerAndSecond) {
  RateLimit limit(2);
  const RateLimit::Clock::time_point start{std::chrono::hours(1)};
  limit.count(kOne, start);
  EXPECT_FALSE(limit.exceeded(kOne, start));
  limit.count(kOne, start);
  EXPECT_TRUE(limit.exceeded(kOne, start));
  EXPECT_FALSE(limit.exceeded(kTwo, start));
  EXPECT_FALSE(limit.exceeded(kOne, start + std::chrono::seconds(1)));
}

TEST(OpenStreams, EndsTheCallsOfRefusedCallersOnly) {
  OpenStreams open;
  net::PeerIdentity old_key;
  old_key.key = PublicKey{{1}};
  net::PeerIdentity new_key;
  new_key.key = PublicKey{{2}};
  std::string ended;
  const auto end = [&ended](const char* name) {
    return [&ended, name](const std::optional<Error>& error) {
      ended += std::string(name) + (error ? error->message : " stopping") + "; ";
    };
  };
  (void)open.add(old_key, end("old: "));
  (void)open.add(new_key, end("new:"));
  (void)open.add([&ended] { ended += "own; "; });
  const auto judge = [&](const net::PeerIdentity& identity) -> std::optional<Error> {
    if (identity.key == new_key.key) return std::nullopt;
    return Error{ErrorCode::kPermissionDenied, "refused"};
  };
  open.end_refused(judge);
  open.end_refused(judge);
  EXPECT_EQ(ended, "old: refused; ");
  open.end_all();
  EXPECT_EQ(ended, "old: refused; new: stopping; own; ");
}

TEST(OpenStreams, EndsEachOnceAndLatecomersAtOnce) {
  OpenStreams open;
  int ended = 0;
  const auto gone = open.add([&] { ended += 100; });
  const auto kept = open.add([&] { ++ended; });
  EXPECT_NE(gone, kept);
  open.remove(gone);
  open.end_all();
  open.end_all();
  EXPECT_EQ(ended, 1);
  (void)open.add([&] { ended += 10; });
  EXPECT_EQ(ended, 11);
}

TEST(StatusMapping, EveryCodeHasAStatusOfItsKind) {
  EXPECT_EQ(status_code(ErrorCode::kMalformed), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status_code(ErrorCode::kTooLarge), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status_code(ErrorCode::kNotFound), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status_code(ErrorCode::kUnauthenticated), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(status_code(ErrorCode::kPermissionDenied), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(status_code(ErrorCode::kExpired), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status_code(ErrorCode::kResourceExhausted), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status_code(ErrorCode::kUnavailable), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status_code(ErrorCode::kDeadlineExceeded), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(status_code(ErrorCode::kCorrupt), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(status_code(ErrorCode::kInternal), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status_code(static_cast<ErrorCode>(200)), grpc::StatusCode::INTERNAL);
}

}  // namespace
}  // namespace galen::rpc
