#include "storage/keys/key_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>

namespace galen::storage {
namespace {

class KeyFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "galen-keys-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }

  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
};

mode_t mode_of(const std::string& path) {
  struct stat info {};

  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  return info.st_mode & 0777U;
}

TEST_F(KeyFile, IsWrittenWithMode0600AndReadBack) {
  const auto key = crypto::PrivateKey::generate();
  const std::string path = directory_ + "/k.pem";
  ASSERT_TRUE(write_private_file(path, key.to_pem()));
  EXPECT_EQ(mode_of(path), 0600U);
  const auto read = read_private_key_file(path);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->public_key(), key.public_key());
}

TEST_F(KeyFile, SeveralKeysStandOneBehindTheOther) {
  const std::string path = directory_ + "/keys.pem";
  const auto write = [&](const std::string& text) {
    std::filesystem::remove(path);
    ASSERT_TRUE(write_private_file(path, text));
  };
  std::string all = "# the oldest first\n";
  std::vector<PublicKey> wanted;
  for (std::size_t i = 0; i < kMaxKeysPerFile; ++i) {
    const auto key = crypto::PrivateKey::generate();
    wanted.push_back(key.public_key());
    if (i == 1)
      all += "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    all += key.to_pem();
  }
  write(all);
  const auto read = read_private_keys_file(path);
  ASSERT_TRUE(read) << read.error().message;
  std::vector<PublicKey> found;
  for (const auto& key : *read) found.push_back(key.public_key());
  EXPECT_EQ(found, wanted);

  write(all + crypto::PrivateKey::generate().to_pem());
  EXPECT_EQ(read_private_keys_file(path).error().code, ErrorCode::kTooLarge);
  const std::string two = crypto::PrivateKey::generate().to_pem() +
                          "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  write(two);
  const auto second = read_private_keys_file(path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kMalformed);
  EXPECT_NE(second.error().message.find("keys.pem: key 2"), std::string::npos)
      << second.error().message;
  write("nothing");
  EXPECT_EQ(read_private_keys_file(path).error().code, ErrorCode::kMalformed);
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  EXPECT_EQ(read_private_keys_file(path).error().code, ErrorCode::kConfig);
}

TEST_F(KeyFile, IsNeverOverwritten) {
  const std::string path = directory_ + "/k.pem";
  ASSERT_TRUE(write_private_file(path, "first"));
  const auto second = write_private_file(path, "second");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(*read_text_file(path), "first");
}

TEST_F(KeyFile, IsRefusedForEveryBitOfGroupAndOthers) {
  const std::string path = directory_ + "/k.pem";
  ASSERT_TRUE(write_private_file(path, crypto::PrivateKey::generate().to_pem()));
  for (const mode_t bit : {040U, 020U, 010U, 04U, 02U, 01U}) {
    ASSERT_EQ(::chmod(path.c_str(), 0600U | bit), 0);
    const auto read = read_private_key_file(path);
    ASSERT_FALSE(read) << bit;
    EXPECT_EQ(read.error().code, ErrorCode::kConfig);
    EXPECT_NE(read.error().message.find("chmod 600 " + path), std::string::npos);
  }
}

TEST_F(KeyFile, MissingFileDirectoryAndGarbageAreNamed) {
  const std::string path = directory_ + "/k.pem";
  const auto missing = read_private_key_file(path);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find(path), std::string::npos);

  EXPECT_EQ(read_private_key_file(directory_).error().code, ErrorCode::kConfig);

  ASSERT_TRUE(write_private_file(path, "not a key"));
  const auto garbage = read_private_key_file(path);
  ASSERT_FALSE(garbage);
  EXPECT_NE(garbage.error().message.find(path), std::string::npos);
}

TEST_F(KeyFile, PublicFilesAreReadableByAll) {
  ASSERT_TRUE(write_public_file(directory_ + "/ca.pem", "text"));
  EXPECT_EQ(mode_of(directory_ + "/ca.pem") & 0444U, 0444U);
}

TEST_F(KeyFile, AFileAboveTheLimitIsRefused) {
  const std::string path = directory_ + "/big";
  ASSERT_TRUE(write_public_file(path, std::string(kMaxTextFileBytes, 'x')));
  EXPECT_EQ(read_text_file(path)->size(), kMaxTextFileBytes);
  ASSERT_TRUE(write_public_file(path + "ger", std::string(kMaxTextFileBytes + 1, 'x')));
  EXPECT_EQ(read_text_file(path + "ger").error().code, ErrorCode::kTooLarge);
}

TEST_F(KeyFile, DirectoriesAreCreatedWithMode0700Once) {
  ASSERT_TRUE(create_private_directory(directory_ + "/keys"));
  EXPECT_EQ(mode_of(directory_ + "/keys"), 0700U);
  EXPECT_EQ(create_private_directory(directory_ + "/keys").error().code, ErrorCode::kAlreadyExists);
}

}  // namespace
}  // namespace galen::storage
