// Sizes are asserted, times never.
#include "bench/micro/ledger_sizes.h"

#include "bench/micro/decisions.h"

#include <gtest/gtest.h>

namespace galen::bench {
namespace {

TEST(LedgerSizes, StatePathsStayWithinTwoKibibytes) {
  const auto figures = path_figures(20'000, 3);
  ASSERT_EQ(figures.size(), 2U);
  EXPECT_EQ(figures[0].limit, 2048);
  EXPECT_LE(figures[0].value, 2048);
  EXPECT_GT(figures[0].value, 32 * 20);  // as deep as that many keys are
}

TEST(LedgerSizes, ATransactionLeavesAtMostThreeHundredBytes) {
  const auto figures = permanent_figures();
  ASSERT_EQ(figures.size(), 2U);
  EXPECT_EQ(figures[0].limit, 300);
  EXPECT_LE(figures[0].value, 300);
  EXPECT_GT(figures[0].value, 150);
  EXPECT_LE(figures[1].value, 350);
}

TEST(Decisions, EveryFigureIsMeasured) {
  const auto figures = decision_figures({1, 30}, 3);
  EXPECT_EQ(figures.size(), 10U);
  for (const Figure& figure : figures) {
    EXPECT_EQ(figure.repetitions, 3U) << figure.name;
    EXPECT_GT(figure.value, 0) << figure.name;
  }
}

}  // namespace
}  // namespace galen::bench
