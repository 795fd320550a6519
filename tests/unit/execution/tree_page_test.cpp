#include "execution/tree_page.h"

#include "base/hex.h"

#include <gtest/gtest.h>

namespace galen::execution {
namespace {

PageLeaf leaf(std::uint8_t first_byte) {
  PageLeaf result;
  result.content.key_hash.value[0] = first_byte;
  result.content.value_commitment = Digest::from(Bytes(32, 0x22));
  result.content.height = Height{3};
  result.content.predecessor = Digest::from(Bytes(32, 0x44));
  result.hash = Digest::from(Bytes(32, 0x55));
  return result;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(TreePage, BucketBytesAreFrozen) {
  const Page page = Bucket{{leaf(0x10)}};
  const std::string expected =
      "01"
      "0001"
      "10" +
      repeated("00", 31) + repeated("22", 32) + "0000000000000003" + repeated("44", 32) +
      repeated("55", 32);
  EXPECT_EQ(to_hex(encode(page)), expected);
  EXPECT_EQ(parse_page(*from_hex(expected)), page);
}

TEST(TreePage, InnerPageBytesAreFrozen) {
  InnerPage inner;
  inner.children[1] = {NodeKind::kLeaf, Digest::from(Bytes(32, 0xaa))};
  inner.children[15] = {NodeKind::kMany, Digest::from(Bytes(32, 0xbb))};
  const std::string expected =
      "02"
      "00"
      "01" +
      repeated("aa", 32) + repeated("00", 13) + "02" + repeated("bb", 32);
  EXPECT_EQ(to_hex(encode(Page{inner})), expected);
  EXPECT_EQ(parse_page(*from_hex(expected)), Page{inner});
}

TEST(TreePage, DamagedPagesAreRefused) {
  const Bytes good = encode(Page{Bucket{{leaf(0x10), leaf(0x20)}}});
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_page(BytesView(good).first(size)).has_value());
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(decode_page(longer).error().code, ErrorCode::kMalformed);
  const Bytes unsorted = encode(Page{Bucket{{leaf(0x20), leaf(0x10)}}});
  EXPECT_EQ(decode_page(unsorted).error().code, ErrorCode::kMalformed);
  const Bytes twice = encode(Page{Bucket{{leaf(0x20), leaf(0x20)}}});
  EXPECT_EQ(decode_page(twice).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(decode_page(Bytes{3}).error().code, ErrorCode::kMalformed);
}

TEST(TreePage, FullBucketDecodesAndOneMoreLeafIsRefused) {
  Bucket bucket;
  for (std::size_t i = 0; i < kMaxBucketLeaves; ++i) {
    bucket.leaves.push_back(leaf(static_cast<std::uint8_t>(i)));
  }
  EXPECT_TRUE(decode_page(encode(Page{bucket})).has_value());
  bucket.leaves.push_back(leaf(0xff));
  EXPECT_FALSE(decode_page(encode(Page{bucket})).has_value());
}

TEST(TreePage, DigitsAreHalfBytesFromTheFront) {
  Digest hash;
  hash.value[0] = 0xab;
  hash.value[31] = 0xcd;
  EXPECT_EQ(digit(hash, 0), 0xaU);
  EXPECT_EQ(digit(hash, 1), 0xbU);
  EXPECT_EQ(digit(hash, 62), 0xcU);
  EXPECT_EQ(digit(hash, 63), 0xdU);
}

}  // namespace
}  // namespace galen::execution
