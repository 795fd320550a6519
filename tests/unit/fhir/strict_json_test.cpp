#include "fhir/strict_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace galen::fhir {
namespace {

std::string refusal(const std::string& text, const JsonLimits& limits = {}) {
  const auto parsed = parse_strict(text, "Top", limits);
  return parsed ? "" : parsed.error().message;
}

TEST(StrictJson, BuildsTheTree) {
  const auto parsed = parse_strict(R"({"a": [1, -2, 2.5, true, null, "x"], "b": {}})", "Top");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(*parsed, Json::parse(R"({"b": {}, "a": [1, -2, 2.5, true, null, "x"]})"));
}

TEST(StrictJson, AKeyTwiceIsRefusedWithItsPath) {
  EXPECT_EQ(refusal(R"({"a": [{}, {"b": 1, "b": 2}]})"), "Top.a[1].b: given twice");
  EXPECT_EQ(refusal(R"({"a": {"c": 1}, "b": {"c": 1}})"), "");
}

TEST(StrictJson, LimitsHoldExactly) {
  EXPECT_EQ(refusal("[[1]]", {100, 2, 3}), "");
  EXPECT_EQ(refusal("[[1]]", {100, 1, 3}), "Top[0]: nested deeper than 1");
  EXPECT_EQ(refusal("[[1]]", {100, 2, 2}), "Top[0][0]: more than 2 values");
  EXPECT_EQ(refusal("[[1]]", {5, 2, 3}), "");
  EXPECT_EQ(refusal("[[1]]", {4, 2, 3}), "5 bytes, the limit is 4");
}

TEST(StrictJson, BrokenTextIsRefused) {
  for (const std::string text :
       {"", "{", "[1,]", "{\"a\"}", "nul", "[1] x", "\"\xff\"", "{'a':1}"}) {
    EXPECT_NE(refusal(text).find("not JSON"), std::string::npos) << text;
  }
}

TEST(StrictJson, MessagesHoldNoControlCharacters) {
  EXPECT_EQ(refusal("{\"\\u001b[31m\": {\"b\": 1, \"b\": 2}}"), "Top.?[31m.b: given twice");
  EXPECT_EQ(printable(std::string(70, 'x')), std::string(64, 'x') + "...");
}

}  // namespace
}  // namespace galen::fhir
