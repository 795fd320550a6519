// Records and a journal in a directory of its own, for the tests of the vote journal.
#pragma once

#include "crypto/digest.h"
#include "crypto/keys.h"
#include "storage/journal/vote_journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace galen::storage::test {

namespace fs = std::filesystem;
using ledger::VoteType;

inline constexpr std::size_t kDataOffset = 8192;

inline const ChainId kChain = id_cast<ChainId>(crypto::sha256(as_bytes("journal test")));
inline constexpr ValidatorIndex kSelf{2};

inline Signature signature() {
  static const Signature made = crypto::PrivateKey::generate().sign(as_bytes("any"));
  return made;
}

inline pbft::SharedBytes body(std::size_t size, std::uint8_t fill) {
  return std::make_shared<const Bytes>(Bytes(size, fill));
}

inline ledger::Certificate certificate(VoteType type, View view, Height height) {
  ledger::Certificate certificate{{Epoch{0}, type, view, height, {}}, {}};
  for (std::uint16_t i = 0; i < 3; ++i)
    certificate.signatures.emplace(ValidatorIndex{i}, signature());
  return certificate;
}

inline pbft::JournalRecord prepare(Height height,
                                   View view,
                                   std::size_t size = 100,
                                   std::uint8_t fill = 0xab) {
  pbft::VoteRecord record;
  record.vote = {{Epoch{0}, VoteType::kPrepare, view, height, {}}, kSelf, signature()};
  record.block = body(size, fill);
  if (height.value > 1)
    record.parent_certificate = certificate(VoteType::kCommit, view, Height{height.value - 1});
  return record;
}

inline pbft::JournalRecord commit(Height height, View view) {
  pbft::VoteRecord record;
  record.vote = {{Epoch{0}, VoteType::kCommit, view, height, {}}, kSelf, signature()};
  record.prepared = certificate(VoteType::kPrepare, view, height);
  return record;
}

inline pbft::ViewChange view_change(View view) {
  pbft::ViewChange change;
  change.new_view = view;
  change.member = kSelf;
  change.signature = signature();
  return change;
}

inline pbft::NewView new_view(View view) {
  return {Epoch{0}, view, {view_change(view)}, ValidatorIndex{0}, signature()};
}

class FixedRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = 0x77;
  }
};

class VoteJournalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "votes-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    FixedRandom random;
    ASSERT_TRUE(VoteJournal::create(path(), kChain, kSelf, system_disk(), &random));
  }

  void TearDown() override { fs::remove_all(root_); }

  [[nodiscard]] fs::path path() const { return root_ / "votes"; }

  [[nodiscard]] fs::path file(std::size_t parity) const {
    return path() / (parity == 0 ? "votes.even" : "votes.odd");
  }

  [[nodiscard]] static VoteJournal must_open(const fs::path& path) {
    auto journal = VoteJournal::open(path, kChain, kSelf);
    EXPECT_TRUE(journal.has_value()) << journal.error().message;
    return *std::move(journal);
  }

  [[nodiscard]] static std::vector<pbft::JournalRecord> records(const VoteJournal& journal) {
    auto contents = journal.load();
    EXPECT_TRUE(contents.has_value());
    return contents->records;
  }

  [[nodiscard]] static Bytes read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
  }

  static void write_at(const fs::path& path, std::size_t offset, BytesView bytes) {
    const int fd = ::open(path.c_str(), O_WRONLY);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)),
              static_cast<ssize_t>(bytes.size()));
    ::close(fd);
  }

  fs::path root_;
};

}  // namespace galen::storage::test
