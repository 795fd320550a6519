#include "base/check.h"

#include <gtest/gtest.h>

namespace galen {
namespace {

TEST(Check, LetsTrueConditionsPassAndEvaluatesThemOnce) {
  int evaluations = 0;
  CHECK(++evaluations == 1, "evaluated once");
  EXPECT_EQ(evaluations, 1);
}

TEST(CheckDeathTest, AbortsAndSaysWhereAndWhat) {
  const int bound = 2;
  EXPECT_DEATH(CHECK(bound > 2, "the bound is above two"),
               "check_test.cpp:[0-9]+: CHECK failed: bound > 2: the bound is above two");
}

}  // namespace
}  // namespace galen
