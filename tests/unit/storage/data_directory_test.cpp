#include "storage/data_directory.h"

#include "chain_fixture.h"
#include "codec/codec.h"
#include "crypto/digest.h"

#include <gtest/gtest.h>

#include <fstream>

namespace galen::storage {
namespace {

namespace fs = std::filesystem;

const ChainId kChain = ChainId::from(Bytes(32, 1));
const AccountId kNode = AccountId::from(Bytes(32, 2));

class DataDirectoryTest : public testing::Test {
 protected:
  [[nodiscard]] fs::path path() const { return directory_.path() / "data"; }

  static ErrorCode error(const Result<DataDirectory>& result) {
    return result ? ErrorCode::kInternal : result.error().code;
  }

  TemporaryDirectory directory_;
};

TEST_F(DataDirectoryTest, IsCreatedForItsOwnerOnlyAndOpensAgain) {
  ASSERT_TRUE(DataDirectory::open(path(), kChain, kNode, true).has_value());
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms::owner_all);
  EXPECT_TRUE(DataDirectory::open(path(), kChain, kNode, false).has_value());
  EXPECT_TRUE(DataDirectory::open(path() / "", kChain, kNode, false).has_value());
}

TEST_F(DataDirectoryTest, LoosePermissionsAreTightened) {
  fs::create_directory(path());
  fs::permissions(path(), fs::perms::all);
  ASSERT_TRUE(DataDirectory::open(path(), kChain, kNode, true).has_value());
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms::owner_all);
}

TEST_F(DataDirectoryTest, SecondUserIsRefusedWhileTheFirstHoldsIt) {
  {
    const auto first = DataDirectory::open(path(), kChain, kNode, true);
    ASSERT_TRUE(first.has_value());
    const auto second = DataDirectory::open(path(), kChain, kNode, true);
    EXPECT_EQ(error(second), ErrorCode::kFailedPrecondition);
    EXPECT_NE(second.error().message.find("another process uses this directory"),
              std::string::npos);
  }
  EXPECT_TRUE(DataDirectory::open(path(), kChain, kNode, true).has_value());
}

TEST_F(DataDirectoryTest, BelongsToOneChainAndOneNode) {
  ASSERT_TRUE(DataDirectory::open(path(), kChain, kNode, true).has_value());
  EXPECT_EQ(error(DataDirectory::open(path(), ChainId{}, kNode, true)), ErrorCode::kWrongChain);
  EXPECT_EQ(error(DataDirectory::open(path(), kChain, AccountId{}, true)), ErrorCode::kConfig);
}

TEST_F(DataDirectoryTest, IsNotMadeUnlessAsked) {
  EXPECT_EQ(error(DataDirectory::open(path(), kChain, kNode, false)), ErrorCode::kConfig);
  EXPECT_FALSE(fs::exists(path()));
  fs::create_directory(path());
  EXPECT_EQ(error(DataDirectory::open(path(), kChain, kNode, false)), ErrorCode::kConfig);
}

TEST_F(DataDirectoryTest, FileInItsPlaceIsRefused) {
  std::ofstream(path()) << "x";
  EXPECT_EQ(error(DataDirectory::open(path(), kChain, kNode, true)), ErrorCode::kConfig);
}

TEST_F(DataDirectoryTest, IdentityBytesAreFrozen) {
  ASSERT_TRUE(DataDirectory::open(path(), kChain, kNode, true).has_value());
  std::ifstream file(path() / "IDENTITY", std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  const std::string expected = std::string("\x14galen-data-directory\x00\x03", 23) +
                               std::string(32, '\x01') + std::string(32, '\x02');
  EXPECT_EQ(content.substr(0, expected.size()), expected);
  EXPECT_EQ(content.size(), expected.size() + 32);
}

TEST_F(DataDirectoryTest, DamagedOrNewerIdentityIsRefused) {
  ASSERT_TRUE(DataDirectory::open(path(), kChain, kNode, true).has_value());
  std::ifstream file(path() / "IDENTITY", std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(file), {}};
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    std::ofstream(path() / "IDENTITY", std::ios::binary | std::ios::trunc) << changed;
    const ErrorCode code = error(DataDirectory::open(path(), kChain, kNode, true));
    const bool in_schema = i == 21 || i == 22;
    EXPECT_EQ(code, in_schema ? ErrorCode::kConfig : ErrorCode::kCorrupt) << "byte " << i;
  }
}

/// IDENTITY as a program of this layout wrote it.
std::string identity_of(std::uint16_t layout) {
  codec::Writer w;
  w.tag("galen-data-directory").u16(layout).raw(kChain).raw(kNode);
  w.raw(crypto::sha256(w.view()));
  return std::string(w.view().begin(), w.view().end());
}

TEST_F(DataDirectoryTest, AnEarlierLayoutIsRefusedAndLeftAsItIs) {
  ASSERT_TRUE(DataDirectory::open(path(), kChain, kNode, true).has_value());
  for (const std::uint16_t layout : {std::uint16_t{1}, std::uint16_t{2}}) {
    const std::string earlier = identity_of(layout);
    std::ofstream(path() / "IDENTITY", std::ios::binary | std::ios::trunc) << earlier;
    const auto opened = DataDirectory::open(path(), kChain, kNode, true);
    ASSERT_FALSE(opened) << layout;
    EXPECT_EQ(opened.error().code, ErrorCode::kConfig);
    const std::string expected =
        "an earlier version (layout " + std::to_string(layout) + ", this program reads 3)";
    EXPECT_NE(opened.error().message.find(expected), std::string::npos) << opened.error().message;
    std::ifstream file(path() / "IDENTITY", std::ios::binary);
    EXPECT_EQ((std::string{std::istreambuf_iterator<char>(file), {}}), earlier);
  }
}

/// The layout is in IDENTITY: without the ledger it is still there.
TEST_F(DataDirectoryTest, WhatTheRefusalOfAnEarlierLayoutAdvisesWorks) {
  ASSERT_TRUE(DataDirectory::open(path(), kChain, kNode, true).has_value());
  std::ofstream(path() / "IDENTITY", std::ios::binary | std::ios::trunc) << identity_of(2);
  fs::create_directory(path() / "votes");
  fs::create_directory(path() / "keyring");
  const auto refused = DataDirectory::open(path(), kChain, kNode, true);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("move it away whole"), std::string::npos);
  const fs::path kept = directory_.path() / "kept";
  fs::rename(path(), kept);
  fs::create_directory(path());
  fs::rename(kept / "votes", path() / "votes");
  const auto opened = DataDirectory::open(path(), kChain, kNode, true);
  EXPECT_TRUE(opened) << opened.error().message;
}

}  // namespace
}  // namespace galen::storage
