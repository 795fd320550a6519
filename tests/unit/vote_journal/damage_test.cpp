// The vote journal after damage of single pages, power cuts during a wipe, and amnesia.
#include "codec/codec.h"
#include "fixture.h"

#include <gtest/gtest.h>

namespace galen::storage {
namespace {

using namespace test;

// The newest header page decays: the older one must not make newer votes invisible.
TEST_F(VoteJournalTest, ADamagedNewestHeaderNeverHidesVotes) {
  Bytes first_frames;
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({prepare(Height{1}, View{0}, 200)}));
    ASSERT_TRUE(journal.wipe(Height{1}, View{0}));
    ASSERT_TRUE(journal.append({prepare(Height{3}, View{0}, 200)}));
    first_frames = read(file(1));
    ASSERT_TRUE(journal.append({commit(Height{3}, View{0})}));
  }
  const Bytes whole = read(file(1));
  const auto open = [&] { return VoteJournal::open(path(), kChain, kSelf, Height{2}); };
  ASSERT_TRUE(open());
  // Generation 2 stands at 0, generation 1 at 4096.
  write_at(file(1), 17, Bytes(1, 0xee));
  EXPECT_EQ(open().error().code, ErrorCode::kCorrupt);
  // The same with one frame only: its header is damaged, not unwritten.
  write_at(file(1), kDataOffset, BytesView(first_frames).subspan(kDataOffset));
  EXPECT_EQ(open().error().code, ErrorCode::kCorrupt);
  // The header before it in its place (the disk lost that write alone): the second frame proves it.
  write_at(file(1), 0, BytesView(whole).first(4096));
  write_at(file(1), kDataOffset, BytesView(whole).subspan(kDataOffset));
  ASSERT_TRUE(open());
}

// Found by fuzzing: opened with the first header alone, the second one's bytes came back into view
// when the file grew, and hid what had been written under the first.
TEST_F(VoteJournalTest, AFileCutOffInItsHeadersIsRefused) {
  for (const std::uint64_t size : {4096U, 5121U, 8191U}) {
    fs::resize_file(file(1), size);
    const auto opened = VoteJournal::open(path(), kChain, kSelf);
    ASSERT_FALSE(opened.has_value()) << size;
    EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  }
}

// A downgrade must not cost the memory of votes: refused, not taken for damage.
TEST_F(VoteJournalTest, AFileOfAnotherVersionIsRefusedNotForgotten) {
  constexpr std::uint64_t kVersionAt = 13;  // behind the tag, low byte
  for (const std::uint64_t header : {0U, 4096U})
    write_at(file(1), header + kVersionAt, Bytes(1, 2));
  const auto opened = VoteJournal::open(path(), kChain, kSelf);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kFailedPrecondition) << opened.error().message;
}

TEST_F(VoteJournalTest, ARecordOfAnotherVersionIsRefusedNotForgotten) {
  {
    auto opened = JournalFile::open(system_disk(), file(1), {kChain, kSelf}, 1, {});
    ASSERT_TRUE(opened) << opened.error().message;
    codec::Writer payload;
    payload.count(1).bytes(Bytes{0xee, 1, 2, 3});
    ASSERT_TRUE(opened->append({1, Height{1}, std::move(payload).take()}));
  }
  const auto opened = VoteJournal::open(path(), kChain, kSelf);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kFailedPrecondition) << opened.error().message;
}

TEST_F(VoteJournalTest, ALostHeaderWriteWithTwoFramesBehindItIsAmnesia) {
  Bytes before;
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({prepare(Height{1}, View{0}, 200)}));
    ASSERT_TRUE(journal.wipe(Height{1}, View{0}));
    before = read(file(1));
    ASSERT_TRUE(journal.append({prepare(Height{3}, View{0}, 200)}));
    ASSERT_TRUE(journal.append({commit(Height{3}, View{0})}));
  }
  write_at(file(1), 0, BytesView(before).first(kDataOffset));
  EXPECT_EQ(VoteJournal::open(path(), kChain, kSelf, Height{2}).error().code, ErrorCode::kCorrupt);
}

// Whoever writes a transaction chooses bytes of a block body; the seal's secret he does not know.
TEST_F(VoteJournalTest, ABodyThatLooksLikeANewerFrameIsNoFrame) {
  Bytes forged;
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({view_change(View{1})}));
    const Bytes content = read(file(0));
    forged = to_bytes(BytesView(content).subspan(kDataOffset, 512));
  }
  const JournalSecret other{{1, 2, 3}};
  forged[13] = 9;  // generation 9
  const std::size_t body = 6 + 4 * 8 + 32;
  const Digest seal = crypto::hmac_sha256(other.view(), BytesView(forged).first(body));
  std::copy(seal.value.begin(), seal.value.end(), forged.begin() + body);
  write_at(file(1), kDataOffset + 16 * 512, forged);
  ASSERT_TRUE(VoteJournal::open(path(), kChain, kSelf));
  // With the file's own secret it is one: the test can fail.
  JournalSecret own;
  own.value.fill(0x77);
  const Digest real = crypto::hmac_sha256(own.view(), BytesView(forged).first(body));
  std::copy(real.value.begin(), real.value.end(), forged.begin() + body);
  write_at(file(1), kDataOffset + 16 * 512, forged);
  EXPECT_EQ(VoteJournal::open(path(), kChain, kSelf).error().code, ErrorCode::kCorrupt);
}

// Every mixture of old and new sectors that a power cut can leave of an unsynced wipe.
TEST_F(VoteJournalTest, AnyMixtureOfAnUnsyncedWipeOpensOnceTheHeightIsApplied) {
  Bytes old;
  Bytes wiped;
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({prepare(Height{1}, View{0}, 1400)}));
    ASSERT_TRUE(journal.append({commit(Height{1}, View{0})}));
    old = read(file(1));
    ASSERT_TRUE(journal.wipe(Height{1}, View{0}));
    wiped = read(file(1));
  }
  std::vector<std::size_t> changed;
  for (std::size_t at = 0; at < old.size(); at += 512) {
    if (!equal(BytesView(old).subspan(at, 512), BytesView(wiped).subspan(at, 512)))
      changed.push_back(at);
  }
  ASSERT_GE(changed.size(), 4U);
  ASSERT_LE(changed.size(), 8U);
  const auto write_mixture = [&](std::size_t mixture) {
    Bytes start = to_bytes(BytesView(old).first(64 * 1024));
    for (std::size_t i = 0; i < changed.size(); ++i) {
      const auto from = wiped.begin() + static_cast<std::ptrdiff_t>(changed[i]);
      if ((mixture >> i & 1U) != 0)
        std::copy(from, from + 512, start.begin() + static_cast<std::ptrdiff_t>(changed[i]));
    }
    write_at(file(1), 0, start);
  };
  for (std::size_t mixture = 0; mixture < std::size_t{1} << changed.size(); ++mixture) {
    write_mixture(mixture);
    auto journal = VoteJournal::open(path(), kChain, kSelf, Height{1});
    ASSERT_TRUE(journal) << mixture << ": " << journal.error().message;
    ASSERT_EQ(journal->sequence(), 2U) << mixture << ": never behind the ledger's mark";
  }
  // And before it is: the votes are whole, or the height is known as voted on, or it is amnesia.
  for (std::size_t mixture = 0; mixture < std::size_t{1} << changed.size(); ++mixture) {
    write_mixture(mixture);
    auto journal = VoteJournal::open(path(), kChain, kSelf, Height{0});
    if (!journal) {
      ASSERT_EQ(journal.error().code, ErrorCode::kCorrupt) << mixture;
      continue;
    }
    ASSERT_TRUE(journal->load()->wiped == Height{1} || records(*journal).size() == 2) << mixture;
  }
}

TEST_F(VoteJournalTest, ADamagedPromiseIsNeverTakenForServed) {
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({view_change(View{5})}));
    ASSERT_TRUE(journal.append({view_change(View{6})}));
  }
  const std::size_t payload = kDataOffset + 1024;
  const Bytes whole = read(file(0));
  write_at(file(0), payload + 20, Bytes(1, static_cast<std::uint8_t>(whole[payload + 20] ^ 1U)));
  // Certificates of lower views were applied meanwhile; the promise still binds.
  EXPECT_EQ(VoteJournal::open(path(), kChain, kSelf, Height{7}).error().code, ErrorCode::kCorrupt);
}

TEST_F(VoteJournalTest, APowerCutWhilePromisesMoveOnLosesNone) {
  const pbft::JournalRecord promise = view_change(View{9});
  Bytes even;
  Bytes odd;
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({promise}));
    ASSERT_TRUE(journal.append({prepare(Height{2}, View{0}, 300)}));
    even = read(file(0));
    odd = read(file(1));
    ASSERT_TRUE(journal.wipe(Height{2}, View{0}));
  }
  const Bytes even_after = read(file(0));
  const Bytes odd_after = read(file(1));
  const auto holds = [&](const Bytes& header, const Bytes& frames, const Bytes& other) {
    write_at(file(0), 0, BytesView(header).first(kDataOffset));
    write_at(file(0), kDataOffset, BytesView(frames).subspan(kDataOffset));
    write_at(file(1), 0, other);
    auto journal = VoteJournal::open(path(), kChain, kSelf, Height{2});
    if (!journal) return false;
    const auto found = records(*journal);
    return std::find(found.begin(), found.end(), promise) != found.end();
  };
  EXPECT_TRUE(holds(even, even, odd));
  EXPECT_TRUE(holds(even, even, odd_after)) << "moved, not reset";
  EXPECT_TRUE(holds(even_after, even, odd_after)) << "reset, not zeroed";
  EXPECT_TRUE(holds(even_after, even_after, odd_after));
}

TEST_F(VoteJournalTest, MoreThanOneFrameOfPromisesMovesOn) {
  constexpr std::uint64_t kPromises = 2500;
  {
    VoteJournal journal = must_open(path());
    std::vector<pbft::JournalRecord> some;
    for (std::uint64_t view = 1; view <= kPromises; ++view) {
      some.emplace_back(view_change(View{view}));
      if (some.size() < 500) continue;
      ASSERT_TRUE(journal.append(some));
      some.clear();
    }
    for (std::uint64_t h = 1; h <= 4; ++h) {
      ASSERT_TRUE(journal.append({prepare(Height{h}, View{0})}));
      ASSERT_TRUE(journal.wipe(Height{h}, View{0}));
    }
    EXPECT_EQ(records(journal).size(), kPromises);
  }
  auto journal = VoteJournal::open(path(), kChain, kSelf, Height{4});
  ASSERT_TRUE(journal) << journal.error().message;
  EXPECT_EQ(records(*journal).size(), kPromises);
}

TEST_F(VoteJournalTest, AmnesiaIsRememberedAndBodiesAreStillWiped) {
  const pbft::JournalRecord vote = prepare(Height{1}, View{0}, 5000, 0x5a);
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({vote}));
    EXPECT_FALSE(journal.load()->amnesia);
    ASSERT_TRUE(journal.forget());
  }
  {
    VoteJournal journal = must_open(path());
    EXPECT_TRUE(journal.load()->amnesia);
    EXPECT_EQ(journal.sequence(), 1U);
    EXPECT_EQ(records(journal), std::vector<pbft::JournalRecord>{vote})
        << "others may need the block";
    ASSERT_TRUE(journal.wipe(Height{1}, View{0}));
  }
  const Bytes content = read(file(1));
  const Bytes marker(64, 0x5a);
  EXPECT_EQ(std::search(content.begin(), content.end(), marker.begin(), marker.end()),
            content.end());
  // No damaged page brings the votes back.
  for (const std::size_t parity : {0U, 1U}) {
    const Bytes whole = read(file(parity));
    for (const std::size_t page : {std::size_t{0}, std::size_t{4096}}) {
      write_at(file(parity), page, Bytes(4096, 0));
      auto journal = VoteJournal::open(path(), kChain, kSelf, Height{1});
      EXPECT_TRUE(!journal || journal->load()->amnesia);
      write_at(file(parity), 0, whole);
    }
  }
}

TEST_F(VoteJournalTest, WhatIsLeftOfADamagedJournalIsErased) {
  {
    VoteJournal journal = must_open(path());
    ASSERT_TRUE(journal.append({prepare(Height{1}, View{0}, 5000, 0x5a)}));
    ASSERT_TRUE(journal.append({commit(Height{1}, View{0})}));
  }
  write_at(file(1), kDataOffset, Bytes(1100, 0xee));
  ASSERT_EQ(VoteJournal::open(path(), kChain, kSelf).error().code, ErrorCode::kCorrupt);
  ASSERT_TRUE(VoteJournal::erase(path(), kChain, kSelf));
  const Bytes content = read(file(1));
  const Bytes marker(64, 0x5a);
  EXPECT_EQ(std::search(content.begin(), content.end(), marker.begin(), marker.end()),
            content.end());
  EXPECT_TRUE(must_open(path()).load()->amnesia);
  fs::remove(file(0));
  ASSERT_TRUE(VoteJournal::erase(path(), kChain, kSelf));
  EXPECT_FALSE(fs::exists(file(0))) << "it never creates";
  EXPECT_EQ(VoteJournal::open(path(), kChain, kSelf).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace galen::storage
