// Golden bytes of every primitive of the canonical encoding (docs/formats.md).
#include "base/hex.h"
#include "codec/codec.h"

#include <gtest/gtest.h>

namespace galen::codec {
namespace {

enum class Small : std::uint8_t { kSeven = 7 };
enum class Wide : std::uint16_t { kOne = 0x0102 };

std::string written(const Writer& writer) {
  return to_hex(writer.view());
}

TEST(Writer, IntegersAreBigEndianAndFixedWidth) {
  EXPECT_EQ(written(Writer().u8(0xab)), "ab");
  EXPECT_EQ(written(Writer().u16(0x0102)), "0102");
  EXPECT_EQ(written(Writer().u32(0x01020304)), "01020304");
  EXPECT_EQ(written(Writer().u64(0x0102030405060708)), "0102030405060708");
  EXPECT_EQ(written(Writer().u64(0)), "0000000000000000");
}

TEST(Writer, SignedIntegersAreTwosComplement) {
  EXPECT_EQ(written(Writer().i32(1)), "00000001");
  EXPECT_EQ(written(Writer().i32(-1)), "ffffffff");
  EXPECT_EQ(written(Writer().i32(-2147483647 - 1)), "80000000");
}

TEST(Writer, BooleansAreZeroOrOne) {
  EXPECT_EQ(written(Writer().boolean(false).boolean(true)), "0001");
}

TEST(Writer, BytesAndTextsCarryTheirLength) {
  EXPECT_EQ(written(Writer().bytes(Bytes{0xaa, 0xbb})), "00000002aabb");
  EXPECT_EQ(written(Writer().bytes({})), "00000000");
  EXPECT_EQ(written(Writer().text("hi")), "000000026869");
  EXPECT_EQ(written(Writer().raw(Bytes{0xaa, 0xbb})), "aabb");
}

TEST(Writer, TagsCarryOneLengthByte) {
  EXPECT_EQ(written(Writer().tag("obj")), "036f626a");
}

TEST(Writer, CountsAreSixteenBits) {
  EXPECT_EQ(written(Writer().count(258)), "0102");
}

TEST(Writer, CountersAndEnumeratorsHaveTheirWidth) {
  EXPECT_EQ(written(Writer().counter(Height{5})), "0000000000000005");
  EXPECT_EQ(written(Writer().enumeration(Small::kSeven)), "07");
  EXPECT_EQ(written(Writer().enumeration(Wide::kOne)), "0102");
}

TEST(Writer, TakeHandsOutAllBytes) {
  Writer writer(16);
  writer.u8(1).u8(2);
  EXPECT_EQ(std::move(writer).take(), (Bytes{1, 2}));
}

TEST(WriterDeathTest, WhatDoesNotFitIsAProgrammerError) {
  EXPECT_DEATH(Writer().count(65536), "CHECK failed");
  EXPECT_DEATH(Writer().tag(std::string(256, 'x')), "CHECK failed");
}

}  // namespace
}  // namespace galen::codec
