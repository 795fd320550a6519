#include "client/failure.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace galen::client {
namespace {

TEST(Failure, IsOneLineOfWhatWhereAndRemedy) {
  const Failure failure{FailureKind::kConfig, "no key", "profile", "write one"};
  EXPECT_EQ(failure.line(), "no key: profile: write one");
  EXPECT_EQ((Failure{FailureKind::kGeneral, "no key", "", ""}).line(), "no key");
}

TEST(Failure, EveryErrorHasItsExitCode) {
  const auto kind = [](ErrorCode code) { return to_failure(Error{code, "x"}, "").kind; };
  EXPECT_EQ(kind(ErrorCode::kInvalidArgument), FailureKind::kUsage);
  EXPECT_EQ(kind(ErrorCode::kConfig), FailureKind::kConfig);
  EXPECT_EQ(kind(ErrorCode::kWrongChain), FailureKind::kConfig);
  EXPECT_EQ(kind(ErrorCode::kUnauthenticated), FailureKind::kConfig);
  EXPECT_EQ(kind(ErrorCode::kNotFound), FailureKind::kNotFound);
  EXPECT_EQ(kind(ErrorCode::kPermissionDenied), FailureKind::kNotFound);
  EXPECT_EQ(kind(ErrorCode::kFailedPrecondition), FailureKind::kRejected);
  EXPECT_EQ(kind(ErrorCode::kExpired), FailureKind::kRejected);
  EXPECT_EQ(kind(ErrorCode::kUnavailable), FailureKind::kUnavailable);
  EXPECT_EQ(kind(ErrorCode::kDeadlineExceeded), FailureKind::kUnavailable);
  EXPECT_EQ(kind(ErrorCode::kResourceExhausted), FailureKind::kUnavailable);
  EXPECT_EQ(kind(ErrorCode::kCorrupt), FailureKind::kProof);
  EXPECT_EQ(kind(ErrorCode::kIo), FailureKind::kGeneral);
}

TEST(Failure, ErrorsWithoutATextHaveTheirName) {
  EXPECT_EQ(to_failure(Error{ErrorCode::kNotFound, ""}, "tx get").what, "not-found");
}

TEST(Failure, ExceptionsEndAtTheLibrary) {
  const auto outcome =
      outcome_of("here", []() -> Result<int> { throw std::runtime_error("boom"); });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.failure().kind, FailureKind::kGeneral);
  EXPECT_EQ(outcome.failure().what, "boom");
}

TEST(Failure, ValuesPass) {
  const auto outcome = outcome_of("here", []() -> Result<int> { return 7; });
  ASSERT_TRUE(outcome);
  EXPECT_EQ(*outcome, 7);
}

}  // namespace
}  // namespace galen::client
