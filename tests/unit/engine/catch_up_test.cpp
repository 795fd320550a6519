// A node that was away catches up while one of its sources is Byzantine (docs/protocol.md,
// "Catching up").
#include "base/limits.h"
#include "network.h"

#include <gtest/gtest.h>

#include <functional>

namespace galen::engine::test {
namespace {

constexpr std::size_t kAway = 3;
constexpr ValidatorIndex kBad{1};
constexpr std::uint64_t kBlocks = 150;

/// What the bad member sends instead of a reply to a RangeRequest.
using Spoil = std::function<SharedBytes(RangeReply reply, std::uint64_t& delay_ms)>;

SharedBytes packed(const RangeReply& reply) {
  return std::make_shared<const Bytes>(encode(BulkMessage(reply)));
}

class CatchUp : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = network.disks_[kAway];
    network.crash(kAway);
    for (std::uint64_t i = 0; i < kBlocks; ++i) {
      bool done = false;
      network.submit(
          0, network.patient_transaction(0), [&](Result<Committed> r) { done = r.has_value(); });
      ASSERT_TRUE(network.run_until([&] { return done && network.height(2).value > i; }));
    }
  }

  void spoil_replies(const Spoil& spoil) {
    network.tampers = [spoil](ValidatorIndex from,
                              ValidatorIndex,
                              Channel channel,
                              SharedBytes bytes,
                              std::uint64_t& delay_ms) -> SharedBytes {
      if (from != kBad || channel != Channel::kBulk) return bytes;
      const auto message = decode_bulk_message(*bytes);
      const auto* reply = std::get_if<RangeReply>(&*message);
      return reply == nullptr ? bytes : spoil(*reply, delay_ms);
    };
  }

  /// Ticks until the node that was away has everything.
  std::uint64_t catch_up() {
    network.crash(kAway);
    network.disks_[kAway] = before_;
    const std::uint64_t begin = network.time_ms;
    network.restart(kAway);
    EXPECT_TRUE(network.run_until([&] { return network.height(kAway) >= Height{kBlocks}; }));
    return (network.time_ms - begin) / pbft::kTickMs;
  }

  Network network{21};
  Disk before_;
};

TEST_F(CatchUp, OneBadSourceOfAnyKindDoesNotHoldItUp) {
  const std::map<std::string, Spoil> kinds = {
      {"silent", [](const RangeReply&, std::uint64_t&) { return nullptr; }},
      {"slow",
       [](const RangeReply& reply, std::uint64_t& delay_ms) {
         delay_ms = (kSyncTimeoutTicks - 2) * pbft::kTickMs;
         return packed(reply);
       }},
      {"drip",
       [](RangeReply reply, std::uint64_t& delay_ms) {
         delay_ms = (kSyncTimeoutTicks - 2) * pbft::kTickMs;
         reply.blocks.resize(1);
         return packed(reply);
       }},
      {"short",
       [](RangeReply reply, std::uint64_t&) {
         reply.blocks.resize(1);
         return packed(reply);
       }},
      {"empty",
       [](const RangeReply& reply, std::uint64_t&) {
         return packed({reply.from, {}});
       }},
      {"damaged",
       [](RangeReply reply, std::uint64_t&) {
         reply.blocks.back().block.back() ^= 1U;
         return packed(reply);
       }},
      {"forged",
       [](RangeReply reply, std::uint64_t&) {
         reply.blocks.back().certificate.signatures.begin()->second = {};
         return packed(reply);
       }},
      {"swapped",
       [](RangeReply reply, std::uint64_t&) {
         std::swap(reply.blocks.front(), reply.blocks.back());
         return packed(reply);
       }},
      {"elsewhere",
       [](RangeReply reply, std::uint64_t&) {
         reply.from = reply.from.next();
         return packed(reply);
       }},
      {"endless",
       [](RangeReply reply, std::uint64_t&) {
         reply.blocks.resize(limits::kMaxSyncBlocksPerReply, reply.blocks.front());
         return packed(reply);
       }},
  };
  for (const auto& [kind, spoil] : kinds) {
    spoil_replies(spoil);
    // Given up at most once or twice, each time after the time for an answer.
    EXPECT_LE(catch_up(), 3 * kSyncTimeoutTicks) << kind;
  }
}

TEST_F(CatchUp, ClaimsOfEnormousHeightsDoNotHoldItUp) {
  network.tampers = [](ValidatorIndex from,
                       ValidatorIndex,
                       Channel channel,
                       SharedBytes bytes,
                       std::uint64_t&) -> SharedBytes {
    if (from != kBad) return bytes;
    if (channel == Channel::kBulk) return nullptr;
    auto message = pbft::decode_message(*bytes);
    auto* status = std::get_if<pbft::StatusReport>(&*message);
    if (status == nullptr) return bytes;
    status->applied = Height{kMaxCounter};
    status->max_commit_height = Height{kMaxCounter};
    return std::make_shared<const Bytes>(pbft::encode(*message));
  };
  EXPECT_LE(catch_up(), 3 * kSyncTimeoutTicks);
  EXPECT_EQ(network.height(kAway), Height{kBlocks});
}

TEST_F(CatchUp, VotesAgainWhenItHasCaughtUp) {
  network.tampers = {};
  (void)catch_up();
  network.crash(2);
  bool done = false;
  network.submit(
      0, network.patient_transaction(0), [&](Result<Committed> r) { done = r.has_value(); });
  EXPECT_TRUE(network.run_until([&] { return done; })) << "its vote is needed";
}

TEST_F(CatchUp, AsksSeveralPeers) {
  std::set<ValidatorIndex> served;
  network.tampers = [&](ValidatorIndex from,
                        ValidatorIndex to,
                        Channel channel,
                        SharedBytes bytes,
                        std::uint64_t&) -> SharedBytes {
    if (channel != Channel::kBulk || to.value != kAway) return bytes;
    const auto message = decode_bulk_message(*bytes);
    if (std::holds_alternative<RangeReply>(*message)) served.insert(from);
    return bytes;
  };
  (void)catch_up();
  EXPECT_EQ(served.size(), 3U);
}

TEST_F(CatchUp, WhereBodiesAreErasedTheStateIsTakenAndTheNodeVotesAgain) {
  network.erased = {Height{40}, Height{90}, Height{kBlocks}};
  catch_up();
  EXPECT_EQ(network.states_taken, 1U) << "once, whatever lies behind";
  EXPECT_EQ(network.nodes_[kAway]->forgotten(), 1U);
  EXPECT_EQ(network.disks_[kAway].head.state_root, network.disks_[0].head.state_root);
  ASSERT_TRUE(network.run_until([&] { return network.nodes_[kAway]->engine().status().may_vote; }));
  // Three are left: nothing is committed without its vote.
  network.crash(2);
  bool done = false;
  network.submit(
      0, network.patient_transaction(0), [&](Result<Committed> r) { done = r.has_value(); });
  EXPECT_TRUE(network.run_until([&] { return done && network.height(kAway) > Height{kBlocks}; }));
  EXPECT_FALSE(network.nodes_[kAway]->engine().status().taking_state);
}

TEST_F(CatchUp, WithoutErasedBodiesNoStateIsTaken) {
  catch_up();
  EXPECT_EQ(network.states_taken, 0U);
  EXPECT_EQ(network.nodes_[kAway]->forgotten(), 0U);
}

/// Sent alone, such a block proves its height and no more.
TEST_F(CatchUp, OneErasedBlockBehindTheHeadIsEnough) {
  before_ = network.disks_[0];
  bool done = false;
  network.submit(
      0, network.patient_transaction(0), [&](Result<Committed> r) { done = r.has_value(); });
  ASSERT_TRUE(network.run_until([&] { return done && network.height(2) == Height{kBlocks + 1}; }));
  network.erased = {Height{kBlocks + 1}};
  network.run_ticks(20);  // what is on its way to it is lost
  network.disks_[kAway] = before_;
  network.restart(kAway);
  network.run_ticks(50);
  EXPECT_EQ(network.height(kAway), Height{kBlocks});
  network.nodes_[kAway]->engine().note_erased(Height{kBlocks + 1});
  EXPECT_TRUE(network.run_until([&] { return network.height(kAway) == Height{kBlocks + 1}; }));
  EXPECT_EQ(network.states_taken, 1U);
}

// concord#2863: each transfer beside running consensus may be the one that leaves a node out for
// ever.
TEST_F(CatchUp, AStateIsTakenAgainAndAgainWhileTheOthersGoOn) {
  (void)catch_up();
  const auto commit = [&](std::size_t at) {
    bool done = false;
    network.submit(
        at, network.patient_transaction(at), [&](Result<Committed> r) { done = r.has_value(); });
    ASSERT_TRUE(network.run_until([&] { return done; }));
  };
  for (std::size_t round = 0; round < 30; ++round) {
    SCOPED_TRACE(round);
    network.crash(kAway);
    for (std::size_t i = 0; i < 3; ++i) commit(i);
    ASSERT_TRUE(network.run_until([&] {
      return network.height(1) == network.height(0) && network.height(2) == network.height(0);
    }));
    network.erased = {network.height(0)};
    network.restart(kAway);
    for (std::size_t i = 0; i < 5; ++i) commit(i % 3);
    ASSERT_TRUE(network.run_until([&] { return network.all_at(network.height(0)); }));
    EXPECT_GT(network.states_taken, round);
  }
  // And it votes: with another one away it is needed.
  network.crash(2);
  commit(0);
}

}  // namespace
}  // namespace galen::engine::test
