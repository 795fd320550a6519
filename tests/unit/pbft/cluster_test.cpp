// Properties of whole clusters over many seeds: agreement, one content per slot for ever, and
// progress after healing (CONSENSUS.md, checked there by model; here on the real code).
#include "unit/pbft/cluster.h"

namespace galen::pbft::test {
namespace {

constexpr std::size_t kSeeds = 40;
constexpr std::size_t kSteps = 3000;
/// The longest timeout of the tests' timing (60 << 4), several times.
constexpr std::size_t kHealTicks = 8000;

void expect_safe_and_live(Cluster& cluster, std::size_t blocks = 3) {
  const bool healed = cluster.heal(blocks, kHealTicks);
  EXPECT_TRUE(cluster.violations().empty()) << cluster.describe();
  EXPECT_TRUE(healed) << "no progress after healing: " << cluster.describe();
}

class EverySize : public ::testing::TestWithParam<std::size_t> {};

TEST_P(EverySize, CommitsWithoutFaults) {
  Cluster cluster({.n = GetParam(), .seed = 1});
  expect_safe_and_live(cluster, 20);
  EXPECT_EQ(cluster.view_entries(), 0U) << "no view change without a fault (LIV-11)";
}

TEST_P(EverySize, AgreesUnderLossReorderingAndDuplication) {
  for (std::size_t seed = 1; seed <= kSeeds; ++seed) {
    Cluster cluster({.n = GetParam(), .seed = seed, .loss_percent = 15, .duplicate_percent = 10});
    cluster.run(kSteps);
    expect_safe_and_live(cluster);
    if (HasFailure()) return;
  }
}

TEST_P(EverySize, KeepsItsPromisesAcrossCrashes) {
  for (std::size_t seed = 1; seed <= kSeeds; ++seed) {
    Cluster cluster({.n = GetParam(),
                     .seed = 1000 + seed,
                     .loss_percent = 5,
                     .duplicate_percent = 5,
                     .crash_per_mille = 15});
    cluster.run(kSteps);
    expect_safe_and_live(cluster);
    if (HasFailure()) return;
  }
}

TEST_P(EverySize, AgreesWithAByzantineMember) {
  for (std::size_t seed = 1; seed <= kSeeds; ++seed) {
    Cluster cluster({.n = GetParam(),
                     .seed = 2000 + seed,
                     .byzantine = seed % GetParam(),
                     .loss_percent = 5,
                     .duplicate_percent = 5,
                     .crash_per_mille = 5});
    cluster.run(kSteps);
    expect_safe_and_live(cluster);
    if (HasFailure()) return;
  }
}

TEST_P(EverySize, AgreesThroughManyViewChanges) {
  std::size_t entries = 0;
  for (std::size_t seed = 1; seed <= kSeeds; ++seed) {
    Cluster cluster(
        {.n = GetParam(),
         .seed = 4000 + seed,
         .byzantine = seed % 2 == 0 ? std::optional<std::size_t>(seed % GetParam()) : std::nullopt,
         .loss_percent = 10,
         .request_ticks = 3,
         .crash_per_mille = 5});
    cluster.run(kSteps);
    expect_safe_and_live(cluster);
    entries += cluster.view_entries();
    if (HasFailure()) return;
  }
  EXPECT_GT(entries, kSeeds * GetParam()) << "this test is about view changes";
}

TEST_P(EverySize, HealsAfterAPartition) {
  for (std::size_t seed = 1; seed <= kSeeds / 4; ++seed) {
    Cluster cluster({.n = GetParam(), .seed = 3000 + seed});
    cluster.run(kSteps / 4);
    std::set<std::size_t> half;
    for (std::size_t i = 0; i < GetParam() / 2; ++i) half.insert((i + seed) % GetParam());
    cluster.partition(half);
    cluster.run(kSteps / 2);
    expect_safe_and_live(cluster);
    if (HasFailure()) return;
  }
}

TEST_P(EverySize, ReplacesACrashedPrimary) {
  Cluster cluster({.n = GetParam(), .seed = 7});
  ASSERT_TRUE(cluster.heal(2, kHealTicks)) << cluster.describe();
  cluster.crash(0);
  Height before = cluster.applied(1);
  cluster.run(20'000);
  EXPECT_GT(cluster.applied(1), before.next()) << cluster.describe();
  EXPECT_GE(cluster.replica(1).view(), View{1});
  expect_safe_and_live(cluster);
}

INSTANTIATE_TEST_SUITE_P(Cluster, EverySize, ::testing::Values(4U, 5U, 6U, 7U));

}  // namespace
}  // namespace galen::pbft::test
