// The engine's promises to the disk, over the real one: a vote is told of when it is synced, a
// block when it is applied, and a disk that fails ends the process.
#include "node/node_store.h"

#include "support/watched_syncs.h"
#include "unit/storage/chain_fixture.h"
#include "unit/vote_journal/fixture.h"

#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace galen::node {
namespace {

using galen::test::SyncWatch;
using storage::TestBlock;
using storage::test::kSelf;
using storage::test::prepare;

constexpr std::chrono::seconds kPatience{20};

class NodeStoreTest : public ::testing::Test {
 protected:
  NodeStoreTest() {
    auto opened = storage::Database::open(storage::test_options(directory_.path() / "data"),
                                          chain_.genesis());
    EXPECT_TRUE(opened) << opened.error().message;
    database_ = *std::move(opened);
    EXPECT_TRUE(storage::VoteJournal::create(votes(), chain_.chain(), kSelf));
    auto journal = storage::VoteJournal::open(votes(), chain_.chain(), kSelf);
    EXPECT_TRUE(journal) << journal.error().message;
    journal_.emplace(*std::move(journal));
    store_.emplace(NodeStore::Parts{*database_,
                                    &*journal_,
                                    strand_,
                                    sync_,
                                    evidence_,
                                    {},
                                    {},
                                    [] { return std::nullopt; },
                                    [](const std::string& reason, bool fail_stop) {
                                      std::fprintf(stderr, "fatal: %s\n", reason.c_str());
                                      ::_exit(fail_stop ? 11 : 10);
                                    },
                                    {}});
    strand_.start(1000, [] {});
  }

  ~NodeStoreTest() override {
    strand_.stop();
    sync_.stop();
    evidence_.stop();
  }

  [[nodiscard]] std::filesystem::path votes() const { return directory_.path() / "votes"; }

  /// Calls it on the strand, as the engine does.
  void on_strand(const std::function<void()>& what) {
    std::promise<void> done;
    strand_.post([&] {
      what();
      done.set_value();
    });
    ASSERT_EQ(done.get_future().wait_for(kPatience), std::future_status::ready);
  }

  void apply(const TestBlock& block) {
    auto candidate = std::make_shared<engine::Candidate>();
    candidate->header = block.header;
    candidate->transactions = block.transactions;
    candidate->outcome = block.outcome;
    std::promise<bool> applied;
    on_strand([&] {
      store_->apply(
          candidate, block.certificate, [&] { applied.set_value(strand_.running_here()); });
    });
    auto done = applied.get_future();
    ASSERT_EQ(done.wait_for(kPatience), std::future_status::ready);
    EXPECT_TRUE(done.get()) << "state and head change together";
  }

  storage::TemporaryDirectory directory_;
  storage::TestChain chain_;
  std::unique_ptr<storage::Database> database_;
  std::optional<storage::VoteJournal> journal_;
  Strand strand_;
  TaskThreads sync_{{1, 0, 0, "test-sync"}};
  TaskThreads evidence_{{1, 16, 0, "test-evidence"}};
  std::optional<NodeStore> store_;
};

TEST_F(NodeStoreTest, VotesAreToldOfInOrderWhenTheyAreSynced) {
  const SyncWatch watch(votes().string());
  std::vector<std::uint64_t> told;
  bool synced = true;
  std::promise<void> last;
  on_strand([&] {
    for (std::uint64_t i = 1; i <= 10; ++i) {
      store_->append_votes({prepare(Height{i}, View{0})}, [&, i] {
        // Later ones may be on their way to the disk; this one has been synced before.
        synced = synced && watch.syncs() >= i && strand_.running_here();
        told.push_back(i);
        if (i == 10) last.set_value();
      });
    }
  });
  ASSERT_EQ(last.get_future().wait_for(kPatience), std::future_status::ready);
  EXPECT_TRUE(synced);
  EXPECT_EQ(told, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(watch.unsynced(), std::set<std::string>());
  EXPECT_EQ(journal_->sequence(), 10U);
}

TEST_F(NodeStoreTest, ABlockIsAppliedWithTheJournalsMarkAndItsVotesAreWiped) {
  std::promise<void> voted;
  on_strand(
      [&] { store_->append_votes({prepare(Height{1}, View{0})}, [&] { voted.set_value(); }); });
  ASSERT_EQ(voted.get_future().wait_for(kPatience), std::future_status::ready);
  const TestBlock block = chain_.block(*database_, {chain_.append(1, 1)});
  apply(block);
  EXPECT_EQ(database_->head().height(), Height{1});
  EXPECT_EQ(database_->journal_mark(), 1U);
  ASSERT_TRUE(store_->sync_wipes());
  EXPECT_TRUE(journal_->load()->records.empty());
  EXPECT_EQ(journal_->load()->wiped, Height{1});
  on_strand([&] {
    EXPECT_EQ(store_->certificate(Height{1}), block.certificate);
    EXPECT_EQ(store_->certificate(Height{0}), std::nullopt);
    EXPECT_EQ(store_->certificate(Height{2}), std::nullopt) << "nothing is there";
  });
}

using NodeStoreDeathTest = NodeStoreTest;

TEST_F(NodeStoreDeathTest, AVoteThatCannotBeSyncedEndsTheProcessUntold) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        SyncWatch watch(votes().string());
        watch.fail_next();
        std::promise<void> never;
        on_strand(
            [&] { store_->append_votes({prepare(Height{1}, View{0})}, [] { ::_exit(99); }); });
        never.get_future().wait_for(kPatience);
      },
      testing::ExitedWithCode(10),
      "fatal: vote journal: .*cannot sync");
}

TEST_F(NodeStoreDeathTest, ABlockThatCannotBeSyncedEndsTheProcessUntold) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        SyncWatch watch((directory_.path() / "data" / "ledger" / "0").string());
        const TestBlock block = chain_.block(*database_, {chain_.append(1, 1)});
        watch.fail_next();
        auto candidate = std::make_shared<engine::Candidate>();
        candidate->header = block.header;
        candidate->transactions = block.transactions;
        candidate->outcome = block.outcome;
        std::promise<void> never;
        on_strand([&] { store_->apply(candidate, block.certificate, [] { ::_exit(99); }); });
        never.get_future().wait_for(kPatience);
      },
      testing::ExitedWithCode(10),
      "fatal: ledger: ");
}

TEST_F(NodeStoreDeathTest, AFailStopLeavesItsBundleBeforeTheEnd) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(store_->fail_stop({chain_.chain(), "two certificates", {}, std::nullopt}),
              testing::ExitedWithCode(11),
              "fatal: two certificates; evidence in .*fail-stop-0.bundle");
}

}  // namespace
}  // namespace galen::node
