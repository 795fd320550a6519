#include "base/hex.h"

#include "base/ids.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace galen {
namespace {

TEST(Hex, WritesLowerCaseWithTwoDigitsPerByte) {
  EXPECT_EQ(to_hex(Bytes{}), "");
  EXPECT_EQ(to_hex(Bytes{0x00, 0x0f, 0xa0, 0xff}), "000fa0ff");
}

TEST(Hex, ReadsWhatItWrites) {
  const auto bytes = from_hex("000fa0ff");
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(*bytes, (Bytes{0x00, 0x0f, 0xa0, 0xff}));
}

RC_GTEST_PROP(Hex, EveryByteStringRoundTrips, (const std::vector<std::uint8_t>& bytes)) {
  const auto read = from_hex(to_hex(bytes));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == bytes);
}

TEST(Hex, RefusesOddLengthUpperCaseAndOtherCharacters) {
  for (const std::string_view text : {"0", "abc", "AB", "0g", "g0", "0x", " 0", "0 ", "\xc3\xa4"}) {
    const auto bytes = from_hex(text);
    ASSERT_FALSE(bytes.has_value()) << text;
    EXPECT_EQ(bytes.error().code, ErrorCode::kMalformed) << text;
  }
  EXPECT_FALSE(from_hex(std::string_view("0\0", 2)).has_value());
}

TEST(Hex, SaysWhereTheBadDigitStands) {
  EXPECT_NE(from_hex("00ag").error().message.find("position 3"), std::string::npos);
  EXPECT_NE(from_hex("00ga").error().message.find("position 2"), std::string::npos);
}

TEST(Hex, FixedNeedsExactlyItsSizeAndNamesTheThing) {
  const std::string good(2 * Digest::kSize, 'a');
  const auto digest = fixed_from_hex<Digest>(good, "block hash");
  ASSERT_TRUE(digest.has_value());
  EXPECT_EQ(digest->value[31], 0xaa);
  for (const std::string& bad :
       {std::string(62, 'a'), std::string(66, 'a'), std::string(64, 'A')}) {
    const auto refused = fixed_from_hex<Digest>(bad, "block hash");
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kMalformed);
    EXPECT_EQ(refused.error().message.rfind("block hash: ", 0), 0U);
  }
}

}  // namespace
}  // namespace galen
