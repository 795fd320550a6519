#include "bench/micro/figure.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace galen::bench {
namespace {

TEST(Figure, MedianIsTheMiddleOne) {
  EXPECT_EQ(median({3}), 3);
  EXPECT_EQ(median({9, 1, 5}), 5);
  EXPECT_EQ(median({4, 1, 3, 2}), 2);
}

TEST(Figure, TimesEveryCallInOrder) {
  std::vector<std::size_t> calls;
  const Figure figure =
      time_figure("f", "us", 5, {3, 2}, [&](std::size_t n) { calls.push_back(n); });
  EXPECT_EQ(calls, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(figure.repetitions, 3U);
  EXPECT_LE(figure.fastest, figure.value);
  EXPECT_LE(figure.value, figure.slowest);
}

TEST(Figure, TextAndJsonTellWhatMissedItsAim) {
  const std::vector<Figure> figures{size_figure("small", 10, 20),
                                    size_figure("large", 30, 20),
                                    Figure{"time", "us", 1.5, std::nullopt, 31, 1, 2}};
  EXPECT_EQ(figures_table(figures),
            "small      10.00 bytes   aim 20.00\n"
            "large      30.00 bytes   aim 20.00   MISSED\n"
            "time        1.50 us   [1.00 .. 2.00, median of 31]\n");
  const auto array = nlohmann::json::parse(figures_array(figures));
  EXPECT_EQ(array[0]["bytes"], 10);
  EXPECT_EQ(array[0]["within_limit"], true);
  EXPECT_EQ(array[1]["within_limit"], false);
  EXPECT_EQ(array[2]["median"], 1.5);
  EXPECT_TRUE(array[2]["limit"].is_null());
  EXPECT_EQ(array[2]["repetitions"], 31);
}

}  // namespace
}  // namespace galen::bench
