// The formats are frozen: their bytes are compared with files that were written once. A new format
// gets its file by running this test with GALEN_WRITE_GOLDEN=1, which writes only missing files.

#include "base/hex.h"
#include "formats.h"
#include "ledger/genesis.h"
#include "samples.h"
#include "support/paths.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace galen::ledger {
namespace {

const std::filesystem::path kFolder = galen::test::source_dir() + "/tests/golden/ledger";

std::filesystem::path path_of(const std::string& name) {
  return kFolder / (name + ".hex");
}

/// Lines of 32 bytes.
std::string lines(BytesView bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 32) {
    text += to_hex(bytes.subspan(i, std::min<std::size_t>(32, bytes.size() - i))) + "\n";
  }
  return text;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Golden, EveryFormatKeepsItsBytes) {
  for (const samples::Format& format : samples::formats()) {
    const auto path = path_of(format.name);
    if (!std::filesystem::exists(path) && std::getenv("GALEN_WRITE_GOLDEN") != nullptr) {
      std::ofstream(path) << lines(format.bytes);
      ADD_FAILURE() << "written, review and commit: " << path;
      continue;
    }
    EXPECT_EQ(content(path), lines(format.bytes)) << format.name;
  }
}

TEST(Golden, FilesAndFormatsAreTheSame) {
  std::set<std::string> names;
  for (const samples::Format& format : samples::formats()) {
    EXPECT_TRUE(names.insert(format.name + ".hex").second) << format.name;
  }
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = entry.path().filename();
    if (entry.path().extension() != ".hex") continue;
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST(Golden, EveryFormatEncodesAgainToTheSameBytes) {
  for (const samples::Format& format : samples::formats()) {
    if (!format.again) continue;
    const auto again = format.again(format.bytes);
    ASSERT_TRUE(again) << format.name << ": " << again.error().message;
    EXPECT_EQ(*again, format.bytes) << format.name;
  }
}

TEST(Golden, GenesisFileKeepsItsText) {
  const auto path = kFolder / "genesis.json";
  const std::string text = to_json(samples::fixed_genesis());
  if (!std::filesystem::exists(path) && std::getenv("GALEN_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    FAIL() << "written, review and commit: " << path;
  }
  EXPECT_EQ(content(path), text);
}

}  // namespace
}  // namespace galen::ledger
