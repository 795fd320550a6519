#include "engine/block_sync.h"

#include "base/limits.h"
#include "block_sync_bench.h"
#include "engine/wire.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

namespace galen::engine {
namespace {

using Blame = BlockSync::Blame;
using test::Bench;
using test::block_at;
using test::blocks_from;
using test::kSelf;
using test::Request;

TEST(BlockSync, AsksEveryPeerForAnotherRange) {
  Bench bench;
  EXPECT_EQ(bench.sync.ask(0),
            (std::vector<Request>{{Bench::peer(1), Height{1}, 64},
                                  {Bench::peer(2), Height{65}, 64},
                                  {Bench::peer(3), Height{129}, 64}}));
  EXPECT_TRUE(bench.sync.ask(1).empty()) << "one request per peer";
}

TEST(BlockSync, NeverHasMoreThanSoManyRequestsOpen) {
  Bench bench(20);
  EXPECT_EQ(bench.sync.ask(0).size(), kMaxSyncRequests);
  EXPECT_EQ(bench.sync.open_requests(), kMaxSyncRequests);
}

TEST(BlockSync, AsksForNothingBeyondTheTarget) {
  Bench bench(4, 70);
  EXPECT_EQ(
      bench.sync.ask(0),
      (std::vector<Request>{{Bench::peer(1), Height{1}, 64}, {Bench::peer(2), Height{65}, 6}}));
}

TEST(BlockSync, AClaimedHeightIsNoTarget) {
  BlockSync sync(kSelf, 4, Height{5});
  for (std::size_t i = 1; i < 4; ++i) sync.note_status(Bench::peer(i), Height{kMaxCounter});
  EXPECT_TRUE(sync.ask(0).empty());
  sync.note_target(Height{6});
  EXPECT_EQ(sync.ask(1), (std::vector<Request>{{Bench::peer(1), Height{6}, 1}}));
}

TEST(BlockSync, WorksAtTheHighestHeights) {
  BlockSync sync(kSelf, 4, Height{kMaxCounter - 2});
  for (std::size_t i = 1; i < 4; ++i) sync.note_status(Bench::peer(i), Height{kMaxCounter});
  sync.note_target(Height{kMaxCounter});
  EXPECT_EQ(sync.ask(0), (std::vector<Request>{{Bench::peer(1), Height{kMaxCounter - 1}, 2}}));
  EXPECT_FALSE(sync.begin_reply(Bench::peer(2), Height{kMaxCounter}, 64));
}

TEST(BlockSync, HoldsNoMoreThanTheWindow) {
  Bench bench(10);
  std::uint64_t asked = 0;
  for (auto requests = bench.sync.ask(0); !requests.empty(); requests = bench.sync.ask(0)) {
    for (const Request& request : requests) {
      asked += request.count;
      bench.answer(request, 1);
    }
  }
  EXPECT_EQ(asked, kSyncWindowBlocks);
  EXPECT_EQ(bench.sync.waiting_blocks(), kSyncWindowBlocks);
  bench.sync.note_applied(Height{10});
  EXPECT_EQ(bench.sync.waiting_blocks(), kSyncWindowBlocks - 10);
  const auto next = bench.sync.ask(1);
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].first, Height{kSyncWindowBlocks + 1});
  EXPECT_EQ(next[0].count, 10);
}

/// Room is kept for every reply under way, so no answer ever has to be thrown away.
TEST(BlockSync, HoldsNoMoreThanSoManyBytesButAlwaysAsksForTheNextBlock) {
  Bench bench(40);
  Request first{};
  bool again = false;
  for (std::uint64_t tick = 0; tick < kSyncTimeoutTicks && !again; ++tick) {
    for (const Request& request : bench.sync.ask(tick)) {
      again = first.count != 0 && request.first == Height{1};
      if (request.first == Height{1}) {
        first = request;
      } else {
        bench.answer(request, limits::kMaxBlockBytes / request.count);
      }
      ASSERT_LE(bench.sync.waiting_bytes(), kSyncBufferBytes);
    }
  }
  EXPECT_TRUE(again) << "given up and asked again though much waits";
  std::uint64_t later = kSyncTimeoutTicks;
  while (bench.sync.waiting_bytes() + 2 * limits::kMaxPeerMessageBytes <= kSyncBufferBytes) {
    const auto requests = bench.sync.ask(later++);
    ASSERT_FALSE(requests.empty());
    for (const Request& request : requests) {
      if (request.first != Height{1}) bench.answer(request, limits::kMaxBlockBytes / request.count);
    }
  }
  // Full: only the next block is asked for, again and again.
  for (std::uint64_t tick = later; tick < later + 20 * kSyncTimeoutTicks;
       tick += kSyncTimeoutTicks) {
    for (const Request& request : bench.sync.ask(tick)) EXPECT_EQ(request.first, Height{1});
    EXPECT_LE(bench.sync.waiting_bytes(), kSyncBufferBytes);
  }
}

TEST(BlockSync, TheTimeForAnAnswerRunsFromTheRequest) {
  Bench bench(4, 64);
  ASSERT_EQ(bench.sync.ask(7).size(), 1U);
  EXPECT_TRUE(bench.sync.ask(7 + kSyncTimeoutTicks - 1).empty());
  EXPECT_TRUE(bench.sync.take_blames().empty());
  EXPECT_EQ(bench.sync.ask(7 + kSyncTimeoutTicks),
            (std::vector<Request>{{Bench::peer(2), Height{1}, 64}}));
  EXPECT_EQ(bench.sync.take_blames(),
            (std::vector<Blame>{{Bench::peer(1), SyncFault::kLate, Height{1}}}));
}

TEST(BlockSync, WhatIsBeingVerifiedIsNotLate) {
  Bench bench(4, 64);
  ASSERT_EQ(bench.sync.ask(0).size(), 1U);
  ASSERT_TRUE(bench.sync.begin_reply(Bench::peer(1), Height{1}, 64));
  EXPECT_FALSE(bench.sync.begin_reply(Bench::peer(1), Height{1}, 64)) << "one reply per request";
  EXPECT_TRUE(bench.sync.ask(100 * kSyncTimeoutTicks).empty());
  bench.sync.accept(Bench::peer(1), blocks_from(1, 64));
  EXPECT_NE(bench.sync.find(Height{64}), nullptr);
  EXPECT_TRUE(bench.sync.take_blames().empty());
}

TEST(BlockSync, WhatCouldNotBeVerifiedIsAskedAgainWithoutBlame) {
  Bench bench(4, 64);
  ASSERT_EQ(bench.sync.ask(0).size(), 1U);
  ASSERT_TRUE(bench.sync.begin_reply(Bench::peer(1), Height{1}, 64));
  bench.sync.drop(Bench::peer(1));
  EXPECT_TRUE(bench.sync.take_blames().empty());
  EXPECT_EQ(bench.sync.ask(1).size(), 1U);
}

TEST(BlockSync, AReplyNobodyAskedForIsNotLookedAt) {
  Bench bench(4, 64);
  EXPECT_FALSE(bench.sync.begin_reply(Bench::peer(1), Height{1}, 64)) << "nothing was asked";
  ASSERT_EQ(bench.sync.ask(0).size(), 1U);
  EXPECT_FALSE(bench.sync.begin_reply(Bench::peer(2), Height{1}, 64)) << "of another";
  EXPECT_FALSE(bench.sync.begin_reply(Bench::peer(1), Height{2}, 63)) << "from another height";
  EXPECT_FALSE(bench.sync.begin_reply(kSelf, Height{1}, 64));
  EXPECT_TRUE(bench.sync.take_blames().empty()) << "it may be the late answer to an older request";
  EXPECT_TRUE(bench.sync.begin_reply(Bench::peer(1), Height{1}, 64));
}

TEST(BlockSync, NoBlocksOrMoreThanAskedAreAFault) {
  for (const std::size_t count : {std::size_t{0}, std::size_t{65}}) {
    Bench bench(4, 64);
    ASSERT_EQ(bench.sync.ask(0).size(), 1U);
    EXPECT_FALSE(bench.sync.begin_reply(Bench::peer(1), Height{1}, count));
    EXPECT_EQ(bench.sync.take_blames(),
              (std::vector<Blame>{{Bench::peer(1), SyncFault::kWrongRange, Height{1}}}));
    EXPECT_EQ(bench.sync.ask(1), (std::vector<Request>{{Bench::peer(2), Height{1}, 64}}));
  }
}

TEST(BlockSync, BlocksThatDoNotVerifyAreAFault) {
  const auto fault = [](const std::function<void(std::vector<SyncedBlock>&)>& spoil) {
    Bench bench(4, 64);
    EXPECT_EQ(bench.sync.ask(0).size(), 1U);
    EXPECT_TRUE(bench.sync.begin_reply(Bench::peer(1), Height{1}, 64));
    auto blocks = blocks_from(1, 64);
    spoil(blocks);
    bench.sync.accept(Bench::peer(1), std::move(blocks));
    EXPECT_EQ(bench.sync.waiting_blocks(), 0U);
    EXPECT_EQ(bench.sync.ask(1), (std::vector<Request>{{Bench::peer(2), Height{1}, 64}}));
    return bench.sync.take_blames() ==
           std::vector<Blame>{{Bench::peer(1), SyncFault::kInvalid, Height{1}}};
  };
  EXPECT_TRUE(fault([](auto& blocks) { blocks[3] = block_at(3); })) << "of another height";
  EXPECT_TRUE(
      fault([](auto& blocks) { blocks[3].certificate.subject.type = ledger::VoteType::kPrepare; }));
  EXPECT_TRUE(fault([](auto& blocks) { blocks[63].certificate.subject.block = BlockHash{{9}}; }));
  Bench bench(4, 64);
  ASSERT_EQ(bench.sync.ask(0).size(), 1U);
  ASSERT_TRUE(bench.sync.begin_reply(Bench::peer(1), Height{1}, 64));
  bench.sync.refuse(Bench::peer(1));
  EXPECT_EQ(bench.sync.take_blames().size(), 1U);
}

TEST(BlockSync, AShortReplyIsAFaultOnlyWhenTheNextBlockHadRoom) {
  for (const bool room : {true, false}) {
    Bench bench(4, 64);
    ASSERT_EQ(bench.sync.ask(0).size(), 1U);
    ASSERT_TRUE(bench.sync.begin_reply(Bench::peer(1), Height{1}, 2));
    bench.sync.accept(Bench::peer(1), blocks_from(1, 2, kMaxReplyBytes / 4));
    EXPECT_TRUE(bench.sync.take_blames().empty()) << "not known yet";
    const auto rest = bench.sync.ask(1);
    ASSERT_EQ(rest, (std::vector<Request>{{Bench::peer(2), Height{3}, 62}}));
    bench.answer(rest[0], kMaxReplyBytes / 2 + (room ? 0 : 1));
    const auto blames = bench.sync.take_blames();
    if (room) {
      EXPECT_EQ(blames, (std::vector<Blame>{{Bench::peer(1), SyncFault::kShort, Height{3}}}));
    } else {
      EXPECT_TRUE(blames.empty());
    }
  }
}

TEST(BlockSync, AShortReplyOfOneWhoHasNoMoreIsNoFault) {
  Bench bench(4, 64);
  bench.sync.note_status(Bench::peer(1), Height{2});
  bench.sync.note_status(Bench::peer(2), Height{2});
  bench.sync.note_status(Bench::peer(3), Height{2});
  ASSERT_EQ(bench.sync.ask(0).size(), 1U);
  ASSERT_TRUE(bench.sync.begin_reply(Bench::peer(1), Height{1}, 2));
  bench.sync.accept(Bench::peer(1), blocks_from(1, 2));
  const auto rest = bench.sync.ask(1);
  ASSERT_EQ(rest.size(), 1U);
  bench.answer(rest[0]);
  EXPECT_TRUE(bench.sync.take_blames().empty());
}

TEST(BlockSync, WhatASourceAppliedAfterItsReplyIsNoFault) {
  Bench bench(4, 64);
  bench.sync.note_status(Bench::peer(1), Height{2});
  bench.sync.note_status(Bench::peer(2), Height{0});
  bench.sync.note_status(Bench::peer(3), Height{0});
  ASSERT_EQ(bench.sync.ask(0).size(), 1U);
  ASSERT_TRUE(bench.sync.begin_reply(Bench::peer(1), Height{1}, 2));
  bench.sync.note_status(Bench::peer(1), Height{3});  // while its reply is verified
  bench.sync.accept(Bench::peer(1), blocks_from(1, 2));
  bench.sync.note_status(Bench::peer(2), Height{64});
  const auto rest = bench.sync.ask(1);
  ASSERT_EQ(rest, (std::vector<Request>{{Bench::peer(2), Height{3}, 62}}));
  bench.answer(rest[0]);
  EXPECT_TRUE(bench.sync.take_blames().empty());
}

// One block each for two later requests must not make an honest source look slow.
TEST(BlockSync, CrumbsOvertakeNobody) {
  Bench bench(4);
  ASSERT_EQ(bench.sync.ask(0).size(), 3U);
  for (std::uint64_t tick = 1; tick <= 4; ++tick) {
    for (std::size_t i = 2; i <= 3; ++i) {
      const Height first{65 + 64 * (i - 2) + tick - 1};
      if (bench.sync.begin_reply(Bench::peer(i), first, 1))
        bench.sync.accept(Bench::peer(i), blocks_from(first.value, 1));
    }
    (void)bench.sync.ask(tick);
  }
  for (const Blame& blame : bench.sync.take_blames()) EXPECT_NE(blame.source, Bench::peer(1));
}

TEST(BlockSync, AsksWhoReportedTheHeightFirst) {
  BlockSync sync(kSelf, 4, Height{0});
  sync.note_target(Height{64});
  sync.note_status(Bench::peer(1), Height{10});
  sync.note_status(Bench::peer(3), Height{64});
  EXPECT_EQ(sync.ask(0), (std::vector<Request>{{Bench::peer(1), Height{1}, 64}}));
  sync.note_applied(Height{10});
  EXPECT_EQ(sync.ask(kSyncTimeoutTicks), (std::vector<Request>{{Bench::peer(3), Height{11}, 54}}));
}

TEST(BlockSync, WhenNobodyReportedTheHeightAnybodyIsAsked) {
  BlockSync sync(kSelf, 4, Height{0});
  sync.note_target(Height{1});
  std::set<ValidatorIndex> asked;
  for (std::uint64_t tick = 0; tick < 5 * kSyncTimeoutTicks; ++tick) {
    for (const Request& request : sync.ask(tick)) asked.insert(request.to);
  }
  EXPECT_EQ(asked.size(), 3U);
}

TEST(BlockSync, WhenAllWereBlamedAllAreAskedAgain) {
  Bench bench(4, 64);
  std::uint64_t requests = 0;
  constexpr std::uint64_t kLong = 100'000;
  std::map<ValidatorIndex, std::uint64_t> last;
  for (std::uint64_t tick = 0; tick < kLong; ++tick) {
    for (const Request& request : bench.sync.ask(tick)) {
      ++requests;
      last[request.to] = tick;
    }
  }
  const std::uint64_t longest = kSyncTimeoutTicks << kMaxSyncDoublings;
  ASSERT_EQ(last.size(), 3U);
  for (const auto& [peer, tick] : last) EXPECT_GT(tick + 4 * longest, kLong) << peer.value;
  EXPECT_LT(requests, 3 * kLong / longest + 30) << "not at line rate either";
}

TEST(BlockSync, ALateAnswerCountsWhileItsBlocksAreMissing) {
  Bench bench(4, 64);
  ASSERT_EQ(bench.sync.ask(0).size(), 1U);
  ASSERT_EQ(bench.sync.ask(kSyncTimeoutTicks).size(), 1U);
  EXPECT_TRUE(bench.sync.begin_reply(Bench::peer(1), Height{1}, 64));
  bench.sync.accept(Bench::peer(1), blocks_from(1, 64));
  EXPECT_EQ(bench.sync.waiting_blocks(), 64U);
  bench.answer({Bench::peer(2), Height{1}, 64});
  EXPECT_EQ(bench.sync.waiting_blocks(), 64U) << "each block once";
  EXPECT_EQ(bench.sync.waiting_bytes(), 6400U);
}

TEST(BlockSync, ALateAnswerIsNotVerifiedWhenAnotherWasQuicker) {
  Bench bench(4, 64);
  ASSERT_EQ(bench.sync.ask(0).size(), 1U);
  const auto again = bench.sync.ask(kSyncTimeoutTicks);
  ASSERT_EQ(again.size(), 1U);
  bench.answer(again[0]);
  EXPECT_FALSE(bench.sync.begin_reply(Bench::peer(1), Height{1}, 64));
}

TEST(BlockSync, NeedsNoAnswerForWhatWasCommittedMeanwhile) {
  Bench bench(4, 64);
  ASSERT_EQ(bench.sync.ask(0).size(), 1U);
  bench.sync.note_applied(Height{63});
  EXPECT_EQ(bench.sync.open_requests(), 1U);
  bench.sync.note_applied(Height{64});
  EXPECT_EQ(bench.sync.open_requests(), 0U);
  EXPECT_FALSE(bench.sync.begin_reply(Bench::peer(1), Height{1}, 64));
  EXPECT_TRUE(bench.sync.ask(10 * kSyncTimeoutTicks).empty());
  EXPECT_TRUE(bench.sync.take_blames().empty());
}

TEST(BlockSync, AsksNoMoreOfASourceThanItServes) {
  Bench bench(4, 100'000);
  std::map<ValidatorIndex, std::uint64_t> bytes;
  constexpr std::uint64_t kTicks = 200;
  for (std::uint64_t tick = 0; tick < kTicks; ++tick) {
    for (auto requests = bench.sync.ask(tick); !requests.empty(); requests = bench.sync.ask(tick)) {
      for (const Request& request : requests) {
        bench.answer(request, kMaxReplyBytes / request.count);
        bytes[request.to] += kMaxReplyBytes;
        bench.sync.note_applied(Height{request.first.value + request.count - 1});
      }
    }
  }
  ASSERT_EQ(bytes.size(), 3U) << "all are used";
  for (const auto& [peer, got] : bytes) {
    EXPECT_LE(got, kServeBurstBytes + kTicks * kServeBytesPerTick);
    EXPECT_GE(got + 2 * kMaxReplyBytes, kServeBurstBytes + kTicks * kServeBytesPerTick)
        << "and all they give";
  }
}

/// Sources as delays in ticks; what they send is decided by `kind`.
enum class Kind { kHonest, kSilent, kDrip, kInvalid, kShort, kEmpty, kOtherRange };

/// Ticks until `target` blocks are applied; 0 when it takes longer than `limit`.
std::uint64_t ticks_to_catch_up(const std::vector<std::pair<Kind, std::uint64_t>>& sources,
                                std::uint64_t target,
                                std::uint64_t limit) {
  Bench bench(sources.size() + 1, target);

  struct Reply {
    Request request;
    Kind kind;
  };

  std::multimap<std::uint64_t, Reply> replies;
  Height applied;
  for (std::uint64_t tick = 1; tick <= limit; ++tick) {
    for (const Request& request : bench.sync.ask(tick)) {
      const auto& [kind, delay] = sources[request.to.value - 1U];
      if (kind != Kind::kSilent) replies.emplace(tick + delay, Reply{request, kind});
    }
    for (; !replies.empty() && replies.begin()->first <= tick; replies.erase(replies.begin())) {
      const auto& [request, kind] = replies.begin()->second;
      const bool one = kind == Kind::kDrip || kind == Kind::kShort;
      const std::size_t count = kind == Kind::kEmpty ? 0 : one ? 1 : request.count;
      const Height first{request.first.value + (kind == Kind::kOtherRange ? 7 : 0)};
      if (!bench.sync.begin_reply(request.to, first, count)) continue;
      if (kind == Kind::kInvalid) {
        bench.sync.refuse(request.to);
      } else {
        bench.sync.accept(request.to, blocks_from(first.value, count));
      }
    }
    while (bench.sync.find(applied.next()) != nullptr)
      bench.sync.note_applied(applied = applied.next());
    if (applied == Height{target}) return tick;
  }
  return 0;
}

TEST(BlockSync, GoesAtThePaceOfTheBestHonestSourceWhateverTheOthersDo) {
  constexpr std::uint64_t kBlocks = 20'000;
  // Four validators, one of them Byzantine, one honest but on a slow line.
  const std::uint64_t alone = ticks_to_catch_up({{Kind::kHonest, 5}}, kBlocks, 100'000);
  ASSERT_GT(alone, 0U);
  for (const auto& bad :
       std::vector<std::pair<Kind, std::uint64_t>>{{Kind::kSilent, 0},
                                                   {Kind::kDrip, kSyncTimeoutTicks - 1},
                                                   {Kind::kHonest, kSyncTimeoutTicks - 1},
                                                   {Kind::kInvalid, 1},
                                                   {Kind::kShort, 1},
                                                   {Kind::kEmpty, 1},
                                                   {Kind::kOtherRange, 1}}) {
    const std::uint64_t ticks =
        ticks_to_catch_up({bad, {Kind::kHonest, 5}, {Kind::kHonest, 40}}, kBlocks, 100'000);
    ASSERT_GT(ticks, 0U) << "kind " << static_cast<int>(bad.first);
    EXPECT_LT(ticks, alone + alone / 4) << "kind " << static_cast<int>(bad.first);
  }
}

TEST(BlockSync, CatchesUpFromOneHonestSourceAmongThirtyThreeBadOnes) {
  for (const Kind bad : {Kind::kSilent, Kind::kDrip, Kind::kInvalid, Kind::kShort}) {
    std::vector<std::pair<Kind, std::uint64_t>> sources(33, {bad, kSyncTimeoutTicks - 1});
    sources.emplace_back(Kind::kHonest, 5);
    const std::uint64_t ticks = ticks_to_catch_up(sources, 5000, 100'000);
    ASSERT_GT(ticks, 0U) << static_cast<int>(bad);
    EXPECT_LT(ticks, 20 * kSyncTimeoutTicks)
        << static_cast<int>(bad) << ": tried once each, four at a time";
  }
}

TEST(BlockSync, AllLinesMayBeSlowerThanTheTimeForAnAnswer) {
  const std::vector<std::pair<Kind, std::uint64_t>> sources(3,
                                                            {Kind::kHonest, 7 * kSyncTimeoutTicks});
  EXPECT_GT(ticks_to_catch_up(sources, 1000, 100 * kSyncTimeoutTicks), 0U);
}

}  // namespace
}  // namespace galen::engine
