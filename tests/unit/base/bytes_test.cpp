#include "base/bytes.h"

#include "base/ids.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace galen {
namespace {

using Four = FixedBytes<struct FourTag, 4>;

TEST(FixedBytes, StartsAsZero) {
  EXPECT_TRUE(Four{}.is_zero());
  EXPECT_FALSE((Four{{0, 0, 0, 1}}).is_zero());
}

TEST(FixedBytes, ComparesByteByByteFromTheFirst) {
  EXPECT_LT((Four{{1, 0xff, 0xff, 0xff}}), (Four{{2, 0, 0, 0}}));
  EXPECT_LT((Four{{0x7f, 0, 0, 0}}), (Four{{0x80, 0, 0, 0}}));
  EXPECT_EQ((Four{{1, 2, 3, 4}}), (Four{{1, 2, 3, 4}}));
}

TEST(FixedBytes, FromCopiesExactlyItsSize) {
  const Bytes bytes{9, 8, 7, 6};
  EXPECT_EQ(Four::from(bytes), (Four{{9, 8, 7, 6}}));
  EXPECT_TRUE(equal(Four::from(bytes), bytes));
}

TEST(FixedBytesDeathTest, FromAnotherSizeIsAProgrammerError) {
  const Bytes shorter{1, 2, 3};
  const Bytes longer{1, 2, 3, 4, 5};
  EXPECT_DEATH((void)Four::from(shorter), "CHECK failed");
  EXPECT_DEATH((void)Four::from(longer), "CHECK failed");
}

TEST(FixedBytes, KindsDoNotMix) {
  EXPECT_FALSE((std::is_convertible_v<PatientId, RecordId>));
  EXPECT_FALSE((std::is_assignable_v<PatientId&, AccountId>));
  EXPECT_FALSE((std::is_convertible_v<Height, View>));
  EXPECT_FALSE((std::is_convertible_v<std::uint64_t, Height>));
}

TEST(FixedBytes, IdCastKeepsTheBytes) {
  Digest digest;
  digest.value[31] = 7;
  EXPECT_EQ(id_cast<TxId>(digest).value, digest.value);
}

TEST(Bytes, TextRoundTripsThroughBytes) {
  const std::string text("a\0b", 3);
  EXPECT_EQ(to_bytes(text), (Bytes{'a', 0, 'b'}));
  EXPECT_EQ(to_string(to_bytes(text)), text);
}

TEST(Bytes, EqualLooksAtLengthAndContent) {
  EXPECT_TRUE(equal(Bytes{}, Bytes{}));
  EXPECT_TRUE(equal(Bytes{1, 2}, Bytes{1, 2}));
  EXPECT_FALSE(equal(Bytes{1, 2}, Bytes{1, 3}));
  EXPECT_FALSE(equal(Bytes{1, 2}, Bytes{1, 2, 0}));
}

TEST(Counter, NextAddsOne) {
  EXPECT_EQ(Height{41}.next(), Height{42});
  EXPECT_LT(Height{41}, Height{42});
}

}  // namespace
}  // namespace galen
