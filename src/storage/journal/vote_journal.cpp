#include "storage/journal/vote_journal.h"

#include "base/check.h"
#include "base/limits.h"
#include "codec/codec.h"
#include "crypto/keys.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace galen::storage {

namespace {

constexpr std::array<const char*, 2> kNames = {"votes.even", "votes.odd"};
constexpr std::size_t kMaxRecordsPerAppend = 1024;
/// What moves on may be any number of records (a height of many views): so many bytes a frame.
constexpr std::size_t kMaxMovedBytes = 16 * 1024 * 1024;
constexpr std::size_t kMaxRecordBytes = limits::kMaxBlockBytes + 2 * 1024 * 1024;

std::size_t parity_of(Height height) {
  return static_cast<std::size_t>(height.value % 2);
}

std::optional<Height> vote_height(const pbft::JournalRecord& record) {
  const auto* vote = std::get_if<pbft::VoteRecord>(&record);
  if (vote == nullptr) return std::nullopt;
  return vote->vote.subject.height;
}

/// A frame has served when its votes are applied; a promise binds beyond any height.
Height height_of(const std::vector<pbft::JournalRecord>& records) {
  Height height;
  for (const pbft::JournalRecord& record : records) {
    height = std::max(height, vote_height(record).value_or(kJournalForEver));
  }
  return height;
}

JournalSecret make_secret(RandomSource* random) {
  crypto::OsRandom machine;
  return (random != nullptr ? *random : machine).next<JournalSecret>();
}

Error amnesia(Error error) {
  if (error.code == ErrorCode::kNotFound || error.code == ErrorCode::kCorrupt) {
    error.message += "; without its vote journal this validator must not vote under its key";
  }
  error.message.insert(0, "vote journal: ");
  return error;
}

}  // namespace

Status VoteJournal::create(const std::filesystem::path& directory,
                           const ChainId& chain,
                           ValidatorIndex member,
                           Disk& disk,
                           RandomSource* random) {
  GALEN_TRY_STATUS(disk.make_directory(directory));
  for (const std::size_t parity : {0U, 1U}) {
    const auto p = static_cast<std::uint8_t>(parity);
    GALEN_TRY_STATUS(JournalFile::create(
        disk, directory / kNames[parity], {chain, member}, p, make_secret(random)));
  }
  GALEN_TRY_STATUS(disk.sync_directory(directory));
  std::error_code error;
  return disk.sync_directory(std::filesystem::absolute(directory, error).parent_path());
}

Status VoteJournal::erase(const std::filesystem::path& directory,
                          const ChainId& chain,
                          ValidatorIndex member,
                          Disk& disk,
                          RandomSource* random) {
  for (const std::size_t parity : {0U, 1U}) {
    const auto p = static_cast<std::uint8_t>(parity);
    auto erased = JournalFile::erase(
        disk, directory / kNames[parity], {chain, member}, p, make_secret(random));
    if (!erased && erased.error().code != ErrorCode::kNotFound) return erased;
  }
  return {};
}

Status VoteJournal::forget() {
  for (JournalFile& file : files_) GALEN_TRY_STATUS(file.forget());
  return {};
}

VoteJournal::VoteJournal(JournalFile even, JournalFile odd)
    : files_{std::move(even), std::move(odd)},
      sequence_(std::make_unique<std::atomic<std::uint64_t>>(
          std::max(files_[0].sequence(), files_[1].sequence()))) {}

Result<VoteJournal> VoteJournal::open(const std::filesystem::path& directory,
                                      const ChainId& chain,
                                      ValidatorIndex member,
                                      Height applied,
                                      Disk& disk) {
  const JournalOwner owner{chain, member};
  auto even = JournalFile::open(disk, directory / kNames[0], owner, 0, applied);
  if (!even) return tl::unexpected(amnesia(std::move(even).error()));
  auto odd = JournalFile::open(disk, directory / kNames[1], owner, 1, applied);
  if (!odd) return tl::unexpected(amnesia(std::move(odd).error()));
  VoteJournal journal(*std::move(even), *std::move(odd));
  if (auto read = journal.read_frames(); !read)
    return tl::unexpected(amnesia(std::move(read).error()));
  return journal;
}

Status VoteJournal::read_frames() {
  for (std::size_t parity = 0; parity < files_.size(); ++parity) {
    for (const JournalFrame& frame : files_[parity].take_frames()) {
      codec::Reader r(frame.payload, "vote journal frame");
      const std::size_t count = r.count(kMaxRecordsPerAppend);
      for (std::size_t i = 0; i < count && !r.failed(); ++i) {
        const BytesView bytes = r.bytes(kMaxRecordBytes);
        if (r.failed()) break;
        auto record = pbft::decode_journal_record(bytes);
        // The frame's hash holds, so these bytes were written: by a version that knows more
        // records.
        if (!record) return fail(ErrorCode::kFailedPrecondition, record.error().message);
        held_[parity].push_back({frame.sequence, *std::move(record)});
      }
      if (const auto finished = r.finish(); !finished)
        return fail(ErrorCode::kCorrupt, finished.error().message);
    }
  }
  return {};
}

Result<std::uint64_t> VoteJournal::append(const std::vector<pbft::JournalRecord>& records) {
  CHECK(!records.empty() && records.size() <= kMaxRecordsPerAppend, "an append holds records");
  Height height;
  for (const pbft::JournalRecord& record : records)
    height = std::max(height, vote_height(record).value_or(Height{}));
  // Without a vote any file does: whatever outlives its height moves on at every wipe.
  const std::size_t parity = height.value > 0 ? parity_of(height) : parity_of(files_[0].wiped());
  // A vote at `height` proves that lower heights are applied (CONSENSUS.md 6).
  const bool is_stale =
      std::any_of(held_[parity].begin(), held_[parity].end(), [&](const Held& held) {
        const auto of = vote_height(held.record);
        return of && *of < height;
      });
  if (is_stale) GALEN_TRY_STATUS(wipe_file(parity, Height{height.value - 1}));
  GALEN_TRY_STATUS(append_to(parity, records));
  return sequence();
}

Status VoteJournal::append_to(std::size_t parity, const std::vector<pbft::JournalRecord>& records) {
  codec::Writer w;
  w.count(records.size());
  for (const pbft::JournalRecord& record : records) w.bytes(pbft::encode(record));
  const std::uint64_t next = sequence() + 1;
  // A power cut in this append must not take back the sequence the ledger relies on. Nearly always
  // the other file holds it: with the votes of the height before.
  if (files_[1 - parity].synced_sequence() < sequence())
    GALEN_TRY_STATUS(files_[parity].sync_header());
  GALEN_TRY_STATUS(files_[parity].append({next, height_of(records), std::move(w).take()}));
  sequence_->store(next);
  for (const pbft::JournalRecord& record : records) held_[parity].push_back({next, record});
  return {};
}

bool VoteJournal::outlives(const pbft::JournalRecord& record, Height height) const {
  if (const auto* vote = std::get_if<pbft::VoteRecord>(&record))
    return vote->vote.subject.height > height;
  if (const auto* change = std::get_if<pbft::ViewChange>(&record))
    return change->new_view > certified_;
  return std::get<pbft::NewView>(record).view > certified_;
}

Status VoteJournal::wipe(Height height, View certified) {
  certified_ = std::max(certified_, certified);
  for (const std::size_t parity : {0U, 1U}) {
    const bool has_any =
        std::any_of(held_[parity].begin(), held_[parity].end(), [&](const Held& held) {
          const auto of = vote_height(held.record);
          return of && *of <= height;
        });
    if (has_any) GALEN_TRY_STATUS(wipe_file(parity, height));
  }
  return {};
}

Status VoteJournal::sync_wipes() {
  for (JournalFile& file : files_) GALEN_TRY_STATUS(file.sync_wipes());
  return {};
}

/// In as many frames as reading allows for.
Status VoteJournal::move_to(std::size_t parity, std::vector<pbft::JournalRecord> records) {
  std::vector<pbft::JournalRecord> frame;
  std::size_t bytes = 0;
  for (pbft::JournalRecord& record : records) {
    const std::size_t size = pbft::encode(record).size();
    if (!frame.empty() && (frame.size() == kMaxRecordsPerAppend || bytes + size > kMaxMovedBytes)) {
      GALEN_TRY_STATUS(append_to(parity, std::exchange(frame, {})));
      bytes = 0;
    }
    bytes += size;
    frame.push_back(std::move(record));
  }
  return frame.empty() ? Status{} : append_to(parity, frame);
}

/// What outlives the height is synced into the other file before this one is reset.
Status VoteJournal::wipe_file(std::size_t parity, Height height) {
  std::vector<pbft::JournalRecord> kept;
  Height wiped;
  for (const Held& held : held_[parity]) {
    if (outlives(held.record, height)) {
      kept.push_back(held.record);
      continue;
    }
    const auto* vote = std::get_if<pbft::VoteRecord>(&held.record);
    if (vote == nullptr) continue;
    wiped = std::max(wiped, vote->vote.subject.height);
    if (vote->new_view && vote->new_view->view > certified_) kept.emplace_back(*vote->new_view);
  }
  GALEN_TRY_STATUS(move_to(1 - parity, std::move(kept)));
  held_[parity].clear();
  return files_[parity].reset(sequence(), wiped);
}

Result<JournalContents> VoteJournal::load() const {
  std::vector<const Held*> ordered;
  for (const auto& file : held_) {
    for (const Held& held : file) ordered.push_back(&held);
  }
  std::stable_sort(ordered.begin(), ordered.end(), [](const Held* a, const Held* b) {
    return a->sequence < b->sequence;
  });
  JournalContents contents;
  contents.wiped = std::max(files_[0].wiped(), files_[1].wiped());
  contents.amnesia = contents.wiped == kJournalForEver;
  for (const Held* held : ordered) {
    // A crash between moving a record on and resetting its old file leaves it twice.
    const bool twice = std::find(contents.records.begin(), contents.records.end(), held->record) !=
                       contents.records.end();
    if (!twice) contents.records.push_back(held->record);
  }
  return contents;
}

}  // namespace galen::storage
