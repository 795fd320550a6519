#include "client/record_file.h"

#include "base/hex.h"
#include "client/received_file.h"
#include "crypto/digest.h"
#include "crypto/keys.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace galen::client {
namespace {

class RecordFileTest : public ::testing::Test {
 protected:
  RecordFileTest() {
    std::string name = (std::filesystem::temp_directory_path() / "galen-record-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }

  ~RecordFileTest() override { std::filesystem::remove_all(root_); }

  std::string write(const std::string& text) {
    const std::string path = root_ + "/in.json";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  std::string root_;
  crypto::OsRandom random_;
  SealTarget target_{ChainId{}, RecordId{}, crypto::RecordKey{}};
};

TEST_F(RecordFileTest, SealedFileOpensToTheSameBytes) {
  const std::string text(3'000'000, 'x');
  auto sealed = seal_file(write(text), target_, random_, Progress());
  ASSERT_TRUE(sealed) << sealed.error().message;
  for (int round = 0; round < 2; ++round) {
    auto opener =
        *crypto::ChunkOpener::create(target_.key, target_.chain, target_.record, sealed->header);
    std::string opened;
    for (auto chunk = sealed->next(); chunk->has_value(); chunk = sealed->next()) {
      opened += to_string(*opener.open(**chunk));
    }
    EXPECT_EQ(opened, text);
    EXPECT_EQ(opener.address(), sealed->address);
    sealed->rewind();
  }
  EXPECT_EQ(sealed->content_commitment,
            content_commitment(target_.key, crypto::sha256(as_bytes(text))));
}

TEST_F(RecordFileTest, EmptyFileHasOneEmptyChunk) {
  auto sealed = seal_file(write(""), target_, random_, Progress());
  ASSERT_TRUE(sealed);
  EXPECT_EQ((**sealed->next()).size(), crypto::kAeadTagBytes);
  EXPECT_FALSE(sealed->next()->has_value());
}

TEST_F(RecordFileTest, MissingFileAndDirectoryAreIoErrors) {
  EXPECT_EQ(seal_file(root_ + "/none", target_, random_, Progress()).error().code, ErrorCode::kIo);
  EXPECT_EQ(seal_file(root_, target_, random_, Progress()).error().code, ErrorCode::kIo);
}

TEST_F(RecordFileTest, NothingIsVisibleBeforePublishing) {
  const std::string out = root_ + "/out.json";
  {
    auto file = ReceivedFile::create(out);
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE(file->write(as_bytes("secret")));
    EXPECT_FALSE(std::filesystem::exists(out));
  }
  EXPECT_TRUE(std::filesystem::is_empty(root_));
  auto file = ReceivedFile::create(out);
  ASSERT_TRUE(file->write(as_bytes("secret")));
  ASSERT_TRUE(file->publish());
  EXPECT_EQ(std::filesystem::file_size(out), 6U);
  EXPECT_EQ(std::filesystem::status(out).permissions() & std::filesystem::perms::others_all,
            std::filesystem::perms::none);
}

TEST_F(RecordFileTest, MimeTypeFollowsTheEnding) {
  EXPECT_EQ(guess_mime_type("a/b.json"), "application/fhir+json");
  EXPECT_EQ(guess_mime_type("scan.dcm"), "application/dicom");
  EXPECT_EQ(guess_mime_type("json"), "application/octet-stream");
}

}  // namespace
}  // namespace galen::client
