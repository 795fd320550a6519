// CONSENSUS.md, "Time, fairness, rotation": a primary that passes over a transaction is replaced,
// one that does not is left alone. LIV-9, LIV-10, LIV-11.
#include "engine/censorship.h"

#include "network.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace galen::engine::test {
namespace {

/// Every 200 ms a transaction of each hospital, for `seconds`; returns how many were committed.
std::size_t load(Network& network, std::size_t seconds, std::size_t hospitals = 4) {
  auto done = std::make_shared<std::size_t>(0);
  for (std::size_t i = 0; i < seconds * 5; ++i) {
    for (std::size_t h = 0; h < hospitals; ++h) {
      network.submit(h, network.patient_transaction(h), [done](Result<Committed> r) {
        *done += r.has_value() ? 1 : 0;
      });
    }
    network.run_ticks(20);
  }
  return *done;
}

View view_of(Network& network, std::size_t node) {
  return network.nodes_[node]->engine().status().view;
}

TEST(Censorship, APrimaryThatPassesOverATransactionIsReplaced) {
  Network network(41);
  const Bytes victim = network.patient_transaction(2);
  network.hides = [&](std::size_t node, const Bytes& tx) { return node == 0 && tx == victim; };
  bool done = false;
  network.submit(2, victim, [&](Result<Committed> r) { done = r.has_value(); });
  const TxId id = (*network.nodes_[1]->resolve(victim))->transaction->id;
  (void)load(network, 12);
  EXPECT_TRUE(done) << "f + 1 further primaries at most (LIV-10)";
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(view_of(network, i), View{1}) << i;
    EXPECT_TRUE(network.disks_[i].committed.contains(id)) << i;
  }
}

TEST(Censorship, SevenReplaceTwoCensorsInARow) {
  Network network(42, 7);
  const Bytes victim = network.patient_transaction(2);
  network.hides = [&](std::size_t node, const Bytes& tx) { return node <= 1 && tx == victim; };
  bool done = false;
  network.submit(2, victim, [&](Result<Committed> r) { done = r.has_value(); });
  (void)load(network, 24, 2);
  EXPECT_TRUE(done);
  EXPECT_EQ(view_of(network, 3), View{2});
}

TEST(Censorship, NobodyIsSuspectedUnderLoad) {
  for (std::uint64_t seed = 50; seed < 52; ++seed) {
    Network network(seed);
    network.loss_percent = seed == 51 ? 3 : 0;
    (void)load(network, 12);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(view_of(network, i), View{0}) << seed;
  }
}

// The origin gives it to the backups only: they pass it on before they count.
TEST(Censorship, AnHonestPrimaryIsNotBlamedForWhatItWasNeverSent) {
  Network network(43);
  const Bytes kept_back = network.patient_transaction(2);
  const auto verified = *network.nodes_[1]->resolve(kept_back);
  for (const std::size_t backup : {1U, 2U, 3U})
    network.nodes_[backup]->engine().receive_transactions({verified});
  (void)load(network, 12);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(view_of(network, i), View{0});
    EXPECT_TRUE(network.disks_[i].committed.contains(verified->transaction->id));
  }
}

// One hospital submits more than the pools take, each node's pool holding other ones of it.
TEST(Censorship, NobodyIsSuspectedUnderTheCapsOfASubmitter) {
  NetworkSetup setup;
  setup.pool.transactions_per_submitter = 4;
  Network network(44, 4, setup);
  for (std::size_t i = 0; i < 110; ++i) {
    for (std::size_t node = 0; node < 4; ++node)
      network.submit(node, network.patient_transaction(0));
    network.submit(1, network.patient_transaction(1));
    network.run_ticks(10);
  }
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(view_of(network, i), View{0}) << i;
}

// A hospital that submits a lot is protected as one that does not: here nine tenths of its share
// wait.
TEST(Censorship, ABusyVictimIsProtectedToo) {
  NetworkSetup setup;
  setup.pool.transactions_per_submitter = 20;
  Network network(46, 4, setup);
  std::set<Bytes> victims;
  for (std::size_t i = 0; i < 18; ++i) victims.insert(network.patient_transaction(2));
  network.hides = [&](std::size_t node, const Bytes& tx) {
    return node == 0 && victims.contains(tx);
  };
  std::size_t done = 0;
  for (const Bytes& victim : victims)
    network.submit(2, victim, [&](Result<Committed> r) { done += r ? 1 : 0; });
  for (std::size_t i = 0; i < 60; ++i) {
    for (const std::size_t h : {0U, 1U, 3U}) network.submit(h, network.patient_transaction(h));
    network.run_ticks(20);
  }
  EXPECT_EQ(done, victims.size());
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(view_of(network, i), View{1}) << i;
}

// A hospital keeps its share of the primary's pool full, whatever is committed, and shows the
// others one that finds no room there: the primary must not be the one who is blamed.
TEST(Censorship, AFullShareAtThePrimaryIsNoReasonToSuspectIt) {
  NetworkSetup setup;
  setup.pool.transactions_per_submitter = 4;
  Network network(47, 4, setup);
  const Bytes shown = network.patient_transaction(2);
  network.hides = [&](std::size_t node, const Bytes& tx) {
    return node != 0 && tx != shown &&
           (*network.nodes_[1]->resolve(tx))->transaction->transaction.header.submitter ==
               (*network.nodes_[1]->resolve(shown))->transaction->transaction.header.submitter;
  };
  std::size_t refills = 0;
  const std::function<void(Result<Committed>)> refill = [&](const Result<Committed>&) {
    if (++refills < 5'000) network.submit(0, network.patient_transaction(2), refill);
  };
  for (std::size_t i = 0; i < setup.pool.transactions_per_submitter; ++i) {
    network.submit(0, network.patient_transaction(2), refill);
  }
  const auto verified = *network.nodes_[1]->resolve(shown);
  for (const std::size_t backup : {1U, 2U, 3U})
    network.nodes_[backup]->engine().receive_transactions({verified});
  for (std::size_t i = 0; i < 150; ++i) {
    network.submit(1, network.patient_transaction(1));
    network.run_ticks(10);
  }
  ASSERT_LT(refills, 5'000U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(view_of(network, i), View{0}) << i;
    EXPECT_TRUE(network.disks_[i].committed.contains(verified->transaction->id)) << i;
  }
}

// One member's costly transactions would fill block after block with work.
TEST(Censorship, CostlyTransactionsHoldNobodyElseUp) {
  Network network(47);
  constexpr std::size_t kCostly = 200;
  network.work[3] = limits::kMaxWorkPerTransaction;
  std::size_t costly = 0;
  for (std::size_t i = 0; i < kCostly; ++i) {
    network.submit(3, network.patient_transaction(3), [&](Result<Committed> r) {
      costly += r.has_value() ? 1 : 0;
    });
  }
  ASSERT_TRUE(network.run_until([&] { return costly > 0; }));
  ASSERT_LT(costly, 20U) << "few fit a block";
  std::optional<Height> other;
  network.submit(0, network.patient_transaction(0), [&](Result<Committed> r) {
    if (r) other = r->height;
  });
  const Height before = network.height(0);
  ASSERT_TRUE(network.run_until([&] { return other.has_value(); }));
  EXPECT_LE(other->value, before.value + 3);
  // Others go on overtaking them for longer than a primary may pass a transaction over.
  EXPECT_GE(load(network, 12, 3), 12U * 5U * 3U - 3U) << "but for the last ones, under way";
  ASSERT_TRUE(network.run_until([&] { return costly == kCostly; }));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(view_of(network, i), View{0}) << i;
}

// A primary that commits only transactions of its own, which it shows to nobody before.
TEST(Censorship, APrimaryThatCommitsOnlyItsOwnIsReplaced) {
  Network network(48);
  const auto is_of_zero = [&,
                           zero =
                               (*network.nodes_[1]->resolve(network.patient_transaction(0)))
                                   ->transaction->transaction.header.submitter](const Bytes& tx) {
    return (*network.nodes_[1]->resolve(tx))->transaction->transaction.header.submitter == zero;
  };
  network.hides = [&](std::size_t node, const Bytes& tx) { return (node == 0) != is_of_zero(tx); };
  std::size_t done = 0;
  for (std::size_t i = 0; i < 120; ++i) {
    network.submit(0, network.patient_transaction(0));
    if (i % 10 == 0)
      network.submit(
          2, network.patient_transaction(2), [&](Result<Committed> r) { done += r ? 1 : 0; });
    network.run_ticks(10);
  }
  EXPECT_GT(done, 0U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(view_of(network, i), View{1}) << i;
}

// A hospital gives the primary more than it can commit in the time for inclusion, and shows the
// others some of it late: what waits behind that is no sign of censorship.
TEST(Censorship, ALongQueueAtThePrimaryIsNoReasonToSuspectIt) {
  NetworkSetup setup;
  setup.max_block_transactions = 2;
  Network network(49, 4, setup);
  std::vector<VerifiedTransactionPtr> queue;
  for (std::size_t i = 0; i < 1'500; ++i)
    queue.push_back(*network.nodes_[0]->resolve(network.patient_transaction(2)));
  network.nodes_[0]->engine().receive_transactions(queue);
  network.run_ticks(10);
  bool done = false;
  network.submit(
      1, network.patient_transaction(1), [&](Result<Committed> r) { done = r.has_value(); });
  for (std::size_t i = 0; i < 150; ++i) {
    if (i % 20 == 10) {
      const std::vector<VerifiedTransactionPtr> shown(
          queue.begin() + static_cast<std::ptrdiff_t>(i * 4),
          queue.begin() + static_cast<std::ptrdiff_t>(i * 4 + 40));
      for (const std::size_t backup : {1U, 2U, 3U})
        network.nodes_[backup]->engine().receive_transactions(shown);
    }
    network.run_ticks(10);
  }
  EXPECT_TRUE(done);
  EXPECT_FALSE(network.disks_[0].committed.contains(queue.back()->transaction->id))
      << "the queue was long enough";
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(view_of(network, i), View{0}) << i;
}

TEST(Censorship, WhatBecameInvalidIsNotCensored) {
  Network network(45);
  // Below the nonce window once the far one of its lane has committed; expired a little later.
  const Bytes late = network.patient_transaction(1, 1);
  network.hides = [&](std::size_t node, const Bytes& tx) { return node == 0 && tx == late; };
  network.submit(1, late);
  network.submit(1, network.patient_transaction(1, 5000));
  network.validity_ms = 4'500;
  const Bytes brief = network.patient_transaction(3);
  network.validity_ms = 300'000;
  network.hides = [&](std::size_t node, const Bytes& tx) {
    return node == 0 && (tx == late || tx == brief);
  };
  network.submit(3, brief);
  for (std::size_t i = 0; i < 120; ++i) {
    network.submit(2, network.patient_transaction(2));
    network.run_ticks(10);
  }
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(view_of(network, i), View{0}) << i;
}

// The parts of the rule, one by one.
class Watch : public ::testing::Test {
 protected:
  ledger::DecodedTransactionPtr add(std::uint8_t number, std::uint64_t tick) {
    auto transaction = std::make_shared<ledger::DecodedTransaction>();
    transaction->transaction.header.nonce.sequence = number;
    transaction->transaction.header.valid_until = TimeMs{1'000'000};
    transaction->id.value[0] = number;
    transaction->bytes = Bytes(10, number);
    EXPECT_TRUE(pool.add(transaction, tick).has_value());
    return transaction;
  }

  CensorshipWatch::Verdict judge(std::uint64_t tick) {
    return watch.judge(pool, tick, [this](const ledger::DecodedTransaction& t) {
      return !invalid.contains(t.id);
    });
  }

  mempool::Pool pool{{.transactions = 100, .transactions_per_submitter = 20}};
  CensorshipWatch watch{{.inclusion = 500, .acknowledgement = 100}};
  std::set<TxId> invalid;
};

TEST_F(Watch, SendsAgainWhatWasOvertakenByASecond) {
  add(1, 10);
  watch.note_committed(109);
  EXPECT_TRUE(judge(200).forward.empty());
  watch.note_committed(110);
  EXPECT_EQ(judge(200).forward.size(), 1U);
  EXPECT_TRUE(judge(299).forward.empty());
  EXPECT_EQ(judge(300).forward.size(), 1U) << "every second";
}

TEST_F(Watch, CountsFromASecondAfterTheFirstSending) {
  add(1, 10);
  watch.note_committed(200);
  (void)judge(200);  // known from 300 on
  watch.note_committed(550);
  EXPECT_FALSE(judge(799).censored);
  EXPECT_TRUE(judge(800).censored);
}

TEST_F(Watch, NeedsACommitOfWhatCameHalfTheTimeLater) {
  add(1, 10);
  watch.note_committed(200);
  (void)judge(200);
  watch.note_committed(549);
  EXPECT_FALSE(judge(5000).censored);
  watch.note_committed(550);
  EXPECT_TRUE(judge(5000).censored);
}

TEST_F(Watch, AnotherViewCountsAnew) {
  add(1, 10);
  watch.note_committed(200);
  (void)judge(200);
  watch.note_committed(1000);
  ASSERT_TRUE(judge(2000).censored);
  watch.enter_view(View{1});
  EXPECT_FALSE(judge(2000).censored);
  EXPECT_TRUE(judge(2000).forward.empty());
}

TEST_F(Watch, WhatIsInvalidDoesNotCount) {
  const auto transaction = add(1, 10);
  watch.note_committed(200);
  (void)judge(200);
  invalid.insert(transaction->id);
  watch.note_committed(1000);
  EXPECT_FALSE(judge(900).censored);
  invalid.clear();
  EXPECT_FALSE(judge(901).censored) << "its time runs anew";
  watch.note_committed(1501);
  EXPECT_TRUE(judge(1501).censored);
}

TEST_F(Watch, WatchesNoMoreThanFitsAReserve) {
  mempool::Pool big;
  const auto fill = [&](std::uint64_t from, std::uint64_t to, std::size_t bytes) {
    for (std::uint64_t i = from; i < to; ++i) {
      auto transaction = std::make_shared<ledger::DecodedTransaction>();
      transaction->transaction.header.nonce.sequence = i;
      transaction->id.value[0] = static_cast<std::uint8_t>(i);
      transaction->id.value[1] = static_cast<std::uint8_t>(i >> 8U);
      transaction->bytes = Bytes(bytes, 0);
      ASSERT_TRUE(big.add(transaction, 1).has_value());
    }
  };
  fill(0, kMaxLookedAt + 10, 10);
  watch.note_committed(500);
  std::size_t asked = 0;
  const auto count = [&](const ledger::DecodedTransaction&) {
    ++asked;
    return true;
  };
  const auto first = watch.judge(big, 500, count).forward;
  EXPECT_EQ(first.size(), mempool::kMaxReservedPerValidator);
  EXPECT_EQ(asked, mempool::kMaxReservedPerValidator)
      << "validity reads the state: asked of no more than it watches";
  EXPECT_TRUE(watch.judge(big, 501, count).forward.empty()) << "its reserve may be full";
  EXPECT_EQ(asked, 2 * mempool::kMaxReservedPerValidator);
  big.remove({first[0], first[1]});
  EXPECT_EQ(watch.judge(big, 502, count).forward.size(), 2U);
  // By bytes.
  big = mempool::Pool();
  watch.enter_view(View{1});
  watch.note_committed(500);
  fill(0, 10, mempool::kMaxReservedBytesPerValidator / 4);
  EXPECT_EQ(watch.judge(big, 600, count).forward.size(), 4U);
}

TEST_F(Watch, LooksAtABoundedNumber) {
  mempool::Pool big;
  for (std::uint64_t i = 0; i < kMaxLookedAt + 10; ++i) {
    auto transaction = std::make_shared<ledger::DecodedTransaction>();
    transaction->transaction.header.nonce.sequence = i;
    transaction->id.value[0] = static_cast<std::uint8_t>(i);
    transaction->id.value[1] = static_cast<std::uint8_t>(i >> 8U);
    transaction->bytes = Bytes(10, 0);
    ASSERT_TRUE(big.add(transaction, 1).has_value());
  }
  watch.note_committed(500);
  std::size_t asked = 0;
  const auto none = [&](const ledger::DecodedTransaction&) {
    ++asked;
    return false;
  };
  EXPECT_TRUE(watch.judge(big, 500, none).forward.empty());
  EXPECT_EQ(asked, kMaxLookedAt);
}

}  // namespace
}  // namespace galen::engine::test
