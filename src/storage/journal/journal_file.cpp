#include "storage/journal/journal_file.h"

#include "codec/codec.h"
#include "crypto/digest.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace galen::storage {

namespace {

constexpr std::uint16_t kVersion = 1;
/// Copies of a header never share a page, so that one torn or decayed page leaves the other.
constexpr std::uint64_t kHeaderBytes = 4096;
constexpr std::uint64_t kDataOffset = 2 * kHeaderBytes;
/// Frames and the copies of their headers start at sectors.
constexpr std::uint64_t kSectorBytes = 512;
constexpr std::uint64_t kMaxFramePayload = 64ULL * 1024 * 1024;

std::uint64_t align(std::uint64_t offset) {
  return (offset + kSectorBytes - 1) / kSectorBytes * kSectorBytes;
}

struct FileHeader {
  JournalSecret secret;
  std::uint64_t generation = 0;
  std::uint64_t sequence = 0;
  Height wiped;
};

/// Body, then its seal, padded with zeros.
Bytes sealed(codec::Writer&& w, const Digest& seal, std::size_t size) {
  w.raw(seal);
  Bytes bytes = std::move(w).take();
  bytes.resize(size);
  return bytes;
}

/// What the reader has read so far; the seal stands right behind it.
BytesView body_of(BytesView bytes, const codec::Reader& reader) {
  return bytes.first(bytes.size() - reader.remaining());
}

bool seal_holds(BytesView bytes, const codec::Reader& reader, const Digest& seal) {
  if (reader.failed() || reader.remaining() < Digest::kSize) return false;
  return equal(seal.view(), bytes.subspan(body_of(bytes, reader).size(), Digest::kSize));
}

Digest frame_seal(const JournalSecret& secret, BytesView body) {
  return crypto::hmac_sha256(secret.view(), body);
}

Bytes encode_header(const JournalOwner& owner, std::uint8_t parity, const FileHeader& header) {
  codec::Writer w;
  w.tag("galen votes").u16(kVersion).raw(owner.chain).u16(owner.member.value).u8(parity);
  w.raw(header.secret).u64(header.generation).u64(header.sequence).counter(header.wiped);
  const Digest seal = crypto::sha256(w.view());
  return sealed(std::move(w), seal, kHeaderBytes);
}

struct ReadHeader {
  FileHeader header;
  bool ours = false;
};

std::optional<ReadHeader> decode_header(BytesView bytes,
                                        const JournalOwner& owner,
                                        std::uint8_t parity) {
  codec::Reader r(bytes, "vote journal header");
  r.tag("galen votes");
  const std::uint16_t version = r.u16();
  JournalOwner found;
  found.chain = r.fixed<ChainId>();
  found.member = ValidatorIndex{r.u16()};
  const std::uint8_t found_parity = r.u8();
  ReadHeader read;
  read.header.secret = r.fixed<JournalSecret>();
  read.header.generation = r.u64();
  read.header.sequence = r.u64();
  read.header.wiped = r.counter<Height>();
  if (!seal_holds(bytes, r, crypto::sha256(body_of(bytes, r))) || version != kVersion)
    return std::nullopt;
  read.ours = found == owner && found_parity == parity;
  return read;
}

/// Not damage: whoever downgraded must not lose the memory of his votes (OPS-3).
bool is_of_another_version(BytesView bytes) {
  codec::Reader r(bytes, "vote journal header");
  r.tag("galen votes");
  const std::uint16_t version = r.u16();
  return !r.failed() && version != kVersion;
}

struct FrameHeader {
  std::uint64_t generation = 0;
  std::uint64_t sequence = 0;
  Height height;
  std::uint64_t size = 0;  ///< of the payload
  Digest payload;
};

Bytes encode_frame_header(const JournalSecret& secret, const FrameHeader& frame) {
  codec::Writer w;
  w.tag("frame")
      .u64(frame.generation)
      .u64(frame.sequence)
      .counter(frame.height)
      .u64(frame.size)
      .raw(frame.payload);
  const Digest seal = frame_seal(secret, w.view());
  return sealed(std::move(w), seal, kSectorBytes);
}

std::optional<FrameHeader> decode_frame_header(const JournalSecret& secret, BytesView sector) {
  if (sector[0] != 5) return std::nullopt;  // the tag's length: most sectors end here
  codec::Reader r(sector, "vote journal frame");
  r.tag("frame");
  FrameHeader frame;
  frame.generation = r.u64();
  frame.sequence = r.u64();
  frame.height = r.counter<Height>();
  frame.size = r.u64();
  frame.payload = r.fixed<Digest>();
  if (r.failed() || frame.size > kMaxFramePayload) return std::nullopt;
  if (!seal_holds(sector, r, frame_seal(secret, body_of(sector, r)))) return std::nullopt;
  return frame;
}

/// Either copy will do.
std::optional<FrameHeader> frame_at(const JournalSecret& secret,
                                    BytesView file,
                                    std::uint64_t offset) {
  for (const std::uint64_t at : {offset, offset + kSectorBytes}) {
    if (at + kSectorBytes > file.size()) return std::nullopt;
    if (auto frame = decode_frame_header(secret, file.subspan(at, kSectorBytes))) return frame;
  }
  return std::nullopt;
}

/// What overwrites the payload of a wiped frame, again and again: no cut append looks like it.
Digest wiped_pattern(const JournalSecret& secret,
                     std::uint64_t generation,
                     std::uint64_t sequence) {
  codec::Writer w;
  w.tag("wiped").u64(generation).u64(sequence);
  return crypto::hmac_sha256(secret.view(), w.view());
}

/// Whether a wipe has reached any sector of the frame's payload.
bool holds_pattern(BytesView payload, const Digest& pattern) {
  for (std::size_t at = 0; at + Digest::kSize <= payload.size(); at += kSectorBytes) {
    if (equal(payload.subspan(at, Digest::kSize), pattern.view())) return true;
  }
  return false;
}

/// Whether a wipe has reached all of them.
bool is_pattern(BytesView payload, const Digest& pattern) {
  for (std::size_t at = 0; at < payload.size(); at += Digest::kSize) {
    const std::size_t size = std::min<std::size_t>(Digest::kSize, payload.size() - at);
    if (!equal(payload.subspan(at, size), pattern.view().first(size))) return false;
  }
  return true;
}

bool all_zero(BytesView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

Status JournalFile::write_at(BytesView bytes, std::uint64_t offset) {
  GALEN_TRY_STATUS(file_->write_at(bytes, offset));
  size_ = std::max(size_, offset + bytes.size());
  return {};
}

Status JournalFile::write_zeros(std::uint64_t from, std::uint64_t to) {
  static constexpr std::uint64_t kStep = 256 * 1024;
  const Bytes zeros(std::min(kStep, to > from ? to - from : 0));
  for (std::uint64_t at = from; at < to; at += kStep) {
    GALEN_TRY_STATUS(write_at(BytesView(zeros).first(std::min(kStep, to - at)), at));
  }
  return {};
}

Status JournalFile::write_header() {
  const Bytes header =
      encode_header(owner_, parity_, {secret_, generation_, base_sequence_, wiped_});
  return write_at(header, generation_ % 2 * kHeaderBytes);
}

JournalFile::JournalFile(std::unique_ptr<DiskFile> file,
                         std::uint64_t growth,
                         std::filesystem::path path,
                         const JournalOwner& owner,
                         std::uint8_t parity)
    : file_(std::move(file)),
      growth_(growth),
      path_(std::move(path)),
      owner_(owner),
      parity_(parity) {}

Status JournalFile::write_anew() {
  // Headers first: a power cut must not leave old headers over wiped frames.
  for (generation_ = 0; generation_ < 2; ++generation_) GALEN_TRY_STATUS(write_header());
  GALEN_TRY_STATUS(file_->sync());
  GALEN_TRY_STATUS(write_zeros(kDataOffset, std::max(size_, growth_)));
  return file_->sync();  // closed after it: the generation in memory is none
}

Status JournalFile::create(Disk& disk,
                           const std::filesystem::path& path,
                           const JournalOwner& owner,
                           std::uint8_t parity,
                           const JournalSecret& secret) {
  GALEN_TRY(auto created, disk.create_file(path));
  JournalFile file(std::move(created), disk.growth_bytes(), path, owner, parity);
  file.secret_ = secret;
  return file.write_anew();
}

Status JournalFile::erase(Disk& disk,
                          const std::filesystem::path& path,
                          const JournalOwner& owner,
                          std::uint8_t parity,
                          const JournalSecret& secret) {
  GALEN_TRY(auto opened, disk.open_file(path));
  JournalFile file(std::move(opened), disk.growth_bytes(), path, owner, parity);
  GALEN_TRY(const Bytes content, file.file_->read_all());
  file.size_ = content.size();
  file.secret_ = secret;
  file.wiped_ = kJournalForEver;
  return file.write_anew();
}

Result<JournalFile> JournalFile::open(Disk& disk,
                                      const std::filesystem::path& path,
                                      const JournalOwner& owner,
                                      std::uint8_t parity,
                                      Height applied) {
  GALEN_TRY(auto opened, disk.open_file(path));
  JournalFile file(std::move(opened), disk.growth_bytes(), path, owner, parity);
  GALEN_TRY_STATUS(file.read_all(applied));
  return file;
}

Status JournalFile::read_all(Height applied) {
  GALEN_TRY(const Bytes content, file_->read_all());
  size_ = content.size();
  GALEN_TRY_STATUS(read_headers(content));
  GALEN_TRY_STATUS(read_frames(content, applied));
  synced_sequence_ = sequence_;
  // What a cut wipe left stands below `end_`, where no later frame need ever come.
  for (const Written& frame : partly_wiped_) GALEN_TRY_STATUS(overwrite(frame, generation_));
  const bool is_clean =
      all_zero(BytesView(content).subspan(std::min<std::uint64_t>(end_, content.size())));
  if (is_clean) return partly_wiped_.empty() ? Status{} : file_->sync();
  // What was never sent must not be found again behind a later frame.
  GALEN_TRY_STATUS(write_zeros(end_, size_));
  return file_->sync();
}

Status JournalFile::read_headers(BytesView file) {
  std::array<std::optional<ReadHeader>, 2> copies;
  const ReadHeader* newest = nullptr;
  for (std::size_t i = 0; i < copies.size(); ++i) {
    if ((i + 1) * kHeaderBytes > file.size()) continue;
    copies[i] = decode_header(file.subspan(i * kHeaderBytes, kHeaderBytes), owner_, parity_);
    if (!copies[i]) continue;
    if (!copies[i]->ours)
      return fail(ErrorCode::kWrongChain,
                  path_.string() + " belongs to another chain or validator");
    if (newest == nullptr || copies[i]->header.generation > newest->header.generation)
      newest = &*copies[i];
  }
  if (newest == nullptr) {
    for (const std::size_t at : {std::size_t{0}, kHeaderBytes}) {
      if (at + kHeaderBytes <= file.size() && is_of_another_version(file.subspan(at, kHeaderBytes)))
        return fail(ErrorCode::kFailedPrecondition,
                    path_.string() + " was written by another version of galend");
    }
    return fail(ErrorCode::kCorrupt, path_.string() + ": no valid header");
  }
  // Both copies were synced before anything else: no power cut takes the second one's room. Grown
  // again, the file could show a header that hides what is written meanwhile.
  if (file.size() < kDataOffset) return fail(ErrorCode::kCorrupt, path_.string() + ": is cut off");
  const FileHeader& header = newest->header;
  secret_ = header.secret;
  generation_ = header.generation;
  sequence_ = base_sequence_ = header.sequence;
  wiped_ = header.wiped;
  const auto& other = copies[newest == &*copies[0] ? 1 : 0];
  next_unwritten_ = other && other->header.generation + 1 == generation_;
  return {};
}

Status JournalFile::read_frames(BytesView file, Height applied) {
  end_ = kDataOffset;
  for (;;) {
    const auto frame = frame_at(secret_, file, end_);
    if (!frame || frame->generation != generation_ || frame->sequence <= sequence_) break;
    const std::uint64_t start = end_ + 2 * kSectorBytes;
    if (align(start + frame->size) > file.size()) break;
    const BytesView payload = file.subspan(start, frame->size);
    if (crypto::sha256(payload) == frame->payload) {
      frames_.push_back({frame->sequence, frame->height, to_bytes(payload)});
      written_.push_back({end_, frame->sequence, frame->height, frame->size});
    } else if (frame->height <= applied ||
               holds_pattern(payload, wiped_pattern(secret_, frame->generation, frame->sequence))) {
      wiped_ = std::max(wiped_, frame->height);  // by a reset, whole or cut
      if (!is_pattern(payload, wiped_pattern(secret_, frame->generation, frame->sequence))) {
        partly_wiped_.push_back({end_, frame->sequence, frame->height, frame->size});
      }
    } else {
      break;
    }
    sequence_ = frame->sequence;
    end_ = align(start + frame->size);
  }
  return read_behind(file, applied);
}

/// Nothing is written behind a frame before that frame was synced: a valid one there means that a
/// synced frame is damaged, and with it a vote that may have been sent. Unless its height is
/// applied: then the first frame after a reset was cut.
Status JournalFile::read_behind(BytesView file, Height applied) {
  const auto torn = frame_at(secret_, file, end_);
  std::uint64_t behind = end_ + 2 * kSectorBytes;
  if (torn && torn->generation == generation_) behind += align(torn->size);
  for (std::uint64_t at = end_; at + kSectorBytes <= file.size(); at += kSectorBytes) {
    const auto later = decode_frame_header(secret_, file.subspan(at, kSectorBytes));
    if (!later) continue;
    if (later->generation > generation_) GALEN_TRY_STATUS(check_newer(later->generation, at));
    if (at < behind || later->generation != generation_ || later->sequence <= sequence_) continue;
    if (later->height > applied) {
      return fail(ErrorCode::kCorrupt,
                  path_.string() + ": a frame is damaged with valid ones behind it");
    }
    wiped_ = std::max(wiped_, later->height);
    sequence_ = later->sequence;
  }
  return {};
}

/// A frame of a newer generation than any header: its header is damaged, and votes would go unseen.
/// But the first one of the next generation may be what a power cut left of an append that was
/// never synced: then the header copy it came with still is the one before.
Status JournalFile::check_newer(std::uint64_t generation, std::uint64_t at) const {
  const bool first = at <= kDataOffset + kSectorBytes && generation == generation_ + 1;
  if (first && next_unwritten_) return {};
  return fail(ErrorCode::kCorrupt, path_.string() + ": the header of its newest frames is damaged");
}

Status JournalFile::append(const JournalFrame& frame) {
  const BytesView payload = frame.payload;
  const FrameHeader header{
      generation_, frame.sequence, frame.height, payload.size(), crypto::sha256(payload)};
  const Bytes copy = encode_frame_header(secret_, header);
  Bytes bytes;
  bytes.reserve(2 * kSectorBytes + payload.size());
  bytes.insert(bytes.end(), copy.begin(), copy.end());
  bytes.insert(bytes.end(), copy.begin(), copy.end());
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  const std::uint64_t next = align(end_ + bytes.size());
  if (next > size_) {
    GALEN_TRY_STATUS(write_zeros(size_, (next / growth_ + 1) * growth_));
  }
  // Cut anywhere, the old header finds no frame of its generation, or the new one none yet.
  if (header_due_) GALEN_TRY_STATUS(write_header());
  GALEN_TRY_STATUS(write_at(bytes, end_));
  GALEN_TRY_STATUS(file_->sync());
  header_due_ = false;
  written_.push_back({end_, frame.sequence, frame.height, payload.size()});
  end_ = next;
  synced_sequence_ = sequence_ = frame.sequence;
  return {};
}

Status JournalFile::sync_header() {
  if (!header_due_) return {};
  GALEN_TRY_STATUS(write_header());
  GALEN_TRY_STATUS(file_->sync());
  header_due_ = false;
  synced_sequence_ = base_sequence_;
  return {};
}

/// From here the frames written so far are none, whatever becomes of their bytes.
Status JournalFile::begin_generation() {
  ++generation_;
  header_due_ = true;
  return sync_header();
}

Status JournalFile::overwrite(const Written& frame, std::uint64_t generation) {
  const Digest pattern = wiped_pattern(secret_, generation, frame.sequence);
  Bytes bytes(align(frame.size));
  for (std::size_t at = 0; at < bytes.size(); at += Digest::kSize)
    std::copy(pattern.value.begin(),
              pattern.value.end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(at));
  return write_at(bytes, frame.at + 2 * kSectorBytes);
}

/// Why no sync is needed: a power cut leaves any mixture of old and new sectors. All heights in
/// them are applied by a synced batch, so open() takes each damaged frame for wiped; none of them
/// can hide a later frame, which syncs the header of its generation with itself. Should the ledger
/// have lost that batch, a payload is whole, or the pattern in it says that its height was voted
/// on. A frame that is for ever has no such height: its generation is ended durably first.
Status JournalFile::reset(std::uint64_t sequence, Height wiped) {
  sequence_ = base_sequence_ = std::max(sequence_, sequence);
  wiped_ = std::max(wiped_, wiped);
  const bool for_ever = std::any_of(written_.begin(), written_.end(), [](const Written& frame) {
    return frame.height == kJournalForEver;
  });
  const std::uint64_t generation = generation_;
  if (for_ever) GALEN_TRY_STATUS(begin_generation());
  for (const Written& frame : written_) GALEN_TRY_STATUS(overwrite(frame, generation));
  written_.clear();
  if (!for_ever && !header_due_) {
    ++generation_;
    header_due_ = true;
  }
  end_ = kDataOffset;
  return {};
}

/// Both copies, so that the loss of one does not bring the votes back.
Status JournalFile::forget() {
  wiped_ = kJournalForEver;
  GALEN_TRY_STATUS(write_header());
  --generation_;
  GALEN_TRY_STATUS(write_header());
  ++generation_;
  header_due_ = false;
  return file_->sync();
}

}  // namespace galen::storage
