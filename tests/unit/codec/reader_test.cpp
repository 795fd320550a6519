#include "codec/codec.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace galen::codec {
namespace {

enum class Colour : std::uint8_t { kRed = 1, kBlue = 2 };
enum class Wide : std::uint16_t { kLow = 1, kHigh = 0x0203 };

Bytes bytes_of(const Writer& writer) {
  return to_bytes(writer.view());
}

bool is_colour(Colour colour) {
  return colour == Colour::kRed || colour == Colour::kBlue;
}

bool is_wide(Wide wide) {
  return wide == Wide::kLow || wide == Wide::kHigh;
}

TEST(Reader, ReadsEveryPrimitiveBack) {
  Digest digest;
  digest.value.fill(0x5a);
  const Bytes bytes = bytes_of(Writer()
                                   .tag("tag")
                                   .u8(1)
                                   .u16(0x0203)
                                   .u32(0x04050607)
                                   .u64(0x08090a0b0c0d0e0f)
                                   .i32(-5)
                                   .boolean(true)
                                   .boolean(false)
                                   .bytes(Bytes{7, 8})
                                   .text("text")
                                   .count(3)
                                   .raw(digest)
                                   .counter(Height{9})
                                   .enumeration(Colour::kBlue)
                                   .enumeration(Wide::kHigh)
                                   .raw(Bytes{1, 2, 3}));
  Reader reader(bytes, "sample");
  reader.tag("tag");
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u32(), 0x04050607U);
  EXPECT_EQ(reader.u64(), 0x08090a0b0c0d0e0fU);
  EXPECT_EQ(reader.i32(), -5);
  EXPECT_TRUE(reader.boolean());
  EXPECT_FALSE(reader.boolean());
  EXPECT_TRUE(equal(reader.bytes(2), Bytes{7, 8}));
  EXPECT_EQ(reader.text(4), "text");
  EXPECT_EQ(reader.count(3), 3U);
  EXPECT_EQ(reader.fixed<Digest>(), digest);
  EXPECT_EQ(reader.counter<Height>(), Height{9});
  EXPECT_EQ(reader.enumeration<Colour>(is_colour), Colour::kBlue);
  EXPECT_EQ(reader.enumeration<Wide>(is_wide), Wide::kHigh);
  EXPECT_EQ(reader.remaining(), 3U);
  EXPECT_TRUE(equal(reader.rest(), Bytes{1, 2, 3}));
  EXPECT_TRUE(reader.finish().has_value());
}

// Reads `bytes` with `read` and returns the message of the failure, or "" without one.
std::string failure(const Bytes& bytes, const std::function<void(Reader&)>& read) {
  Reader reader(bytes, "thing");
  read(reader);
  const Status status = reader.finish();
  if (status) return {};
  EXPECT_EQ(status.error().code, ErrorCode::kMalformed);
  EXPECT_EQ(status.error().message.rfind("thing: ", 0), 0U) << status.error().message;
  return status.error().message;
}

TEST(Reader, EveryPrimitiveFailsOnMissingBytes) {
  EXPECT_NE(failure({}, [](Reader& r) { r.u8(); }), "");
  EXPECT_NE(failure({1}, [](Reader& r) { r.u16(); }), "");
  EXPECT_NE(failure({1, 2, 3}, [](Reader& r) { r.u32(); }), "");
  EXPECT_NE(failure({1, 2, 3, 4, 5, 6, 7}, [](Reader& r) { r.u64(); }), "");
  EXPECT_NE(failure({1, 2, 3}, [](Reader& r) { r.i32(); }), "");
  EXPECT_NE(failure({}, [](Reader& r) { r.boolean(); }), "");
  EXPECT_NE(failure({1}, [](Reader& r) { r.raw(2); }), "");
  EXPECT_NE(failure({0, 0, 0, 2, 9}, [](Reader& r) { r.bytes(10); }), "");
  EXPECT_NE(failure({0, 0, 0, 2, 'x'}, [](Reader& r) { r.text(10); }), "");
  EXPECT_NE(failure({1}, [](Reader& r) { r.count(10); }), "");
  EXPECT_NE(failure(Bytes(31), [](Reader& r) { r.fixed<Digest>(); }), "");
  EXPECT_NE(failure(Bytes(7), [](Reader& r) { r.counter<Height>(); }), "");
  EXPECT_NE(failure({}, [](Reader& r) { r.enumeration<Colour>(is_colour); }), "");
  EXPECT_NE(failure({3, 'a', 'b'}, [](Reader& r) { r.tag("abc"); }), "");
}

TEST(Reader, TheFirstFailureSticksAndLaterReadsAreZero) {
  const Bytes bytes{2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  Reader reader(bytes, "thing");
  reader.boolean();
  ASSERT_TRUE(reader.failed());
  const std::string first = reader.status().error().message;
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_EQ(reader.u16(), 0);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_EQ(reader.u64(), 0U);
  EXPECT_EQ(reader.i32(), 0);
  EXPECT_FALSE(reader.boolean());
  EXPECT_TRUE(reader.raw(1).empty());
  EXPECT_TRUE(reader.bytes(100).empty());
  EXPECT_TRUE(reader.text(100).empty());
  EXPECT_EQ(reader.count(0xffff), 0U);
  EXPECT_EQ(reader.counter<Height>(), Height{});
  EXPECT_TRUE(reader.rest().empty());
  reader.fail_with("later");
  EXPECT_EQ(reader.finish().error().message, first);
}

TEST(Reader, BooleansOtherThanZeroAndOneFail) {
  for (int value = 2; value <= 255; ++value) {
    EXPECT_NE(failure({static_cast<std::uint8_t>(value)}, [](Reader& r) { r.boolean(); }), "");
  }
}

TEST(Reader, LengthsAndCountsAboveTheirLimitFail) {
  const Bytes five = bytes_of(Writer().bytes(Bytes(5)));
  EXPECT_EQ(failure(five, [](Reader& r) { r.bytes(5); }), "");
  EXPECT_NE(failure(five, [](Reader& r) { r.bytes(4); }), "");
  EXPECT_EQ(failure(five, [](Reader& r) { r.text(5); }), "");
  EXPECT_NE(failure(five, [](Reader& r) { r.text(4); }), "");
  const Bytes count = bytes_of(Writer().count(5));
  EXPECT_EQ(failure(count, [](Reader& r) { EXPECT_EQ(r.count(5), 5U); }), "");
  EXPECT_NE(failure(count, [](Reader& r) { EXPECT_EQ(r.count(4), 0U); }), "");
}

TEST(Reader, AHugeLengthFailsWithoutReadingOutOfBounds) {
  const Bytes huge{0xff, 0xff, 0xff, 0xff, 1, 2};
  const auto no_limit = std::numeric_limits<std::size_t>::max();
  EXPECT_NE(failure(huge, [=](Reader& r) { EXPECT_TRUE(r.bytes(no_limit).empty()); }), "");
  EXPECT_NE(failure(huge, [=](Reader& r) { EXPECT_TRUE(r.raw(no_limit).empty()); }), "");
}

TEST(Reader, CountersAboveTwoToThe62Fail) {
  const Bytes largest = bytes_of(Writer().u64(kMaxCounter));
  EXPECT_EQ(failure(largest, [](Reader& r) { r.counter<Height>(); }), "");
  for (const std::uint64_t value : {kMaxCounter + 1, ~std::uint64_t{0}}) {
    const Bytes bytes = bytes_of(Writer().u64(value));
    EXPECT_NE(failure(bytes, [](Reader& r) { EXPECT_EQ(r.counter<Height>(), Height{}); }), "");
  }
}

TEST(Reader, UnknownEnumeratorsFail) {
  EXPECT_EQ(failure({2}, [](Reader& r) { r.enumeration<Colour>(is_colour); }), "");
  EXPECT_NE(failure({3}, [](Reader& r) { r.enumeration<Colour>(is_colour); }), "");
  EXPECT_NE(failure({0, 2}, [](Reader& r) { r.enumeration<Wide>(is_wide); }), "");
}

TEST(Reader, AnotherTagFails) {
  const Bytes bytes = bytes_of(Writer().tag("block"));
  EXPECT_EQ(failure(bytes, [](Reader& r) { r.tag("block"); }), "");
  EXPECT_NE(failure(bytes, [](Reader& r) { r.tag("blocc"); }), "");
  EXPECT_NE(failure(bytes, [](Reader& r) { r.tag("bloc"); }), "");
}

TEST(Reader, TrailingBytesFailFinishButNotStatus) {
  const Bytes bytes{1, 2};
  Reader reader(bytes, "thing");
  reader.u8();
  EXPECT_TRUE(reader.status().has_value());
  EXPECT_EQ(reader.finish().error().message, "thing: 1 trailing bytes");
}

TEST(Reader, ACallersFailureNamesThePlace) {
  const Bytes bytes{1, 2};
  Reader reader(bytes, "list");
  reader.u8();
  reader.fail_with("unsorted");
  EXPECT_EQ(reader.finish().error().message, "list: unsorted at byte 1");
}

TEST(Reader, AnEmptyReaderIsFinished) {
  Reader reader({}, "nothing");
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_TRUE(reader.raw(0).empty());
  EXPECT_TRUE(reader.finish().has_value());
}

}  // namespace
}  // namespace galen::codec
