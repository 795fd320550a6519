#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace galen {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return fail(ErrorCode::kInvalidArgument, "odd");
  return value / 2;
}

Status must_be_positive(int value) {
  if (value <= 0) return fail(ErrorCode::kTooLarge, "not positive");
  return {};
}

Result<int> quarter(int value) {
  GALEN_TRY_STATUS(must_be_positive(value));
  GALEN_TRY(const int once, half(value));
  GALEN_TRY(const int twice, half(once));
  return twice;
}

Result<std::unique_ptr<int>> boxed(int value) {
  GALEN_TRY(auto box, Result<std::unique_ptr<int>>(std::make_unique<int>(value)));
  return box;
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(half(4).value(), 2);
  ASSERT_FALSE(half(3).has_value());
  EXPECT_EQ(half(3).error(), (Error{ErrorCode::kInvalidArgument, "odd"}));
}

TEST(Result, TryPassesTheFirstErrorOn) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error().message, "odd");
  EXPECT_EQ(quarter(5).error().message, "odd");
  EXPECT_EQ(quarter(-4).error(), (Error{ErrorCode::kTooLarge, "not positive"}));
}

TEST(Result, TryMovesValues) {
  const auto box = boxed(5);
  ASSERT_TRUE(box.has_value());
  EXPECT_EQ(**box, 5);
}

TEST(Result, StatusIsGoodUnlessItFails) {
  EXPECT_TRUE(Status{}.has_value());
  EXPECT_TRUE(must_be_positive(1).has_value());
  EXPECT_FALSE(must_be_positive(0).has_value());
}

TEST(Result, FailInSaysWhereAndKeepsTheCode) {
  const Status status = fail_in("genesis", Error{ErrorCode::kCorrupt, "bad root"});
  EXPECT_EQ(status.error(), (Error{ErrorCode::kCorrupt, "genesis: bad root"}));
}

TEST(ErrorCode, EveryCodeHasItsOwnName) {
  std::set<std::string_view> names;
  for (int code = 1; code <= 17; ++code)
    names.insert(error_code_name(static_cast<ErrorCode>(code)));
  EXPECT_EQ(names.size(), 17U);
  EXPECT_EQ(names.count("unknown"), 0U);
  EXPECT_EQ(error_code_name(static_cast<ErrorCode>(18)), "unknown");
  EXPECT_EQ(error_code_name(ErrorCode::kNotFound), "not-found");
}

}  // namespace
}  // namespace galen
