#include "cli/new_file.h"

#include "program.h"

namespace galen::cli {
namespace {

using std::filesystem::perms;

class NewFileTest : public ProgramTest {
 protected:
  [[nodiscard]] std::string content(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  [[nodiscard]] std::size_t files() const {
    const std::filesystem::directory_iterator entries(path(""));
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  }
};

TEST_F(NewFileTest, IsWholeAndPrivate) {
  auto file = NewFile::create(path("out"));
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->write("a"));
  EXPECT_TRUE(file->write("b"));
  EXPECT_FALSE(std::filesystem::exists(path("out")));
  EXPECT_FALSE(file->publish());
  EXPECT_EQ(content("out"), "ab");
  EXPECT_EQ(std::filesystem::status(path("out")).permissions(),
            perms::owner_read | perms::owner_write);
  EXPECT_EQ(files(), 1U);
}

TEST_F(NewFileTest, NeverTakesAnothersPlace) {
  write("out", "mine");
  EXPECT_EQ(NewFile::create(path("out")).failure().kind, client::FailureKind::kUsage);
  auto late = NewFile::create(path("late"));
  ASSERT_TRUE(late);
  write("late", "first");
  const auto failure = late->publish();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, client::FailureKind::kUsage);
  EXPECT_EQ(content("out"), "mine");
  EXPECT_EQ(content("late"), "first");
}

TEST_F(NewFileTest, LeavesNothingUnlessPublished) {
  { auto file = NewFile::create(path("out")); }
  EXPECT_EQ(files(), 0U);
  EXPECT_EQ(NewFile::create(path("no/such/place")).failure().kind, client::FailureKind::kGeneral);
}

}  // namespace
}  // namespace galen::cli
