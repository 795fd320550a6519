// The vote journal against files that are torn, damaged, missing or someone else's.
#include "base/hex.h"
#include "fixture.h"

#include <gtest/gtest.h>

namespace galen::storage {
namespace {

using namespace test;

TEST_F(VoteJournalTest, RemembersEverythingAppended) {
  const std::vector<pbft::JournalRecord> first = {prepare(Height{1}, View{0})};
  const std::vector<pbft::JournalRecord> second = {commit(Height{1}, View{0})};
  const std::vector<pbft::JournalRecord> third = {view_change(View{1}), new_view(View{1})};
  {
    VoteJournal journal = must_open(path());
    EXPECT_EQ(journal.sequence(), 0U);
    EXPECT_EQ(*journal.append(first), 1U);
    EXPECT_EQ(*journal.append(second), 2U);
    EXPECT_EQ(*journal.append(third), 3U);
  }
  const VoteJournal journal = must_open(path());
  EXPECT_EQ(journal.sequence(), 3U);
  const std::vector<pbft::JournalRecord> expected = {first[0], second[0], third[0], third[1]};
  EXPECT_EQ(records(journal), expected);
}

TEST_F(VoteJournalTest, TheLayoutIsFrozen) {
  pbft::ViewChange change;
  change.new_view = View{1};
  change.member = kSelf;
  change.signature.value.fill(1);
  ASSERT_TRUE(must_open(path()).append({change}));
  const Bytes content = read(file(0));
  ASSERT_EQ(content.size(), kJournalFileBytes);
  const std::string found =
      to_hex(crypto::sha256(BytesView(content).first(kDataOffset + 2048)).view().first(8));
  EXPECT_EQ(found, "d0aab6cc5d802e37");
  EXPECT_EQ(to_hex(BytesView(content).subspan(0, 14)), "0b67616c656e20766f7465730001")
      << "tag, version 1";
  EXPECT_EQ(to_hex(BytesView(content).subspan(kDataOffset, 14)),
            "056672616d65"
            "0000000000000001")
      << "tag, generation";
}

TEST_F(VoteJournalTest, FilesAreForTheOwnerAlone) {
  for (const std::size_t parity : {0U, 1U}) {
    EXPECT_EQ(fs::status(file(parity)).permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
  }
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms::owner_all);
}

TEST_F(VoteJournalTest, OneProcessAtATime) {
  const VoteJournal journal = must_open(path());
  const auto second = VoteJournal::open(path(), kChain, kSelf);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(VoteJournalTest, NeverCreatedOverAnother) {
  const auto again = VoteJournal::create(path(), kChain, kSelf);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
}

TEST_F(VoteJournalTest, MissingIsAmnesia) {
  fs::remove(file(1));
  const auto journal = VoteJournal::open(path(), kChain, kSelf);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::kNotFound);
  EXPECT_NE(journal.error().message.find("must not vote"), std::string::npos);
  EXPECT_FALSE(fs::exists(file(1))) << "open never creates";
}

TEST_F(VoteJournalTest, BelongsToOneChainAndValidator) {
  const ChainId other = id_cast<ChainId>(crypto::sha256(as_bytes("other")));
  EXPECT_EQ(VoteJournal::open(path(), other, kSelf).error().code, ErrorCode::kWrongChain);
  EXPECT_EQ(VoteJournal::open(path(), kChain, ValidatorIndex{1}).error().code,
            ErrorCode::kWrongChain);
  fs::rename(file(0), root_ / "even");
  fs::rename(file(1), file(0));
  fs::rename(root_ / "even", file(1));
  EXPECT_EQ(VoteJournal::open(path(), kChain, kSelf).error().code, ErrorCode::kWrongChain);
}

TEST_F(VoteJournalTest, HeightsAlternateBetweenTheFiles) {
  VoteJournal journal = must_open(path());
  ASSERT_TRUE(journal.append({prepare(Height{1}, View{0}, 1000, 0x11)}));
  ASSERT_TRUE(journal.append({prepare(Height{2}, View{0}, 1000, 0x22)}));
  const Bytes even = read(file(0));
  const Bytes odd = read(file(1));
  const Bytes ones(1000, 0x11);
  const Bytes twos(1000, 0x22);
  EXPECT_NE(std::search(odd.begin(), odd.end(), ones.begin(), ones.end()), odd.end());
  EXPECT_NE(std::search(even.begin(), even.end(), twos.begin(), twos.end()), even.end());
}

// The last append may be cut anywhere: it was never sent.
TEST_F(VoteJournalTest, ATornTailIsIgnoredAtEveryOffset) {
  const pbft::JournalRecord kept = prepare(Height{1}, View{0}, 100);
  const pbft::JournalRecord torn = commit(Height{1}, View{0});
  std::size_t start = 0;
  std::size_t end = 0;
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({kept}));
    const Bytes before = read(file(1));
    ASSERT_TRUE(journal.append({torn}));
    const Bytes after = read(file(1));
    start = static_cast<std::size_t>(
        std::mismatch(before.begin(), before.end(), after.begin()).first - before.begin());
    end = after.size();
    while (end > start && after[end - 1] == 0) --end;
  }
  const Bytes whole = read(file(1));
  ASSERT_GT(end, start + 1024);
  for (std::size_t cut = start; cut < end; ++cut) {
    const Bytes zeros(end - cut);
    write_at(file(1), cut, zeros);
    {
      VoteJournal journal = must_open(path());
      const auto found = records(journal);
      ASSERT_GE(found.size(), 1U) << "cut at " << cut;
      ASSERT_EQ(found[0], kept) << "cut at " << cut;
      ASSERT_EQ(found.size(), 1U) << "cut at " << cut;
      ASSERT_EQ(journal.sequence(), 1U);
    }
    write_at(file(1), start, BytesView(whole).subspan(start, end - start));
    if (cut > start + 40 && cut + 40 < end)
      cut += 18;  // every offset at the edges, a sample between
  }
  // And the journal goes on after it.
  write_at(file(1), start, Bytes(end - start));
  VoteJournal journal = must_open(path());
  EXPECT_EQ(*journal.append({torn}), 2U);
}

TEST_F(VoteJournalTest, WhatWasTornIsNotFoundAgainBehindALaterFrame) {
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({prepare(Height{1}, View{0}, 100)}));
    ASSERT_TRUE(journal.append({prepare(Height{1}, View{1}, 5000, 0xcd)}));
  }
  Bytes whole = read(file(1));
  const Bytes marker(5000, 0xcd);
  const auto found = std::search(whole.begin(), whole.end(), marker.begin(), marker.end());
  ASSERT_NE(found, whole.end());
  write_at(file(1), static_cast<std::size_t>(found - whole.begin()) + 4000, Bytes(10, 0xff));
  { EXPECT_EQ(records(must_open(path())).size(), 1U); }
  whole = read(file(1));
  EXPECT_EQ(std::search(whole.begin(), whole.end(), marker.begin(), marker.begin() + 500),
            whole.end());
}

TEST_F(VoteJournalTest, DamageBeforeAValidFrameIsAmnesia) {
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({prepare(Height{1}, View{0}, 300)}));
    ASSERT_TRUE(journal.append({commit(Height{1}, View{0})}));
  }
  const Bytes whole = read(file(1));
  const std::size_t payload = kDataOffset + 1024;
  for (std::size_t at = payload; at < payload + 430; at += 7) {
    const std::uint8_t flipped = static_cast<std::uint8_t>(whole[at] ^ 0x40U);
    write_at(file(1), at, BytesView(&flipped, 1));
    const auto journal = VoteJournal::open(path(), kChain, kSelf);
    ASSERT_FALSE(journal) << "byte " << at;
    EXPECT_EQ(journal.error().code, ErrorCode::kCorrupt);
    write_at(file(1), at, BytesView(whole).subspan(at, 1));
  }
  EXPECT_TRUE(VoteJournal::open(path(), kChain, kSelf));
}

TEST_F(VoteJournalTest, EitherCopyOfAFrameHeaderIsEnough) {
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({prepare(Height{1}, View{0}, 300)}));
    ASSERT_TRUE(journal.append({commit(Height{1}, View{0})}));
  }
  const Bytes whole = read(file(1));
  for (const std::size_t copy : {std::size_t{0}, std::size_t{512}}) {
    write_at(file(1), kDataOffset + copy, Bytes(512, 0xee));
    EXPECT_EQ(records(must_open(path())).size(), 2U);
    write_at(file(1), kDataOffset, BytesView(whole).subspan(kDataOffset, 1024));
  }
  write_at(file(1), kDataOffset, Bytes(1024, 0xee));
  EXPECT_EQ(VoteJournal::open(path(), kChain, kSelf).error().code, ErrorCode::kCorrupt);
}

TEST_F(VoteJournalTest, EitherCopyOfTheFileHeaderIsEnough) {
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({prepare(Height{1}, View{0})}));
  }
  const Bytes whole = read(file(1));
  // The older copy may go at any time.
  write_at(file(1), 0, Bytes(4096, 0));
  EXPECT_EQ(records(must_open(path())).size(), 1U);
  write_at(file(1), 4096, Bytes(4096, 0));
  EXPECT_EQ(VoteJournal::open(path(), kChain, kSelf).error().code, ErrorCode::kCorrupt);
}

TEST_F(VoteJournalTest, WipingLeavesNoBlockBytes) {
  VoteJournal journal = must_open(path());
  for (std::uint64_t h = 1; h <= 6; ++h) {
    ASSERT_TRUE(journal.append({prepare(Height{h}, View{0}, 50'000, 0x5a)}));
    ASSERT_TRUE(journal.append({commit(Height{h}, View{0})}));
    ASSERT_TRUE(journal.wipe(Height{h}, View{0}));
    for (const std::size_t parity : {0U, 1U}) {
      const Bytes content = read(file(parity));
      const Bytes marker(64, 0x5a);
      EXPECT_EQ(std::search(content.begin(), content.end(), marker.begin(), marker.end()),
                content.end());
    }
  }
  EXPECT_TRUE(records(journal).empty());
  EXPECT_EQ(journal.load()->wiped, Height{6});
  EXPECT_EQ(journal.sequence(), 12U);
}

TEST_F(VoteJournalTest, WipedHeightAndSequenceSurviveRestart) {
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({prepare(Height{7}, View{0})}));
    ASSERT_TRUE(journal.wipe(Height{7}, View{0}));
  }
  const VoteJournal journal = must_open(path());
  EXPECT_EQ(journal.sequence(), 1U) << "a wiped journal is not behind the ledger's mark";
  EXPECT_EQ(journal.load()->wiped, Height{7});
}

TEST_F(VoteJournalTest, VotesAtTheNextHeightOutliveAWipe) {
  VoteJournal journal = must_open(path());
  ASSERT_TRUE(journal.append({prepare(Height{4}, View{0})}));
  const pbft::JournalRecord next = prepare(Height{5}, View{0});
  ASSERT_TRUE(journal.append({next}));
  ASSERT_TRUE(journal.wipe(Height{4}, View{0}));
  EXPECT_EQ(records(journal), std::vector<pbft::JournalRecord>{next});
}

TEST_F(VoteJournalTest, PromisesAboveTheCertifiedViewMoveOn) {
  const pbft::JournalRecord promise = view_change(View{5});
  const pbft::JournalRecord kept_new_view = new_view(View{4});
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({prepare(Height{1}, View{0}), view_change(View{2}), promise}));
    auto with_new_view = std::get<pbft::VoteRecord>(prepare(Height{1}, View{4}));
    with_new_view.new_view = new_view(View{4});
    ASSERT_TRUE(journal.append({with_new_view}));
    ASSERT_TRUE(journal.wipe(Height{1}, View{3}));
  }
  VoteJournal journal = must_open(path());
  const std::vector<pbft::JournalRecord> expected = {promise, kept_new_view};
  EXPECT_EQ(records(journal), expected);
  // Height after height, until a certificate of their view releases them.
  for (std::uint64_t h = 2; h <= 5; ++h) {
    ASSERT_TRUE(journal.append({prepare(Height{h}, View{3})}));
    ASSERT_TRUE(journal.wipe(Height{h}, View{3}));
    EXPECT_EQ(records(journal).size(), 2U);
  }
  ASSERT_TRUE(journal.append({prepare(Height{6}, View{5})}));
  ASSERT_TRUE(journal.wipe(Height{6}, View{5}));
  ASSERT_TRUE(journal.append({prepare(Height{7}, View{5})}));
  ASSERT_TRUE(journal.wipe(Height{7}, View{5}));
  EXPECT_TRUE(records(journal).empty());
}

TEST_F(VoteJournalTest, AVoteReplacesAnAppliedHeightThatWasNotWipedYet) {
  VoteJournal journal = must_open(path());
  ASSERT_TRUE(journal.append({prepare(Height{1}, View{0})}));
  ASSERT_TRUE(journal.append({prepare(Height{2}, View{0})}));
  ASSERT_TRUE(journal.append({prepare(Height{3}, View{0})}));
  EXPECT_EQ(records(journal).size(), 2U);
  EXPECT_EQ(journal.load()->wiped, Height{1});
}

TEST_F(VoteJournalTest, GrowsWhenAHeightTakesManyViews) {
  constexpr std::size_t kBody = 3 * 1024 * 1024;
  {
    VoteJournal journal = must_open(path());
    for (std::uint64_t view = 0; view < 6; ++view) {
      ASSERT_TRUE(journal.append(
          {prepare(Height{1}, View{view}, kBody, static_cast<std::uint8_t>(view + 1))}));
    }
  }
  EXPECT_GT(fs::file_size(file(1)), 2 * kJournalFileBytes);
  VoteJournal journal = must_open(path());
  EXPECT_EQ(records(journal).size(), 6U);
  ASSERT_TRUE(journal.wipe(Height{1}, View{0}));
  EXPECT_TRUE(records(journal).empty());
}

// Power cut while a wipe's zeros are on their way to the disk.
TEST_F(VoteJournalTest, ATornWipeOfAnAppliedHeightIsNoDamage) {
  Bytes old;
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({prepare(Height{1}, View{0}, 200)}));
    ASSERT_TRUE(journal.append({commit(Height{1}, View{0})}));
    old = read(file(1));
    ASSERT_TRUE(journal.wipe(Height{1}, View{0}));
  }
  // A part was lost, the pattern did not arrive.
  write_at(file(1), kDataOffset, BytesView(old).subspan(kDataOffset, 8192));
  write_at(file(1), kDataOffset + 1024 + 50, Bytes(20));
  EXPECT_EQ(VoteJournal::open(path(), kChain, kSelf).error().code, ErrorCode::kCorrupt)
      << "without a ledger that applied the height it is damage";
  auto journal = VoteJournal::open(path(), kChain, kSelf, Height{1});
  ASSERT_TRUE(journal) << journal.error().message;
  EXPECT_EQ(records(*journal).size(), 1U) << "the COMMIT, which no longer matters";
  EXPECT_EQ(journal->load()->wiped, Height{1});
  EXPECT_EQ(journal->sequence(), 2U);
}

// Power cut in the first append after a wipe: header and frame reach the disk in any order.
TEST_F(VoteJournalTest, ATornStartOfAHeightIsNoDamage) {
  Bytes before;
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({prepare(Height{1}, View{0}, 200)}));
    ASSERT_TRUE(journal.append({commit(Height{1}, View{0})}));
    ASSERT_TRUE(journal.append({prepare(Height{2}, View{0}, 200)}));
    ASSERT_TRUE(journal.wipe(Height{1}, View{0}));
    before = read(file(1));
    ASSERT_TRUE(journal.append({prepare(Height{3}, View{0}, 200)}));
  }
  const Bytes after = read(file(1));
  const auto open_with = [&](const Bytes& header, const Bytes& frames) {
    write_at(file(1), 0, BytesView(header).first(kDataOffset));
    write_at(file(1), kDataOffset, BytesView(frames).subspan(kDataOffset));
    auto journal = VoteJournal::open(path(), kChain, kSelf, Height{2});
    EXPECT_TRUE(journal) << journal.error().message;
    return records(*journal).size();
  };
  EXPECT_EQ(open_with(before, after), 1U) << "only height 2: the frame was never sent";
  EXPECT_EQ(open_with(after, before), 1U);
  EXPECT_EQ(open_with(before, before), 1U);
  EXPECT_EQ(open_with(after, after), 2U);
}

TEST_F(VoteJournalTest, HeightAfterHeightAcrossRestarts) {
  for (std::uint64_t h = 1; h <= 7; ++h) {
    auto journal = VoteJournal::open(path(), kChain, kSelf, Height{h - 1});
    ASSERT_TRUE(journal) << journal.error().message;
    EXPECT_EQ(journal->sequence(), h - 1);
    EXPECT_TRUE(records(*journal).empty());
    const pbft::JournalRecord vote = prepare(Height{h}, View{0});
    ASSERT_TRUE(journal->append({vote}));
    EXPECT_EQ(records(*journal), std::vector<pbft::JournalRecord>{vote});
    ASSERT_TRUE(journal->wipe(Height{h}, View{0}));
  }
}

}  // namespace
}  // namespace galen::storage
