#include "telemetry/log.h"

#include "telemetry/log_line.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace galen::telemetry {
namespace {

constexpr std::int64_t kTimeMs = 1'767'323'045'678;  // 2026-01-02T03:04:05.678Z

const LineHead kHead{kTimeMs, Level::kInfo, "hospital-1", "net"};

TEST(LogLine, TimeIsRfc3339InUtcWithMilliseconds) {
  EXPECT_EQ(rfc3339(kTimeMs), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
}

TEST(LogLine, TextNamesTimeLevelComponentAndNode) {
  EXPECT_EQ(text_line(kHead, "peer connected", {{"peer", "hospital-2"}, {"wait_ms", 12}}),
            "2026-01-02T03:04:05.678Z INFO  [net] hospital-1: peer connected peer=hospital-2 "
            "wait_ms=12");
}

TEST(LogLine, TextQuotesWhatWouldNotBeOneWord) {
  const std::string line = text_line(kHead, "x", {{"a", "two words"}, {"b", ""}, {"c", "q\"q"}});
  EXPECT_NE(line.find(" a=\"two words\" b=\"\" c=\"q\\\"q\""), std::string::npos) << line;
}

TEST(LogLine, ForgedLinesStayOneLine) {
  const std::string evil = "x\n2026-01-02T03:04:05.678Z ERROR [engine] forged\x1b[31m";
  for (const auto& line :
       {text_line(kHead, evil, {{"k", evil}}), json_line(kHead, evil, {{"k", evil}})}) {
    for (const char c : line) EXPECT_GE(c, ' ') << line;
  }
}

TEST(LogLine, JsonEscapesAndKeepsNumbersBare) {
  EXPECT_EQ(json_line(kHead, "say \"hi\"\\", {{"n", 3}, {"ok", true}, {"text", "a\tb"}}),
            "{\"time\":\"2026-01-02T03:04:05.678Z\",\"level\":\"info\",\"component\":\"net\","
            "\"node\":\"hospital-1\",\"message\":\"say \\\"hi\\\"\\\\\",\"n\":3,\"ok\":true,"
            "\"text\":\"a\\tb\"}");
}

TEST(LogLine, InvalidUtf8BecomesTheReplacementCharacter) {
  const std::string replacement = "\xef\xbf\xbd";
  // Lone continuation, overlong slash, surrogate, truncated euro sign.
  for (const std::string bad : {"\x80", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82"}) {
    const std::string line = json_line(kHead, bad, {});
    EXPECT_NE(line.find(replacement), std::string::npos);
    EXPECT_EQ(line.find(bad), std::string::npos);
  }
  EXPECT_NE(json_line(kHead, "\xe2\x82\xac", {}).find("\xe2\x82\xac"), std::string::npos);
}

TEST(Log, LevelsAndFormatsParseByNameOnly) {
  EXPECT_EQ(*parse_level("warn"), Level::kWarn);
  EXPECT_EQ(parse_level("WARN").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(*parse_format("json"), Format::kJson);
  EXPECT_FALSE(parse_format("xml"));
}

TEST(Log, ShortIdShowsEightDigits) {
  const Bytes id(32, 0xab);
  EXPECT_EQ(short_id(id), "abababab");
  EXPECT_EQ(short_id(BytesView(id).first(1)), "ab");
}

TEST(Log, WritesOnlyLinesOfItsLevelToAPrivateFile) {
  const std::string file = testing::TempDir() + "galen-log-test.log";
  std::filesystem::remove(file);
  ASSERT_TRUE(start_log({Level::kInfo, Format::kJson, file, "hospital-9"}));
  EXPECT_FALSE(log_enabled(Level::kDebug));
  log(Level::kDebug, "test", "hidden");
  log(Level::kInfo, "test", "shown", {{"height", std::uint64_t{7}}});
  set_log_level(Level::kDebug);
  log(Level::kDebug, "test", "now shown");
  ASSERT_TRUE(start_log({}));  // closes the file

  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(text.find("hidden\""), std::string::npos);
  EXPECT_NE(text.find("\"message\":\"shown\",\"height\":7}"), std::string::npos) << text;
  EXPECT_NE(text.find("now shown"), std::string::npos);
  EXPECT_NE(text.find("\"node\":\"hospital-9\""), std::string::npos);
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::remove(file);
}

TEST(Log, AFileThatCannotBeOpenedIsAnError) {
  const auto status = start_log({Level::kInfo, Format::kText, "/nonexistent-directory/x.log", ""});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace galen::telemetry
