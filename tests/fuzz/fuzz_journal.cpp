// F8: a file of the vote journal. The input writes one (appends, resets), damages its bytes and
// opens it again: it is refused with a reason, or what it holds is what was written, under the same
// numbers, and it goes on from there. No damage invents a vote or makes an old one pass for
// another.
#include "fuzz/target.h"
#include "storage/journal/journal_file.h"

#include <map>
#include <set>

namespace galen::fuzz {

namespace {

using storage::JournalFile;
using storage::JournalFrame;

const storage::JournalOwner kOwner{ChainId::from(Bytes(32, 1)), ValidatorIndex{2}};
const storage::JournalSecret kSecret = storage::JournalSecret::from(Bytes(16, 3));
constexpr const char* kPath = "journal";

/// One directory in memory; nothing is ever lost.
class MemoryDisk final : public storage::Disk {
 public:
  class File final : public storage::DiskFile {
   public:
    explicit File(Bytes& bytes) : bytes_(bytes) {}

    Status write_at(BytesView bytes, std::uint64_t offset) override {
      if (bytes_.size() < offset + bytes.size()) bytes_.resize(offset + bytes.size());
      std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
      return {};
    }

    Status sync() override { return {}; }

    Result<Bytes> read_all() override { return bytes_; }

   private:
    Bytes& bytes_;
  };

  Result<std::unique_ptr<storage::DiskFile>> create_file(
      const std::filesystem::path& path) override {
    return std::make_unique<File>(files[path.string()]);
  }

  Result<std::unique_ptr<storage::DiskFile>> open_file(const std::filesystem::path& path) override {
    const auto found = files.find(path.string());
    if (found == files.end()) return fail(ErrorCode::kNotFound, "no such file");
    return std::make_unique<File>(found->second);
  }

  Status make_directory(const std::filesystem::path&) override { return {}; }

  Status sync_directory(const std::filesystem::path&) override { return {}; }

  [[nodiscard]] std::uint64_t growth_bytes() const override { return 16'384; }

  std::map<std::string, Bytes> files;
};

constexpr std::size_t kHeaderBytes = 4096;  ///< each of its two copies

class Journal {
 public:
  /// Writes what the choices say.
  explicit Journal(Choices& choices) {
    CHECK(JournalFile::create(disk_, kPath, kOwner, 0, kSecret).has_value(), "a new file");
    auto file = JournalFile::open(disk_, kPath, kOwner, 0, Height{});
    CHECK(file.has_value(), "what was created opens");
    for (std::size_t steps = choices.below(12); steps > 0; --steps) {
      if (choices.below(4) == 0) {
        applied_ = Height{height_};
        CHECK(file->reset(sequence_, applied_).has_value(), "no write fails");
        continue;
      }
      append(*file, choices.take(choices.below(64) * (choices.below(8) == 0 ? 64 : 1)));
    }
  }

  void append(JournalFile& file, Bytes payload) {
    const JournalFrame frame{++sequence_, Height{++height_}, std::move(payload)};
    CHECK(file.append(frame).has_value(), "no write fails");
    written_[frame.sequence] = frame;
  }

  void damage(Choices& choices) {
    Bytes& bytes = disk_.files.at(kPath);
    whole_ = bytes;
    while (!choices.done()) {
      const std::size_t at = (choices.byte() * 256U + choices.byte()) % bytes.size();
      const std::uint8_t what = choices.byte();
      if (what == 0) {
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), std::uint8_t{0});
      } else if (what == 1) {
        bytes.resize(std::max<std::size_t>(at, 1));
      } else if (what == 2) {
        // A stretch once more, elsewhere.
        const std::size_t from = choices.byte() * 64U % bytes.size();
        const std::size_t size =
            std::min({bytes.size() - at, bytes.size() - from, std::size_t{512}});
        const Bytes copy(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                         bytes.begin() + static_cast<std::ptrdiff_t>(from + size));
        std::copy(copy.begin(), copy.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        bytes[at] ^= what;
      }
    }
  }

  void check() {
    auto file = JournalFile::open(disk_, kPath, kOwner, 0, applied_);
    if (!file) {
      CHECK(is_refusal(file.error().code), "damage is called by its name");
      return;
    }
    check_frames(file->take_frames());
    CHECK(file->sequence() <= sequence_, "no number was invented");
    sequence_ = std::max(sequence_, file->sequence());
    append(*file, Bytes(20, 9));
    const JournalFrame last = written_.rbegin()->second;
    auto again = JournalFile::open(disk_, kPath, kOwner, 0, applied_);
    CHECK(again.has_value(), "what was written behind the damage opens");
    const auto frames = again->take_frames();
    check_frames(frames);
    CHECK(!frames.empty() && frames.back().sequence == last.sequence, "and is there");
  }

 private:
  /// Damage of both headers may look like another version's file: then the node does not start,
  /// rather than take it for lost.
  [[nodiscard]] bool is_refusal(ErrorCode code) {
    const bool is_other_version = code == ErrorCode::kFailedPrecondition;
    if (is_other_version) return !has_header(0) && !has_header(kHeaderBytes);
    return code == ErrorCode::kCorrupt || code == ErrorCode::kWrongChain;
  }

  [[nodiscard]] bool has_header(std::size_t at) {
    const Bytes& bytes = disk_.files.at(kPath);
    if (bytes.size() < at + kHeaderBytes) return false;
    const auto begin = static_cast<std::ptrdiff_t>(at);
    return std::equal(
        bytes.begin() + begin, bytes.begin() + begin + kHeaderBytes, whole_.begin() + begin);
  }

  void check_frames(const std::vector<JournalFrame>& frames) const {
    std::uint64_t before = 0;
    for (const JournalFrame& frame : frames) {
      const auto known = written_.find(frame.sequence);
      CHECK(known != written_.end(), "a frame that nobody wrote");
      CHECK(known->second.payload == frame.payload && known->second.height == frame.height,
            "a frame with another's number");
      CHECK(frame.sequence > before, "frames in their order");
      before = frame.sequence;
    }
  }

  MemoryDisk disk_;
  Bytes whole_;  ///< the file before its damage
  std::map<std::uint64_t, JournalFrame> written_;
  std::uint64_t sequence_ = 0;
  std::uint64_t height_ = 0;
  Height applied_;  ///< what was reset had served
};

}  // namespace

std::vector<Bytes> seeds() {
  Bytes three{3};
  for (std::uint8_t i = 0; i < 3; ++i) {
    const Bytes append{1, 20, 1};
    three.insert(three.end(), append.begin(), append.end());
    three.insert(three.end(), 20, i);
  }
  Bytes damaged = three;
  damaged.insert(damaged.end(), {0x10, 0x08, 0x40});
  return {{},
          {0},
          three,
          damaged,
          {4, 1, 5, 1, 7, 7, 7, 7, 7, 0, 1, 5, 1, 8, 8, 8, 8, 8, 0, 0, 30, 0x55},
          // One header cut off, the version of the other changed.
          {0, 0x10, 0x00, 1, 0, 13, 0x40}};
}

}  // namespace galen::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace galen;
  fuzz::Choices choices(BytesView(data, size));
  fuzz::Journal journal(choices);
  journal.damage(choices);
  journal.check();
  return 0;
}
