#include "bench/figures.h"

#include "bench/bench.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace galen::bench {
namespace {

TEST(Figures, PercentileIsTheNearestRank) {
  std::vector<double> sorted;
  EXPECT_EQ(percentile(sorted, 50), 0);
  for (int i = 1; i <= 100; ++i) sorted.push_back(i);
  EXPECT_EQ(percentile(sorted, 50), 50);
  EXPECT_EQ(percentile(sorted, 99), 99);
  EXPECT_EQ(percentile(sorted, 100), 100);
  EXPECT_EQ(percentile({7}, 1), 7);
  EXPECT_EQ(percentile({7}, 99), 7);
  EXPECT_EQ(percentile({1, 2, 3}, 50), 2);
}

Figures sample() {
  Figures a;
  a.operation = "record";
  a.clients = 2;
  a.in_flight = 8;
  a.seconds = 2;
  a.latencies_ms = {9, 1};
  a.heights = {4, 5};
  a.errors["busy"] = 1;
  Figures b;
  b.latencies_ms = {5, 3};
  b.rejected = 2;
  b.heights = {5, 6};
  b.errors["busy"] = 2;
  a.merge(std::move(b));
  return a;
}

TEST(Figures, ClientsAddUp) {
  const Figures all = sample();
  EXPECT_EQ(all.latencies_ms.size(), 4U);
  EXPECT_EQ(all.rejected, 2U);
  EXPECT_EQ(all.error_count(), 3U);
  EXPECT_EQ(all.heights.size(), 3U);
  EXPECT_EQ(all.throughput_per_s(), 2);
}

TEST(Figures, JsonHasEveryFigureAndThePlan) {
  Figures all = sample();
  const auto json = nlohmann::json::parse(figures_json(all));
  EXPECT_EQ(json["operation"], "record");
  EXPECT_EQ(json["committed"], 4);
  EXPECT_EQ(json["errors"], 3);
  EXPECT_EQ(json["error_messages"]["busy"], 3);
  EXPECT_EQ(json["blocks"], 3);
  EXPECT_EQ(json["throughput_per_s"], 2);
  EXPECT_EQ(json["latency_ms"]["median"], 3);
  EXPECT_EQ(json["latency_ms"]["max"], 9);
}

TEST(Figures, TextNamesErrorsByMessage) {
  Figures all = sample();
  const std::string text = figures_text(all);
  EXPECT_NE(text.find("median 3.00 ms"), std::string::npos) << text;
  EXPECT_NE(text.find("3 x busy"), std::string::npos) << text;
}

TEST(Bench, RefusesAPlanThatCannotRun) {
  BenchOptions options;
  options.profile = "/nonexistent/client.toml";
  EXPECT_EQ(run_bench(options), 3);
  options.clients = 0;
  EXPECT_EQ(run_bench(options), 2);
  options.clients = 65;
  EXPECT_EQ(run_bench(options), 2);
  options.clients = 1;
  options.in_flight = 5000;
  EXPECT_EQ(run_bench(options), 2);
  options.in_flight = 1;
  options.batch = 257;
  EXPECT_EQ(run_bench(options), 2);
  options.batch = 256;
  EXPECT_EQ(run_bench(options), 3);
  options.workload.operation = "access";
  EXPECT_EQ(run_bench(options), 2) << "a transaction holds eight accesses";
  options.batch = 8;
  options.workload.patients = 1001;
  EXPECT_EQ(run_bench(options), 2);
  options.workload.patients = 1000;
  options.workload.grants = 50'001;
  EXPECT_EQ(run_bench(options), 2);
  options.workload.grants = 50'000;
  EXPECT_EQ(run_bench(options), 3);
  options.workload.operation = "patient";
  EXPECT_EQ(run_bench(options), 2) << "nobody is there yet to give them";
  options.workload.grants = 0;
  EXPECT_EQ(run_bench(options), 3);
  options.duration_s = 0;
  EXPECT_EQ(run_bench(options), 2);
}

}  // namespace
}  // namespace galen::bench
