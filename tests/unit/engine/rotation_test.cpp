// Rotation by block time (CONSENSUS.md, "Time, fairness, rotation").
#include "engine/candidate.h"
#include "network.h"

#include <gtest/gtest.h>

#include <set>

namespace galen::engine::test {
namespace {

NetworkSetup every(std::uint64_t period_ms) {
  NetworkSetup setup;
  setup.rotation_period_ms = period_ms;
  return setup;
}

/// Submits one transaction after the other until `condition`, or `limit` of them.
bool submit_until(Network& network, const std::function<bool()>& condition, std::size_t limit) {
  for (std::size_t i = 0; i < limit && !condition(); ++i) {
    bool done = false;
    std::size_t node = i % network.nodes_.size();
    while (!network.up(node)) node = (node + 1) % network.nodes_.size();
    network.submit(node, network.patient_transaction(node), [&](Result<Committed> r) {
      done = r.has_value();
    });
    if (!network.run_until([&] { return done; })) return false;
  }
  return condition();
}

View view_of(Network& network, std::size_t node) {
  return network.nodes_[node]->engine().status().view;
}

TEST(Rotation, TheViewEndsWithTheFirstBlockThatLate) {
  Head head{Height{4}, {}, TimeMs{5000}, View{2}, {}, TimeMs{4000}};
  EXPECT_TRUE(view_ended(head, 1000));
  EXPECT_FALSE(view_ended(head, 1001));
  EXPECT_FALSE(view_ended(head, 0)) << "off";
  Candidate block;
  block.header.height = Height{5};
  block.header.time = TimeMs{5100};
  block.header.origin_view = View{2};
  EXPECT_EQ(head_after(head, block).view_start, TimeMs{4000});
  block.header.origin_view = View{3};
  EXPECT_EQ(head_after(head, block).view_start, TimeMs{5100});
  const Head genesis{Height{0}, {}, TimeMs{1}, View{0}, {}};
  block.header.origin_view = View{0};
  EXPECT_EQ(head_after(genesis, block).view_start, TimeMs{5100}) << "genesis is no block of view 0";
}

TEST(Rotation, EveryPrimaryGetsItsTurnInEverySize) {
  for (std::size_t n = 4; n <= 7; ++n) {
    SCOPED_TRACE(n);
    Network network(60 + n, n, every(200));
    const View goal{2 * n};
    ASSERT_TRUE(submit_until(
        network, [&] { return view_of(network, 0) >= goal; }, 2000));
    ASSERT_TRUE(network.run_until([&] { return network.all_at(network.height(0)); }));
    for (std::size_t i = 0; i < n; ++i) EXPECT_GE(view_of(network, i).value + 1, goal.value);
    // Nobody waited for a timer: each view had blocks of its own.
    std::set<std::uint64_t> origins;
    for (const CertifiedBlock& block : network.disks_[0].blocks) {
      origins.insert(ledger::decode_block(block.block)->header.origin_view.value);
    }
    EXPECT_GE(origins.size() + 1, goal.value);
  }
}

TEST(Rotation, IsOffByDefault) {
  Network network(71);
  ASSERT_TRUE(submit_until(
      network, [&] { return network.height(0) >= Height{40}; }, 60));
  network.run_ticks(2000);
  EXPECT_EQ(view_of(network, 0), View{0});
}

// hyperledger-archives/fabric#1877: a view change after every other block, a thousand times.
TEST(Rotation, AThousandViewChangesWithAPeriodOfAMillisecond) {
  Network network(72, 4, every(1));
  ASSERT_TRUE(submit_until(
      network, [&] { return view_of(network, 0) >= View{1000}; }, 2500));
  const Height top = network.height(0);
  ASSERT_TRUE(network.run_until([&] { return network.all_at(top); }));
  for (std::size_t i = 1; i < 4; ++i) {
    ASSERT_EQ(network.disks_[i].blocks[top.value - 1].block,
              network.disks_[0].blocks[top.value - 1].block);
  }
}

TEST(Rotation, GoesOnWithOneDownAndAfterARestartOfAll) {
  Network network(73, 4, every(100));
  network.crash(2);
  ASSERT_TRUE(submit_until(
      network, [&] { return view_of(network, 0) >= View{6}; }, 300));
  network.restart(2);
  for (std::size_t i = 0; i < 4; ++i) network.crash(i);
  for (std::size_t i = 0; i < 4; ++i) network.restart(i);
  ASSERT_TRUE(submit_until(
      network, [&] { return view_of(network, 0) >= View{12}; }, 300));
  ASSERT_TRUE(network.run_until([&] { return network.all_at(network.height(0)); }));
}

}  // namespace
}  // namespace galen::engine::test
