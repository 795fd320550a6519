#include "sim/virtual_disk.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace galen::sim {

namespace {

constexpr std::size_t kSector = 512;

void put(Bytes& content, std::uint64_t offset, BytesView bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  if (!bytes.empty()) std::memcpy(content.data() + offset, bytes.data(), bytes.size());
}

}  // namespace

class VirtualFile final : public storage::DiskFile {
 public:
  VirtualFile(VirtualDisk& disk, std::string name) : disk_(disk), name_(std::move(name)) {
    disk_.open_.insert(name_);
  }

  ~VirtualFile() override { disk_.open_.erase(name_); }

  VirtualFile(const VirtualFile&) = delete;
  VirtualFile& operator=(const VirtualFile&) = delete;

  Status write_at(BytesView bytes, std::uint64_t offset) override {
    VirtualDisk::Content& file = disk_.files_[name_];
    if (disk_.full_ && offset + bytes.size() > file.current.size())
      return fail(ErrorCode::kIo, name_ + ": ENOSPC");
    if (std::exchange(disk_.misdirected_, false))
      offset = disk_.rng_.below(file.current.size() / kSector + 1) * kSector;
    // A write in which the process dies may reach the disk as well.
    file.unsynced.push_back({offset, to_bytes(bytes)});
    put(file.current, offset, bytes);
    if (!disk_.step()) return fail(ErrorCode::kIo, name_ + ": the process died in a write");
    return {};
  }

  Status sync() override {
    if (!disk_.step()) return fail(ErrorCode::kIo, name_ + ": the process died in a sync");
    if (std::exchange(disk_.sync_fails_, false)) return fail(ErrorCode::kIo, name_ + ": EIO");
    VirtualDisk::Content& file = disk_.files_[name_];
    for (const VirtualDisk::Write& write : file.unsynced)
      put(file.durable, write.offset, write.bytes);
    file.unsynced.clear();
    return {};
  }

  Result<Bytes> read_all() override {
    if (disk_.reads_left_ && (*disk_.reads_left_)-- == 0) {
      disk_.reads_left_.reset();
      return fail(ErrorCode::kIo, name_ + ": EIO");
    }
    return disk_.files_[name_].current;
  }

 private:
  VirtualDisk& disk_;
  std::string name_;
};

Result<std::unique_ptr<storage::DiskFile>> VirtualDisk::create_file(
    const std::filesystem::path& path) {
  const std::string name = path.string();
  if (files_.contains(name)) return fail(ErrorCode::kAlreadyExists, name + " exists");
  if (full_) return fail(ErrorCode::kIo, name + ": ENOSPC");
  files_[name];
  return std::make_unique<VirtualFile>(*this, name);
}

Result<std::unique_ptr<storage::DiskFile>> VirtualDisk::open_file(
    const std::filesystem::path& path) {
  const std::string name = path.string();
  if (!files_.contains(name)) return fail(ErrorCode::kNotFound, name + " does not exist");
  if (open_.contains(name)) return fail(ErrorCode::kFailedPrecondition, name + " is in use");
  return std::make_unique<VirtualFile>(*this, name);
}

bool VirtualDisk::step() {
  if (!countdown_) return true;
  if (*countdown_ > 0) {
    --*countdown_;
    return true;
  }
  tripped_ = true;
  return false;
}

void VirtualDisk::settle(Content& content, const Write& write) {
  const std::uint64_t fate = rng_.below(4);
  if (fate == 0) return;  // lost
  if (fate < 3) return put(content.durable, write.offset, write.bytes);
  for (std::size_t at = 0; at < write.bytes.size(); at += kSector) {
    const std::size_t part = std::min(kSector, write.bytes.size() - at);
    if (rng_.below(2) == 0)
      put(content.durable, write.offset + at, BytesView(write.bytes).subspan(at, part));
  }
}

void VirtualDisk::crash() {
  for (auto& [name, content] : files_) {
    for (const Write& write : content.unsynced) settle(content, write);
    content.unsynced.clear();
    content.current = content.durable;
  }
  countdown_.reset();
  tripped_ = false;
  sync_fails_ = false;
  reads_left_.reset();
  misdirected_ = false;
}

bool VirtualDisk::holds_durably(BytesView needle) const {
  return std::any_of(files_.begin(), files_.end(), [&](const auto& file) {
    const Bytes& content = file.second.durable;
    return ::memmem(content.data(), content.size(), needle.data(), needle.size()) != nullptr;
  });
}

void VirtualDisk::rot() {
  if (files_.empty()) return;
  auto file = files_.begin();
  std::advance(file, static_cast<std::ptrdiff_t>(rng_.below(files_.size())));
  Bytes& content = file->second.durable;
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] != 0) used.push_back(i);
  }
  if (used.empty()) return;
  content[used[rng_.below(used.size())]] ^= static_cast<std::uint8_t>(1U << rng_.below(8));
  // What was written since the last sync stands over it.
  file->second.current = content;
  for (const Write& write : file->second.unsynced)
    put(file->second.current, write.offset, write.bytes);
}

VirtualDisk::Image VirtualDisk::image() const {
  Image image;
  for (const auto& [name, content] : files_) image[name] = content.durable;
  return image;
}

void VirtualDisk::restore(const Image& image) {
  files_.clear();
  for (const auto& [name, bytes] : image) files_[name] = {bytes, bytes, {}};
}

}  // namespace galen::sim
