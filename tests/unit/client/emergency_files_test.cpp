#include "client/emergency_files.h"

#include "base/check.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <stdlib.h>

namespace galen::client {
namespace {

KeptDeclaration declaration(std::uint8_t n) {
  KeptDeclaration kept;
  kept.declaration.declaration.value[0] = n;
  kept.declaration.to = TimeMs{5};
  kept.authorisation.signature.value[31] = 1;
  kept.authorisation.signature.value[63] = 1;
  return kept;
}

std::string new_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "galen-files-XXXXXX").string();
  CHECK(::mkdtemp(name.data()) != nullptr, "a temporary directory");
  return name;
}

class EmergencyFilesTest : public ::testing::Test {
 protected:
  ~EmergencyFilesTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(parent, ignored);
  }

  const std::string parent = new_directory();
  EmergencyFiles files{parent + "/emergency"};
};

TEST_F(EmergencyFilesTest, AMissingDirectoryIsEmpty) {
  EXPECT_TRUE(files.declarations()->empty());
  EXPECT_TRUE(files.receipts()->empty());
}

TEST_F(EmergencyFilesTest, DeclarationsStayUntilTheyAreForgotten) {
  auto kept = declaration(1);
  ASSERT_TRUE(files.keep(kept));
  EXPECT_FALSE(files.keep(kept));
  auto found = files.declarations();
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().declaration, kept.declaration);
  EXPECT_EQ(found->front().authorisation, kept.authorisation);
  EXPECT_FALSE(found->front().committed);
  ASSERT_TRUE(files.mark_committed(kept));
  found = files.declarations();
  ASSERT_EQ(found->size(), 1U);
  EXPECT_TRUE(found->front().committed);
  files.forget(found->front());
  EXPECT_TRUE(files.declarations()->empty());
}

TEST_F(EmergencyFilesTest, ReceiptsOfOneNumberThatDifferAreBothKept) {
  ledger::AnchorJournalReceipt receipt;
  receipt.number = 3;
  receipt.signature.value[31] = 1;
  receipt.signature.value[63] = 1;
  ASSERT_TRUE(files.keep(receipt));
  auto other = receipt;
  other.entry.value[0] = 1;
  ASSERT_TRUE(files.keep(other));
  EXPECT_EQ(files.receipts()->size(), 2U);
  files.forget(other);
  ASSERT_EQ(files.receipts()->size(), 1U);
  EXPECT_EQ(files.receipts()->front(), receipt);
}

TEST_F(EmergencyFilesTest, AFileThatIsNoneIsNamed) {
  ASSERT_TRUE(files.keep(declaration(1)));
  const auto path = parent + "/emergency/" + std::string("x.declaration");
  std::filesystem::copy_file(std::filesystem::directory_iterator(parent + "/emergency")->path(),
                             path);
  std::filesystem::resize_file(path, 10);
  const auto found = files.declarations();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kConfig);
  EXPECT_NE(found.error().message.find("x.declaration"), std::string::npos);
}

}  // namespace
}  // namespace galen::client
