#include "client/approval_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace galen::client {
namespace {

class ApprovalFileTest : public testing::Test {
 protected:
  ApprovalFileTest()
      : path_(std::filesystem::temp_directory_path() /
              ("galen-approval-" + std::to_string(::getpid()))) {}

  ~ApprovalFileTest() override { std::filesystem::remove(path_); }

  Result<std::vector<Bytes>> read(const std::string& text, std::size_t count) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
    return read_approval(path_, count);
  }

  std::string path_;
};

TEST_F(ApprovalFileTest, WhatIsWrittenIsRead) {
  const std::vector<Bytes> parts{{1, 2, 0xff}, {0}};
  EXPECT_EQ(approval_text(parts), "0102ff\n00\n");
  EXPECT_EQ(read(approval_text(parts), 2).value(), parts);
  EXPECT_EQ(read("0102ff\n00", 2).value(), parts);
}

TEST_F(ApprovalFileTest, AnythingElseIsRefusedWithItsPath) {
  for (const std::string text :
       {"", "\n", "0102", "01\n02\n03\n", "01\nzz\n", "01\n0\n", "0x01\n02\n"}) {
    const auto parts = read(text, 2);
    ASSERT_FALSE(parts) << text;
    EXPECT_NE(parts.error().message.find(path_), std::string::npos) << parts.error().message;
  }
  std::filesystem::remove(path_);
  EXPECT_FALSE(read_approval(path_, 1));
}

}  // namespace
}  // namespace galen::client
