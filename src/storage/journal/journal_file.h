// One file of the vote journal: two header copies, then frames, preallocated. FROZEN
// (docs/formats.md, "Vote journal"). A frame is one append: all of it was synced before anything in
// it was sent. Thread rule: one thread at a time.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "storage/journal/disk.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace galen::storage {

/// Whose journal it is; every header repeats it.
struct JournalOwner {
  ChainId chain;
  ValidatorIndex member;
  friend bool operator==(const JournalOwner&, const JournalOwner&) = default;
};

/// Secret of one file, under which frame headers are sealed: a block body can hold bytes that look
/// like a frame, but none that verify.
using JournalSecret = FixedBytes<struct JournalSecretTag, 16>;

/// No height is ever applied that high: a frame with it serves until it is moved on, a file wiped
/// up to it belongs to a validator that must not vote any more (amnesia).
inline constexpr Height kJournalForEver{kMaxCounter};

/// The payload of one append.
struct JournalFrame {
  std::uint64_t sequence = 0;
  Height height;  ///< of the highest vote in it; once applied, the frame has served.
                  ///< kJournalForEver when it holds a promise (VIEW-CHANGE, NEW-VIEW) of its own
  Bytes payload;
};

class JournalFile {
 public:
  /// Writes a preallocated empty file of mode 0600 and syncs it. kAlreadyExists, kIo.
  [[nodiscard]] static Status create(Disk& disk,
                                     const std::filesystem::path& path,
                                     const JournalOwner& owner,
                                     std::uint8_t parity,
                                     const JournalSecret& secret);

  /// Locks and reads a file. An invalid tail is ignored and zeroed; so are frames up to `applied`,
  /// which may have been cut by a reset. kNotFound; kFailedPrecondition (another process has it);
  /// kWrongChain (of another chain or member); kCorrupt (both headers, the newer header with frames
  /// behind it, or a frame with valid ones after it); kIo.
  [[nodiscard]] static Result<JournalFile> open(Disk& disk,
                                                const std::filesystem::path& path,
                                                const JournalOwner& owner,
                                                std::uint8_t parity,
                                                Height applied);

  /// Writes one frame and syncs it; grows the file when needed. kIo: the process must stop.
  [[nodiscard]] Status append(const JournalFrame& frame);

  /// Overwrites all payloads and lets the next append start anew. Costs no sync unless a
  /// frame was for ever. REQUIRES: every other frame's height is applied, what must outlive it is
  /// synced elsewhere. kIo.
  [[nodiscard]] Status reset(std::uint64_t sequence, Height wiped);

  /// Makes what reset() overwrote durable now, not with the next append. kIo.
  [[nodiscard]] Status sync_wipes() { return file_->sync(); }

  /// Marks the file as wiped up to kJournalForEver, synced; frames stay readable. kIo.
  [[nodiscard]] Status forget();

  /// Writes an existing file anew, without any frame, and forgets: for one that open() finds
  /// corrupt. kNotFound; kFailedPrecondition (another process has it); kIo.
  [[nodiscard]] static Status erase(Disk& disk,
                                    const std::filesystem::path& path,
                                    const JournalOwner& owner,
                                    std::uint8_t parity,
                                    const JournalSecret& secret);

  /// Syncs the header that is due after a reset, before the first frame overwrites the old ones:
  /// for the file that alone remembers the last sequence. kIo.
  [[nodiscard]] Status sync_header();

  /// Frames found by open; emptied by the caller, who decodes them.
  [[nodiscard]] std::vector<JournalFrame> take_frames() { return std::move(frames_); }

  /// Highest sequence written or recorded by a reset.
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }

  /// Highest sequence a power cut cannot take back, as long as nothing else is appended.
  [[nodiscard]] std::uint64_t synced_sequence() const { return synced_sequence_; }

  /// Votes up to this height were in the file and are gone.
  [[nodiscard]] Height wiped() const { return wiped_; }

 private:
  JournalFile(std::unique_ptr<DiskFile> file,
              std::uint64_t growth,
              std::filesystem::path path,
              const JournalOwner& owner,
              std::uint8_t parity);

  struct Written {
    std::uint64_t at = 0;
    std::uint64_t sequence = 0;
    Height height;
    std::uint64_t size = 0;  ///< of the payload
  };

  [[nodiscard]] Status read_all(Height applied);
  [[nodiscard]] Status read_headers(BytesView file);
  [[nodiscard]] Status read_frames(BytesView file, Height applied);
  [[nodiscard]] Status read_behind(BytesView file, Height applied);
  [[nodiscard]] Status check_newer(std::uint64_t generation, std::uint64_t at) const;
  [[nodiscard]] Status write_anew();
  [[nodiscard]] Status write_header();
  [[nodiscard]] Status begin_generation();
  [[nodiscard]] Status overwrite(const Written& frame, std::uint64_t generation);
  [[nodiscard]] Status write_at(BytesView bytes, std::uint64_t offset);
  [[nodiscard]] Status write_zeros(std::uint64_t from, std::uint64_t to);

  std::unique_ptr<DiskFile> file_;
  std::uint64_t growth_ = 0;  ///< preallocated at a time
  std::filesystem::path path_;
  JournalOwner owner_;
  std::uint8_t parity_ = 0;
  JournalSecret secret_;
  std::uint64_t size_ = 0;        ///< of the file
  std::uint64_t end_ = 0;         ///< where the next frame goes
  std::uint64_t generation_ = 0;  ///< counts resets: frames of older ones are not frames
  bool header_due_ = false;       ///< the generation's header goes out with its first frame
  bool next_unwritten_ = false;   ///< at open: the next generation's header never reached the disk
  std::vector<Written> written_;  ///< frames of this generation
  std::vector<Written> partly_wiped_;  ///< found at open
  std::uint64_t sequence_ = 0;
  std::uint64_t synced_sequence_ = 0;
  std::uint64_t base_sequence_ = 0;  ///< before the first frame of this generation
  Height wiped_;
  std::vector<JournalFrame> frames_;
};

}  // namespace galen::storage
