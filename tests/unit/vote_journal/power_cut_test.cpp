// The vote journal on a disk whose power fails in the middle of any write: whatever was synced for
// a height that is not applied is found again, and the ledger's mark is never ahead of the journal.
#include "sim/virtual_disk.h"
#include "unit/vote_journal/fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

namespace galen::storage {
namespace {

using namespace test;
using sim::Rng;
using sim::VirtualDisk;

/// A node's storage: the journal, and what its ledger has synced.
class PowerCuts {
 public:
  explicit PowerCuts(std::uint64_t seed) : rng_(seed), disk_(rng_.fork(1)) {
    EXPECT_TRUE(VoteJournal::create("votes", kChain, kSelf, disk_, &rng_));
    open();
  }

  void run(std::uint64_t heights) {
    for (std::uint64_t h = 1; h <= heights && !::testing::Test::HasFailure(); ++h) {
      if (rng_.below(3) != 0) vote(Height{h});
      applied_ = Height{h};
      mark_ = std::max(mark_, journal_->sequence());
      if (rng_.below(4) != 0) change([&] { return journal_->wipe(applied_, View{0}); });
    }
  }

 private:
  void vote(Height height) {
    append(prepare(height, View{0}, rng_.below(3) == 0 ? 20'000 : rng_.between(10, 3000)));
    if (rng_.below(3) != 0) append(commit(height, View{0}));
    if (rng_.below(8) == 0) append(view_change(View{++view_}));
  }

  void append(const pbft::JournalRecord& record) {
    const bool whole = change([&]() -> Status {
      auto appended = journal_->append({record});
      if (!appended) return tl::unexpected<Error>(appended.error());
      return {};
    });
    if (whole) synced_.push_back(record);
  }

  /// False when the power failed in it.
  template <class Change>
  bool change(const Change& change) {
    if (rng_.below(4) == 0) disk_.arm(rng_.below(6));
    const Status status = change();
    if (status && rng_.below(16) != 0) return true;
    journal_.reset();
    disk_.crash();
    open();
    return status.has_value();
  }

  void open() {
    auto opened = VoteJournal::open("votes", kChain, kSelf, applied_, disk_);
    ASSERT_TRUE(opened) << opened.error().message;
    journal_.emplace(*std::move(opened));
    EXPECT_GE(journal_->sequence(), mark_) << "behind the ledger";
    const auto contents = journal_->load();
    ASSERT_TRUE(contents);
    for (const pbft::JournalRecord& record : synced_) {
      const auto* voted = std::get_if<pbft::VoteRecord>(&record);
      if (voted != nullptr && voted->vote.subject.height <= applied_) continue;
      EXPECT_NE(std::find(contents->records.begin(), contents->records.end(), record),
                contents->records.end());
    }
  }

  Rng rng_;
  VirtualDisk disk_;
  std::optional<VoteJournal> journal_;
  std::vector<pbft::JournalRecord> synced_;
  Height applied_;
  std::uint64_t mark_ = 0;
  std::uint64_t view_ = 0;
};

TEST(VoteJournalPowerCut, LosesNothingThatWasSynced) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    PowerCuts(seed).run(20);
    if (HasFailure()) return;
  }
}

/// Whether a body that was wiped stands on the disk again after a power cut.
bool comes_back(std::uint64_t seed, bool synced) {
  Rng rng(seed);
  VirtualDisk disk(rng.fork(1));
  EXPECT_TRUE(VoteJournal::create("votes", kChain, kSelf, disk, &rng));
  const Bytes needle(600, 0xc7);
  {
    auto journal = VoteJournal::open("votes", kChain, kSelf, {}, disk);
    EXPECT_TRUE(journal && journal->append({prepare(Height{1}, View{0}, 3000, 0xc7)}));
    EXPECT_TRUE(disk.holds_durably(needle));
    EXPECT_TRUE(journal->wipe(Height{1}, View{0}));
    if (synced) {
      EXPECT_TRUE(journal->sync_wipes());
    }
  }
  disk.crash();
  return disk.holds_durably(needle);
}

TEST(VoteJournalPowerCut, WhatWasWipedIsGoneOnceThatIsSynced) {
  std::size_t back = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    EXPECT_FALSE(comes_back(seed, true)) << seed;
    back += comes_back(seed, false) ? 1 : 0;
  }
  EXPECT_GT(back, 0U) << "the disk forgets what was not synced";
}

// An unreadable journal is erased: from then on it must say so, or still know every vote.
TEST(VoteJournalPowerCut, ACutEraseIsAmnesiaOrNothingHappened) {
  std::size_t forgotten = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    VirtualDisk disk(rng.fork(1));
    ASSERT_TRUE(VoteJournal::create("votes", kChain, kSelf, disk, &rng));
    const std::vector<pbft::JournalRecord> votes{prepare(Height{1}, View{0}),
                                                 prepare(Height{2}, View{0})};
    {
      auto journal = VoteJournal::open("votes", kChain, kSelf, {}, disk);
      ASSERT_TRUE(journal);
      for (const pbft::JournalRecord& vote : votes) ASSERT_TRUE(journal->append({vote}));
    }
    disk.arm(rng.below(16));
    (void)VoteJournal::erase("votes", kChain, kSelf, disk, &rng);
    disk.crash();
    const auto opened = VoteJournal::open("votes", kChain, kSelf, {}, disk);
    if (!opened) {
      EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt) << opened.error().message;
      continue;
    }
    const auto contents = opened->load();
    ASSERT_TRUE(contents);
    forgotten += contents->amnesia ? 1 : 0;
    if (!contents->amnesia) {
      EXPECT_EQ(contents->records, votes);
    }
  }
  EXPECT_GT(forgotten, 20U) << "the cut came too early every time";
}

}  // namespace
}  // namespace galen::storage
