#include "storage/journal/journal_file.h"

#include "codec/codec.h"
#include "crypto/digest.h"

#include <algorithm>
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
  std::uint64_t generation = 0;
  std::uint64_t sequence = 0;
  Height wiped;
};

/// Body, then its SHA-256, padded with zeros.
Bytes sealed(codec::Writer&& w, std::size_t size) {
  Bytes bytes = std::move(w).take();
  const Digest digest = crypto::sha256(bytes);
  bytes.insert(bytes.end(), digest.value.begin(), digest.value.end());
  bytes.resize(size);
  return bytes;
}

/// The body's length is fixed per format, so the seal stands right after what was read.
bool seal_holds(BytesView bytes, const codec::Reader& reader) {
  const std::size_t body = bytes.size() - reader.remaining();
  if (reader.failed() || reader.remaining() < Digest::kSize) return false;
  return equal(crypto::sha256(bytes.first(body)).view(), bytes.subspan(body, Digest::kSize));
}

Bytes encode_header(const JournalOwner& owner, std::uint8_t parity, const FileHeader& header) {
  codec::Writer w;
  w.tag("galen votes").u16(kVersion).raw(owner.chain).u16(owner.member.value).u8(parity);
  w.u64(header.generation).u64(header.sequence).counter(header.wiped);
  return sealed(std::move(w), kHeaderBytes);
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
  read.header.generation = r.u64();
  read.header.sequence = r.u64();
  read.header.wiped = r.counter<Height>();
  if (!seal_holds(bytes, r) || version != kVersion) return std::nullopt;
  read.ours = found == owner && found_parity == parity;
  return read;
}

struct FrameHeader {
  std::uint64_t generation = 0;
  std::uint64_t sequence = 0;
  Height height;
  std::uint64_t size = 0;  ///< of the payload
  Digest payload;          ///< zero: wiped
};

Bytes encode_frame_header(const FrameHeader& frame) {
  codec::Writer w;
  w.tag("frame")
      .u64(frame.generation)
      .u64(frame.sequence)
      .counter(frame.height)
      .u64(frame.size)
      .raw(frame.payload);
  return sealed(std::move(w), kSectorBytes);
}

std::optional<FrameHeader> decode_frame_header(BytesView sector) {
  if (sector[0] != 5) return std::nullopt;  // the tag's length: most sectors end here
  codec::Reader r(sector, "vote journal frame");
  r.tag("frame");
  FrameHeader frame;
  frame.generation = r.u64();
  frame.sequence = r.u64();
  frame.height = r.counter<Height>();
  frame.size = r.u64();
  frame.payload = r.fixed<Digest>();
  if (!seal_holds(sector, r) || frame.size > kMaxFramePayload) return std::nullopt;
  return frame;
}

/// Either copy will do.
std::optional<FrameHeader> frame_at(BytesView file, std::uint64_t offset) {
  for (const std::uint64_t at : {offset, offset + kSectorBytes}) {
    if (at + kSectorBytes > file.size()) return std::nullopt;
    if (auto frame = decode_frame_header(file.subspan(at, kSectorBytes))) return frame;
  }
  return std::nullopt;
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
  const Bytes header = encode_header(owner_, parity_, {generation_, sequence_, wiped_});
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

Status JournalFile::create(Disk& disk,
                           const std::filesystem::path& path,
                           const JournalOwner& owner,
                           std::uint8_t parity) {
  GALEN_TRY(auto created, disk.create_file(path));
  JournalFile file(std::move(created), disk.growth_bytes(), path, owner, parity);
  GALEN_TRY_STATUS(file.write_zeros(0, file.growth_));
  for (file.generation_ = 0; file.generation_ < 2; ++file.generation_)
    GALEN_TRY_STATUS(file.write_header());
  return file.file_->sync();
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
  if (all_zero(BytesView(content).subspan(std::min<std::uint64_t>(end_, content.size()))))
    return {};
  // What was never sent must not be found again behind a later frame.
  GALEN_TRY_STATUS(write_zeros(end_, size_));
  return file_->sync();
}

Status JournalFile::read_headers(BytesView file) {
  bool found = false;
  for (const std::uint64_t at : {std::uint64_t{0}, kHeaderBytes}) {
    if (at + kHeaderBytes > file.size()) continue;
    const auto read = decode_header(file.subspan(at, kHeaderBytes), owner_, parity_);
    if (!read) continue;
    if (!read->ours)
      return fail(ErrorCode::kWrongChain,
                  path_.string() + " belongs to another chain or validator");
    if (found && read->header.generation <= generation_) continue;
    found = true;
    generation_ = read->header.generation;
    sequence_ = read->header.sequence;
    wiped_ = read->header.wiped;
  }
  if (!found) return fail(ErrorCode::kCorrupt, path_.string() + ": no valid header");
  return {};
}

Status JournalFile::read_frames(BytesView file, Height applied) {
  end_ = kDataOffset;
  for (;;) {
    const auto frame = frame_at(file, end_);
    if (!frame || frame->generation != generation_ || frame->sequence <= sequence_) break;
    const std::uint64_t start = end_ + 2 * kSectorBytes;
    if (start + frame->size > file.size()) break;
    const BytesView payload = file.subspan(start, frame->size);
    if (crypto::sha256(payload) == frame->payload) {
      frames_.push_back({frame->sequence, frame->height, to_bytes(payload)});
      written_.push_back({end_, frame->sequence, frame->height, frame->size});
    } else if (frame->height <= applied || frame->payload.is_zero()) {
      wiped_ = std::max(wiped_, frame->height);  // by a reset, whole or cut
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
  const auto torn = frame_at(file, end_);
  const bool is_current = torn && torn->generation == generation_;
  std::uint64_t at = end_ + (is_current ? align(torn->size) + 2 * kSectorBytes : 2 * kSectorBytes);
  for (; at + kSectorBytes <= file.size(); at += kSectorBytes) {
    const auto later = decode_frame_header(file.subspan(at, kSectorBytes));
    if (!later || later->generation != generation_ || later->sequence <= sequence_) continue;
    if (later->height > applied) {
      return fail(ErrorCode::kCorrupt,
                  path_.string() + ": a frame is damaged with valid ones behind it");
    }
    wiped_ = std::max(wiped_, later->height);
    sequence_ = later->sequence;
  }
  return {};
}

Status JournalFile::append(const JournalFrame& frame) {
  const BytesView payload = frame.payload;
  const FrameHeader header{
      generation_, frame.sequence, frame.height, payload.size(), crypto::sha256(payload)};
  const Bytes copy = encode_frame_header(header);
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
  sequence_ = frame.sequence;
  return {};
}

/// Frame headers stay, marked: should the zeros be found without the block that replaced them, the
/// height is known to have been voted on.
Status JournalFile::reset(std::uint64_t sequence, Height wiped) {
  for (const Written& frame : written_) {
    const Bytes mark =
        encode_frame_header({generation_, frame.sequence, frame.height, frame.size, Digest{}});
    GALEN_TRY_STATUS(write_at(mark, frame.at));
    GALEN_TRY_STATUS(write_at(mark, frame.at + kSectorBytes));
    const std::uint64_t payload = frame.at + 2 * kSectorBytes;
    GALEN_TRY_STATUS(write_zeros(payload, payload + frame.size));
  }
  written_.clear();
  if (!header_due_) ++generation_;
  header_due_ = true;
  sequence_ = std::max(sequence_, sequence);
  wiped_ = std::max(wiped_, wiped);
  end_ = kDataOffset;
  return {};
}

}  // namespace galen::storage
